"""A file handed in for import: what was sent, by whom, how its columns are read, and whether it was applied."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def for_a_worker(self) -> Self:
        """Those that a worker has to read or to import, the oldest first."""
        return self.filter(state__in=["checking", "applying"]).order_by("uploaded_at", "pk")


class ImportFile(models.Model):
    """Kept as it came, so that what is confirmed is what was previewed. Nothing is applied until `applied_at`.

    A long one is read and imported by a worker: `done` of about `rows` rows; `found` is what the page shows of it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("read by the page")
        CHECKING = "checking", _("being read")
        CHECKED = "checked", _("waiting for your confirmation")
        APPLYING = "applying", _("being imported")
        UNREADABLE = "unreadable", _("not readable")

    class Kind(models.TextChoices):
        UNITS = "units", _("units")
        PROJECTS = "projects", _("Projects")
        PLANS = "plans", _("annual plans")

    kind = models.CharField(_("what it holds"), max_length=10, choices=Kind)
    name = models.CharField(_("file name"), max_length=200)
    content = models.BinaryField(_("content"))
    digest = models.CharField("SHA-256", max_length=64)
    in_force_on = models.DateField(
        _("in force from"),
        help_text=_("From this day the units, lists, totals and plans of the file hold."),
    )
    reason = models.CharField(_("reason"), max_length=300)
    # {header of a column: field, with ":" and a unit of measure where it holds money; "" where it is not read}
    columns = models.JSONField(_("columns"), default=dict, blank=True)
    uploaded_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    applied_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("applied by")
    )
    applied_at = models.DateTimeField(_("applied at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    language = models.CharField(max_length=10, blank=True, editable=False)
    rows = models.PositiveIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    found = models.JSONField(null=True, editable=False)
    seen = models.CharField(max_length=64, blank=True, editable=False)
    confirmed_by = models.ForeignKey("portal.User", models.PROTECT, null=True, editable=False, related_name="+")

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(applied_by=None, applied_at=None)
                | models.Q(applied_by__isnull=False, applied_at__isnull=False),
                name="import_file_applied_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=False) | ~Q(state="applying"), name="import_file_confirmed_by_somebody"
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"], condition=Q(state__in=["checking", "applying"]), name="import_file_for_a_worker"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        """Whether a worker has something to do with it."""
        return self.state in (self.State.CHECKING, self.State.APPLYING)
