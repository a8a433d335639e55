"""What has become of every pledge of a campaign, judged by the database: how many, and which letters come first.

The rule is that of commitments/fulfilment.py, which says it in words and judges what a page or a letter shows; tests
hold the two equal for whatever is pledged and reported. Here it gives only what counting and sorting take: the state,
and the gap. Figures have more digits than are ever printed, and are compared as printed, to two decimals.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commitments.fulfilment import GROWING, REGISTER
from commitments.models import Campaign, Indicator, PledgeState, Policy
from commitments.yardstick import Yardstick
from portal.models import Quarter
from portal.replicas import connection
from projects import kept_sums, milestones, wholes
from projects.models.project import STARTED

# From what asks for attention first to what is settled well.
SEVERITY = (
    PledgeState.MISSED,
    PledgeState.BEHIND,
    PledgeState.MISSING,
    PledgeState.ON_TRACK,
    PledgeState.KEPT,
    PledgeState.EXEMPT,
)
Measure = Indicator.Measure
TARGETS = ("target_q1", "target_q2", "target_q3", "target")
PROMISED = ("indicator_id", "project_id", "milestone", "due_on", *TARGETS)  # the same after an amendment
EXACT = "::numeric(60, 30)"  # before a division: its result has as many decimals
GAP_PLACES = 28


def _words(values: Collection[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


ASKED = f"""
    asked AS MATERIALIZED (
        SELECT pledge.id, pledge.position, pledge.direction, {", ".join(f"pledge.{name}" for name in PROMISED)},
               letter.unit_id, version.letter_id, indicator.source, indicator.kind, indicator.adds_up,
               indicator.measure, concat(tier, '|', indicator.category_id) AS part, tier, indicator.category_id
        FROM commitments_pledge pledge
        JOIN commitments_letterversion version ON version.id = pledge.version_id AND version.state = 'in_force'
        JOIN commitments_letter letter ON letter.id = version.letter_id
        LEFT JOIN commitments_indicator indicator ON indicator.id = pledge.indicator_id
        WHERE letter.campaign_id = %(campaign)s AND letter.unit_id = ANY (%(units)s::bigint[])
          AND (%(indicator)s = '' OR indicator.code = %(indicator)s)
    ),
    top AS (SELECT DISTINCT unit_id FROM asked),
    slice AS MATERIALIZED (
        SELECT part, category_id AS category, CASE WHEN tier <> '' THEN
                   ARRAY(SELECT code::text FROM projects_projectlist list WHERE list.tier = its.tier) END AS lists
        FROM (SELECT DISTINCT part, tier, category_id FROM asked WHERE source = 'derived' AND part <> '|') its
    )
"""
READ = """
    reading AS (
        SELECT unit_id, indicator_id, count(*) AS quarters, sum(value) AS whole,
               max(value) FILTER (WHERE number = %(number)s) AS latest
        FROM commitments_reading JOIN portal_quarter quarter ON quarter.id = quarter_id
        WHERE year = %(year)s AND number <= %(number)s
          AND indicator_id = ANY (ARRAY(SELECT DISTINCT indicator_id FROM asked WHERE source = 'readings'))
          AND unit_id IN (SELECT unit_id FROM top)
        GROUP BY unit_id, indicator_id
    )
"""
GRANTED = f"""
    granted AS (
        SELECT DISTINCT ON (asked.id) asked.id, relief.kind = 'exempt' AS is_exempt,
               {", ".join(f"relief.{name}" for name in TARGETS)}
        FROM commitments_relief relief
        JOIN portal_quarter since ON since.id = relief.from_quarter_id
             AND since.year = %(year)s AND since.number <= %(number)s
        JOIN commitments_pledge earlier ON earlier.id = relief.pledge_id
        JOIN commitments_letterversion version ON version.id = earlier.version_id
        JOIN asked ON asked.letter_id = version.letter_id
             AND ({", ".join(f"asked.{name}" for name in PROMISED)})
                 IS NOT DISTINCT FROM ({", ".join(f"earlier.{name}" for name in PROMISED)})
        WHERE relief.granted
        ORDER BY asked.id, relief.decided_at DESC, relief.id DESC
    )
