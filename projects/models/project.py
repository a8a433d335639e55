"""The register's projects: what doesn't hang on a date. What does (list, unit, plan, total) is in dated rows."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Upper
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models.naming import TwoNames, localized
from portal.models.unit import Unit

if TYPE_CHECKING:
    from portal.models import Quarter, User
    from projects.models.assignment import Assignment


class Stage(models.TextChoices):
    RESERVE = "reserve", _("reserve")
    PREPARATORY = "preparatory", _("preparatory")
    NEWLY_STARTED = "newly_started", _("newly started")
    CONTINUING = "continuing", _("continuing")
    COMPLETED = "completed", _("completed")
    SUSPENDED = "suspended", _("suspended")


# Stages that say work on the ground has begun; a suspended project has been started.
STARTED = (Stage.NEWLY_STARTED, Stage.CONTINUING, Stage.COMPLETED, Stage.SUSPENDED)


CODE = r"^[\w.-]+$"
SEARCHED = ("name_zh", "name_en", "code", "investor")
# Every two signs that follow each other in one of these, but for those of plain Latin: a word of two Chinese characters
# is looked up among them, where an index of three has nothing to say. Made in migration 0027.
PAIRS = Func(*SEARCHED, function="projects_pairs", output_field=ArrayField(models.TextField()))


def _latest_assignment(*, on: date) -> "models.QuerySet[Assignment]":
    """Of the project of the query around it, the newest first."""
    from projects.models.assignment import Assignment

    return Assignment.objects.filter(project=OuterRef("pk"), from_on__lte=on).order_by("-from_on")


def _answered(units: Q, *, on: date) -> Q:
    """That one of these units answers for a project on this day; `units` is said of an assignment."""
    from projects.models.assignment import Assignment

    later = Assignment.objects.filter(
        project=OuterRef("project"), from_on__gt=OuterRef("from_on"), from_on__lte=on
    ).order_by()
    answering = Assignment.objects.filter(units, ~Exists(later), from_on__lte=on).order_by()
    return Q(pk__in=answering.values("project"))


class ProjectQuerySet(models.QuerySet["Project"]):
    def with_unit(self, *, on: date) -> Self:
        """Adds `unit_id`: who answers for the project on this day; null where nobody does."""
        return self.annotate(unit_id=Subquery(_latest_assignment(on=on).values("unit")[:1]))

    def with_unit_name(self, *, on: date) -> Self:
        """Adds `unit_name`, in the language of the page: who answers for the project on this day."""
        latest = _latest_assignment(on=on).annotate(label=localized("unit__"))
        return self.annotate(unit_name=Subquery(latest.values("label")[:1]))

    def answered_for_by(self, unit: Unit, *, on: date) -> Self:
        """The projects this unit answers for on this day."""
        return self.with_unit(on=on).filter(unit_id=unit.pk)

    def answered_within(self, units: Q, *, on: date) -> Self:
        """The projects that one of these units answers for on this day; `units` is said of an assignment.

        Beginning with the units, so that few of them cost little however many projects there are.
        """
        return self.filter(_answered(units, on=on))

    def visible_to(self, user: "User", *, on: date) -> Self:
        """The projects answered for, on this day, within the subtrees where the person holds any role.

        Projects that nobody answers for are seen by those who hold a role at a root of the tree. Asks at once which
        units are reached: who reaches all sees all, and for the others the database knows how few of them they are.
        """
        from portal.roles import EVERYONE

        reached = Unit.objects.reached_by(user, EVERYONE, on=on)
        roots = Unit.objects.filter(parent=None).order_by().annotate(is_reached=Q(pk__in=reached.values("pk")))
        held = [is_reached for (is_reached,) in roots.values_list("is_reached")]
        visible = self.with_unit(on=on)
        if all(held):
            return visible
        # Of no unit at all Django would make no statement, and a file is what a statement finds.
        units = list(reached.order_by().values_list("pk", flat=True)) or [0]
        theirs = _answered(Q(unit__in=units), on=on)
        return visible.filter(theirs | Q(unit_id=None) if any(held) else theirs)

    def saying(self, text: str) -> Self:
        """Every word of the text stands somewhere in a name, the code or the investor, in either case."""
        found = self
        for word in text.split():
            if len(word) == 2 and not word.isascii():
                found = found.alias(pairs=PAIRS).filter(pairs__contains=[Upper(Value(word))])
            else:
                anywhere = (Q(**{f"{field}__icontains": word}) for field in SEARCHED)
                found = found.filter(reduce(or_, anywhere))
        return found

    def with_facts(self, *, on: date, year: int) -> Self:
        """Adds what dated rows say on this day: unit_name, location_name, list_names, total, version (null: no total).

        Of this year's plan the latest version adds planned (null: no plan), category_name and chain_name; where there
        is no plan the last two are as filed. Names are in the language of the page; money is in 万元.
        """
        from projects.models.annual_plan import AnnualPlan
        from projects.models.list_entry import ListEntry
        from projects.models.valuation import Valuation

        own = {"project": OuterRef("pk")}
        entries = ListEntry.objects.in_force(on=on).filter(**own).order_by("list__position", "list__code")
        totals = Valuation.objects.filter(from_on__lte=on, **own).order_by("-from_on")
        by_then = max(on, date(year, 1, 1))
        plans = AnnualPlan.objects.filter(year=year, in_force_on__lte=by_then, **own).order_by("-in_force_on")
        unit = Unit.objects.filter(pk=OuterRef("unit_id"))
        return self.with_unit(on=on).annotate(
            unit_name=Subquery(unit.annotate(label=localized()).values("label")),
            location_name=localized("location__"),
            list_names=ArraySubquery(entries.annotate(label=localized("list__")).values("label")),
            total=Subquery(totals.values("total_investment")[:1]),
            version=Subquery(totals.values("version")[:1]),
            planned=Subquery(plans.values("planned_investment")[:1]),
            category_name=Coalesce(
                Subquery(plans.annotate(label=localized("category__")).values("label")[:1]), localized("category__")
            ),
            chain_name=Coalesce(
                Subquery(plans.annotate(label=localized("chain__")).values("label")[:1]), localized("chain__")
            ),
        )

    def owed(self, quarter: "Quarter") -> Self:
        """The projects that some unit, `unit_id`, owes a line for in this quarter.

        They are those with a plan for the year in force on the quarter's last day that no line which counts states
        completed in an earlier quarter; the unit is the one that answers for them on that day (figures.md, Coverage).
        """
        from projects.models.annual_plan import AnnualPlan
        from projects.models.line import ReportLine

        last_day = quarter.ends_on
        planned = AnnualPlan.objects.filter(project=OuterRef("pk"), year=quarter.year, in_force_on__lte=last_day)
        completed = ReportLine.objects.counting().before(quarter).filter(project=OuterRef("pk"), stage=Stage.COMPLETED)
        return self.with_unit(on=last_day).filter(Exists(planned), ~Exists(completed), unit_id__isnull=False)

    def lines_owed(self, quarter: "Quarter", *, units: Collection[int]) -> Counter[int]:
        """How many lines each of these units owes in this quarter, by the unit's id; none is left out."""
        owed = self.ever_of(units).owed(quarter).order_by().filter(Q(unit_id__in=units))
        return Counter(owed.values_list(F("unit_id"), flat=True))

    def expected(self, unit: Unit, quarter: "Quarter") -> Self:
        """The projects that this unit owes a line for in this quarter."""
        return self.ever_of([unit.pk]).owed(quarter).filter(unit_id=unit.pk)

    def ever_of(self, units: Collection[int]) -> Self:
        """The projects that these units have answered for some day: found by index, and who else asks needn't look."""
        from projects.models.assignment import Assignment

        return self.filter(pk__in=Assignment.objects.filter(unit__in=units).order_by().values("project"))


