"""A draft: begun, filled in by several people at once, held against one another by the versions of its lines.

From its submission on, `lifecycle` has it. Each verb locks the report; `at` and `by` are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from portal import bulk
from portal.clock import SHANGHAI
from portal.models import Quarter, Unit, User
from portal.roles import PREPARERS
from projects import amounts, check, prefill
from projects.lifecycle import (
    StepRefused,
    StepTaken,
    Verb,
    local_day,
    locked,
    record,
    refuse_closed,
    require,
    require_one,
)
from projects.models import Project, Report, ReportLine, ReportState
from projects.models.line import LONGEST
from projects.threads import Threads
from projects.typed import Typed

# What saving a line writes: all of it but what it is about.
WRITTEN = [
    field.name
    for field in ReportLine._meta.concrete_fields
    if field.name not in {"id", "report", "project", "unit", "quarter"}
]


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


def begin(unit: Unit, quarter: Quarter, *, by: User, at: datetime) -> Report:
    """The open report of this unit and quarter; where there is none yet, its first draft with a line a project.

    A draft that was begun before a project came to the unit gets that project's line now.
    Raises StepRefused where the quarter hasn't opened, has closed, owes no line or is reported already.
    """
    require(by, PREPARERS, unit, at=at)
    with transaction.atomic():
        Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
        reports = Report.objects.filter(unit=unit, quarter=quarter)
        found = reports.open().first()
        if found:
            return _follow_register(found)
        if local_day(at) < quarter.opens_on:
            raise StepRefused(_("This quarter opens on %(day)s.") % {"day": quarter.opens_on})
        refuse_closed(unit, quarter, at=at)
        if reports.exists():
            raise StepRefused(_("This quarter is reported already; to change it, correct the accepted report."))
        projects = list(Project.objects.expected(unit, quarter))
        if not projects:
            raise StepRefused(_("No project of this unit has a plan for this quarter, so no report is owed."))
        report = Report.objects.create(unit=unit, quarter=quarter)
        ReportLine.objects.bulk_create(prefill.lines(report, projects))
        record(report, Verb.BEGIN, by=by, at=at)
        return report


def _follow_register(report: Report) -> Report:
    """Give a draft the lines that the register asks for by now; those no longer asked for leave on submission."""
    if report.state == ReportState.DRAFT:
        owed = Project.objects.expected(report.unit, report.quarter)
        new = list(owed.exclude(pk__in=report.lines.values("project")))
        ReportLine.objects.bulk_create(prefill.lines(report, new))
    return report


def save_lines(
    report: Report,
    typed: Mapping[int, Typed],
    *,
    versions: Mapping[int, int],
    by: User,
    at: datetime,
) -> list[ReportLine]:
    """Write what a person typed into several lines of a draft (line id → typed), all of it or nothing.

    With it goes the amount that follows from the one typed. Takes the same number of queries for any number of lines.
    Saving the same again, by a double click, changes nothing. Raises LineTaken where a line was saved by somebody else
    since its version was shown, StepTaken where the report has moved on.
    """
    with transaction.atomic():
        report = lock_draft(report, by=by, at=at)
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


def lock_draft(report: Report, *, by: User, at: datetime) -> Report:
    """The draft as it is now, locked until the transaction ends, for one of those who prepare it.

    Raises StepTaken where it is none any more, StepRefused for other people.
    """
    report, held = locked(report, ReportState.DRAFT, by=by, at=at)
    require_one(PREPARERS, held)
    return report


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
    note_preparer(report, by)


def note_preparer(report: Report, by: User) -> None:
    """Whoever has put something into a draft never reviews it."""
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


def answer(report: Report, said: Mapping[int, str], shown: Mapping[int, str], *, by: User, at: datetime) -> Report:
    """Keep what the unit says to remarks on the report as a whole (thread id → sentence); an empty one takes it back.

    Raises StepTaken where somebody else has answered since `shown`, with their words.
    """
    with transaction.atomic():
        report = lock_draft(report, by=by, at=at)
        asked = {thread.pk: thread.answer for thread in Threads.of_report(report).open.on_report}
        kept = {str(pk): text for pk, text in asked.items() if text}
        for pk, text in said.items():
            if len(text.strip()) > LONGEST:
                raise StepRefused(
                    _("This text has %(length)s characters; %(longest)s fit.")
                    % {"length": len(text.strip()), "longest": LONGEST}
                )
            if pk not in asked or text.strip() in (asked[pk], shown.get(pk, "")):
                continue
            if asked[pk] != shown.get(pk, ""):
                raise StepTaken(
                    _("Somebody has answered this remark in the meantime: “%(text)s”. Compare, then save again.")
                    % {"text": asked[pk]}
                )
            kept[str(pk)] = text.strip()
        report.answers = {pk: text for pk, text in kept.items() if text}
        report.save(update_fields=["answers"])
        return report


def preview(report: Report, typed: Mapping[int, Typed], *, at: datetime) -> check.CheckedReport:
    """The draft as it would be checked once these lines (project id → typed) were saved; writes nothing."""

    def change(line: ReportLine) -> None:
        if line.project_id in typed:
            typed[line.project_id].put_in(line)
            line.edited_at = at

    return check.report(report, change=change)
