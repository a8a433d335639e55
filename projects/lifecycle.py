"""The only writer of a report's state: one verb, one transaction.

Each verb locks the report, checks the step and writes the event; triggers append the marks. `at` and `by` are given.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal import bulk
from portal.clock import SHANGHAI
from portal.kept_plans import Kept
from portal.models import Extension, ExtensionRequest, Quarter, Unit, User
from portal.roles import PREPARERS, REACHING, REVIEWERS, SUBMITTERS
from portal.roles import at as held_at
from portal.rows import Columns
from projects import acceptance, amounts, check, evidence, judged, notices, tasks, threads
from projects.models import Report, ReportEvent, ReportLine, ReportState
from projects.revisions import Counters
from projects.threads import Note
from projects.ticks import NONE, Ticks, Unticked

RETURN_WORKING_DAYS = 3
NAMED = 5  # projects that a refusal names; the check page shows all
Verb = ReportEvent.Verb
OWN, UNIT, QUARTER = Columns(Report, "report"), Columns(Unit, "unit"), Columns(Quarter, "quarter")
BEFORE = Columns(Report, "before", ("id", "state", "reviewed_by_id"))
HOLDING = REACHING % {"units": "ARRAY[report.unit_id]", "user": "%(user)s", "day": "%(day)s"}
LOCKED = Kept(
    f"""
    SELECT ARRAY({HOLDING}), {OWN}, {UNIT}, {QUARTER}, {BEFORE}
    FROM projects_report report
    JOIN portal_unit unit ON unit.id = report.unit_id
    JOIN portal_quarter quarter ON quarter.id = report.quarter_id
    LEFT JOIN projects_report before ON before.id = report.based_on_id
    WHERE report.id = %(report)s FOR UPDATE OF report
    """,
    report="bigint",
    user="bigint",
    day="date",
)


class StepRefused(Exception):
    """The step can't be taken; the text says why and how to go on, in the language of the person."""


class StepTaken(StepRefused):
    """Somebody else has taken a step with this report in the meantime."""


def local_day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def working_days_after(day: date, count: int) -> date:
    """The day that lies this many days from Monday to Friday after this day."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def due_on(report: Report) -> date:
    """The last day on time: the report's own where it was returned, else the quarter's."""
    return report.due_on or report.quarter.due_on


def last_day(unit: Unit, quarter: Quarter) -> date:
    """The last day on which this unit's first report of the quarter is taken: the closing, or a granted extension."""
    return max(quarter.closes_on, on_time_until(unit, quarter))


def on_time_until(unit: Unit, quarter: Quarter) -> date:
    """The last day on which this unit's report of the quarter is on time: the due date, or a granted extension."""
    granted = Extension.objects.filter(unit=unit, quarter=quarter).order_by("-until").first()
    return max(quarter.due_on, granted.until) if granted else quarter.due_on


def refuse_closed(unit: Unit, quarter: Quarter, *, at: datetime) -> None:
    """Raise StepRefused where no first report of the quarter is taken from this unit any more."""
    day = last_day(unit, quarter)
    if local_day(at) > day:
        raise StepRefused(_("This quarter closed on %(day)s. Ask the administrator for an extension.") % {"day": day})


def locked(report: Report, *states: str, by: User, at: datetime) -> tuple[Report, frozenset[str]]:
    """The report as it is now, locked, and the roles by which this person reaches its unit.

    Raises StepTaken where it is in none of these states any more.
    """
    with connection.cursor() as cursor:
        LOCKED.run(cursor, {"report": report.pk, "user": by.pk, "day": local_day(at)})
        row = cursor.fetchone()
    if row is None:
        raise Report.DoesNotExist
    held, row = frozenset(row[0]), row[1:]
    found = OWN.made(row[: len(OWN)])
    found.unit = UNIT.made(row[len(OWN) : -len(QUARTER) - len(BEFORE)])
    found.quarter = QUARTER.made(row[-len(QUARTER) - len(BEFORE) : -len(BEFORE)])
    if found.based_on_id:
        found.based_on = BEFORE.made(row[-len(BEFORE) :])
    if found.state not in states:
        raise StepTaken(
            _("This report is %(state)s by now: somebody has dealt with it in the meantime.")
            % {"state": found.get_state_display()}
        )
    return found, held


