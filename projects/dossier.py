"""What is on file about one project: its dated rows in order, and what accepted reports say, quarter by quarter."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, When

from portal.models import Quarter, User
from projects.models import AnnualPlan, Assignment, Evidence, ListEntry, Project, Report, ReportLine, Share, Valuation

SHOWN = 12  # photos and documents


@dataclass(frozen=True, kw_only=True)
class QuarterRow:
    """An accepted line beside its plan. Money in 万元; null is not known.

    `year_to_date` is the sum as the reports stand now, null where an earlier quarter of the year isn't accepted;
    `as_submitted` is what the approver saw, where it differs.
    """

    line: ReportLine
    quarter: Quarter
    year_to_date: Decimal | None
    as_submitted: Decimal | None
    planned: Decimal | None
    planned_to_date: Decimal | None
    may_open_report: bool

    @property
    def completion(self) -> Decimal | None:
        """Completion rate: completed year to date ÷ annual plan, uncapped."""
        return self.year_to_date / self.planned if self.planned and self.year_to_date is not None else None


@dataclass(frozen=True, kw_only=True)
class Dossier:
    quarters: list[QuarterRow]
    plans: list[AnnualPlan]
    valuations: list[Valuation]
    entries: list[ListEntry]
    assignments: list[Assignment]
    shares: list[Share]
    evidence: list[Evidence]

    @property
    def since_start(self) -> Decimal | None:
        """All that accepted reports state as completed, in 万元; null where there is none."""
        flows = [row.line.flow for row in self.quarters if row.line.flow is not None]
        return sum(flows, Decimal()) if flows else None


def compiled(project: Project, *, for_person: User, on: date) -> Dossier:
    """Everything on file, the latest first; which reports open depends on the person."""
    plans = list(
        AnnualPlan.objects.filter(project=project)
        .select_related("category", "chain", "recorded_by")
        .order_by("-year", "-in_force_on")
    )
    return Dossier(
        quarters=_quarters(project, plans, for_person, on=on),
        plans=plans,
        valuations=list(Valuation.objects.filter(project=project).select_related("recorded_by").order_by("-from_on")),
        entries=list(
            ListEntry.objects.filter(project=project).select_related("list", "recorded_by").order_by("-listed_on")
        ),
        assignments=list(
            Assignment.objects.filter(project=project).select_related("unit", "recorded_by").order_by("-from_on")
        ),
        shares=list(Share.objects.filter(project=project).select_related("unit", "recorded_by").order_by("-from_on")),
        evidence=_evidence(project, for_person, on=on),
    )


def _quarters(project: Project, plans: Sequence[AnnualPlan], person: User, *, on: date) -> list[QuarterRow]:
    lines = list(
        ReportLine.objects.accepted()
        .filter(project=project)
        .select_related("quarter", "unit", "report")
        .order_by("quarter__year", "quarter__number")
    )
    opened = set(
        Report.objects.visible_to(person, on=on)
        .filter(pk__in=[line.report_id for line in lines])
        .values_list("pk", flat=True)
    )
    years: defaultdict[int, dict[int, ReportLine]] = defaultdict(dict)
    rows = []
    for line in lines:
        quarter = line.quarter
        years[quarter.year][quarter.number] = line
        to_date = _year_to_date(years[quarter.year], line)
        plan = _in_force(plans, quarter)
        rows.append(
            QuarterRow(
                line=line,
                quarter=quarter,
                year_to_date=to_date,
                as_submitted=line.year_to_date if line.year_to_date != to_date else None,
                planned=plan.planned_investment if plan else None,
                planned_to_date=plan.cumulative(quarter.number) if plan else None,
                may_open_report=line.report_id in opened,
            )
        )
    return rows[::-1]


def _evidence(project: Project, person: User, *, on: date) -> list[Evidence]:
    """The newest photos and documents of accepted reports that this person sees; those of the start always."""
    accepted = Evidence.objects.visible_to(person, on=on).filter(line__project=project, line__report__state="accepted")
    of_start = Case(When(purpose=Evidence.Purpose.START, then=0), default=1)
    newest = accepted.order_by(of_start, "-line__quarter__year", "-line__quarter__number", "-pk")
    return list(newest.select_related("file", "line__quarter")[:SHOWN])


def _year_to_date(lines: dict[int, ReportLine], line: ReportLine) -> Decimal | None:
    """The flows of the year so far; null where an earlier quarter is missing.

    A project may come in a later quarter: then its first line says that nothing was completed before.
    """
    first = lines[min(lines)]
    begins = 1 if first.year_to_date != first.flow else first.quarter.number
    numbers = range(begins, line.quarter.number + 1)
    flows = {number: each.flow for number, each in lines.items()}
    known = [flow for number in numbers if (flow := flows.get(number)) is not None]
    return sum(known, Decimal()) if len(known) == len(numbers) else None


def _in_force(plans: Sequence[AnnualPlan], quarter: Quarter) -> AnnualPlan | None:
    """The version of the year's plan in force on the quarter's last day; plans come latest first."""
    return next((plan for plan in plans if plan.year == quarter.year and plan.in_force_on <= quarter.ends_on), None)
