"""The quarter's amount and the year to date: either is typed, the other follows from the earlier quarters."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Self

from django.db.models import F
from django.utils.translation import gettext as _

from portal.models import Quarter, Unit
from projects.models import Project, Report, ReportLine, ReportState
from projects.models.line import ReportLineQuerySet
from projects.reading import written

STANDING = (ReportState.SUBMITTED, ReportState.ACCEPTED)
Typed = ReportLine.Typed


class Contradiction(ValueError):
    """Both amounts were typed and can't both be right; the message says what the earlier quarters sum up to."""


class Said(NamedTuple):
    """What one quarter's standing line says of a project: its amount in 万元, null where not reported."""

    year: int
    number: int
    flow: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What submitted or accepted reports of earlier quarters state of one project, in 万元."""

    quarters: tuple[tuple[int, Decimal], ...] = ()  # this year's, by number
    years: Decimal = Decimal()  # all earlier years together
    missing: tuple[str, ...] = ()  # this year's quarters that the unit has still to submit

    @classmethod
    def of(cls, said: Iterable[Said], quarter: Quarter, *, missing: tuple[str, ...]) -> Self:
        """From what each earlier quarter's standing line says; `missing` names quarters still to be submitted."""
        quarters, years = [], Decimal()
        for each in said:
            if each.year == quarter.year:
                quarters.append((each.number, each.flow or Decimal()))
            else:
                years += each.flow or Decimal()
        return cls(quarters=tuple(sorted(quarters)), years=years, missing=missing)

    @property
    def total(self) -> Decimal | None:
        """From January to the quarter before; null while an earlier quarter of the year is missing."""
        return None if self.missing else self._sum

    @property
    def since_start(self) -> Decimal:
        return self.years + self._sum

    @property
    def _sum(self) -> Decimal:
        return sum((flow for _number, flow in self.quarters), Decimal())

    def __str__(self) -> str:
        parts = [
            _("Q%(number)s %(flow)s") % {"number": number, "flow": written(flow)} for number, flow in self.quarters
        ]
        return f"{' + '.join(parts)} = {written(self._sum)}" if len(parts) > 1 else "".join(parts) or "0"


def missing_quarters(unit: Unit, quarter: Quarter) -> list[Quarter]:
    """Earlier quarters of the year that owe a report of this unit which has not been submitted."""
    earlier = list(Quarter.objects.filter(year=quarter.year, number__lt=quarter.number))
    if not earlier:
        return []
    standing = set(
        Report.objects.filter(unit=unit, quarter__in=earlier, state__in=STANDING).values_list("quarter", flat=True)
    )
    return [q for q in earlier if q.pk not in standing and Project.objects.expected(unit, q).exists()]


def earlier(unit: Unit, quarter: Quarter, project_ids: Sequence[int]) -> dict[int, Earlier]:
    """For each project what went before this quarter, from the newest standing line of each earlier quarter.

    Whichever unit reported it: a project that changes hands takes its year to date along.
    """
    missing = tuple(each.name for each in missing_quarters(unit, quarter))
    standing = newest_standing(quarter).filter(project__in=project_ids)
    said: defaultdict[int, list[Said]] = defaultdict(list)
    for pk, year, number, flow in standing.values_list("project_id", "quarter__year", "quarter__number", "flow"):
        said[pk].append(Said(year, number, flow))
    return {pk: Earlier.of(said[pk], quarter, missing=missing) for pk in project_ids}


def newest_standing(quarter: Quarter) -> ReportLineQuerySet:
    """Of each project the newest submitted or accepted line of each quarter before this one.

    Where two units have reported it, what waits for review or else was accepted last: so cells have it, too.
    """
    return (
        ReportLine.objects.before(quarter)
        .filter(report__state__in=STANDING)
        .order_by("project_id", "quarter_id", F("report__reviewed_at").desc(nulls_first=True), "-pk")
        .distinct("project_id", "quarter_id")
    )


def settle(line: ReportLine, earlier: Decimal | None) -> None:
    """Compute the amount that was not typed from the one that was; null stays null; the flow may fall below zero."""
    if line.typed == Typed.YEAR_TO_DATE:
        line.flow = None if line.year_to_date is None or earlier is None else line.year_to_date - earlier
    elif line.typed == Typed.FLOW:
        line.year_to_date = None if line.flow is None or earlier is None else earlier + line.flow


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Both amounts as they came in a form, in 万元, and whether each differs from what the form had shown."""

    flow: Decimal | None
    year_to_date: Decimal | None
    flow_changed: bool
    year_to_date_changed: bool


def typed_of(entry: Entry, before: Earlier, *, typed_before: str, hint: str = "") -> str:
    """Which of the two amounts counts as typed; empty where none does.

    `hint` is what the page saw being typed, where scripts run. Raises Contradiction where both were typed and disagree.
    """
    if entry.flow is None or entry.year_to_date is None:
        return _typed_of_one(entry, typed_before)
    if entry.flow_changed != entry.year_to_date_changed:
        return Typed.FLOW if entry.flow_changed else Typed.YEAR_TO_DATE
    if entry.flow_changed:
        refuse_contradiction(entry.flow, entry.year_to_date, before)
        typed_before = hint
    return typed_before if typed_before in Typed.values else Typed.FLOW


def _typed_of_one(entry: Entry, typed_before: str) -> str:
    """Of an emptied pair: emptying the amount that had been typed empties both, emptying the computed one nothing."""
    if entry.flow is not None:
        emptied = entry.year_to_date_changed and not entry.flow_changed and typed_before == Typed.YEAR_TO_DATE
        return "" if emptied else Typed.FLOW
    if entry.year_to_date is not None:
        emptied = entry.flow_changed and not entry.year_to_date_changed and typed_before == Typed.FLOW
        return "" if emptied else Typed.YEAR_TO_DATE
    return ""


def refuse_contradiction(flow: Decimal, year_to_date: Decimal, before: Earlier) -> None:
    """Raises Contradiction unless the earlier quarters and this one sum up to the year to date. Figures in 万元."""
    if before.total is None:
        raise Contradiction(
            _("%(quarters)s is still to be submitted, so the two can't be compared: enter only this quarter's amount.")
            % {"quarters": ", ".join(before.missing)}
        )
    if before.total + flow != year_to_date:
        raise Contradiction(
            _(
                "The two don't agree. Earlier quarters of the year: %(earlier)s; with %(flow)s in this quarter the year"
                " to date is %(sum)s, not %(typed)s. Empty one of the two fields: it is computed from the other."
            )
            % {
                "earlier": before,
                "flow": written(flow),
                "sum": written(before.total + flow),
                "typed": written(year_to_date),
            }
        )
