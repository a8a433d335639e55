"""The only writer of a report's state: one verb, one transaction.

Each verb locks the report, checks the step and writes the event; triggers append the marks. `at` and `by` are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from portal import bulk
from portal.clock import SHANGHAI
from portal.models import Extension, Quarter, Unit, User
from portal.roles import PREPARERS, REVIEWERS, SUBMITTERS
from projects import amounts, check, notices, prefill, register, tasks
from projects.models import Project, Remark, Report, ReportEvent, ReportLine, ReportState
from projects.ticks import NONE, Ticks, Unticked
from projects.typed import Typed

RETURN_WORKING_DAYS = 3
NAMED = 5  # projects that a refusal names; the check page shows all
# What saving a line writes: all of it but what it is about.
WRITTEN = [
    field.name
    for field in ReportLine._meta.concrete_fields
    if field.name not in {"id", "report", "project", "unit", "quarter"}
]
Verb = ReportEvent.Verb


class StepRefused(Exception):
    """The step can't be taken; the text says why and how to go on, in the language of the person."""


class StepTaken(StepRefused):
    """Somebody else has taken a step with this report in the meantime."""


class LineTaken(StepTaken):
    """Somebody has saved this line in the meantime; `line` is as they left it."""

    def __init__(self, line: ReportLine) -> None:
        self.line = line
        time = line.edited_at.astimezone(SHANGHAI).strftime("%H:%M") if line.edited_at else ""
        super().__init__(
            _("%(who)s saved this line at %(time)s. Compare, then save again.") % {"who": line.edited_by, "time": time}
        )


@dataclass(frozen=True)
class Written:
    """A line of a draft, what is to be written into it, and what earlier quarters of the year sum up to, in 万元."""

    line: ReportLine
    typed: Typed
    earlier: Decimal | None


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
    granted = Extension.objects.filter(unit=unit, quarter=quarter).order_by("-until").first()
    return max(quarter.closes_on, granted.until) if granted else quarter.closes_on


def _locked(report: Report, *states: str) -> Report:
    """The report as it is now, locked; raises StepTaken where it is in none of these states any more."""
    found = Report.objects.select_for_update(of=("self",)).select_related("unit", "quarter").get(pk=report.pk)
    if found.state not in states:
        raise StepTaken(
            _("This report is %(state)s by now: somebody has dealt with it in the meantime.")
            % {"state": found.get_state_display()}
        )
    return found


def _require(user: User, roles: frozenset[str], unit: Unit, *, at: datetime) -> None:
    if not Unit.objects.reached_by(user, roles, on=local_day(at)).filter(pk=unit.pk).exists():
        raise StepRefused(_("Your role at this unit doesn't allow this step."))


def _record(report: Report, verb: str, *, by: User, at: datetime, reason: str = "") -> None:
    ReportEvent.objects.create(report=report, verb=verb, by=by, at=at, reason=reason)


def begin(unit: Unit, quarter: Quarter, *, by: User, at: datetime) -> Report:
    """The open report of this unit and quarter; where there is none yet, its first draft with a line a project.

    A draft that was begun before a project came to the unit gets that project's line now.
    Raises StepRefused where the quarter hasn't opened, has closed, owes no line or is reported already.
    """
    _require(by, PREPARERS, unit, at=at)
    with transaction.atomic():
        Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
        reports = Report.objects.filter(unit=unit, quarter=quarter)
        found = reports.open().first()
        if found:
            return _follow_register(found)
        today = local_day(at)
        if today < quarter.opens_on:
            raise StepRefused(_("This quarter opens on %(day)s.") % {"day": quarter.opens_on})
        if today > last_day(unit, quarter):
            raise StepRefused(
                _("This quarter closed on %(day)s. Ask the administrator for an extension.")
                % {"day": last_day(unit, quarter)}
            )
        if reports.exists():
            raise StepRefused(_("This quarter is reported already; to change it, correct the accepted report."))
        projects = list(Project.objects.expected(unit, quarter))
        if not projects:
            raise StepRefused(_("No project of this unit has a plan for this quarter, so no report is owed."))
        report = Report.objects.create(unit=unit, quarter=quarter)
        ReportLine.objects.bulk_create(prefill.lines(report, projects))
        _record(report, Verb.BEGIN, by=by, at=at)
        return report


