"""What the register's plan for a year asks of a unit: the projects a letter lists and the figures it begins with.

A unit's plan is that of all projects which it, or a unit below it, answers for on a day, as fulfilment counts them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q

from commitments.models import Indicator, Policy
from commitments.models.campaign import Target
from portal.models import Quarter, Unit
from portal.rounding import rounded
from projects.models import AnnualPlan, Assignment, ListEntry, Project, Stage, Valuation
from projects.models.project import STARTED

LARGE = Decimal(100_000)  # 万元, as rollups count
QUARTERS = (1, 2, 3, 4)
Measure = Indicator.Measure


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A year's figure by the plan, and how much of it by the end of Q1 to Q3, in the indicator's unit of measure.

    Null: the plan doesn't say.
    """

    target: Decimal | None
    target_q1: Decimal | None = None
    target_q2: Decimal | None = None
    target_q3: Decimal | None = None

    @classmethod
    def by_quarter(cls, figures: Sequence[Decimal | None]) -> "Asked":
        """From the cumulative figures of Q1 to Q4."""
        return cls(target_q1=figures[0], target_q2=figures[1], target_q3=figures[2], target=figures[3])

    def no_more_than(self, target: Decimal) -> "Asked":
        """With this target of the year instead; no quarter asks for more than the year."""
        quarters = (self.target_q1, self.target_q2, self.target_q3)
        return Asked.by_quarter([None if figure is None else min(figure, target) for figure in quarters] + [target])

    def put_into(self, target: Target) -> None:
        target.target, target.target_q1 = self.target, self.target_q1
        target.target_q2, target.target_q3 = self.target_q2, self.target_q3


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A project with its plan for the year. Money in 万元; null is "not published"."""

    project: Project
    plan: AnnualPlan
    tiers: frozenset[str]
    total: Decimal | None
    output: Decimal | None

    def has_started_before(self, day: date) -> bool:
        """By its date, else, where it has none, by its stage as filed."""
        if self.project.started_on:
            return self.project.started_on < day
        return self.project.stage in STARTED and self.project.stage != Stage.NEWLY_STARTED


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The projects of one unit and all below it, by code, and the share of the year's plan due by quarters' ends."""

    year: int
    projects: tuple[Planned, ...]
    baselines: tuple[Decimal, Decimal, Decimal, Decimal]

    @property
    def planned(self) -> Decimal:
        """Annual planned investment, in 万元."""
        return sum((each.plan.planned_investment for each in self.projects), Decimal())

    def asks(self, indicator: Indicator) -> Asked | None:
        """What the plan asks for of a derived indicator; null where it has nothing of the kind, as with no start due.

        Investment: the sum of the annual plans, by quarter as the plans say where all of them do, else the policy's
        baseline × the year's. Starts and completions: those due by each quarter's end; the start rate is 100 from the
        quarter on in which one is due. What is counted or added up over the year as a whole is the same in each
        quarter. Growth: the plan says nothing about the year before.
        """
        chosen = [each for each in self.projects if _is_of(each, indicator)]
        if not chosen:
            return None
        match indicator.measure:
            case Measure.GROWTH:
                return Asked(target=None)
            case Measure.INVESTMENT:
                return Asked.by_quarter(self._investment(chosen))
            case Measure.COMPLETION_RATE:
                return self._completion_rate(chosen)
            case Measure.PROJECTS | Measure.PLANNED | Measure.LARGE:
                return _throughout(_whole(indicator.measure, chosen))
        return self._due(indicator.measure, chosen)

    def _investment(self, chosen: Sequence[Planned]) -> list[Decimal]:
        whole = sum((each.plan.planned_investment for each in chosen), Decimal())
        if all(each.plan.cumulative(number) is not None for each in chosen for number in QUARTERS):
            return [
                sum((each.plan.cumulative(number) or Decimal() for each in chosen), Decimal()) for number in QUARTERS
            ]
        return [*(rounded(whole * min(share, Decimal(1)), 2) for share in self.baselines[:3]), whole]

    def _completion_rate(self, chosen: Sequence[Planned]) -> Asked | None:
        *quarters, whole = self._investment(chosen)
        if not whole:
            return None
        return Asked.by_quarter([*(rounded(figure / whole * 100, 1) for figure in quarters), Decimal(100)])

    def _due(self, measure: str, chosen: Sequence[Planned]) -> Asked | None:
        """Starts and completions by each quarter's end; null where none is due in the whole year."""
        first = date(self.year, 1, 1)
        ends = [Quarter(year=self.year, number=number).ends_on for number in QUARTERS]
        before = [each for each in chosen if each.has_started_before(first)]
        new = [each for each in chosen if each.plan.start_due_on and not each.has_started_before(first)]
        starts = [[each for each in new if each.plan.start_due_on and each.plan.start_due_on <= end] for end in ends]
        finishes = [
            [each for each in chosen if each.plan.finish_due_on and each.plan.finish_due_on <= end] for end in ends
        ]
        due: list[Decimal | None]
        match measure:
            case Measure.STARTED:
                due = [Decimal(len(before) + len(found)) for found in starts]
            case Measure.NEWLY_STARTED:
                due = [Decimal(len(found)) for found in starts]
            case Measure.START_RATE:
                due = [Decimal(100) if found else None for found in self._due_to_start(chosen, ends)]
            case Measure.COMPLETED:
                due = [Decimal(len(found)) for found in finishes]
            case _:  # the expected annual output of completed projects
                due = [sum((each.output or Decimal() for each in found), Decimal()) for found in finishes]
        return Asked.by_quarter(due) if due[-1] else None

    @staticmethod
    def _due_to_start(chosen: Sequence[Planned], ends: Sequence[date]) -> list[list[Planned]]:
        """The denominator of the start rate, as rollups count it: whatever is due, started before the year or not."""
        return [[each for each in chosen if each.plan.start_due_on and each.plan.start_due_on <= end] for end in ends]


