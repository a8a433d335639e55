"""What a project is to do in a year, in versions in force from a day; the original stays to be seen."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from projects.models.dated import DatedRow
from projects.models.marking import mark_changes


class AnnualPlanQuerySet(models.QuerySet["AnnualPlan"]):
    def in_force(self, *, on: date) -> Self:
        """For each project and year the version in force on this day."""
        return (
            self.filter(in_force_on__lte=on)
            .order_by("project_id", "year", "-in_force_on")
            .distinct("project_id", "year")
        )


@tracked
class AnnualPlan(DatedRow):
    """Money in 万元. The quarters' figures are cumulative from January and null where the plan has none."""

    year = models.PositiveSmallIntegerField(_("year"))
    in_force_on = models.DateField(_("in force from"))
    planned_investment = models.DecimalField(_("planned investment (10,000 CNY)"), max_digits=14, decimal_places=2)
    cumulative_q1 = models.DecimalField(_("plan to Q1"), max_digits=14, decimal_places=2, null=True, blank=True)
    cumulative_q2 = models.DecimalField(_("plan to Q2"), max_digits=14, decimal_places=2, null=True, blank=True)
    cumulative_q3 = models.DecimalField(_("plan to Q3"), max_digits=14, decimal_places=2, null=True, blank=True)
    category = models.ForeignKey("projects.Category", models.PROTECT, verbose_name=_("category"))
    chain = models.ForeignKey(
        "projects.Chain",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("industry chain"),
    )
    content = models.TextField(_("what is to be built"), blank=True)
    batch = models.CharField(_("list batch"), max_length=60, blank=True)
    start_due_on = models.DateField(
        _("to start by"),
        null=True,
        blank=True,
        help_text=_("Where the project is to start this year."),
    )
    finish_due_on = models.DateField(
        _("to be completed by"),
        null=True,
        blank=True,
        help_text=_("Where it is to be completed this year."),
    )

    objects = AnnualPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual plan")
        verbose_name_plural = _("annual plans")
        ordering = ["project__code", "year", "in_force_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "in_force_on"],
                name="annual_plan_one_version_from_a_day",
                violation_error_message=_("A version of this plan is in force from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(planned_investment__gte=0),
                name="annual_plan_not_negative",
                violation_error_message=_("Planned investment can't be below zero."),
            ),
            models.CheckConstraint(
                condition=(Q(cumulative_q1=None) | Q(cumulative_q1__gte=0))
                & (Q(cumulative_q1=None) | Q(cumulative_q2=None) | Q(cumulative_q2__gte=F("cumulative_q1")))
                & (Q(cumulative_q2=None) | Q(cumulative_q3=None) | Q(cumulative_q3__gte=F("cumulative_q2")))
                & (Q(cumulative_q3=None) | Q(cumulative_q3__lte=F("planned_investment"))),
                name="annual_plan_quarters_do_not_fall",
                violation_error_message=_(
                    "The plan by quarter is cumulative: no quarter may be below the one before, or above the year."
                ),
            ),
        ]
        triggers = mark_changes("in_force_on")

    def __str__(self) -> str:
        return f"{self.project} · {self.year}"

    def cumulative(self, number: int) -> Decimal | None:
        """The plan from January to the end of this quarter, in 万元; null where none was set."""
        return (
            self.cumulative_q1,
            self.cumulative_q2,
            self.cumulative_q3,
            self.planned_investment,
        )[number - 1]