@tracked
class Project(TwoNames):
    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(CODE, _("A code stands in addresses: letters, digits, dots and hyphens only."))],
    )
    location = models.ForeignKey(
        "portal.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("location"),
        help_text=_("Where it stands; the unit that answers for it may be another."),
    )
    category = models.ForeignKey(
        "projects.Category",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("category"),
        help_text=_("As filed; in figures the plan of the year decides."),
    )
    chain = models.ForeignKey(
        "projects.Chain",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("industry chain"),
        help_text=_("As filed; in figures the plan of the year decides."),
    )
    stage = models.CharField(
        _("stage"),
        max_length=20,
        choices=Stage,
        default=Stage.RESERVE,
        help_text=_("As filed; from the first accepted report on, as last accepted."),
    )
    planned_start_on = models.DateField(_("planned start"), null=True, blank=True)
    planned_finish_on = models.DateField(_("planned finish"), null=True, blank=True)
    started_on = models.DateField(_("actual start"), null=True, blank=True)
    finished_on = models.DateField(_("actual finish"), null=True, blank=True)
    investor = models.CharField(_("investor"), max_length=200, blank=True)
    basis = models.CharField(
        _("basis"),
        max_length=300,
        blank=True,
        help_text=_("Where this entry comes from."),
    )
    is_demonstration = models.BooleanField(
        _("demonstration data"),
        default=False,
        help_text=_("Made up for the demo; pages say so."),
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("Projects")
        ordering = ["code"]
        indexes = [
            # What a search for a part of a name, code or investor looks through.
            *(GinIndex(OpClass(Upper(field), "gin_trgm_ops"), name=f"project_{field}_trigrams") for field in SEARCHED),
            GinIndex(PAIRS, name="project_pairs"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_start_on=None)
                | Q(planned_finish_on=None)
                | Q(planned_finish_on__gte=F("planned_start_on")),
                name="project_is_planned_to_finish_after_it_starts",
                violation_error_message=_("The planned finish lies before the planned start."),
            ),
            models.CheckConstraint(
                condition=Q(finished_on=None) | Q(started_on=None) | Q(finished_on__gte=F("started_on")),
                name="project_finishes_after_it_starts",
                violation_error_message=_("The actual finish lies before the actual start."),
            ),
        ]