"""
# What is asked for after what was granted. Of a milestone whose targets are new, the end of the first quarter with one.
DUE = " ".join(
    f"WHEN granted.{name} <> 0 THEN (make_date(%(year)s, {number * 3}, 1) + interval '1 month')::date - 1"
    for number, name in enumerate(TARGETS, 1)
)
AIMED = f"""
    aimed AS (
        SELECT asked.id, asked.unit_id, asked.position, asked.indicator_id, asked.project_id, asked.milestone,
               asked.source, asked.kind = 'percent' AS is_percent, asked.adds_up, asked.measure, asked.part,
               COALESCE(is_exempt, false) AS is_exempt,
               CASE WHEN direction = 'less' THEN -1 ELSE 1 END AS sign,
               CASE WHEN is_exempt IS FALSE THEN granted.target ELSE asked.target END AS target,
               CASE WHEN is_exempt IS FALSE THEN (ARRAY[{", ".join(f"granted.{name}" for name in TARGETS)}])[%(number)s]
                    ELSE (ARRAY[{", ".join(f"asked.{name}" for name in TARGETS)}])[%(number)s] END AS to_date,
               CASE WHEN is_exempt IS FALSE THEN CASE {DUE} END ELSE asked.due_on END AS due_on,
               CASE WHEN source = 'derived' THEN measure IN ({_words(GROWING)}) ELSE adds_up = 'sum' END AS accumulates
        FROM asked LEFT JOIN granted USING (id)
    )
"""
# commitments/actuals.py. `is_nothing`: there is nothing to judge, where there is no value; else it isn't reported.
COUNTED = {
    Measure.PROJECTS: "COALESCE(total.projects, 0)",
    Measure.PLANNED: "COALESCE(total.planned, 0)",
    Measure.LARGE: "COALESCE(total.large, 0)",
}
SAID = {
    Measure.INVESTMENT: "year_to_date",
    Measure.STARTED: "started",
    Measure.COMPLETED: "completed",
    Measure.COMPLETED_OUTPUT: "completed_output",
}
RATES = {
    Measure.COMPLETION_RATE: f"(total.year_to_date * 100){EXACT} / NULLIF(total.planned_covered, 0)",
    Measure.START_RATE: f"(total.due_started * 100){EXACT} / NULLIF(total.due_to_start, 0)",
    Measure.GROWTH: f"""CASE WHEN NOT total.has_new_tier THEN
        ((COALESCE(total.compared, 0) - total.compared_before) * 100){EXACT} / NULLIF(total.compared_before, 0) END""",
}
FIGURES = f"""
    figure AS (
        SELECT aimed.*,
               CASE WHEN source = 'readings' THEN CASE
                        WHEN adds_up = 'latest' THEN reading.latest
                        WHEN COALESCE(reading.quarters, 0) < %(number)s THEN NULL
                        WHEN adds_up = 'average' THEN reading.whole{EXACT} / reading.quarters
                        ELSE reading.whole END
                    ELSE CASE measure
                        {" ".join(f"WHEN '{measure}' THEN {value}" for measure, value in (COUNTED | RATES).items())}
                        WHEN '{Measure.NEWLY_STARTED}' THEN CASE
                            WHEN total.year_to_date IS NOT NULL THEN COALESCE(total.newly_started, 0)
                            WHEN total.computed_at IS NULL THEN 0 END
                        {
    " ".join(
        f"WHEN '{measure}' THEN CASE WHEN total.computed_at IS NULL THEN 0 ELSE total.{name} END"
        for measure, name in SAID.items()
    )
}
                    END END AS value,
               source = 'derived' AND NOT COALESCE(total.computed_at IS NOT NULL AND total.year_to_date IS NULL, false)
               AND (measure = '{Measure.GROWTH}'
                    OR measure IN ({_words([Measure.COMPLETION_RATE, Measure.START_RATE])})
                       AND COALESCE(total.owing = total.reported, true)) AS is_nothing,
               %(number)s = 4 AND (source = 'readings' OR measure IN ({_words(REGISTER)})
                                   OR COALESCE(whole.owing = whole.reported, true)) AS is_final
        FROM aimed
        LEFT JOIN total ON total.unit_id = aimed.unit_id AND total.part = aimed.part
        LEFT JOIN total whole ON whole.unit_id = aimed.unit_id AND whole.part = '{wholes.WHOLE}'
        LEFT JOIN reading ON reading.unit_id = aimed.unit_id AND reading.indicator_id = aimed.indicator_id
        WHERE aimed.indicator_id IS NOT NULL
    ),
    led AS (
        SELECT *, sign * (value - to_date){EXACT} / abs(NULLIF(target, 0)) AS lead,
               sign * (round(value, 2) - round(target, 2)) >= 0 AS is_reached,
               sign * (round(value, 2) - round(to_date, 2)) >= 0 AS is_on_time
        FROM figure
    )
