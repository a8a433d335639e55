"""The rows that a figure is made of: a project in a unit's quarter, as rollups count it, and where it comes from."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from portal.models import Quarter
from portal.replicas import connection
from projects import recorded
from projects.models import Stage
from projects.rollups import FACT
from projects.standings import Slice

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

TARGET = "WITH target AS (SELECT unnest(%(units)s::bigint[]) AS unit_id, %(quarter)s::bigint AS quarter_id)"
ROWS = """
    SELECT fact.unit_id, fact.project_id, project.code, project.name_zh, project.name_en, fact.list_set,
           fact.category_id, fact.chain_id, fact.planned, fact.flow, fact.year_to_date, COALESCE(fact.stage, ''),
           line.started_on, fact.total_investment, fact.expected_annual_output,
           fact.is_expected, fact.is_reported, fact.is_reported AND fact.has_no_gap AS is_covered,
           COALESCE(fact.is_started, false), fact.is_newly_started, COALESCE(fact.is_completed, false),
           COALESCE(fact.is_large, false),
           COALESCE(fact.due_to_start, false), COALESCE(fact.due_to_finish, false),
           report.id, report.revision, report.receipt, reviewer.name, report.reviewed_at, fact.is_own, fact.share
    FROM fact
    JOIN projects_project project ON project.id = fact.project_id
    JOIN portal_unit unit ON unit.id = fact.unit_id
    LEFT JOIN projects_reportline line ON line.id = fact.line_id
    LEFT JOIN projects_report report ON report.id = line.report_id
    LEFT JOIN portal_user reviewer ON reviewer.id = report.reviewed_by_id
    WHERE (%(lists)s::text[] IS NULL OR string_to_array(fact.list_set, ',') && %(lists)s::text[])
      AND (%(category)s::bigint IS NULL OR fact.category_id = %(category)s)
      AND (%(chain)s::bigint IS NULL OR fact.chain_id = %(chain)s)
    ORDER BY unit.code, project.code
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """Money in 万元, as it counts for the unit: all of the project's, or a share of it (a fraction, 0.4 is 40%).

    flow is null where this quarter has no accepted line of the project. `is_own`: the unit answers for the project.
    """

    unit_id: int
    project_id: int
    code: str
    name_zh: str
    name_en: str
    list_set: str
    category_id: int
    chain_id: int | None
    planned: Decimal
    flow: Decimal | None
    year_to_date: Decimal | None
    stage: str
    started_on: date | None
    total_investment: Decimal | None
    expected_output: Decimal | None
    is_expected: bool
    is_reported: bool
    is_covered: bool
    is_started: bool
    is_newly_started: bool
    is_completed: bool
    is_large: bool
    is_due_to_start: bool
    is_due_to_finish: bool
    report_id: int | None
    revision: int | None
    receipt: str | None
    accepted_by: str | None
    accepted_at: datetime | None
    is_own: bool
    share: Decimal

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label) if self.stage else ""


NOW = f"{TARGET}, {FACT} {ROWS}"
THEN = f"{TARGET}, {recorded.AS_RECORDED}, {FACT} {ROWS}"


def statement(
    quarter: Quarter, units: Collection[int], part: Slice, *, known_at: datetime | None = None
) -> tuple[str, dict[str, Any]]:
    """The query whose rows are facts, and its values."""
    values: dict[str, Any] = {
        "units": sorted(units),
        "quarter": quarter.pk,
        "lists": None if part.lists is None else sorted(part.lists),
        "category": part.category,
        "chain": part.chain,
    }
    return (NOW, values) if known_at is None else (THEN, values | recorded.moments(known_at))


def read(quarter: Quarter, units: Collection[int], part: Slice, *, known_at: datetime | None = None) -> list[Fact]:
    """The facts of these units' quarter in this slice, by unit and project code.

    `known_at`: as what had been recorded by that moment makes them; null for what is recorded now.
    """
    with connection.cursor() as cursor:
        cursor.execute(*statement(quarter, units, part, known_at=known_at))
        return [Fact(*row) for row in cursor.fetchall()]


