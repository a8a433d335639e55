"""What is pledged and scored: indicators, derived from accepted figures or read from the answering bureau."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models import Unit
from portal.models.naming import TwoNames
from portal.roles import ADMIN_ROLES, REVIEWERS
from projects.models import ProjectList

if TYPE_CHECKING:
    from portal.models import User

KEEP_IN_RANGE = """
    SELECT * INTO its FROM commitments_indicator WHERE id = NEW.indicator_id;
    IF its.source <> 'readings' OR its.bureau_id = NEW.unit_id THEN
        RAISE EXCEPTION 'a figure is read by the answering bureau, about others' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.value < its.least OR NEW.value > its.most THEN
        RAISE EXCEPTION 'the reading is outside its range' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def loaded_by(self, user: "User", *, on: date) -> Self:
        """Those whose readings this person loads: a reviewer or administrator at the answering bureau, or above it."""
        return self.filter(bureau__in=Unit.objects.reached_by(user, REVIEWERS, on=on))


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: "User", *, on: date) -> Self:
        """Readings about units within reach of a role that opens the admin, and those of bureaus within reach."""
        reached = Unit.objects.reached_by(user, ADMIN_ROLES, on=on)
        return self.filter(Q(unit__in=reached) | Q(indicator__bureau__in=reached))


class Direction(models.TextChoices):
    MORE = "more", _("more is better")
    LESS = "less", _("less is better")


@tracked
class Indicator(TwoNames):
    """Values are in its own unit of measure: percentages as 12.5, money in 万元, all else as the unit says.

    Derived values are never typed: they are computed from rollups, or from accepted lines where no cell holds them.
    """

    class Kind(models.TextChoices):
        MONEY = "money", _("money, in 10,000 CNY")
        PERCENT = "percent", _("per cent")
        NUMBER = "number", _("plain number")

    class AddsUp(models.TextChoices):
        SUM = "sum", _("sum of the quarters")
        LATEST = "latest", _("the latest quarter's")
        AVERAGE = "average", _("average of the quarters")

    class Source(models.TextChoices):
        DERIVED = "derived", _("derived from accepted reports")
        READINGS = "readings", _("readings of the answering bureau")

    class Measure(models.TextChoices):
        INVESTMENT = "investment", _("investment completed year to date")
        COMPLETION_RATE = "completion_rate", _("completion rate of the annual plan")
        GROWTH = "growth", _("growth of completed investment on the year before")
        PROJECTS = "projects", _("projects with a plan for the year")
        PLANNED = "planned", _("annual planned investment")
        LARGE = "large", _("projects of at least CNY 1 billion")
        STARTED = "started", _("projects started, this year or before")
        NEWLY_STARTED = "newly_started", _("projects first started this year")
        START_RATE = "start_rate", _("start rate of the projects due to start")
        COMPLETED = "completed", _("projects completed")
        COMPLETED_OUTPUT = "completed_output", _("expected annual output of completed projects")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    kind = models.CharField(_("kind of figure"), max_length=10, choices=Kind)
    unit_of_measure_zh = models.CharField(_("unit of measure, Chinese"), max_length=40)
    unit_of_measure_en = models.CharField(_("unit of measure, English"), max_length=40)
    direction = models.CharField(_("direction"), max_length=5, choices=Direction, default=Direction.MORE)
    adds_up = models.CharField(_("adds up as"), max_length=10, choices=AddsUp, default=AddsUp.LATEST)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    measure = models.CharField(_("derived from"), max_length=20, choices=Measure, blank=True)
    category = models.ForeignKey(
        "projects.Category",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("only projects of this category"),
    )
    tier = models.CharField(
        _("only projects on lists of this tier"), max_length=20, choices=ProjectList.Tier, blank=True
    )
    bureau = models.ForeignKey(
        "portal.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answering bureau"),
    )
    least = models.DecimalField(_("lowest value possible"), max_digits=18, decimal_places=4, null=True, blank=True)
    most = models.DecimalField(_("highest value possible"), max_digits=18, decimal_places=4, null=True, blank=True)
    definition = models.TextField(_("calibre"), blank=True)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(source="derived", bureau=None) & ~Q(measure="")
                | Q(source="readings", measure="", category=None, tier="", bureau__isnull=False),
                name="indicator_has_its_source",
                violation_error_message=_(
                    "A derived indicator says what it is derived from; one of readings names the answering bureau."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(unit_of_measure_zh="") & ~Q(unit_of_measure_en=""),
                name="indicator_has_a_unit_of_measure",
                violation_error_message=_("An indicator needs a unit of measure: without it a target says nothing."),
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(least__lte=F("most")),
                name="indicator_range_in_order",
                violation_error_message=_("The lowest value can't be above the highest."),
            ),
        ]

    @property
    def unit_of_measure(self) -> str:
        """In the language of the page."""
        return self.unit_of_measure_en if (get_language() or "").startswith("en") else self.unit_of_measure_zh


@tracked
class Reading(models.Model):
    """A statistic of one unit and quarter, loaded by the bureau that answers for it, never by the unit itself.

    `value` is the quarter's own figure, in the indicator's unit of measure; a growth rate is the year to date's, as
    statistics publish it.
    """

    indicator = models.ForeignKey(Indicator, models.PROTECT, verbose_name=_("indicator"))
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, verbose_name=_("quarter"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    source = models.CharField(_("where it was published"), max_length=200)
    published_on = models.DateField(_("published on"))
    # Of the last change; every version of the row is kept with its own.
    change_reason = models.CharField(_("why it was changed"), max_length=300, blank=True)
    loaded_by = models.ForeignKey(
        "portal.User", models.PROTECT, editable=False, related_name="+", verbose_name=_("loaded by")
    )
    loaded_at = models.DateTimeField(_("loaded at"), editable=False)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["-quarter__year", "-quarter__number", "indicator__position", "unit__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "unit", "quarter"],
                name="reading_once_a_period",
                violation_error_message=_(
                    "There is a reading of this indicator for this unit and quarter already: change that one."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="reading_has_a_source",
                violation_error_message=_("Say where the figure was published."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_in_range",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                declare=[("its", "commitments_indicator%ROWTYPE")],
                func=KEEP_IN_RANGE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.unit} · {self.quarter}"

    def clean(self) -> None:
        super().clean()
        if not self.indicator_id:
            return
        indicator = self.indicator
        if indicator.source != Indicator.Source.READINGS:
            raise ValidationError({"indicator": _("This indicator is derived from accepted reports; nobody types it.")})
        if self.unit_id == indicator.bureau_id:
            raise ValidationError({"unit": _("The answering bureau reads figures of others, never its own.")})
        value: Decimal | None = self.value
        if value is None:
            return
        too_low = indicator.least is not None and value < indicator.least
        if too_low or (indicator.most is not None and value > indicator.most):
            raise ValidationError({"value": self._out_of_range(indicator, value)})

    def _out_of_range(self, indicator: Indicator, value: Decimal) -> str:
        words = _(
            "%(value)s is outside the range of this indicator, %(least)s to %(most)s %(unit)s. Check the figure and its"
            " unit of measure."
        )
        bounds = {"least": indicator.least, "most": indicator.most}
        printed = {name: "…" if bound is None else f"{bound.normalize():f}" for name, bound in bounds.items()}
        return words % {"value": value, "unit": indicator.unit_of_measure, **printed}