"""
# The policy's lights (commitments/yardstick.py): how far behind it is, in points, or what share of what is due it has;
# where no share can be made, the best or the worst there is. `first`: where the first light but the best one begins.
BY_POINTS = "round(-lead * 100, 1)"
BY_SHARE = f"round(100 + sign * (value - to_date){EXACT} * 100 / abs(NULLIF(to_date, 0)), 1)"
JUDGED = f"""
    lit AS (
        SELECT *, CASE WHEN %(by_points)s THEN
                       CASE WHEN lead IS NOT NULL THEN {BY_POINTS} WHEN is_on_time THEN 0 ELSE 100100 END
                  WHEN lead IS NOT NULL AND to_date <> 0 THEN {BY_SHARE}
                  WHEN is_on_time THEN 100 ELSE -100000 END AS place,
               CASE WHEN is_percent AND to_date IS NOT NULL THEN sign * (value - to_date) / 100 ELSE lead END AS gap
        FROM led
    ),
    shone AS (
        SELECT *, %(has_best)s AND value IS NOT NULL AND to_date IS NOT NULL
               AND CASE WHEN %(first)s::numeric IS NULL THEN true
                        WHEN %(by_points)s THEN place < %(first)s::numeric OR place <= 0
                        ELSE place >= %(first)s::numeric END AS is_best
        FROM lit
    ),
    judged AS MATERIALIZED (
        SELECT id, unit_id, position, gap, CASE
               WHEN is_exempt THEN 'exempt'
               WHEN value IS NULL AND is_nothing AND measure = '{Measure.START_RATE}'
                   THEN CASE WHEN is_final THEN 'kept' ELSE 'on_track' END
               WHEN value IS NULL OR target IS NULL THEN 'missing'
               WHEN is_final OR accumulates AND is_reached = (sign > 0)
                   THEN CASE WHEN is_reached THEN 'kept' ELSE 'missed' END
               WHEN to_date IS NULL OR is_on_time OR is_best THEN 'on_track'
               ELSE 'behind' END AS state
        FROM shone
        UNION ALL
        SELECT id, unit_id, position, CASE WHEN due_on <= %(ends_on)s THEN
                   CASE WHEN reached_on IS NOT NULL THEN CASE WHEN is_late THEN -1 ELSE 0 END
                        WHEN is_said THEN -1 END END,
               CASE WHEN is_exempt THEN 'exempt'
                    WHEN due_on IS NULL OR reached_on IS NOT NULL AND NOT is_late THEN 'kept'
                    WHEN NOT is_said THEN 'missing'
                    WHEN is_late OR due_on <= %(ends_on)s THEN 'missed'
                    ELSE 'on_track' END
        FROM milestone
    )
