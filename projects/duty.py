"""What a unit owes for a quarter, in one word, and by when: every list of quarters and every page of one asks here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.kept_plans import Kept
from portal.models import Quarter, Unit
from portal.replicas import alias, connection
from portal.rows import Columns
from projects.models import Project, Report, ReportState


class State(TextChoices):
    NOT_OPEN = "not_open", _("not open yet")
    NOTHING_OWED = "nothing_owed", _("nothing owed")
    TO_BEGIN = "to_begin", _("not begun")
    DRAFT = "draft", _("being prepared")
    RETURNED = "returned", _("returned, to be mended")
    CORRECTING = "correcting", _("being corrected")
    SUBMITTED = "submitted", _("waiting for review")
    ACCEPTED = "accepted", _("accepted")
    MISSED = "missed", _("closed, not submitted")


# What asks something of the unit's people.
OWING = frozenset({State.TO_BEGIN, State.DRAFT, State.RETURNED, State.CORRECTING})
# What keeps a quarter from being whole: whoever has handed in, or has an accepted report, has filed.
NOT_FILED = frozenset({State.TO_BEGIN, State.DRAFT, State.RETURNED, State.MISSED})
RECENT = 8  # quarters: this year and the last
NAMED = 500  # units that a query names one by one
FEW = "AND unit_id = ANY (%(units)s)"
TYPES = {"quarters": "bigint[]", "units": "bigint[]"}
REPORT = Columns(Report, "report")
# Of a draft the filled lines are counted, of what was handed in their number is known.
REPORTS = f"""
    SELECT CASE WHEN state = 'draft'
                THEN (SELECT count(*) FROM projects_reportline line
                      WHERE line.report_id = report.id AND edited_at IS NOT NULL AND rejected IS NULL)
                ELSE COALESCE(line_count, 0) END,
           {REPORT}
    FROM projects_report report
    WHERE quarter_id = ANY (%(quarters)s) {FEW}
    ORDER BY revision DESC
"""
# Of units' quarters how many lines they owe, whether a mark waits to say so anew, and the last day of what was granted.
# One statement, one snapshot: what is recomputed has its cells, and what isn't its mark.
OWED = f"""
    WITH waiting AS (
        SELECT DISTINCT unit_id, quarter_id FROM projects_mark WHERE quarter_id = ANY (%(quarters)s) {FEW}
    ),
    owing AS (
        SELECT unit_id, quarter_id, lines_expected FROM projects_cell
        WHERE grain = 'unit' AND quarter_id = ANY (%(quarters)s) {FEW}
    ),
    granted AS (
        SELECT unit_id, quarter_id, max(until) AS until FROM portal_extension
        WHERE quarter_id = ANY (%(quarters)s) {FEW} GROUP BY unit_id, quarter_id
    )
    SELECT unit_id, quarter_id, COALESCE(lines_expected, 0), waiting.unit_id IS NOT NULL, until
    FROM owing FULL JOIN waiting USING (unit_id, quarter_id) FULL JOIN granted USING (unit_id, quarter_id)
"""
PLANNED_ONCE = {statement: Kept(statement, **TYPES) for statement in (REPORTS, OWED)}


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One unit's quarter. `filled` of `expected` lines are saved without a refused text; newest revision first.

    `last_day` is the last on which a first report is taken; `extended_until` is null where no extension was granted.
    """

    unit: Unit
    quarter: Quarter
    reports: Sequence[Report]
    expected: int
    filled: int
    last_day: date
    extended_until: date | None = None
    on: date

    @property
    def newest(self) -> Report | None:
        return self.reports[0] if self.reports else None

    @property
    def open(self) -> Report | None:
        return self._newest_in(ReportState.DRAFT, ReportState.SUBMITTED)

    @property
    def draft(self) -> Report | None:
        return self._newest_in(ReportState.DRAFT)

    @property
    def accepted(self) -> Report | None:
        return self._newest_in(ReportState.ACCEPTED)

    def _newest_in(self, *states: str) -> Report | None:
        return next((report for report in self.reports if report.state in states), None)

    @property
    def state(self) -> State:
        found = self.open
        if found and found.state == ReportState.SUBMITTED:
            return State.SUBMITTED
        if found:
            return self._state_of_draft(found)
        if self.accepted:
            return State.ACCEPTED
        if not self.expected:
            return State.NOTHING_OWED
        if self.on < self.quarter.opens_on:
            return State.NOT_OPEN
        return State.TO_BEGIN if self.on <= self.last_day else State.MISSED

    def _state_of_draft(self, draft: Report) -> State:
        if draft.due_on:
            return State.RETURNED
        if self.accepted:
            return State.CORRECTING
        return State.DRAFT if self.on <= self.last_day else State.MISSED

    @property
    def owes(self) -> bool:
        return self.state in OWING

    @property
    def has_filed(self) -> bool:
        return self.state not in NOT_FILED

    @property
    def returned_until(self) -> date | None:
        """The day by which a returned report is to be handed in again; null where none is."""
        return self.open.due_on if self.open else None

    @property
    def due_on(self) -> date:
        """The last day on time: the draft's own where it was returned, else the quarter's, or an extension's."""
        due_on = self.returned_until or self.quarter.due_on
        return max(due_on, self.extended_until) if self.extended_until else due_on

    @property
    def is_extended(self) -> bool:
        """Whether a granted extension is what makes the due date."""
        return self.due_on == self.extended_until

    @property
    def days_left(self) -> int:
        """Days from today to the due date; 0 on the day itself, below zero once it is late."""
        return (self.due_on - self.on).days

    @property
    def left(self) -> int:
        return max(self.expected - self.filled, 0)


