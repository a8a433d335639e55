"""A long list that somebody asked for as a file: a worker writes it, and only who asked finds it, for a week."""

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from portal.models.user import User


class ExportQuerySet(models.QuerySet["Export"]):
    def of(self, person: "User") -> Self:
        return self.filter(person=person)

    def waiting(self) -> Self:
        """Those to be made, the oldest first."""
        return self.filter(state=Export.State.WAITING).order_by("asked_at", "pk")


class Export(models.Model):
    """`address` is what the list was asked for by: the file holds what it shows to the person when it is made.

    `done` of about `rows` are written. The file lies in the storage of evidence, under `path`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("could not be made")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey("portal.User", models.CASCADE, related_name="exports", verbose_name=_("person"))
    name = models.CharField(_("file name"), max_length=200)
    address = models.TextField(_("address"))
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(_("asked for at"))
    rows = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(_("made at"), null=True)
    size = models.PositiveBigIntegerField(_("size (bytes)"), null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared file")
        verbose_name_plural = _("prepared files")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at__isnull=False, size__isnull=False) | ~Q(state="ready"),
                name="export_ready_has_when_and_size",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="waiting"), name="export_for_a_worker"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def list_address(self) -> str:
        """The list itself, as a page."""
        path, _mark, query = self.address.partition("?")
        asked = QueryDict(query, mutable=True)
        asked.pop("export", None)
        return f"{path}?{asked.urlencode()}"

    @property
    def path(self) -> str:
        """Where the file lies in its storage: under a name of ours."""
        return f"exports/{self.key}.{self.kind}"

    @property
    def kind(self) -> str:
        """How the file's name ends: csv or xlsx."""
        asked = QueryDict(self.address.partition("?")[2])
        return "csv" if asked.get("export") == "csv" else "xlsx"