"""
MILESTONES = f"""
    said (project_id, is_reported, is_started, started_on, is_completed, completed_on) AS (
        {milestones.OF_PROJECTS.format(projects="ARRAY(SELECT project_id FROM asked WHERE project_id IS NOT NULL)")}
    ),
    reached AS (
        SELECT aimed.*, CASE WHEN CASE WHEN milestone = 'start' THEN is_started ELSE is_completed END
                   THEN COALESCE(CASE WHEN milestone = 'start' THEN started_on ELSE completed_on END, %(ends_on)s)
                   END AS reached_on,
               COALESCE(is_reported, false) AS is_reported
        FROM aimed LEFT JOIN said USING (project_id)
        -- Said so that PostgreSQL expects half of the pledges: of a bare "IS NULL" it expects next to none.
        WHERE CASE WHEN indicator_id IS NULL THEN true ELSE false END
    ),
    milestone AS (
        SELECT *, reached_on IS NOT NULL AND COALESCE(reached_on > due_on, false) AS is_late,
               reached_on IS NOT NULL OR is_reported AS is_said
        FROM reached
    )
"""
# A letter's pledges, the worst first, and its place in its group.
WORST = "array_position(%(severity)s::text[], state), COALESCE(round(gap, %(places)s), 0), position, id"
LETTERS = f"""
    letter AS (
        SELECT unit_id, {", ".join(f"count(*) FILTER (WHERE state = '{state}') AS {state}" for state in SEVERITY)},
               array_agg(id ORDER BY {WORST}) AS pledges,
               (array_agg(COALESCE(round(gap, %(places)s), 0) ORDER BY {WORST}))[1] AS gap
        FROM judged GROUP BY unit_id HAVING %(state)s = '' OR bool_or(state = %(state)s)
    ),
    ranked AS (
        SELECT letter.*, compared.id AS group_id, count(*) OVER its AS of_group,
               {", ".join(f"sum({state}) OVER () AS all_{state}" for state in SEVERITY)},
               row_number() OVER (
                   its ORDER BY {", ".join(f"{state} DESC" for state in SEVERITY[:3])}, letter.gap, unit.code) AS place
        FROM letter JOIN portal_unit unit ON unit.id = unit_id
        LEFT JOIN (SELECT * FROM unnest(%(named)s::bigint[], %(named_in)s::bigint[]) named (unit_id, id)) named
             ON named.unit_id = unit.id
        LEFT JOIN (SELECT * FROM unnest(%(kinds)s::text[], %(kinds_in)s::bigint[]) kinds (kind, id)) kinds
             ON kinds.kind = unit.kind
        LEFT JOIN LATERAL (
            SELECT CASE WHEN named.unit_id IS NULL THEN kinds.id ELSE named.id END AS id) compared ON true
        WINDOW its AS (PARTITION BY compared.id)
    )
"""
PAGES = f"""
    SELECT (SELECT max(computed_at) FROM total WHERE part = '{wholes.WHOLE}'), group_id, of_group, unit_id, pledges,
           ARRAY[{", ".join(SEVERITY)}], ARRAY[{", ".join(f"all_{state}" for state in SEVERITY)}]
    FROM ranked
    LEFT JOIN unnest(%(groups)s::bigint[], %(pages)s::bigint[]) asked_for (id, page)
         ON asked_for.id = COALESCE(group_id, 0)
    -- Of a page that isn't there, the last.
    LEFT JOIN LATERAL (SELECT (of_group + %(per_page)s - 1) / %(per_page)s AS pages) its ON true
    LEFT JOIN LATERAL (
        SELECT CASE WHEN page BETWEEN 1 AND pages THEN page WHEN page IS NULL THEN 1 ELSE pages END AS page
    ) shown ON true
    WHERE place > (shown.page - 1) * %(per_page)s AND place <= shown.page * %(per_page)s
    ORDER BY group_id, place
