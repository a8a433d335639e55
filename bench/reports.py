"""Reports made ready for a question: corrections of accepted ones, handed in, as the lifecycle would leave them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench import cluster, population
from portal.models import User
from projects import lifecycle
from projects.models import Report
from projects.ticks import Ticks

AT = datetime(2023, 2, 1, 2, tzinfo=UTC)  # the clock of everything that questions do
BEFORE = AT - timedelta(hours=1)  # when what went before was recomputed
TICKED = Ticks(every=True)

# One statement for any number: making them ready is not what is measured. Every column that a report or line may have
# goes along, as it does into a next draft.
SUBMIT = """
    WITH copied AS (
        SELECT nextval('projects_report_id_seq') AS id, report AS before,
               (SELECT max(revision) FROM projects_report other
                WHERE other.unit_id = report.unit_id AND other.quarter_id = report.quarter_id) + 1 AS revision
        FROM projects_report report
        WHERE state = 'accepted' AND quarter_id = %(quarter)s AND unit_id = ANY (%(units)s)
          AND NOT EXISTS (SELECT FROM projects_report waiting
                          WHERE waiting.state = 'submitted' AND waiting.unit_id = report.unit_id
                            AND waiting.quarter_id = report.quarter_id)
    ),
    reports AS (
        INSERT INTO projects_report SELECT (jsonb_populate_record(NULL::projects_report, to_jsonb(before) ||
            jsonb_build_object('id', id, 'revision', revision, 'state', 'submitted', 'based_on_id', (before).id,
                'reason', '漏报', 'reviewed_by_id', NULL, 'reviewed_at', NULL, 'submitted_at', %(at)s::timestamptz,
                'receipt', split_part((before).receipt, '+', 1) || '+' || revision))).* FROM copied
        RETURNING id
    ),
    lines AS (
        INSERT INTO projects_reportline SELECT (jsonb_populate_record(NULL::projects_reportline, to_jsonb(line) ||
            jsonb_build_object('id', nextval('projects_reportline_id_seq'), 'report_id', copied.id,
                'flow', line.flow + 1, 'year_to_date', line.year_to_date + 1,
                'explanations', %(explanations)s::jsonb))).*
        FROM copied JOIN projects_reportline line ON line.report_id = (copied.before).id
    )
    SELECT id FROM reports ORDER BY id
"""


def corrections(place: population.Shape, units: Sequence[int], quarter: int = population.QUARTERS) -> list[Report]:
    """For each of these units a submitted correction of the quarter, each line 1 (万元) above the accepted one.

    Units of which one waits already get none.
    """
    from projects.validation import EXPLAINED

    given = {
        "quarter": quarter,
        "units": list(units),
        "at": AT,
        "explanations": json.dumps(dict.fromkeys(EXPLAINED, "已核对，情况属实"), ensure_ascii=False),
    }
    with cluster.superuser(population.name(place.projects)) as connection:
        connection.execute("SET session_replication_role = replica")
        found = [row[0] for row in connection.execute(SUBMIT, given).fetchall()]
    cluster.use(population.name(place.projects))
    return list(Report.objects.filter(pk__in=found).order_by("pk"))


def answering(place: population.Shape, count: int) -> list[int]:
    """The ids of so many units that answer for projects, the measured one not among them; fewer where there are."""
    first = place.units - place.levels[-1] + 1
    return list(range(first, min(first + count, place.units)))


def accept(report: Report, by: User) -> None:
    """Accept it as a reviewer does who has looked at every warning."""
    lifecycle.accept(report, by=by, at=AT, reason="已逐条核对，情况属实", ticked=TICKED)


def reviewer() -> User:
    """The reviewer of the country."""
    return User.objects.get(pk=population.REVIEWER)
