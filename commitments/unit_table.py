"""The columns in which a dashboard's rows by unit are taken along as a file."""

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from commitments.figures import Comparison, Row
from portal import columns


class UnitTable(tables.Table):
    """A row for each unit, group after group; an empty cell means not reported."""

    group = tables.Column(verbose_name=_("group"))
    rank = columns.NumberColumn(verbose_name=_("rank"))
    code = tables.Column(verbose_name=_("code"))
    name = tables.Column(verbose_name=_("unit"))
    projects = columns.NumberColumn(verbose_name=_("projects"))
    planned = columns.MoneyColumn(verbose_name=_("planned investment"))
    year_to_date = columns.MoneyColumn(verbose_name=_("completed year to date"))
    flow = columns.MoneyColumn(verbose_name=_("completed this quarter"))
    completion_rate = columns.PercentColumn(verbose_name=_("completion rate"))
    baseline = columns.PercentColumn(verbose_name=_("time-proportional progress"))
    gap = columns.PointsColumn(verbose_name=_("gap"))
    light = tables.Column(verbose_name=_("light"))
    growth = columns.PercentColumn(verbose_name=_("year on year"))
    started = columns.NumberColumn(verbose_name=_("started"))
    completed = columns.NumberColumn(verbose_name=_("completed"))
    reported = columns.NumberColumn(verbose_name=_("units reported"))
    owing = columns.NumberColumn(verbose_name=_("units that owe a report"))

    @classmethod
    def of(cls, comparisons: Sequence[Comparison]) -> "UnitTable":
        return cls([_cells(each.name, row) for each in comparisons for row in each.rows])


def _cells(group: str, row: Row) -> dict[str, Any]:
    total = row.figures.total
    return {
        "group": group,
        "rank": row.rank,
        "code": row.unit.code if row.unit else "",
        "name": row.name,
        "projects": total.projects,
        "planned": total.planned,
        "year_to_date": total.year_to_date,
        "flow": total.flow,
        "completion_rate": total.completion_rate,
        "baseline": row.figures.baseline,
        "gap": row.figures.gap,
        "light": row.figures.light.name if row.figures.light else None,
        "growth": total.growth.rate,
        "started": total.started,
        "completed": total.completed,
        "reported": len(total.coverage.reported),
        "owing": len(total.coverage.owing),
    }