def _follow_register(report: Report) -> Report:
    """Give a draft the lines that the register asks for by now; those no longer asked for leave on submission."""
    if report.state == ReportState.DRAFT:
        owed = Project.objects.expected(report.unit, report.quarter)
        new = list(owed.exclude(pk__in=report.lines.values("project")))
        ReportLine.objects.bulk_create(prefill.lines(report, new))
    return report


def save_line(line: ReportLine, typed: Typed, *, version: int, by: User, at: datetime) -> ReportLine:
    """Write what a person typed into a draft's line, and the amount that follows from the one typed.

    Saving the same again, by a double click, changes nothing. Raises LineTaken where the line was saved by somebody
    else since `version` was shown, StepTaken where the report has moved on.
    """
    return save_lines(line.report, {line.pk: typed}, versions={line.pk: version}, by=by, at=at)[0]


def save_lines(
    report: Report,
    typed: Mapping[int, Typed],
    *,
    versions: Mapping[int, int],
    by: User,
    at: datetime,
) -> list[ReportLine]:
    """Write what a person typed into several lines of a draft (line id → typed), all of it or nothing.

    Takes the same number of queries for any number of lines. Raises LineTaken and StepTaken as `save_line` does.
    """
    with transaction.atomic():
        report = _locked(report, ReportState.DRAFT)
        _require(by, PREPARERS, report.unit, at=at)
        lines = list(report.lines.select_for_update(of=("self",)).filter(pk__in=typed))
        if len(lines) < len(typed):
            raise ReportLine.DoesNotExist("a line of another report")
        earlier = amounts.earlier(report.unit, report.quarter, [line.project_id for line in lines])
        written = [
            Written(line, typed[line.pk], earlier[line.project_id].total)
            for line in lines
            if _is_new(line, typed[line.pk], version=versions[line.pk], by=by)
        ]
        write_lines(report, written, by=by, at=at)
        return lines


def hold(unit_code: str, year: int, number: int, *, by: User, at: datetime) -> Report | None:
    """The draft of this unit's quarter, locked until the transaction ends; null where there is none to type into.

    One query finds it, locks it and asks whether this person may prepare it. Whoever holds it writes by `write_lines`.
    """
    theirs = Unit.objects.reached_by(by, PREPARERS, on=local_day(at))
    found = Report.objects.filter(
        unit__code=unit_code, quarter__year=year, quarter__number=number, state=ReportState.DRAFT
    ).annotate(is_theirs=Exists(theirs.filter(pk=OuterRef("unit_id"))))
    return found.select_for_update(of=("self",)).select_related("unit", "quarter").filter(is_theirs=True).first()


def write_lines(report: Report, written: Sequence[Written], *, by: User, at: datetime) -> None:
    """Write lines of a draft that this transaction holds locked; their versions have been looked at."""
    for each in written:
        _write(each.line, each.typed, earlier=each.earlier, by=by, at=at)
    bulk.update([each.line for each in written], WRITTEN)
    if by.pk not in report.preparer_ids:
        report.preparer_ids = [*report.preparer_ids, by.pk]
        report.save(update_fields=["preparer_ids"])


def untouch(report: Report, lines: Sequence[ReportLine]) -> None:
    """Put lines of a draft that this transaction holds locked back to what the draft began with: nobody has typed."""
    fresh = {line.project_id: line for line in prefill.lines(report, [line.project for line in lines])}
    for line in lines:
        version = line.version + 1
        for name in WRITTEN:
            setattr(line, name, getattr(fresh[line.project_id], name))
        line.version = version
    bulk.update(lines, WRITTEN)


def _is_new(line: ReportLine, typed: Typed, *, version: int, by: User) -> bool:
    """Whether a locked line is to be written; raises LineTaken where somebody else has saved it since `version`."""
    if line.version == version:
        return True
    if line.edited_by == by and typed.stands_in(line):
        return False
    raise LineTaken(line)


def _write(line: ReportLine, typed: Typed, *, earlier: Decimal | None, by: User, at: datetime) -> None:
    typed.put_in(line)
    amounts.settle(line, earlier)
    if line.flow is not None and line.flow < 0:
        line.flow = None  # the year to date stays as typed, and the check says that it is too low
    line.edited_by, line.edited_at = by, at
    line.version += 1


def preview(report: Report, typed: Mapping[int, Typed], *, at: datetime) -> check.CheckedReport:
    """The draft as it would be checked once these lines (project id → typed) were saved; writes nothing."""

    def change(line: ReportLine) -> None:
        if line.project_id in typed:
            typed[line.project_id].put_in(line)
            line.edited_at = at

    return check.report(report, change=change)


