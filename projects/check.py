"""A whole report, checked: each line with what surrounds it (plan, earlier quarters, total) and its findings."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from hashlib import sha256

from django.utils.translation import gettext as _

from projects import amounts, prefill, reading, report_lines
from projects.amounts import Contradiction, Earlier
from projects.models import AnnualPlan, Project, Report, ReportLine, ReportState
from projects.models.line import LONGEST
from projects.surroundings import Surroundings
from projects.typed import ANSWER
from projects.validation import EXPLANATION, Facts, Finding, Level, findings


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """A line beside what it is judged by. Money in 万元; null is not known."""

    line: ReportLine
    plan: AnnualPlan | None
    total: Decimal | None
    before: Earlier
    last: ReportLine | None
    findings: list[Finding]

    @property
    def earlier(self) -> Decimal | None:
        """Completed from January to the quarter before; null while an earlier quarter is missing."""
        return self.before.total

    @property
    def since_start(self) -> Decimal:
        return self.before.since_start + (self.line.flow or Decimal())

    @property
    def year_to_date_now(self) -> Decimal | None:
        """The year to date as the earlier quarters stand today; the line itself keeps what its approver saw."""
        return None if self.earlier is None or self.line.flow is None else self.earlier + self.line.flow

    @property
    def is_new(self) -> bool:
        """Whether the line is only prefilled: the draft doesn't hold it yet."""
        return self.line._state.adding

    @property
    def is_restated(self) -> bool:
        """Whether an earlier quarter was corrected after this line was submitted."""
        return not self.is_new and self.year_to_date_now not in (None, self.line.year_to_date)

    @property
    def share_of_plan(self) -> Decimal | None:
        planned = self.plan.planned_investment if self.plan else None
        return self.line.year_to_date / planned if planned and self.line.year_to_date is not None else None

    @property
    def evidence_count(self) -> int:
        """How many photos and documents it has, whatever they show: a picture of the works proves the start too."""
        return len(self.line.evidence_ids)

    @property
    def words_kept(self) -> bool:
        """Whether the words are those of the last accepted line, letter by letter."""
        return bool(self.last and self.line.progress and self.line.progress == self.last.progress)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == Level.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == Level.WARNING]

    @property
    def hints(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == Level.HINT]

    @property
    def explanations(self) -> dict[str, str]:
        """The sentences on warnings that hold, by code; a draft's line may keep others."""
        held = {finding.code for finding in self.warnings}
        return {code: text for code, text in self.line.explanations.items() if code in held}

    @property
    def open_warnings(self) -> list[Finding]:
        """The warnings that still lack their sentence."""
        return [finding for finding in self.findings if finding.is_open]

    @property
    def status(self) -> str:
        """not_started (nobody has saved it), has_errors, in_progress (something is still to be said) or complete."""
        if self.line.edited_at is None and not self.line.rejected:
            return "not_started"
        if any(not finding.missing for finding in self.errors):
            return "has_errors"
        return "in_progress" if self.errors or self.open_warnings else "complete"


@dataclass(frozen=True)
class Totals:
    """Sums over lines, in 万元. A sum is null where no line gives the figure; `known` of `lines` give the flow."""

    lines: int
    known: int
    planned: Decimal | None
    flow: Decimal | None
    year_to_date: Decimal | None

    @property
    def rate(self) -> Decimal | None:
        """Year to date by plan; null until every line gives its figure, else it would compare unlike projects."""
        whole = self.known == self.lines and self.year_to_date is not None
        return self.year_to_date / self.planned if whole and self.year_to_date is not None and self.planned else None


