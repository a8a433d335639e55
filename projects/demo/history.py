"""Writes the demo's past: every report through the lifecycle's own verbs, on days on which it could have happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection

from portal.clock import SHANGHAI
from portal.demo.people import ALONE
from portal.models import Extension, Quarter, Unit, User
from projects import drafting, lifecycle
from projects.demo import pictures, words
from projects.demo.course import CLOSED_YEARS, OPEN_QUARTER, Told
from projects.demo.distribution import fraction, pick
from projects.models import AnnualPlan, Assignment, Project, Report, ReportLine
from projects.threads import Note
from projects.ticks import Ticks
from projects.typed import Typed

Course = Mapping[tuple[int, int], Told]

# Where the open quarter stands: by unit how far its report has come. The units not named here have not begun.
ACCEPTED, SUBMITTED, RETURNED, DRAFT = "accepted", "submitted", "returned", "draft"
OPEN_REPORTS = {
    "430405": ACCEPTED,
    "430422": ACCEPTED,
    "430424": ACCEPTED,
    "430473": ACCEPTED,
    "P-BSZ": ACCEPTED,
    "C-GXT": ACCEPTED,
    "430421": SUBMITTED,
    "430476": SUBMITTED,
    "430481": SUBMITTED,
    "C-CJT": SUBMITTED,
    "430482": RETURNED,
    "430407": DRAFT,
}
WITH_PHOTOS = frozenset({"430405", "430421", "430476", "430407"})
AHEAD_OF_PLAN = "430476"  # its report, which waits for review, has a figure that the reviewer has to look at
BEGUN_ON, SUBMITTED_ON, REVIEWED_ON = date(2022, 3, 29), date(2022, 4, 1), date(2022, 4, 2)

# Reports that did not pass at once: (unit, year, number).
ONCE_RETURNED = frozenset({("430482", 2021, 2), ("P-ZBQ", 2021, 3)})
ONCE_CORRECTED = frozenset({("430421", 2021, 4)})
ONE_TOO_MUCH = 10  # what a slip of the keyboard makes of a figure
REMARK = "本季完成投资与形象进度不符，请核实后重报。"
LINE_REMARK = "金额疑似多录一位，请核对计量支付凭证。"
REMARK_2022 = "两处形象进度描述过于笼统，请补充到具体工程部位。"
LINE_REMARK_2022 = "请写明当前施工部位和完成比例。"
LOOKED_AT = "已逐项核实，同意通过。"
CORRECTION = "年终决算核减，按审定数更正。"
CORRECTED_ON = date(2022, 1, 28)  # after the bulletin of the quarter, before the year's figures were announced


@dataclass(frozen=True)
class Past:
    """Who and what the past is made of: people by key, courses by project id."""

    people: Mapping[str, User]
    courses: Mapping[int, Course]

    def reporter(self, unit: Unit) -> User:
        return self.people[f"reporter-{unit.code}"]

    def approver(self, unit: Unit) -> User:
        return self.people[f"{'reporter' if unit.code in ALONE else 'approver'}-{unit.code}"]

    def reviewer(self, unit: Unit) -> User:
        return self.people[f"reviewer-{pick((1, 2), unit.code, 'reviewer')}"]


def closed_quarters(
    past: Past, units: Sequence[Unit], quarters: Mapping[tuple[int, int], Quarter]
) -> Iterator[Quarter]:
    """Every report of the closed years, quarter by quarter; what is corrected later is, when the next is asked for.

    So what was published at a quarter's end can be told in between.
    """
    for (year, number), quarter in sorted(quarters.items()):
        if year in CLOSED_YEARS:
            analyse()
            slips = [slip for unit in units if (slip := _closed(past, unit, quarter, (unit.code, year, number)))]
            yield quarter
            for report in slips:
                _correct(past, report, (report.unit.code, year, number))


def tell_open_quarter(past: Past, units: Sequence[Unit], quarters: Mapping[tuple[int, int], Quarter]) -> None:
    """The quarter that is open when the demo begins: half of the units have reported, some have begun."""
    quarter = quarters[OPEN_QUARTER]
    for unit in units:
        state = OPEN_REPORTS.get(unit.code)
        if state:
            _open(past, unit, quarter, state)


def analyse() -> None:
    """Tell the planner what has been written: it takes tables filled in this transaction for empty, and gets slow."""
    with connection.cursor() as cursor:
        for model in (Project, Assignment, AnnualPlan, Report, ReportLine):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _closed(past: Past, unit: Unit, quarter: Quarter, which: tuple[str, int, int]) -> Report | None:
    """The report of a quarter, accepted in the end; returns it where one of its figures is too high."""
    due = quarter.due_on
    is_late = fraction(*which, "late") < 0.06
    submitted = due + timedelta(days=1 + int(fraction(*which) * 4) if is_late else -int(fraction(*which) * 7))
    draft = drafting.begin(
        unit, quarter, by=past.reporter(unit), at=_at(submitted - timedelta(days=3), *which, "begin")
    )
    if which in ONCE_RETURNED:
        draft = _returned_once(past, draft, submitted, which)
        submitted = submitted + timedelta(days=2)
    has_slip = which in ONCE_CORRECTED
    _fill(past, draft, at=_at(submitted - timedelta(days=1), *which, "fill"), times=2 if has_slip else 1)
    report = _submit_and_accept(past, draft, submitted, which)
    return report if has_slip else None


def _submit_and_accept(past: Past, draft: Report, day: date, which: tuple[str, int, int]) -> Report:
    unit = draft.unit
    report = lifecycle.submit(draft, by=past.approver(unit), at=_at(day, *which, "submit"))
    reviewed = lifecycle.working_days_after(day, pick((1, 2, 3), *which, "review"))
    return _accept(past, report, at=_at(reviewed, *which, "accept"))


def _accept(past: Past, report: Report, *, at: datetime) -> Report:
    return lifecycle.accept(report, by=past.reviewer(report.unit), at=at, reason=LOOKED_AT, ticked=Ticks(every=True))


def _returned_once(past: Past, draft: Report, day: date, which: tuple[str, int, int]) -> Report:
    """A first version in which one figure has a digit too many, sent back; returns the next draft."""
    slip = _fill(past, draft, at=_at(day - timedelta(days=1), *which, "slip"), times=ONE_TOO_MUCH)
    report = lifecycle.submit(draft, by=past.approver(draft.unit), at=_at(day, *which, "too early"))
    return lifecycle.send_back(
        report,
        by=past.reviewer(draft.unit),
        at=_at(day + timedelta(days=1), *which, "return"),
        remark=REMARK,
        notes=[Note(line=slip, text=LINE_REMARK)],
    )


def _correct(past: Past, report: Report, which: tuple[str, int, int]) -> None:
    """The correction of a report that was accepted with a figure too high, after the year's final accounts."""
    unit, quarter = report.unit, report.quarter
    Extension.objects.create(
        unit=unit,
        quarter=quarter,
        until=CORRECTED_ON + timedelta(days=10),
        reason=CORRECTION,
        granted_by=past.people["administrator-1"],
        granted_at=_at(CORRECTED_ON - timedelta(days=3), *which, "grant"),
    )
    begun_at = _at(CORRECTED_ON - timedelta(days=1), *which, "correct")
    correction = lifecycle.correct(report, by=past.reporter(unit), at=begun_at, reason=CORRECTION)
    _fill(past, correction, at=_at(CORRECTED_ON - timedelta(days=1), *which, "fill again", hour=15))
    _submit_and_accept(past, correction, CORRECTED_ON, which)