def submit(report: Report, *, by: User, at: datetime, seen: str | None = None) -> Report:
    """Freeze a draft and hand it in; its receipt number stands for it from now on.

    `seen` is the fingerprint of what the approver looked at: raises StepTaken where a line has changed since.

    Handing in the same report again, by a double click, gives the same receipt. Raises StepRefused where a line has an
    error or a warning without its sentence, an earlier quarter of the year is still to be submitted, or the quarter
    has closed.
    """
    with transaction.atomic():
        report = _locked(report, ReportState.DRAFT, ReportState.SUBMITTED)
        _require(by, SUBMITTERS, report.unit, at=at)
        if report.state == ReportState.SUBMITTED:
            return report
        _refuse_closed(report, at=at)
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
            raise StepRefused(
                _("Lines to be mended or filled in first: %(count)s.") % {"count": checked.lines_with_errors}
            )
        _refuse_unexplained(checked)
        if seen is not None and seen != checked.fingerprint:
            raise StepTaken(_("A line has changed since you opened this page. Look at it again, then submit."))
        left_out = _drop(checked.dropped)
        for each in checked.lines:
            each.line.explanations, each.line.rejected = each.explanations, None
        ReportLine.objects.bulk_update(
            [line.line for line in checked.lines], ["flow", "year_to_date", "explanations", "rejected"]
        )
        report.state = ReportState.SUBMITTED
        report.submitted_by, report.submitted_at = by, at
        # A return that asks for less time than the quarter leaves makes nobody late who keeps the quarter's own day.
        report.is_late = local_day(at) > max(due_on(report), report.quarter.due_on)
        report.receipt = f"{report.quarter.label}-{report.unit.code}-{report.revision}"
        report.save()
        _record(report, Verb.SUBMIT, by=by, at=at, reason=left_out)
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
    ReportLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    names = "; ".join(f"{line.project.code} {line.project.name_zh}" for line in lines)
    return _("Left out, as the register no longer asks for it: %(projects)s") % {"projects": names}


def _refuse_closed(report: Report, *, at: datetime) -> None:
    """A first report is refused after the closing; a returned one is taken whenever it comes."""
    if report.due_on is None and local_day(at) > last_day(report.unit, report.quarter):
        raise StepRefused(
            _("This quarter closed on %(day)s. Ask the administrator for an extension.")
            % {"day": last_day(report.unit, report.quarter)}
        )


def withdraw(report: Report, *, by: User, at: datetime, reason: str) -> Report:
    """Take a submitted report back before a reviewer has opened it; returns the next draft. 撤回."""
    with transaction.atomic():
        report = _locked(report, ReportState.SUBMITTED)
        _require(by, SUBMITTERS, report.unit, at=at)
        if report.submitted_by != by:
            raise StepRefused(_("Only %(who)s, who submitted it, may withdraw it.") % {"who": report.submitted_by})
        if report.opened_at:
            raise StepRefused(_("A reviewer has opened it by now; ask for its return instead."))
        report.state = ReportState.WITHDRAWN
        report.save()
        _record(report, Verb.WITHDRAW, by=by, at=at, reason=_required(reason))
        return _next_draft(report, by=by, at=at, reason=reason, due=report.due_on)


def open_review(report: Report, *, by: User, at: datetime) -> Report:
    """Note that a reviewer looks at it: from now on it can't be withdrawn. Only the first look is noted."""
    with transaction.atomic():
        report = _locked(report, *ReportState.values)
        if report.state == ReportState.SUBMITTED and report.opened_at is None and _may_review(report, by, at=at):
            report.opened_by, report.opened_at = by, at
            report.save()
            _record(report, Verb.OPEN, by=by, at=at)
        return report


def accept(report: Report, *, by: User, at: datetime, reason: str = "", ticked: Ticks = NONE) -> Report:
    """Let a submitted report count; the one accepted before, if any, is superseded.

    Raises StepRefused where a warning has not been ticked, or all are ticked at once without a sentence in `reason`.
    """
    with transaction.atomic():
        report = _locked(report, ReportState.SUBMITTED)
        _require_reviewer(report, by, at=at)
        try:
            looked_at = ticked.settle(check.report(report), reason=reason)
        except Unticked as error:
            raise StepRefused(str(error)) from error
        for earlier in Report.objects.accepted().filter(unit=report.unit, quarter=report.quarter):
            earlier.state = ReportState.SUPERSEDED
            earlier.save()
            _record(earlier, Verb.SUPERSEDE, by=by, at=at)
        report.state = ReportState.ACCEPTED
        report.reviewed_by, report.reviewed_at = by, at
        report.save()
        _record(report, Verb.ACCEPT, by=by, at=at, reason="\n".join(filter(None, (reason.strip(), looked_at))))
        register.follow_accepted(report.lines.values_list("project_id", flat=True))
        tasks.ring()
        notices.accepted(report, at=at)
        return report


