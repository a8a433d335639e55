"""What a reviewer sees of a report: each line beside plan, last quarter and former revision, and who said what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from django.db import connection
from django.db.models import Q

from portal.models import User
from projects import check, evidence
from projects.check import CheckedLine, Totals
from projects.models import Evidence, Remark, Report, ReportEvent, ReportLine

COMPARED = ("flow", "year_to_date", "stage", "started_on", "finished_on", "progress", "obstacle")

SUMS = """
    SELECT line.report_id, count(*), sum(line.year_to_date), sum(plan.planned_investment)
    FROM projects_reportline line
    JOIN portal_quarter quarter ON quarter.id = line.quarter_id
    LEFT JOIN LATERAL (
        SELECT version.planned_investment FROM projects_annualplan version
        WHERE version.project_id = line.project_id AND version.year = quarter.year
          AND version.in_force_on < make_date(quarter.year, quarter.number * 3, 1) + INTERVAL '1 month'
        ORDER BY version.in_force_on DESC LIMIT 1
    ) plan ON true
    WHERE line.report_id = ANY(%s)
    GROUP BY line.report_id
"""


@dataclass(frozen=True)
class Sums:
    """What a report's lines add up to, in 万元; null where no line has the figure."""

    lines: int = 0
    year_to_date: Decimal | None = None
    planned: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        """Year to date ÷ plan, uncapped; null where either is not known or nothing was planned."""
        return self.year_to_date / self.planned if self.year_to_date is not None and self.planned else None


def sums(report_ids: Iterable[int]) -> dict[int, Sums]:
    """For each of these reports what its lines add up to, beside the plans in force on its quarter's last day."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [list(report_ids)])
        return {pk: Sums(*figures) for pk, *figures in cursor.fetchall()}


@dataclass(frozen=True, kw_only=True)
class ReviewedLine:
    """A line with its findings, what the revision before said, and every remark made on its project so far."""

    checked: CheckedLine
    before: ReportLine | None
    remarks: list[Remark] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def line(self) -> ReportLine:
        return self.checked.line

    @property
    def changed(self) -> frozenset[str]:
        """Which fields say something else than in the revision that this one is based on."""
        if self.before is None:
            return frozenset()
        return frozenset(name for name in COMPARED if getattr(self.before, name) != getattr(self.line, name))

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
    report: Report
    lines: list[ReviewedLine]
    totals: Totals
    remarks: list[Remark]
    events: list[ReportEvent]
    preparers: list[User]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Everything about a report that has been handed in, in a fixed number of queries."""
        so_far = Q(report__unit=report.unit, report__quarter=report.quarter, report__revision__lte=report.revision)
        remarks = list(Remark.objects.filter(so_far).select_related("made_by", "line", "report"))
        on_projects: dict[int, list[Remark]] = {}
        for remark in remarks:
            if remark.line is not None:
                on_projects.setdefault(remark.line.project_id, []).append(remark)
        former = ReportLine.objects.filter(report=report.based_on_id) if report.based_on_id else []
        before = {line.project_id: line for line in former}
        checked_report = check.report(report)
        seen = evidence.of_lines(checked.line for checked in checked_report.lines)
        return cls(
            report=report,
            lines=[
                ReviewedLine(
                    checked=checked,
                    before=before.get(checked.line.project_id),
                    remarks=on_projects.get(checked.line.project_id, []),
                    evidence=seen.get(checked.line.pk, []),
                )
                for checked in checked_report.lines
            ],
            totals=checked_report.totals,
            remarks=[remark for remark in remarks if remark.line is None],
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
        return sum(bool(line.changed) for line in self.lines)
