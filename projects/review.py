"""What a reviewer sees of a report: each line beside plan, last quarter and former revision, and who said what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Self

from django.db.models import Q

from portal.models import User
from projects import check, evidence, wording
from projects.check import CheckedLine, Totals
from projects.models import Evidence, Report, ReportEvent, ReportLine
from projects.revisions import changed_fields, former_lines
from projects.threads import Thread, Threads
from projects.wording import Piece

TEXTS = ("progress", "obstacle")


@dataclass(frozen=True, kw_only=True)
class ReviewedLine:
    """A line with its findings, what it said when a reviewer last decided on it, and what was remarked so far.

    `before` is null where the line is new, and where there is no revision to compare with.
    """

    checked: CheckedLine
    before: ReportLine | None
    is_new: bool = False
    threads: Sequence[Thread] = field(default_factory=list)
    evidence: Sequence[Evidence] = field(default_factory=list)

    @property
    def line(self) -> ReportLine:
        return self.checked.line

    @cached_property
    def changed(self) -> frozenset[str]:
        """Which fields say something else than when a reviewer last decided on them."""
        return frozenset() if self.before is None else changed_fields(self.line, self.before)

    @cached_property
    def new_evidence(self) -> frozenset[int]:
        """The photos and documents that came after what a reviewer last decided on, by id."""
        since = self.before.report.submitted_at if self.before else None
        return frozenset(each.pk for each in self.evidence if since and each.added_at > since)

    @property
    def has_changes(self) -> bool:
        return self.is_new or bool(self.changed or self.new_evidence)

    @cached_property
    def wording(self) -> dict[str, list[Piece]]:
        """The texts that changed, word by word, by field."""
        before = self.before
        if before is None:
            return {}
        changed = [name for name in TEXTS if name in self.changed]
        return {name: wording.changes(getattr(before, name), getattr(self.line, name)) for name in changed}

    @property
    def open_threads(self) -> list[Thread]:
        return [thread for thread in self.threads if thread.is_open]

    @property
    def planned(self) -> Decimal | None:
        return self.checked.plan.planned_investment if self.checked.plan else None

    @property
    def planned_to_date(self) -> Decimal | None:
        return self.checked.plan.cumulative(self.line.quarter.number) if self.checked.plan else None

    @property
    def difference(self) -> Decimal | None:
        """This quarter against the last one accepted, in 万元."""
        last = self.checked.last
        if last is None or last.flow is None or self.line.flow is None:
            return None
        return self.line.flow - last.flow


@dataclass(frozen=True, kw_only=True)
class ReviewedReport:
    """`compared` is the revision that changes are told against, null for none; `gone` are its lines that left since."""

    report: Report
    lines: list[ReviewedLine]
    totals: Totals
    threads: Threads
    compared: Report | None
    gone: list[ReportLine]
    events: list[ReportEvent]
    preparers: list[User]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Everything about a report that has been handed in, in a fixed number of queries."""
        so_far = Q(report__unit=report.unit, report__quarter=report.quarter, report__revision__lte=report.revision)
        threads = Threads.of_report(report)
        former = former_lines(report)
        before = former or {}
        checked_report = check.report(report)
        own = {checked.line.project_id for checked in checked_report.lines}
        seen = evidence.of_lines(checked.line for checked in checked_report.lines)
        return cls(
            report=report,
            lines=[
                ReviewedLine(
                    checked=checked,
                    before=before.get(checked.line.project_id),
                    is_new=former is not None and checked.line.project_id not in before,
                    threads=threads.of(checked.line.project_id),
                    evidence=seen.get(checked.line.pk, []),
                )
                for checked in checked_report.lines
            ],
            totals=checked_report.totals,
            threads=threads,
            compared=next((line.report for line in before.values()), None),
            gone=[line for project_id, line in before.items() if project_id not in own],
            events=list(ReportEvent.objects.filter(so_far).select_related("by", "report")),
            preparers=list(User.objects.filter(pk__in=report.preparer_ids)),
        )

    @property
    def lines_with_findings(self) -> int:
        return sum(bool(line.checked.findings) for line in self.lines)

    @property
    def warnings(self) -> int:
        return sum(len(line.checked.warnings) for line in self.lines)

    @property
    def lines_changed(self) -> int:
        return sum(line.has_changes for line in self.lines)

    @property
    def lines_with_remarks(self) -> int:
        return sum(bool(line.open_threads) for line in self.lines)