def send_back(
    report: Report,
    *,
    by: User,
    at: datetime,
    remark: str,
    line_remarks: Mapping[int, str] | None = None,
) -> Report:
    """Return a submitted report with a remark on it or on its lines (line id → text); gives the next draft. 退回.

    Raises StepRefused where there is no remark at all.
    """
    on_lines = {pk: text.strip() for pk, text in (line_remarks or {}).items() if text.strip()}
    if not remark.strip() and not on_lines:
        raise StepRefused(_("Say what is to be mended: write a remark on the report or on a line."))
    with transaction.atomic():
        report = _locked(report, ReportState.SUBMITTED)
        _require_reviewer(report, by, at=at)
        own = set(report.lines.values_list("pk", flat=True))
        remarks = [Remark(report=report, text=remark.strip(), made_by=by, made_at=at)] if remark.strip() else []
        remarks += [
            Remark(report=report, line_id=pk, text=text, made_by=by, made_at=at)
            for pk, text in on_lines.items()
            if pk in own
        ]
        Remark.objects.bulk_create(remarks)
        report.state = ReportState.RETURNED
        report.reviewed_by, report.reviewed_at = by, at
        report.save()
        _record(report, Verb.RETURN, by=by, at=at, reason=remark.strip())
        due = working_days_after(local_day(at), RETURN_WORKING_DAYS)
        draft = _next_draft(report, by=by, at=at, reason=remark.strip() or _("returned with remarks"), due=due)
        notices.returned(report, draft, at=at)
        return draft


def correct(report: Report, *, by: User, at: datetime, reason: str) -> Report:
    """Begin the correction of an accepted report; the accepted one counts until the new revision is accepted. 更正.

    Raises StepRefused where the quarter has closed and the administrator has given no leave (an extension).
    """
    with transaction.atomic():
        report = _locked(report, ReportState.ACCEPTED)
        _require(by, PREPARERS, report.unit, at=at)
        _required(reason)
        if local_day(at) > last_day(report.unit, report.quarter):
            raise StepRefused(
                _("The quarter has closed. To correct it, ask the administrator for an extension, which is the leave.")
            )
        found = Report.objects.open().filter(unit=report.unit, quarter=report.quarter).first()
        if found:
            return found
        _record(report, Verb.CORRECT, by=by, at=at, reason=reason.strip())
        return _next_draft(report, by=by, at=at, reason=reason.strip(), due=None)


def _required(reason: str) -> str:
    if not reason.strip():
        raise StepRefused(_("Give a reason."))
    return reason.strip()


def _may_review(report: Report, user: User, *, at: datetime) -> bool:
    return Report.objects.reviewable_by(user, on=local_day(at)).filter(pk=report.pk).exists()


def _require_reviewer(report: Report, by: User, *, at: datetime) -> None:
    if by == report.submitted_by or by.pk in report.preparer_ids:
        raise StepRefused(_("Nobody reviews a report that they prepared or submitted."))
    _require(by, REVIEWERS, report.unit, at=at)


def _next_draft(report: Report, *, by: User, at: datetime, reason: str, due: date | None) -> Report:
    """The next revision, a copy of this one's lines, with what was typed and by whom."""
    newest = Report.objects.filter(unit=report.unit, quarter=report.quarter).order_by("-revision")[0]
    draft = Report.objects.create(
        unit=report.unit,
        quarter=report.quarter,
        revision=newest.revision + 1,
        based_on=report,
        reason=reason,
        due_on=due,
        preparer_ids=report.preparer_ids,
    )
    copies = list(report.lines.all())
    for line in copies:
        line.pk = None
        line._state.adding = True
        line.report = draft
        line.version = 0
    ReportLine.objects.bulk_create(copies)
    _record(draft, Verb.BEGIN, by=by, at=at, reason=reason)
    return draft
