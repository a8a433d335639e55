"""What a line is judged by (plan, total, earlier quarters, last accepted line), read as columns beside other rows.

So a whole report, or the lines of one autosave, costs no query more than the rows themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, JSONObject

from portal.models import Quarter, Unit
from projects import amounts
from projects.amounts import STANDING, Earlier, Said
from projects.models import AnnualPlan, Project, Report, ReportLine, Valuation

Row = TypeVar("Row", bound=Model)

OF_PLAN = ("id", "planned_investment", "cumulative_q1", "cumulative_q2", "cumulative_q3", "content")
OF_LAST = ("id", "flow", "year_to_date", "stage", "started_on", "finished_on", "progress", "obstacle")
OF_QUARTER = ("id", "year", "number")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Money in 万元; null is not known. Plan and last line, with its quarter, hold only the fields named above."""

    plan: AnnualPlan | None
    total: Decimal | None
    before: Earlier
    last: ReportLine | None

    @classmethod
    def of(cls, row: Any, quarter: Quarter) -> Self:
        """From a row that was asked for with `columns`."""
        said = [Said(each["year"], each["number"], _decimal(each["flow"])) for each in row.said_before]
        missing = tuple(each.name for each in _earlier(quarter) if getattr(row, f"misses_{each.number}"))
        last = _made(ReportLine, OF_LAST, row.said_last)
        if last is not None:
            last.project_id = row.project_id if isinstance(row, ReportLine) else row.pk
            last.quarter = Quarter(**{name: row.said_last[f"quarter__{name}"] for name in OF_QUARTER})
        return cls(
            plan=_made(AnnualPlan, OF_PLAN, row.plan_in_force),
            total=row.total_in_force,
            before=Earlier.of(said, quarter, missing=missing),
            last=last,
        )


def of_projects(unit: Unit, quarter: Quarter, projects: Iterable[int]) -> dict[int, Surroundings]:
    """What surrounds each project's line in this unit's quarter, by project id. One query."""
    rows = Project.objects.filter(pk__in=list(projects)).annotate(**columns(unit.code, quarter, project="pk"))
    return {row.pk: Surroundings.of(row, quarter) for row in rows}


def columns(unit_code: str, quarter: Quarter, *, project: str) -> dict[str, Any]:
    """The columns, for rows in which `project` names the project's id. The quarter needs only year and number."""
    own: dict[str, Any] = {"project": OuterRef(project)}
    day = quarter.ends_on
    plans = AnnualPlan.objects.filter(year=quarter.year, in_force_on__lte=day, **own).order_by("-in_force_on")
    totals = Valuation.objects.filter(from_on__lte=day, **own).order_by("-from_on")
    last = ReportLine.objects.accepted().before(quarter).filter(**own)
    quarters = {f"quarter__{name}": f"quarter__{name}" for name in OF_QUARTER}
    before = JSONObject(year="quarter__year", number="quarter__number", flow=Cast("flow", CharField()))
    return {
        "plan_in_force": Subquery(plans.values(said=_said(OF_PLAN))[:1]),
        "total_in_force": Subquery(totals.values("total_investment")[:1]),
        "said_before": ArraySubquery(amounts.newest_standing(quarter).filter(**own).values(said=before)),
        "said_last": Subquery(
            last.order_by("-quarter__year", "-quarter__number").values(said=_said(OF_LAST, **quarters))[:1]
        ),
        **{f"misses_{each.number}": _misses(unit_code, each) for each in _earlier(quarter)},
    }


def _earlier(quarter: Quarter) -> list[Quarter]:
    """The quarters of the year before this one, whether they stand in the calendar or not."""
    return [Quarter(year=quarter.year, number=number) for number in range(1, quarter.number)]


def _misses(unit_code: str, quarter: Quarter) -> Combinable:
    """Whether the unit owes this quarter a report that it has not submitted; the same for every row, so asked once."""
    at: dict[str, Any] = {"quarter__year": quarter.year, "quarter__number": quarter.number}
    unit = Subquery(Unit.objects.filter(code=unit_code).values("pk"))
    standing = Report.objects.filter(unit__code=unit_code, state__in=STANDING, **at)
    calendar = Quarter.objects.filter(year=quarter.year, number=quarter.number)
    return ~Exists(standing) & Exists(calendar) & Exists(_owed(quarter).filter(unit_id=unit))


def _owed(quarter: Quarter) -> QuerySet[Any]:
    return Project.objects.owed(quarter)


def _said(names: Iterable[str], **more: str) -> JSONObject:
    """These fields as text, since JSON would make a float of an amount."""
    return JSONObject(**{name: Cast(name, CharField()) for name in names}, **more)


def _made(model: type[Row], names: Iterable[str], said: Mapping[str, str | None] | None) -> Row | None:
    if said is None:
        return None
    fields = {field.name: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(said[name]) for name in names})


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
