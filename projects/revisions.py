"""What a revision changed, told against the one that a reviewer last decided on."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from projects.check import CheckedReport
from projects.models import Report, ReportLine

COMPARED = ("flow", "year_to_date", "stage", "started_on", "finished_on", "progress", "obstacle")


def former_lines(report: Report) -> dict[int, ReportLine] | None:
    """The lines that a reviewer last decided on, by project id; null where nobody has decided on any revision yet."""
    decided = Report.objects.decided_before(report).first() if report.revision > 1 else None
    if decided is None:
        return None
    lines = {line.project_id: line for line in decided.lines.select_related("project")}
    for line in lines.values():
        line.report = decided
    return lines


def changed_fields(line: ReportLine, before: ReportLine) -> frozenset[str]:
    return frozenset(name for name in COMPARED if getattr(before, name) != getattr(line, name))


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What a submission counts once, under the names of the report's columns. Money in 万元, null where not given.

    `changed_count` is null where there is no revision to compare with; a line that is new counts as changed.
    """

    line_count: int
    warning_count: int
    unexplained_count: int
    changed_count: int | None
    year_to_date: Decimal | None
    planned: Decimal | None

    @classmethod
    def of(cls, checked: CheckedReport) -> Self:
        former = former_lines(checked.report)
        return cls(
            line_count=len(checked.lines),
            warning_count=len(checked.warnings),
            unexplained_count=len(checked.open_warnings),
            changed_count=None if former is None else sum(_is_changed(line.line, former) for line in checked.lines),
            year_to_date=checked.totals.year_to_date,
            planned=checked.totals.planned,
        )


def _is_changed(line: ReportLine, former: dict[int, ReportLine]) -> bool:
    before = former.get(line.project_id)
    return before is None or bool(changed_fields(line, before))