def require(user: User, roles: frozenset[str], unit: Unit, *, at: datetime) -> None:
    require_one(roles, held_at(unit, user, on=local_day(at)))


def require_one(roles: frozenset[str], held: frozenset[str]) -> None:
    if not roles & held:
        raise StepRefused(_("Your role at this unit doesn't allow this step."))


def record(report: Report, verb: str, *, by: User, at: datetime, reason: str = "") -> None:
    ReportEvent.objects.create(report=report, verb=verb, by=by, at=at, reason=reason)


def submit(report: Report, *, by: User, at: datetime, seen: str | None = None) -> Report:
    """Freeze a draft and hand it in; its receipt number stands for it from now on.

    `seen` is the fingerprint of what the approver looked at: raises StepTaken where a line has changed since.

    Handing in the same report again, by a double click, gives the same receipt; other figures than those submitted
    raise StepTaken. Raises StepRefused where a line has an error or a warning without its sentence, an earlier quarter
    of the year is still to be submitted, or the quarter has closed.
    """
    with transaction.atomic():
        report, held = locked(report, ReportState.DRAFT, ReportState.SUBMITTED, by=by, at=at)
        require_one(SUBMITTERS, held)
        if report.state == ReportState.SUBMITTED:
            return _same_again(report, seen)
        if report.due_on is None:  # a returned one is taken whenever it comes
            refuse_closed(report.unit, report.quarter, at=at)
        checked = _ready(report)
        if seen is not None and seen != checked.fingerprint:
            raise StepTaken(_("A line has changed since you opened this page. Look at it again, then submit."))
        left_out = _drop(checked.dropped)
        _settle_lines(checked)
        report.state = ReportState.SUBMITTED
        report.submitted_by, report.submitted_at = by, at
        # A return that asks for less time than the quarter leaves makes nobody late who keeps the quarter's own day.
        report.is_late = local_day(at) > max(due_on(report), on_time_until(report.unit, report.quarter))
        report.receipt = f"{report.quarter.label}-{report.unit.code}-{report.revision}"
        report.save()
        record(report, Verb.SUBMIT, by=by, at=at, reason=left_out)
        ExtensionRequest.objects.lapse(report.unit, report.quarter, at=at)
        notices.submitted(report, at=at)
        return report


def _ready(report: Report) -> check.CheckedReport:
    """The draft, checked; raises StepRefused where something stands between it and its submission."""
    missing = amounts.missing_quarters(report.unit, report.quarter)
    if missing:
        raise StepRefused(
            _("Submit %(quarters)s first: without it the year to date is unknown.")
            % {"quarters": ", ".join(quarter.name for quarter in missing)}
        )
    checked = check.report(report)
    if not checked.lines:
        raise StepRefused(_("No project of this unit has a plan for this quarter, so no report is owed."))
    if checked.errors:
        raise StepRefused(_("Lines to be mended or filled in first: %(count)s.") % {"count": checked.lines_with_errors})
    _refuse_unexplained(checked)
    return checked


def _settle_lines(checked: check.CheckedReport) -> None:
    """Leave in the lines only what is handed in, and put their counts on the report, which is still to be saved."""
    report, lines = checked.report, [each.line for each in checked.lines]
    evidence.let_go_of_removed(report)
    for each in checked.lines:
        each.line.explanations, each.line.rejected = each.explanations, None
    threads.keep_answers(report, lines)
    bulk.update(lines, ["flow", "year_to_date", "explanations", "answers", "rejected"])
    for name, count in asdict(Counters.of(checked)).items():
        setattr(report, name, count)