def _open(past: Past, unit: Unit, quarter: Quarter, state: str) -> None:
    which = (unit.code, *OPEN_QUARTER)
    draft = drafting.begin(unit, quarter, by=past.reporter(unit), at=_at(BEGUN_ON, *which, "begin"))
    if state == DRAFT:
        _fill(past, draft, at=_at(BEGUN_ON, *which, "fill", hour=15), share=0.4, times=6, explains=False)
    else:
        _fill(past, draft, at=_at(BEGUN_ON, *which, "fill", hour=15), times=6 if unit.code == AHEAD_OF_PLAN else 1)
    if unit.code in WITH_PHOTOS:
        pictures.attach(draft, by=past.reporter(unit), at=_at(BEGUN_ON, *which, "photos", hour=16))
    if state == DRAFT:
        return
    report = lifecycle.submit(draft, by=past.approver(unit), at=_at(SUBMITTED_ON, *which, "submit"))
    reviewed_at = _at(REVIEWED_ON, *which, "review")
    if state == ACCEPTED:
        _accept(past, report, at=reviewed_at)
    elif state == RETURNED:
        lines = report.lines.order_by("project__code")[:2]
        remarked = [Note(line=line.pk, text=LINE_REMARK_2022) for line in lines]
        lifecycle.send_back(report, by=past.reviewer(unit), at=reviewed_at, remark=REMARK_2022, notes=remarked)


def _fill(past: Past, draft: Report, *, at: datetime, times: int = 1, share: float = 1, explains: bool = True) -> int:
    """Save the draft's lines as the courses tell them; the first figure `times` too high. Returns that line's id.

    Each warning gets its sentence, unless the draft is one in which that is still to be done.
    """
    quarter = (draft.quarter.year, draft.quarter.number)
    lines = list(draft.lines.select_related("project").order_by("project__code"))
    lines = lines[: max(round(len(lines) * share), 1)]
    slip = max(lines, key=lambda line: past.courses[line.project_id][quarter].flow)
    typed = {
        line.project_id: _typed(past.courses[line.project_id], quarter, times if line.pk == slip.pk else 1)
        for line in lines
    }
    if explains:
        typed = _explained(draft, typed, at=at)
    versions = {line.pk: line.version for line in lines}
    by_line = {line.pk: typed[line.project_id] for line in lines}
    drafting.save_lines(draft, by_line, versions=versions, by=past.reporter(draft.unit), at=at)
    return slip.pk


def _explained(draft: Report, typed: Mapping[int, Typed], *, at: datetime) -> dict[int, Typed]:
    """The same, with a sentence on each warning that it will raise."""
    year, number = draft.quarter.year, draft.quarter.number
    said = dict(typed)
    for line in drafting.preview(draft, typed, at=at).lines:
        project = line.line.project
        if project.pk in said:
            about = {"is_known": not project.is_demonstration}
            sentences = {
                finding.code: words.explanation(project.code, finding.code, year, number, **about)
                for finding in line.open_warnings
            }
            said[project.pk] = replace(said[project.pk], explanations=sentences)
    return said


def _typed(course: Course, quarter: tuple[int, int], times: int) -> Typed:
    told = course[quarter]
    return Typed(
        values={
            "flow": Decimal(told.flow * times),
            "typed": "flow",
            "stage": told.stage,
            "started_on": told.started_on,
            "finished_on": told.finished_on,
            "progress": told.progress,
            "obstacle": told.obstacle,
        }
    )


def _at(day: date, *key: object, hour: int = 9) -> datetime:
    """A moment in the morning or around noon of that day."""
    minutes = int(fraction(*key, "minute") * 170)
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI) + timedelta(minutes=minutes)