@dataclass(frozen=True)
class CheckedReport:
    """`lines` are those the unit owes; `dropped` stand in the draft, but the register no longer asks for them."""

    report: Report
    lines: list[CheckedLine]
    dropped: list[ReportLine] = field(default_factory=list)

    @cached_property
    def errors(self) -> list[Finding]:
        return [finding for line in self.lines for finding in line.errors]

    @cached_property
    def warnings(self) -> list[Finding]:
        return [finding for line in self.lines for finding in line.warnings]

    @cached_property
    def open_warnings(self) -> list[Finding]:
        """The warnings that still lack their sentence: with one of them the report can't be submitted."""
        return [finding for line in self.lines for finding in line.open_warnings]

    @property
    def lines_to_explain(self) -> list[CheckedLine]:
        return [line for line in self.lines if line.open_warnings]

    @property
    def lines_with_errors(self) -> int:
        return sum(bool(line.errors) for line in self.lines)

    @cached_property
    def complete(self) -> int:
        return sum(line.status == "complete" for line in self.lines)

    @cached_property
    def untouched(self) -> int:
        """How many lines “nothing changed” may be said of: saved by nobody, and known to an accepted report."""
        return sum(line.status == "not_started" and line.last is not None for line in self.lines)

    @property
    def left(self) -> int:
        return len(self.lines) - self.complete

    @property
    def missing_quarters(self) -> tuple[str, ...]:
        """Earlier quarters of the year that have to be submitted before this report."""
        return self.lines[0].before.missing if self.lines else ()

    @property
    def added(self) -> list[CheckedLine]:
        """Lines that the register asks for since the draft was begun; they join it at the next save."""
        return [line for line in self.lines if line.is_new] if self.report.pk else []

    @cached_property
    def totals(self) -> Totals:
        flows = [line.line.flow for line in self.lines if line.line.flow is not None]
        to_date = [line.line.year_to_date for line in self.lines if line.line.year_to_date is not None]
        plans = [line.plan.planned_investment for line in self.lines if line.plan]
        known = min(len(flows), len(to_date))
        return Totals(
            len(self.lines), known, *(sum(each, Decimal()) if each else None for each in (plans, flows, to_date))
        )

    @property
    def fingerprint(self) -> str:
        """Changes with any line, figure or piece of evidence: what an approver saw is what they submit."""
        lines = [each.line for each in self.lines]
        seen = [
            (line.pk, line.version, _printed(line.flow), _printed(line.year_to_date), [*line.evidence_ids])
            for line in lines
        ]
        return sha256(repr(seen).encode()).hexdigest()[:20]

    def find(self, project: Project) -> CheckedLine | None:
        return next((line for line in self.lines if line.line.project_id == project.pk), None)


def _printed(money: Decimal | None) -> str:
    """The same text for 5 and 5.00: before the submission a sum may have been computed, afterwards it is stored."""
    return "" if money is None else f"{money:.2f}"


def report(
    report: Report, *, change: Callable[[ReportLine], None] | None = None, codes: Collection[str] | None = None
) -> CheckedReport:
    """Every line with its findings, or those on the projects of these `codes`, in a fixed number of queries.

    A draft follows the register: it has a line for each project the unit owes by now, unsaved where it is new or the
    draft isn't begun yet, and the amount that was not typed is computed anew. A submitted report stays as it is.
    `change` is done to each line before it is checked, to see what would be found then.
    """
    if report.state != ReportState.DRAFT:
        return CheckedReport(report, some_lines(report, codes, change=change))
    drafted = report_lines.drafted(report, codes)
    lines = drafted.lines
    if drafted.new:
        lines = sorted([*lines, *prefill.lines(report, drafted.new)], key=lambda line: line.project.code)
    return CheckedReport(report, _checked(report, lines, drafted.around, change=change), drafted.dropped)


def some_lines(
    report: Report, codes: Collection[str] | None, *, change: Callable[[ReportLine], None] | None = None
) -> list[CheckedLine]:
    """The lines that a report holds on these projects, by their codes, or on all; checked, in one query.

    Whatever the register asks for by now. `change` is as for `report`.
    """
    found = report_lines.standing(report, codes)
    return _checked(report, found.lines, found.around, change=change)