def _same_again(report: Report, seen: str | None) -> Report:
    if seen is not None and seen != check.report(report).fingerprint:
        raise StepTaken(
            _("This report was submitted already, as %(receipt)s, with other figures than the page showed you.")
            % {"receipt": report.receipt}
        )
    return report


def _refuse_unexplained(checked: check.CheckedReport) -> None:
    """A warning doesn't stop a report, but it asks for a sentence: say at which projects one is missing, and where."""
    lines = checked.lines_to_explain
    if lines:
        named = "; ".join(f"{line.line.project.code} {line.line.project.name}" for line in lines[:NAMED])
        raise StepRefused(
            _(
                "Warnings that still need a sentence for the reviewer: %(count)s. Open each of these projects and write"
                " it in the field below the warning: %(projects)s"
            )
            % {"count": len(checked.open_warnings), "projects": named + ("…" if len(lines) > NAMED else "")}
        )


def _drop(lines: list[ReportLine]) -> str:
    """Take lines that the register no longer asks for out of a draft; gives the words that say so, empty for none."""
    if not lines:
        return ""
    evidence.take_off(lines)
    ReportLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    names = "; ".join(f"{line.project.code} {line.project.name_zh}" for line in lines)
    return _("Left out, as the register no longer asks for it: %(projects)s") % {"projects": names}


def withdraw(report: Report, *, by: User, at: datetime, reason: str) -> Report:
    """Take a submitted report back before a reviewer has opened it; returns the next draft. 撤回."""
    with transaction.atomic():
        report, held = locked(report, ReportState.SUBMITTED, by=by, at=at)
        require_one(SUBMITTERS, held)
        if report.submitted_by != by:
            raise StepRefused(_("Only %(who)s, who submitted it, may withdraw it.") % {"who": report.submitted_by})
        if report.opened_at:
            raise StepRefused(_("A reviewer has opened it by now; ask for its return instead."))
        report.state = ReportState.WITHDRAWN
        report.save()
        record(report, Verb.WITHDRAW, by=by, at=at, reason=_required(reason))
        notices.withdrawn(report, reason=reason.strip(), at=at)
        return _next_draft(report, by=by, at=at, reason=reason, due=report.due_on)


def open_review(report: Report, *, by: User, at: datetime) -> Report:
    """Note that a reviewer looks at it: from now on it can't be withdrawn. Only the first look is noted."""
    with transaction.atomic():
        report, _held = locked(report, *ReportState.values, by=by, at=at)
        if report.state == ReportState.SUBMITTED and report.opened_at is None and _may_review(report, by, at=at):
            report.opened_by, report.opened_at = by, at
            report.save()
            record(report, Verb.OPEN, by=by, at=at)
        return report


def accept(report: Report, *, by: User, at: datetime, reason: str = "", ticked: Ticks = NONE) -> Report:
    """Let a submitted report count; the one accepted before, if any, is superseded.

    Raises StepRefused where a warning has not been ticked, or all are ticked at once without a sentence in `reason`.
    """
    with transaction.atomic():
        report, held = locked(report, ReportState.SUBMITTED, by=by, at=at)
        _require_reviewer(report, by, held)
        try:
            looked_at = _looked_at(report, ticked, reason=reason)
        except Unticked as error:
            raise StepRefused(str(error)) from error
        acceptance.let_count(report, by=by, at=at, reason="\n".join(filter(None, (reason.strip(), looked_at))))
        tasks.ring()
        notices.accepted(report, at=at)
        return report


def _looked_at(report: Report, ticked: Ticks, *, reason: str) -> str:
    """The words on the warnings that the report has now; raises Unticked.

    While those counted at its submission hold, and none has to be told from another, no line is judged again.
    """
    counted = report.warning_count or 0
    if (ticked.every or not counted) and judged.still_holds(report):
        return ticked.settle_every(counted, reason=reason)
    return ticked.settle(check.report(report), reason=reason)