def _is_of(planned: Planned, indicator: Indicator) -> bool:
    """Whether the indicator speaks of this project: by the category in the plan, and by the tier of its lists."""
    if indicator.category_id and planned.plan.category_id != indicator.category_id:
        return False
    return not indicator.tier or indicator.tier in planned.tiers


def _whole(measure: str, chosen: Sequence[Planned]) -> Decimal:
    if measure == Measure.PLANNED:
        return sum((each.plan.planned_investment for each in chosen), Decimal())
    if measure == Measure.LARGE:
        return Decimal(sum(each.total is not None and each.total >= LARGE for each in chosen))
    return Decimal(len(chosen))


def _throughout(figure: Decimal) -> Asked | None:
    return Asked(target=figure, target_q1=figure, target_q2=figure, target_q3=figure) if figure else None


def in_year(day: date, year: int) -> date:
    """The day by which a year's plan is read: a letter drafted in December before reads the plan of 1 January."""
    return min(max(day, date(year, 1, 1)), date(year, 12, 31))


def read(units: Collection[Unit], year: int, *, on: date, policy: Policy) -> dict[int, Plan]:
    """The plan of each unit by its id, in a number of queries that doesn't hang on how many units there are."""
    day = in_year(on, year)
    below = _below(units)
    answering = {pk for ids in below.values() for pk in ids}
    by_unit = _planned(answering, year, on=day)
    shares = [policy.baseline(number) for number in QUARTERS]
    return {
        unit.pk: Plan(
            year=year,
            projects=tuple(
                sorted((each for pk in below[unit.pk] for each in by_unit[pk]), key=lambda each: each.project.code)
            ),
            baselines=(shares[0], shares[1], shares[2], shares[3]),
        )
        for unit in units
    }


def _below(units: Iterable[Unit]) -> dict[int, set[int]]:
    """For each of these units its own id and those of all units below it."""
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Unit.objects.order_by().values_list("pk", "parent_id"):
        children[parent].append(pk)
    found: dict[int, set[int]] = {}
    for unit in units:
        reached, waiting = {unit.pk}, [unit.pk]
        while waiting:
            new = [pk for pk in children[waiting.pop()] if pk not in reached]
            reached.update(new)
            waiting += new
        found[unit.pk] = reached
    return found


def _planned(units: Collection[int], year: int, *, on: date) -> Mapping[int, Sequence[Planned]]:
    """The projects with a plan for the year, by the unit that answers for them on this day."""
    assigned = Assignment.objects.filter(unit__in=units).values("project")
    own = Project.objects.filter(pk__in=assigned).with_unit(on=on).filter(Q(unit_id__in=units))
    unit_of = dict(own.order_by().values_list("pk", F("unit_id")))
    theirs = {"project__in": list(unit_of)}
    plans = AnnualPlan.objects.filter(year=year, **theirs).in_force(on=on).select_related("project")
    worth = {each.project_id: each for each in Valuation.objects.filter(**theirs).in_force(on=on)}
    tiers: defaultdict[int, set[str]] = defaultdict(set)
    for pk, tier in ListEntry.objects.filter(**theirs).in_force(on=on).order_by().values_list("project", "list__tier"):
        tiers[pk].add(tier)
    found: defaultdict[int, list[Planned]] = defaultdict(list)
    for plan in plans:
        value = worth.get(plan.project_id)
        found[unit_of[plan.project_id]].append(
            Planned(
                project=plan.project,
                plan=plan,
                tiers=frozenset(tiers[plan.project_id]),
                total=value.total_investment if value else None,
                output=value.expected_annual_output if value else None,
            )
        )
    return found
