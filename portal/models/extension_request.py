"""A unit asks for more days to report a quarter; an administrator above it grants them or says why not."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.models.quarter import Quarter
from portal.models.unit import Unit

if TYPE_CHECKING:
    from portal.models.user import User

ASKED_ONCE = """
    IF OLD.state <> 'waiting'
        OR (NEW.unit_id, NEW.quarter_id, NEW.until, NEW.reason, NEW.asked_by_id, NEW.asked_at)
        IS DISTINCT FROM (OLD.unit_id, OLD.quarter_id, OLD.until, OLD.reason, OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'what was asked stays, and is decided once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ExtensionRequestQuerySet(models.QuerySet["ExtensionRequest"]):
    def waiting(self) -> Self:
        return self.filter(state=ExtensionRequest.State.WAITING)

    def decidable_by(self, user: "User", *, on: date) -> Self:
        """Those of units that this person may give time to; who asked doesn't decide."""
        return self.waiting().filter(unit__in=Unit.objects.given_time_by(user, on=on)).exclude(asked_by=user)

    def lapse(self, unit: Unit, quarter: Quarter, *, at: datetime) -> int:
        """The unit has reported: whatever it has asked for is not needed any more."""
        waiting = self.waiting().filter(unit=unit, quarter=quarter)
        return waiting.update(state=ExtensionRequest.State.LAPSED, decided_at=at)


class ExtensionRequest(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for a decision")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("not granted")
        LAPSED = "lapsed", _("no longer needed")

    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, verbose_name=_("quarter"))
    until = models.DateField(_("asked until"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    extension = models.OneToOneField(
        "portal.Extension", models.PROTECT, null=True, blank=True, related_name="request", verbose_name=_("extension")
    )

    objects = ExtensionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for an extension")
        verbose_name_plural = _("requests for extensions")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "quarter"], condition=Q(state="waiting"), name="extension_request_one_waits"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_request_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None, extension=None)
                | Q(state="granted", decided_by__isnull=False, decided_at__isnull=False, extension__isnull=False)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False, extension=None) & ~Q(answer="")
                | Q(state="lapsed", decided_by=None, decided_at__isnull=False, extension=None),
                name="extension_request_decided_has_who_when_and_what",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="extension_request_not_decided_by_who_asked",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="asked_once", operation=pgtrigger.Update, when=pgtrigger.Before, func=ASKED_ONCE),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.quarter} · {self.until}"