"""
STATEMENT = f"""
    WITH RECURSIVE {ASKED}, {wholes.TOTALS}, {READ}, {GRANTED}, {AIMED}, {FIGURES}, {MILESTONES}, {JUDGED}, {LETTERS}
    {PAGES}
"""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One unit's letter: its pledges by id, the worst first, and how many there are of each state."""

    unit: int
    pledges: Sequence[int]
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """`by_group`: group's id, 0 for those of none → how many letters it has, and those of the page that is asked for.

    `counts`: of all letters, state → number of pledges. `as_of`: when the last of the cells that the figures rest on
    was computed; null where there are none.
    """

    by_group: Mapping[int, tuple[int, Sequence[Letter]]]
    counts: Mapping[str, int]
    as_of: datetime | None

    @classmethod
    def read(
        cls,
        campaign: Campaign,
        quarter: Quarter,
        units: Collection[int],
        *,
        yardstick: Yardstick,
        indicator: str = "",
        state: str = "",
        pages: Mapping[int, int],
        per_page: int,
    ) -> "Verdicts":
        """Of the letters in force of the units with these ids; in one query however many there are.

        `indicator`: only pledges on the one with this code; `state`: only letters with a pledge in it; each empty for
        all. `pages`: group's id → number of the page, the last for one that isn't there. Raises ValueError for a
        quarter of another year than the campaign's.
        """
        if campaign.year != quarter.year:
            raise ValueError("a pledge is judged in the quarters of its year")
        values = {
            **kept_sums.given(quarter),
            **_lights(yardstick),
            **_groups(yardstick),
            "campaign": campaign.pk,
            "units": sorted(units),
            "indicator": indicator,
            "state": state,
            "ends_on": quarter.ends_on,
            "started": [stage.value for stage in STARTED],
            "severity": [each.value for each in SEVERITY],
            "places": GAP_PLACES,
            "groups": list(pages),
            "pages": list(pages.values()),
            "per_page": per_page,
        }
        with connection.cursor() as cursor:
            cursor.execute(STATEMENT, values)
            return cls._of(cursor.fetchall())

    @classmethod
    def _of(cls, rows: Sequence[tuple[Any, ...]]) -> "Verdicts":
        by_group: dict[int, tuple[int, list[Letter]]] = {}
        for _as_of, group, of_group, unit, pledges, counts, _whole in rows:
            letter = Letter(unit=unit, pledges=pledges, counts=_counts(counts))
            by_group.setdefault(group or 0, (of_group, []))[1].append(letter)
        return cls(
            by_group=by_group,
            counts=_counts(rows[0][-1] if rows else [0] * len(SEVERITY)),
            as_of=rows[0][0] if rows else None,
        )


def _counts(numbers: Sequence[int]) -> dict[str, int]:
    return {state.value: int(number) for state, number in zip(SEVERITY, numbers, strict=True)}


def _lights(yardstick: Yardstick) -> dict[str, Any]:
    """Where the best light ends: of points behind the lowest threshold, of shares the highest; null if nowhere."""
    by_points = yardstick.policy.lights_by == Policy.LightsBy.POINTS
    marked = [light.threshold for light in yardstick.lights if light.threshold is not None]
    return {
        "by_points": by_points,
        "has_best": len(marked) < len(yardstick.lights),
        "first": (min if by_points else max)(marked, default=None),
    }


def _groups(yardstick: Yardstick) -> dict[str, Any]:
    """In which group a unit is compared (commitments/models/policy.py, `group_of`), for thousands of them."""
    kinds = {kind: group.pk for group in reversed(yardstick.groups) for kind in group.kinds}
    return {
        "named": list(yardstick.named),
        "named_in": list(yardstick.named.values()),
        "kinds": list(kinds),
        "kinds_in": list(kinds.values()),
    }
