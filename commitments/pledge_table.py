"""The columns in which what became of pledges is taken along as a file: a row for each pledge."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.models import Pledge
from commitments.standing import Standing
from portal import columns
from portal.rounding import rounded


class PledgeTable(tables.Table):
    """An empty cell means not reported, or nothing promised by then. Figures are in the pledge's unit of measure."""

    group = tables.Column(verbose_name=_("group"))
    code = tables.Column(verbose_name=_("code"))
    unit = tables.Column(verbose_name=_("unit"))
    pledge = tables.Column(verbose_name=_("pledge"))
    unit_of_measure = tables.Column(verbose_name=_("unit of measure"))
    target = columns.NumberColumn(verbose_name=_("target of the year"))
    to_date = columns.NumberColumn(verbose_name=_("target to date"))
    actual = columns.NumberColumn(verbose_name=_("actual"))
    rate = columns.PercentColumn(verbose_name=_("rate of the year's target"))
    gap = columns.PointsColumn(verbose_name=_("gap to the target to date"))
    light = tables.Column(verbose_name=_("light"))
    state = tables.Column(verbose_name=_("state"))
    adjusted = tables.Column(verbose_name=_("adjusted"))

    @classmethod
    def of(cls, standing: Standing) -> "PledgeTable":
        rows: list[dict[str, Any]] = []
        for group, units in standing.groups:
            for row in units:
                beside = {"group": group.name if group else "", "code": row.unit.code, "unit": row.unit.name}
                rows += [{**beside, **_cells(each)} for each in row.found]
        return cls(rows)


def _cells(found: Any) -> dict[str, Any]:
    pledge: Pledge = found.pledge
    return {
        "pledge": pledge.name,
        "unit_of_measure": pledge.unit_of_measure,
        "target": found.target,
        "to_date": found.to_date,
        "actual": _printed(found.actual),
        "rate": found.rate,
        "gap": found.gap,
        "light": found.light.name if found.light else "",
        "state": str(found.state.label),
        "adjusted": gettext("adjusted") if found.is_adjusted else "",
    }


def _printed(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, 2)
