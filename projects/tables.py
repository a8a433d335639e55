"""How the lines of a report look as a file: one row a project, amounts in the unit they were typed in."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from portal.columns import FigureColumn, NumberColumn, PercentColumn
from portal.templatetags import figures
from projects.validation import Finding


class AmountColumn(FigureColumn):
    """A sum in 万元 in both languages, as the form asks for it."""

    def unit(self) -> str:
        return figures.amount_unit()

    def value(self, value: Decimal) -> Any:
        return value


class LineTable(tables.Table):
    """Rows are checked lines."""

    code = tables.Column(_("Code"), accessor="line__project__code")
    project = tables.Column(_("Project"), accessor="line__project__name")
    planned = AmountColumn(verbose_name=_("Plan of the year"), accessor="plan__planned_investment")
    flow = AmountColumn(verbose_name=_("Completed this quarter"), accessor="line__flow")
    year_to_date = AmountColumn(verbose_name=_("Completed year to date"), accessor="line__year_to_date")
    rate = PercentColumn(verbose_name=_("Completion rate"), accessor="share_of_plan")
    since_start = AmountColumn(verbose_name=_("Completed since the start"), accessor="since_start")
    total = AmountColumn(verbose_name=_("Total investment"), accessor="total")
    stage = tables.Column(_("Stage"), accessor="line__get_stage_display")
    started_on = tables.Column(_("Actual start"), accessor="line__started_on")
    finished_on = tables.Column(_("Actual finish"), accessor="line__finished_on")
    progress = tables.Column(_("Physical progress"), accessor="line__progress")
    obstacle = tables.Column(_("What holds it up"), accessor="line__obstacle")
    errors = NumberColumn(verbose_name=_("To be mended"), accessor="errors")
    warnings = NumberColumn(verbose_name=_("To be looked at"), accessor="warnings")

    explained = tables.Column(verbose_name=_("Warnings and what was said"), accessor="warnings")

    def value_explained(self, value: list[Finding]) -> str:
        return "; ".join(f"{finding.label}: {finding.sentence}" for finding in value)

    def value_errors(self, value: list[object]) -> int:
        return len(value)

    value_warnings = value_errors
