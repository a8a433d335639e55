"""The columns in which league tables are taken along as a file."""

from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from commitments.league import League, Row, Table
from portal import columns


class LeagueTable(tables.Table):
    """A row for each unit, group after group; an empty cell means that there is no such figure, never 0."""

    group = tables.Column(verbose_name=_("group"))
    rank = columns.NumberColumn(verbose_name=_("rank"))
    rank_before = columns.NumberColumn(verbose_name=_("rank in the quarter before"))
    climbed = columns.NumberColumn(verbose_name=_("places gained"))
    code = tables.Column(verbose_name=_("code"))
    unit = tables.Column(verbose_name=_("unit"))
    score = columns.NumberColumn(verbose_name=_("score (points)"))
    completion_rate = columns.PercentColumn(verbose_name=_("completion rate"))
    baseline = columns.PercentColumn(verbose_name=_("time-proportional progress"))
    light = tables.Column(verbose_name=_("light"))
    growth = columns.PercentColumn(verbose_name=_("year on year"))
    reported = columns.NumberColumn(verbose_name=_("units reported"))
    owing = columns.NumberColumn(verbose_name=_("units that owe a report"))
    share = columns.PercentColumn(verbose_name=_("share of the plan covered"))
    place = tables.Column(verbose_name=_("standing"))
    reasons = tables.Column(verbose_name=_("reasons"))

    @classmethod
    def of(cls, league: League) -> "LeagueTable":
        return cls([_cells(league, table, row) for table in league.tables for row in table.rows])


def _cells(league: League, table: Table, row: Row) -> dict[str, Any]:
    coverage = row.rated.coverage
    return {
        "group": table.group.name,
        "rank": row.rank,
        "rank_before": row.rank_before,
        "climbed": row.climbed,
        "code": row.unit.code,
        "unit": row.unit.name,
        "score": row.score,
        "completion_rate": row.rated.completion_rate,
        "baseline": league.yardstick.baseline,
        "light": row.light.name if row.light else "",
        "growth": row.rated.growth_rate,
        "reported": len(coverage.reported),
        "owing": len(coverage.owing),
        "share": coverage.share,
        "place": str(row.place.label),
        "reasons": "; ".join(row.reasons),
    }