def duties(units: Collection[Unit], quarters: Iterable[Quarter], *, on: date) -> list[Duty]:
    """One for each unit and quarter, the latest quarter first; as many queries however many units there are."""
    quarters = sorted(quarters, key=lambda quarter: quarter.starts_on, reverse=True)
    ids = {unit.pk for unit in units}
    reports: defaultdict[tuple[int, int], list[Report]] = defaultdict(list)
    filled: dict[int, int] = {}
    for count, *columns in _asked(REPORTS, ids, quarters):
        report = REPORT.made(columns, alias=alias())
        reports[report.unit_id, report.quarter_id].append(report)
        filled[report.pk] = count
    expected, extended = _owed(ids, quarters)
    return [
        Duty(
            unit=unit,
            quarter=quarter,
            reports=reports[unit.pk, quarter.pk],
            expected=expected.get((unit.pk, quarter.pk), 0),
            filled=filled[reports[unit.pk, quarter.pk][0].pk] if reports[unit.pk, quarter.pk] else 0,
            last_day=max(quarter.closes_on, extended.get((unit.pk, quarter.pk), quarter.closes_on)),
            extended_until=extended.get((unit.pk, quarter.pk)),
            on=on,
        )
        for quarter in quarters
        for unit in units
    ]


def _asked(statement: str, units: Collection[int], quarters: Collection[Quarter]) -> list[tuple[Any, ...]]:
    """The rows about these units' quarters. Of many units all are read, those of others too: naming them costs more."""
    if not units or not quarters:
        return []
    given = {"quarters": [quarter.pk for quarter in quarters], "units": list(units)}
    with connection.cursor() as cursor:
        if len(units) <= NAMED:
            PLANNED_ONCE[statement].run(cursor, given)
        else:
            cursor.execute(statement.replace(FEW, ""), given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _owed(
    units: Collection[int], quarters: Collection[Quarter]
) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], date]]:
    """How many lines each of these units owes in each quarter, and until when it was granted more time, if it was.

    As the cells say, which hold it for every unit; where one waits to be recomputed it is counted from the register.
    """
    waiting: defaultdict[int, set[int]] = defaultdict(set)
    expected: dict[tuple[int, int], int] = {}
    extended: dict[tuple[int, int], date] = {}
    for unit, quarter_id, lines, waits, until in _asked(OWED, units, quarters):
        if unit not in units:
            continue
        expected[unit, quarter_id] = lines
        if waits:
            waiting[quarter_id].add(unit)
        if until:
            extended[unit, quarter_id] = until
    for quarter in quarters:
        if waiting[quarter.pk]:
            counted = Project.objects.lines_owed(quarter, units=waiting[quarter.pk])
            expected |= {(unit, quarter.pk): counted[unit] for unit in waiting[quarter.pk]}
    return expected, extended


def of_people(units: Collection[Unit], *, on: date) -> list[Duty]:
    """What concerns these units' people: recent quarters, the next one, and older ones that are still open."""
    recent = list(Quarter.objects.opened(on=on).order_by("-year", "-number")[:RECENT])
    following = Quarter.objects.filter(opens_on__gt=on).order_by("year", "number")[:1]
    unfinished = Quarter.objects.filter(pk__in=Report.objects.open().filter(unit__in=units).values("quarter"))
    quarters = {quarter.pk: quarter for quarter in [*recent, *following, *unfinished]}.values()
    return [
        duty
        for duty in duties(units, quarters, on=on)
        if duty.reports or duty.state not in (State.NOTHING_OWED, State.NOT_OPEN) or duty.expected
    ]


def owing(found: Iterable[Duty]) -> list[Duty]:
    """Those that ask something of the unit's people, what is due first before the rest."""
    return sorted((duty for duty in found if duty.owes), key=lambda duty: (duty.due_on, duty.unit.code))