def again(checked: CheckedLine) -> CheckedLine:
    """The same line judged anew, after it was written."""
    unjudged = replace(checked, findings=[])
    unjudged.findings.extend(_findings(unjudged))
    return unjudged


def _checked(
    report: Report,
    lines: Sequence[ReportLine],
    around: Mapping[int, Surroundings],
    *,
    change: Callable[[ReportLine], None] | None = None,
) -> list[CheckedLine]:
    checked = []
    for line in lines:
        if change:
            change(line)
        line.quarter, line.unit, line.report = report.quarter, report.unit, report
        found = around[line.project_id]
        if report.state == ReportState.DRAFT:
            amounts.settle(line, found.before.total)
        unjudged = CheckedLine(
            line=line,
            plan=found.plan,
            total=found.total,
            before=found.before,
            last=found.last,
            findings=[],
        )
        checked.append(again(unjudged))
    return checked


def _findings(checked: CheckedLine) -> list[Finding]:
    """What the rules say; a field whose text was refused says only why."""
    found = findings(facts(checked))
    asked = {finding.sentence_field for finding in found if finding.level == Level.WARNING}
    refused = {
        field: message
        for field, message in why_rejected(checked.line.rejected or {}, checked.before).items()
        if field in asked or not field.startswith(EXPLANATION)
    }
    silent = set(refused)
    if silent & {"flow", "year_to_date"}:
        silent |= {"flow", "year_to_date"}
    said = [Finding(field, Level.ERROR, message) for field, message in refused.items()]
    return said + [finding for finding in found if finding.field not in silent]


def why_rejected(rejected: Mapping[str, str], before: Earlier) -> dict[str, str]:
    """For each field whose text could not be taken, the reason, found anew from the text itself."""
    reasons = {}
    meant = {}
    for name, text in rejected.items():
        try:
            meant[name] = READERS[name](text) if name in READERS else None
        except reading.Misread as error:
            reasons[name] = str(error)
    flow, year_to_date = meant.get("flow"), meant.get("year_to_date")
    if isinstance(flow, Decimal) and isinstance(year_to_date, Decimal):
        try:
            amounts.refuse_contradiction(flow, year_to_date, before)
        except Contradiction as error:
            reasons["year_to_date"] = str(error)
    for name, text in rejected.items():
        if name not in reasons and name not in ("flow", "year_to_date"):
            reasons[name] = _not_taken(name, text)
    return reasons


def _not_taken(name: str, text: str) -> str:
    if name == "finished_on":
        return _("The finish lies before the start.")
    if name in ("progress", "obstacle") or name.startswith((EXPLANATION, ANSWER)):
        return _("This text has %(length)s characters; %(longest)s fit.") % {"length": len(text), "longest": LONGEST}
    return _("“%(text)s” was not understood.") % {"text": text[:60]}


READERS = {
    "flow": reading.amount,
    "year_to_date": reading.amount,
    "stage": reading.stage,
    "started_on": reading.day,
    "finished_on": reading.day,
}


def facts(checked: CheckedLine) -> Facts:
    """What the rules look at, of a line beside its plan and the reports before it."""
    line, plan, last = checked.line, checked.plan, checked.last
    return Facts(
        flow=line.flow,
        year_to_date=line.year_to_date,
        earlier=checked.earlier,
        since_start=checked.since_start,
        planned=plan.planned_investment if plan else None,
        total=checked.total,
        stage=line.stage,
        last_stage=last.stage if last else "",
        last_flow=last.flow if last else None,
        last_started_on=last.started_on if last else None,
        started_on=line.started_on,
        finished_on=line.finished_on,
        progress=line.progress,
        obstacle=line.obstacle,
        quarter_number=line.quarter.number,
        quarter_ends_on=line.quarter.ends_on,
        evidence_count=checked.evidence_count,
        explanations=line.explanations,
    )
