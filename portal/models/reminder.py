"""Who was reminded to report a quarter, by whom and when: at most once a unit, a quarter and 24 hours."""

from datetime import timedelta

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

ONE_REMINDER = timedelta(hours=24)


class Reminder(models.Model):
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, verbose_name=_("quarter"))
    by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("reminded by"))
    at = models.DateTimeField(_("reminded at"))
    again_at = models.DateTimeField(_("again at"), help_text=_("From then on the unit may be reminded again."))
    told_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("people told"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(again_at=F("at") + ONE_REMINDER), name="reminder_holds_for_24_hours"),
            ExclusionConstraint(
                name="reminder_once_in_24_hours",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("quarter", RangeOperators.EQUAL),
                    (
                        Func(
                            F("at"),
                            F("again_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.unit} · {self.quarter} · {self.at:%Y-%m-%d %H:%M}"
