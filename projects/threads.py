"""Remarks threaded through the rounds: what a reviewer said, what the unit answered, and whether it is settled.

A thread begins with a remark on the report, a line or a field of a line, and follows its project from revision to
revision. It stays open until a reviewer settles it or accepts the report.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.db.models import Q

from portal import replicas
from portal.kept_plans import Kept
from portal.models import User
from projects.models import Remark, Report, ReportLine, ReportState, Settlement

SHOWN = ("made_by", "line__project", "report", "settlement__made_by")


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a reviewer says in one place: on the report, on a line (its id), on a field of it, or again in a thread."""

    text: str
    line: int | None = None
    field: str = ""
    thread: int | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing said in a thread; `is_answer` where the unit said it."""

    text: str
    by: User | None
    at: datetime
    revision: int
    is_answer: bool = False


@dataclass(frozen=True, kw_only=True)
class Thread:
    """`answer` is what stands in the open draft as the unit's next answer, empty while there is none."""

    root: Remark
    entries: list[Entry]
    settlement: Settlement | None = None
    answer: str = ""

    @property
    def pk(self) -> int:
        return self.root.pk

    @property
    def project_id(self) -> int | None:
        return self.root.line.project_id if self.root.line else None

    @property
    def field(self) -> str:
        return self.root.field

    @property
    def is_open(self) -> bool:
        return self.settlement is None

    @property
    def value(self) -> object:
        """What the field said when the thread began; null for a thread on a whole line or report."""
        return getattr(self.root.line, self.field) if self.root.line and self.field else None


@dataclass(frozen=True)
class Threads:
    every: list[Thread] = field(default_factory=list)

    @property
    def open(self) -> "Threads":
        return Threads([thread for thread in self.every if thread.is_open])

    @property
    def on_report(self) -> list[Thread]:
        return [thread for thread in self.every if thread.project_id is None]

    def of(self, project_id: int) -> list[Thread]:
        return [thread for thread in self.every if thread.project_id == project_id]

    def find(self, pk: int) -> Thread | None:
        return next((thread for thread in self.every if thread.pk == pk), None)

    @classmethod
    def of_report(cls, report: Report) -> Self:
        """Every thread of the unit's quarter up to this revision: four queries, one where nothing was remarked.

        A first draft needs none.
        """
        if report._state.adding or (report.revision == 1 and report.state == ReportState.DRAFT):
            return cls([])
        if not _is_remarked(report):
            return cls([])
        chain = Q(unit=report.unit_id, quarter=report.quarter_id, revision__lte=report.revision)
        so_far = Q(
            report__unit=report.unit_id, report__quarter=report.quarter_id, report__revision__lte=report.revision
        )
        remarks = list(Remark.objects.filter(so_far).select_related(*SHOWN))
        answers = [*_on_lines(so_far), *_on_reports(chain)]
        return cls([_thread(root, remarks, answers) for root in remarks if root.thread_id is None])


REMARKED = Kept(
    """
    SELECT EXISTS (SELECT FROM projects_report report JOIN projects_remark remark ON remark.report_id = report.id
                   WHERE report.unit_id = %(unit)s AND report.quarter_id = %(quarter)s AND revision <= %(revision)s)
    """,
    unit="bigint",
    quarter="bigint",
    revision="smallint",
)


def _is_remarked(report: Report) -> bool:
    """Asked before anything is read: of most reports nothing was remarked."""
    its = {"unit": report.unit_id, "quarter": report.quarter_id, "revision": report.revision}
    with replicas.connection.cursor() as cursor:
        REMARKED.run(cursor, its)
        found: tuple[bool] | None = cursor.fetchone()
    return bool(found and found[0])


@dataclass(frozen=True)
class _Answers:
    """What one revision of a line or a report holds as answers, and whether it is still a draft."""

    said: dict[str, str]
    project_id: int | None
    by: User | None
    report: Report

    @property
    def is_draft(self) -> bool:
        return self.report.state == ReportState.DRAFT