class Base(StrEnum):
    """Whose facts count: all of the register's, or those of units whose report, or year to date, is accepted."""

    REGISTER = "register"
    REPORTED = "reported"
    COVERED = "covered"

    def holds(self, fact: Fact) -> bool:
        return self == Base.REGISTER or (fact.is_reported if self == Base.REPORTED else fact.is_covered)


def _every(fact: Fact) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How a figure is made of facts: which it takes, and the column it adds up, in 万元; without one it counts them.

    Money is added up over shares as well; a project counts once, where it is answered for.
    A rate divides that by the sum of `over`, or the facts that `part` names by all that it takes.
    """

    label: "StrPromise"
    base: Base = Base.REGISTER
    takes: Callable[[Fact], bool] = _every
    amount: str = ""
    over: str = ""
    part: Callable[[Fact], bool] | None = None

    @property
    def kind(self) -> str:
        """money, count or share: how its value is printed."""
        if self.over or self.part:
            return "share"
        return "money" if self.amount else "count"

    def taken(self, facts: Sequence[Fact]) -> list[Fact]:
        counts = [fact for fact in facts if fact.is_own or self.amount]
        return [fact for fact in counts if self.base.holds(fact) and self.takes(fact)]

    def is_known(self, facts: Sequence[Fact]) -> bool:
        """Whether anybody whose report counts says anything here: else the figure is "not reported", not 0."""
        return self.base == Base.REGISTER or any(self.base.holds(fact) for fact in facts)

    def value(self, facts: Sequence[Fact]) -> Decimal | None:
        """The figure: a sum in 万元, a count, or a share; null where nothing is reported, or to be divided by."""
        if not self.is_known(facts):
            return None
        taken = self.taken(facts)
        if self.part:
            return Decimal(sum(map(self.part, taken))) / len(taken) if taken else None
        if not self.amount:
            return Decimal(len(taken))
        whole = total(taken, self.amount)
        if not self.over:
            return whole
        return whole / under if (under := total(taken, self.over)) else None


def total(facts: Sequence[Fact], column: str) -> Decimal:
    """The sum of a column in 万元; what a fact doesn't say adds nothing."""
    return sum((value for fact in facts if (value := getattr(fact, column)) is not None), Decimal())


DUE_TO_START = _("Due to start by the quarter's end")

MEASURES = {
    "projects": Measure(label=_("Projects")),
    "planned": Measure(label=_("Annual planned investment"), amount="planned"),
    "total_investment": Measure(label=_("Total investment"), amount="total_investment"),
    "expected_output": Measure(label=_("Expected annual output"), amount="expected_output"),
    "large": Measure(label=_("Projects of at least CNY 1 billion"), takes=lambda fact: fact.is_large),
    "flow": Measure(label=_("Completed this quarter"), base=Base.REPORTED, amount="flow"),
    "year_to_date": Measure(label=_("Completed year to date"), base=Base.COVERED, amount="year_to_date"),
    "completion_rate": Measure(label=_("Completion rate"), base=Base.COVERED, amount="year_to_date", over="planned"),
    "growth": Measure(label=_("Year on year"), base=Base.COVERED, amount="year_to_date"),
    "started": Measure(label=_("Started"), base=Base.COVERED, takes=lambda fact: fact.is_started),
    "newly_started": Measure(
        label=_("Newly started projects"), base=Base.COVERED, takes=lambda fact: fact.is_newly_started
    ),
    "start_rate": Measure(
        label=_("Start rate"),
        base=Base.COVERED,
        takes=lambda fact: fact.is_due_to_start,
        part=lambda fact: fact.is_started,
    ),
    "completed": Measure(label=_("Completed projects"), base=Base.COVERED, takes=lambda fact: fact.is_completed),
    "completed_output": Measure(
        label=_("Expected annual output of completed projects"),
        base=Base.COVERED,
        takes=lambda fact: fact.is_completed,
        amount="expected_output",
    ),
    "reported": Measure(label=_("Reported"), base=Base.COVERED, amount="planned"),
    "missing": Measure(label=_("Not reported"), takes=lambda fact: not fact.is_covered, amount="planned"),
}
