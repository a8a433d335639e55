"""A filled workbook that was handed in: kept as it came, read row by row, applied once somebody has confirmed it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from portal.models import User


class WorkbookQuerySet(models.QuerySet["Workbook"]):
    def open(self) -> Self:
        """Those that still ask something of a person or of a worker."""
        return self.filter(state__in=OPEN)

    def for_a_worker(self, *, quiet_since: datetime) -> Self:
        """Those to be read or applied that no worker has touched since this moment, the oldest first."""
        idle = Q(claimed_at=None) | Q(claimed_at__lt=quiet_since)
        return self.filter(idle, state__in=[State.WAITING, State.APPLYING]).order_by("uploaded_at", "pk")

    def visible_to(self, user: "User", *, on: date) -> Self:
        """Those of the units whose drafts the person sees."""
        from portal.models import Unit
        from portal.roles import UNIT_PEOPLE

        return self.filter(unit__in=Unit.objects.reached_by(user, UNIT_PEOPLE, on=on))


class State(models.TextChoices):
    WAITING = "waiting", _("being read")
    READ = "read", _("waiting for your confirmation")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    ABANDONED = "abandoned", _("put away")
    UNREADABLE = "unreadable", _("not readable")


OPEN = (State.WAITING, State.READ, State.APPLYING)


class Workbook(models.Model):
    """One file for one unit's quarter. `done` of `rows` are read, or of the confirmed ones applied.

    `faults` are about the workbook as a whole, as WorkbookRow.findings are about a row; both, and `notes`, are in
    `language`. What was read stays until `content` is let go of, thirty days after the upload.
    """

    State = State

    unit = models.ForeignKey("portal.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, related_name="+", verbose_name=_("quarter"))
    name = models.CharField(_("file name"), max_length=200)
    content = models.BinaryField(_("content"), null=True)
    digest = models.CharField("SHA-256", max_length=64)
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    uploaded_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    claimed_at = models.DateTimeField(null=True, editable=False)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    absent = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    confirmed_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    changed = models.PositiveIntegerField(_("lines changed"), default=0)

    objects = WorkbookQuerySet.as_manager()

    class Meta:
        verbose_name = _("filled workbook")
        verbose_name_plural = _("filled workbooks")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(content__isnull=False) | ~Q(state__in=["waiting", "read", "applying"]),
                name="workbook_open_has_its_content",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                | ~Q(state__in=["applying", "applied"]),
                name="workbook_applied_has_who_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "quarter"], name="workbook_unit_quarter"),
            models.Index(
                fields=["uploaded_at"], condition=Q(state__in=["waiting", "applying"]), name="workbook_for_a_worker"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_busy(self) -> bool:
        """Whether a worker has something to do with it."""
        return self.state in (State.WAITING, State.APPLYING)


class WorkbookRow(models.Model):
    """A row that would change something, or of which something is to be said; rows without either are only counted.

    `texts` are what its line is to say, `base` what the line said when the row was read, in `version`. Findings are
    {field, column, header, text, level, code, message, missing}.
    """

    class Outcome(models.TextChoices):
        CHANGED = "changed", _("would change")
        UNCHANGED = "unchanged", _("unchanged")
        CONFLICT = "conflict", _("changed in the portal since the download")
        FAULTY = "faulty", _("to be mended")
        APPLIED = "applied", _("applied")

    workbook = models.ForeignKey(Workbook, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    version = models.PositiveIntegerField(default=0)
    texts = models.JSONField(default=dict)
    base = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    # How many of the findings ask for a sentence, and how many for a field nobody has filled in.
    asking = models.PositiveSmallIntegerField(default=0)
    lacking = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["workbook", "number"], name="workbook_row_once")]

    def __str__(self) -> str:
        return f"{self.number} · {self.code}"
