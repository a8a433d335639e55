"""A report on paper, its receipt on top: what was submitted, by whom and when, in the language of the page."""

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.clock import SHANGHAI
from portal.printing import pdf
from portal.printing.paper import Section, Sheet, Table
from portal.templatetags.figures import NOT_KNOWN, amount, amount_unit, percent
from projects.check import CheckedLine, CheckedReport
from projects.models import Report


def printed(checked: CheckedReport) -> bytes:
    """The PDF of a submitted report, as its lines were frozen. Raises pdf.NotPrinted."""
    return pdf.printed("sheet", content(checked)).pdf


def content(checked: CheckedReport) -> Sheet:
    """What stands on it; a draft has no receipt and so no paper: raises ValueError."""
    report = checked.report
    if report.submitted_at is None or report.submitted_by is None:
        raise ValueError("a draft has no receipt")
    sections: list[Section] = [{"heading": _("I. Projects"), "tables": [_figures(checked)]}]
    if told := [line for line in checked.lines if line.line.progress or line.line.obstacle or line.warnings]:
        sections.append({"heading": _("II. Physical progress"), "tables": [_words(told)]})
    return {
        "language": "en" if (get_language() or "").startswith("en") else "zh",
        "title": _("Progress report of %(unit)s") % {"unit": report.unit.name},
        "subtitle": report.quarter.name,
        "number": report.receipt or "",
        "dated": report.submitted_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "facts": _facts(checked),
        "sections": sections,
        "signatures": [
            {
                "party": _("Submitted by"),
                "unit": report.unit.name,
                "post": _("approver"),
                "name": str(report.submitted_by),
                "at": _minute(report.submitted_at),
            }
        ],
        "notes": [
            _("The figures are those that the approver submitted; later corrections are reports of their own."),
            _("Not statistics: investment by physical progress, used for scheduling."),
        ],
    }


def _facts(checked: CheckedReport) -> list[list[str]]:
    report, totals = checked.report, checked.totals
    facts = [
        [_("Receipt number"), report.receipt or ""],
        [_("Submitted"), f"{_minute(report.submitted_at)} · {report.submitted_by}"],
        [_("State"), _state(report)],
    ]
    if report.reason:
        facts.append([_("Reason of the correction"), report.reason])
    return [
        *facts,
        [_("Projects"), str(totals.lines)],
        [f"{_('Plan of the year')} ({amount_unit()})", amount(totals.planned)],
        [f"{_('Completed this quarter')} ({amount_unit()})", amount(totals.flow)],
        [f"{_('Completed year to date')} ({amount_unit()})", amount(totals.year_to_date)],
        [_("Completion rate"), percent(totals.rate)],
    ]


def _state(report: Report) -> str:
    parts = [str(report.get_state_display())]
    if report.is_late:
        parts.append(_("late"))
    if report.reviewed_at is not None:
        parts.append(f"{_minute(report.reviewed_at)} · {report.reviewed_by}")
    return " · ".join(parts)


def _minute(at: datetime | None) -> str:
    return NOT_KNOWN if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _figures(checked: CheckedReport) -> Table:
    unit = amount_unit()
    head = [_("Code"), _("Project")]
    head += [f"{name} ({unit})" for name in (_("Plan of the year"), _("This quarter"), _("Year to date"))]
    return {
        "head": [*head, _("Completion rate"), _("Stage")],
        "numeric": [False, False, True, True, True, True, False],
        "rows": [_row(line) for line in checked.lines],
    }


def _row(checked: CheckedLine) -> list[str]:
    line = checked.line
    return [
        line.project.code,
        line.project.name,
        amount(checked.plan.planned_investment if checked.plan else None),
        amount(line.flow),
        amount(line.year_to_date),
        percent(checked.share_of_plan),
        str(line.get_stage_display()),
    ]


def _words(lines: list[CheckedLine]) -> Table:
    """What was said in words; a column in which nobody said anything is left out."""
    head = [_("Project"), _("Start and finish"), _("Physical progress"), _("What holds it up"), _("Findings")]
    rows = [_said(each) for each in lines]
    said = [place for place in range(len(head)) if any(row[place] for row in rows)]
    return {
        "head": [head[place] for place in said],
        "numeric": [False] * len(said),
        "rows": [[row[place] for place in said] for row in rows],
    }


def _said(checked: CheckedLine) -> list[str]:
    line = checked.line
    days = [f"{name} {day}" for name, day in ((_("start"), line.started_on), (_("finish"), line.finished_on)) if day]
    found = [f"{finding.message} {finding.sentence}".strip() for finding in checked.warnings]
    return [line.project.name, "\n".join(days), line.progress, line.obstacle, "\n".join(found)]
