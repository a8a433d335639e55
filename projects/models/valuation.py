"""What a project is reckoned to cost and to yield: 估算, then 概算, then 决算, each kept."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from projects.models.dated import DatedRow
from projects.models.marking import mark_changes


class ValuationQuerySet(models.QuerySet["Valuation"]):
    def in_force(self, *, on: date) -> Self:
        """For each project the version in force on this day."""
        return self.filter(from_on__lte=on).order_by("project_id", "-from_on").distinct("project_id")


@tracked
class Valuation(DatedRow):
    """Money in 万元; null means not published."""

    class Version(models.TextChoices):
        ESTIMATE = "estimate", _("estimate")
        BUDGET = "budget", _("approved budget")
        FINAL = "final", _("final account")

    version = models.CharField(_("version"), max_length=10, choices=Version, default=Version.ESTIMATE)
    from_on = models.DateField(_("from"))
    total_investment = models.DecimalField(
        _("total investment (10,000 CNY)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
    )
    expected_annual_output = models.DecimalField(
        _("expected annual output (10,000 CNY)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
    )

    objects = ValuationQuerySet.as_manager()

    class Meta:
        verbose_name = _("total investment")
        verbose_name_plural = _("total investments")
        ordering = ["project__code", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "from_on"],
                name="valuation_one_from_a_day",
                violation_error_message=_("A total is in force from this day already."),
            ),
            models.CheckConstraint(
                condition=(Q(total_investment=None) | Q(total_investment__gte=0))
                & (Q(expected_annual_output=None) | Q(expected_annual_output__gte=0)),
                name="valuation_not_negative",
                violation_error_message=_("A total investment or expected output can't be below zero."),
            ),
        ]
        triggers = mark_changes("from_on")

    def __str__(self) -> str:
        return f"{self.project} · {self.get_version_display()}"
