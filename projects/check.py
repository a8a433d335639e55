"""A whole report, checked: each line with what surrounds it (plan, earlier quarters, total) and its findings."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from projects import amounts, prefill
from projects.models import AnnualPlan, Report, ReportLine, ReportState, Valuation
from projects.validation import Figures, Finding, Level, findings


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """A line beside what it is judged by. Money in 万元; null is not known."""

    line: ReportLine
    plan: AnnualPlan | None
    total: Decimal | None
    earlier: Decimal | None
    since_start: Decimal
    last: ReportLine | None
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == Level.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == Level.WARNING]

    @property
    def status(self) -> str:
        """not_started (nobody has saved it), has_errors, in_progress (something is still to be said) or complete."""
        if self.line.edited_at is None and self.line.rejected is None:
            return "not_started"
        if self.line.rejected or any(finding.field == "year_to_date" for finding in self.errors):
            return "has_errors"
        return "in_progress" if self.errors else "complete"


@dataclass(frozen=True)
class CheckedReport:
    report: Report
    lines: list[CheckedLine]

    @cached_property
    def errors(self) -> list[Finding]:
        return [finding for line in self.lines for finding in line.errors]

    @property
    def lines_with_errors(self) -> int:
        return sum(bool(line.errors) for line in self.lines)


def report(report: Report) -> CheckedReport:
    """Every line with its findings, and the amount that was not typed computed anew, in a fixed number of queries."""
    lines = list(report.lines.select_related("project", "edited_by").order_by("project__code"))
    for line in lines:
        line.quarter, line.unit, line.report = report.quarter, report.unit, report
    ids = [line.project_id for line in lines]
    day = report.quarter.ends_on
    plans = {
        p.project_id: p for p in AnnualPlan.objects.in_force(on=day).filter(year=report.quarter.year, project__in=ids)
    }
    totals = dict(
        Valuation.objects.in_force(on=day).filter(project__in=ids).values_list("project_id", "total_investment")
    )
    earlier = amounts.earlier_totals(report.unit, report.quarter, ids)
    since = amounts.since_start(report.quarter, ids)
    last = {line.project_id: line for line in prefill.last_accepted(report, [line.project for line in lines])}
    checked = []
    for line in lines:
        pk = line.project_id
        if report.state == ReportState.DRAFT:  # a frozen line keeps the year to date that its approver saw
            amounts.settle(line, earlier[pk])
        figures = _figures(line, plans.get(pk), totals.get(pk), earlier[pk], last.get(pk))
        found = [
            Finding(field, Level.ERROR, _("“%(text)s” was not understood.") % {"text": text})
            for field, text in (line.rejected or {}).items()
        ]
        checked.append(
            CheckedLine(
                line=line,
                plan=plans.get(pk),
                total=totals.get(pk),
                earlier=earlier[pk],
                since_start=since.get(pk, Decimal()) + (line.flow or Decimal()),
                last=last.get(pk),
                findings=found + findings(figures),
            )
        )
    return CheckedReport(report, checked)


def _figures(
    line: ReportLine,
    plan: AnnualPlan | None,
    total: Decimal | None,
    earlier: Decimal | None,
    last: ReportLine | None,
) -> Figures:
    return Figures(
        flow=line.flow,
        year_to_date=line.year_to_date,
        earlier=earlier,
        planned=plan.planned_investment if plan else None,
        total=total,
        stage=line.stage,
        last_stage=last.stage if last else line.project.stage,
        started_on=line.started_on,
        finished_on=line.finished_on,
        progress=line.progress,
        quarter_number=line.quarter.number,
        quarter_ends_on=line.quarter.ends_on,
    )