def send_back(
    report: Report,
    *,
    by: User,
    at: datetime,
    remark: str = "",
    notes: Iterable[Note] = (),
    settled: Collection[int] = (),
) -> Report:
    """Return a submitted report with a remark on it, on its lines and fields, or in a thread. 退回.

    Gives the next draft. `settled` are threads (by id) whose matter is settled.
    Raises StepRefused where nothing is said at all.
    """
    with transaction.atomic():
        report, held = locked(report, ReportState.SUBMITTED, by=by, at=at)
        _require_reviewer(report, by, held)
        if not threads.write(report, [Note(text=remark), *notes], settled=settled, by=by, at=at):
            raise StepRefused(_("Say what is to be mended: write a remark on the report or on a line."))
        report.state = ReportState.RETURNED
        report.reviewed_by, report.reviewed_at = by, at
        report.save()
        record(report, Verb.RETURN, by=by, at=at, reason=remark.strip())
        due = working_days_after(local_day(at), RETURN_WORKING_DAYS)
        draft = _next_draft(report, by=by, at=at, reason=remark.strip() or _("returned with remarks"), due=due)
        notices.returned(report, draft, at=at)
        return draft


def correct(report: Report, *, by: User, at: datetime, reason: str) -> Report:
    """Begin the correction of an accepted report; the accepted one counts until the new revision is accepted. 更正.

    Raises StepRefused where the quarter has closed and the administrator has given no leave (an extension).
    """
    with transaction.atomic():
        report, held = locked(report, ReportState.ACCEPTED, by=by, at=at)
        require_one(PREPARERS, held)
        _required(reason)
        if local_day(at) > last_day(report.unit, report.quarter):
            raise StepRefused(
                _("The quarter has closed. To correct it, ask the administrator for an extension, which is the leave.")
            )
        found = Report.objects.open().filter(unit=report.unit, quarter=report.quarter).first()
        if found:
            return found
        record(report, Verb.CORRECT, by=by, at=at, reason=reason.strip())
        return _next_draft(report, by=by, at=at, reason=reason.strip(), due=None)


def _required(reason: str) -> str:
    if not reason.strip():
        raise StepRefused(_("Give a reason."))
    return reason.strip()


def _may_review(report: Report, user: User, *, at: datetime) -> bool:
    return Report.objects.reviewable_by(user, on=local_day(at)).filter(pk=report.pk).exists()


def _require_reviewer(report: Report, by: User, held: frozenset[str]) -> None:
    if by.pk == report.submitted_by_id or by.pk in report.preparer_ids:
        raise StepRefused(_("Nobody reviews a report that they prepared or submitted."))
    require_one(REVIEWERS, held)


def _next_draft(report: Report, *, by: User, at: datetime, reason: str, due: date | None) -> Report:
    """The next revision, a copy of this one's lines, with what was typed and by whom.

    What was answered to remarks is said; only where nobody has read it yet, as after a withdrawal, does it go along.
    """
    keeps_answers = report.state == ReportState.WITHDRAWN
    newest = Report.objects.filter(unit=report.unit, quarter=report.quarter).order_by("-revision")[0]
    draft = Report.objects.create(
        unit=report.unit,
        quarter=report.quarter,
        revision=newest.revision + 1,
        based_on=report,
        reason=reason,
        due_on=due,
        preparer_ids=report.preparer_ids,
        answers=report.answers if keeps_answers else {},
    )
    copies = list(report.lines.all())
    old = {line.pk: line for line in copies}
    for line in copies:
        line.pk = None
        line._state.adding = True
        line.report = draft
        line.version = 0
        line.answers = line.answers if keeps_answers else {}
    ReportLine.objects.bulk_create(copies)
    evidence.copy(old)
    record(draft, Verb.BEGIN, by=by, at=at, reason=reason)
    return draft