def _on_lines(so_far: Q) -> list[_Answers]:
    lines = ReportLine.objects.filter(so_far).exclude(answers={}).select_related("report", "edited_by")
    return [_Answers(line.answers, line.project_id, line.edited_by, line.report) for line in lines]


def _on_reports(chain: Q) -> list[_Answers]:
    reports = Report.objects.filter(chain).exclude(answers={}).select_related("submitted_by")
    return [_Answers(report.answers, None, report.submitted_by, report) for report in reports]


def _thread(root: Remark, remarks: Sequence[Remark], answers: Sequence[_Answers]) -> Thread:
    project_id = root.line.project_id if root.line else None
    own = [each for each in answers if each.project_id == project_id and each.said.get(str(root.pk))]
    entries = [
        Entry(text=remark.text, by=remark.made_by, at=remark.made_at, revision=remark.report.revision)
        for remark in remarks
        if root.pk in (remark.pk, remark.thread_id)
    ]
    entries += [
        Entry(
            text=each.said[str(root.pk)],
            by=each.by,
            at=each.report.submitted_at,
            revision=each.report.revision,
            is_answer=True,
        )
        for each in own
        if each.report.submitted_at and each.report.state != ReportState.WITHDRAWN
    ]
    return Thread(
        root=root,
        entries=sorted(entries, key=lambda entry: entry.at),
        settlement=getattr(root, "settlement", None),
        answer=next((each.said[str(root.pk)] for each in own if each.is_draft), ""),
    )


def keep_answers(report: Report, lines: Iterable[ReportLine]) -> None:
    """Leave out of a draft's lines, and of the draft itself, what answers no open thread. Nothing is saved here."""
    known = Threads.of_report(report).open
    for line in lines:
        asked = {str(thread.pk) for thread in known.of(line.project_id)}
        line.answers = {pk: text for pk, text in line.answers.items() if pk in asked}
    on_report = {str(thread.pk) for thread in known.on_report}
    report.answers = {pk: text for pk, text in report.answers.items() if pk in on_report}


def write(report: Report, notes: Iterable[Note], *, settled: Collection[int], by: User, at: datetime) -> list[Remark]:
    """Add what a reviewer says about a submitted report, and settle these threads; gives the remarks added.

    Lines of another report, threads of another quarter and empty texts are left out; a thread that is gone on with
    isn't settled.
    """
    own = dict(report.lines.values_list("project_id", "pk"))
    lines = set(own.values())
    open_threads = {thread.pk: thread for thread in Threads.of_report(report).open.every}
    remarks = []
    for note in notes:
        about = {"report": report, "text": note.text.strip(), "made_by": by, "made_at": at}
        if not about["text"]:
            continue
        thread = open_threads.get(note.thread) if note.thread is not None else None
        if thread:
            line = own.get(thread.project_id) if thread.project_id else None
            remarks.append(Remark(**about, line_id=line, field=thread.field if line else "", thread=thread.root))
        elif note.thread is None and (note.line is None or note.line in lines):
            remarks.append(Remark(**about, line_id=note.line, field=note.field if note.line else ""))
    Remark.objects.bulk_create(remarks)
    going_on = {remark.thread_id for remark in remarks}
    _settle(report, [thread for pk, thread in open_threads.items() if pk in settled and pk not in going_on], by, at)
    return remarks


# Whoever accepts a report settles whatever was still open on it: all that began a matter up to this revision.
SETTLE_OPEN = """
    INSERT INTO projects_settlement (remark_id, report_id, made_by_id, made_at)
    SELECT remark.id, %(report)s, %(by)s, %(at)s
    FROM projects_report report JOIN projects_remark remark ON remark.report_id = report.id
    WHERE report.unit_id = %(unit)s AND report.quarter_id = %(quarter)s AND report.revision <= %(revision)s
      AND remark.thread_id IS NULL AND NOT EXISTS (SELECT FROM projects_settlement WHERE remark_id = remark.id)
"""


def _settle(report: Report, threads: Iterable[Thread], by: User, at: datetime) -> None:
    Settlement.objects.bulk_create(
        Settlement(remark=thread.root, report=report, made_by=by, made_at=at) for thread in threads
    )
