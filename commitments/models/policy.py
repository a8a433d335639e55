"""The policy in force from a day on: the baseline of time-proportional progress 序时进度."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class PolicyQuerySet(models.QuerySet["Policy"]):
    def in_force(self, *, on: date) -> "Policy":
        """The policy of this day.

        Raises Policy.DoesNotExist where none has begun by then: the first row begins in 2000.
        """
        return self.filter(effective_on__lte=on).latest("effective_on")


def share(name: "StrPromise", default: str) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(name, max_digits=6, decimal_places=4, default=Decimal(default))


@tracked
class Policy(models.Model):
    """The baseline is a share of the year's plan (0.25 is 25%), by default months elapsed ÷ 12 (domain.md, Figures)."""

    effective_on = models.DateField(_("in force from"), unique=True)
    baseline_q1 = share(_("baseline at the end of Q1"), "0.25")
    baseline_q2 = share(_("baseline at the end of Q2"), "0.5")
    baseline_q3 = share(_("baseline at the end of Q3"), "0.75")
    baseline_q4 = share(_("baseline at the end of Q4"), "1")
    reason = models.CharField(_("reason"), max_length=300)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["-effective_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    baseline_q1__gte=0,
                    baseline_q2__gte=F("baseline_q1"),
                    baseline_q3__gte=F("baseline_q2"),
                    baseline_q4__gte=F("baseline_q3"),
                ),
                name="policy_baseline_does_not_fall",
                violation_error_message=_("The baseline of a quarter can't be below that of the quarter before."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.effective_on}"

    def baseline(self, number: int) -> Decimal:
        """Time-proportional progress at the end of this quarter of the year, as a share of the year's plan."""
        return (self.baseline_q1, self.baseline_q2, self.baseline_q3, self.baseline_q4)[number - 1]
