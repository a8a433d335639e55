"""How a file of annual plans changes the register: a changed plan is a new version, and no version is overwritten.

All of it by set-based SQL on the tables of projects/importing/staging.py, so that a million rows are as one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from portal.models import User
from projects.importing import staging
from projects.importing.comparing import Change, Comparison, label, worded
from projects.importing.table import Problem
from projects.models import AnnualPlan, Category, Chain

QUARTERS = ("cumulative_q1", "cumulative_q2", "cumulative_q3")
DETAILS = ("content", "batch", "start_due_on", "finish_due_on")
MOST_VERSIONS = 20  # of one project's plan for one year in a file
KEPT = 5_000  # problems and changes that are worded; the rest is counted
COMPARED = ("planned_investment", *QUARTERS, "category_id", "chain_id", *DETAILS)

MAKE = """
    DROP TABLE IF EXISTS pg_temp.made_plan;
    CREATE TEMPORARY TABLE made_plan (
        number integer, project_id bigint, year integer, in_force_on date,
        planned_investment numeric(14, 2), cumulative_q1 numeric(14, 2), cumulative_q2 numeric(14, 2),
        cumulative_q3 numeric(14, 2), category_id bigint, chain_id bigint, content text, batch text,
        start_due_on date, finish_due_on date, former jsonb, verdict text) ON COMMIT DROP;
"""
# Versions of one plan take turns, in the order of the file: each is compared with what those before it made.
TURNS = """
    CREATE TEMPORARY TABLE turn_plan ON COMMIT DROP AS
    SELECT number, row_number() OVER (PARTITION BY project_id, year ORDER BY number)::integer AS turn
    FROM read_plan
    WHERE is_sound AND (project_id, year) IN (
        SELECT project_id, year FROM read_plan WHERE is_sound GROUP BY 1, 2 HAVING count(*) > 1)
"""
# What a row leaves blank stays as it was in the version before; without one the sorting is the project's. The plan by
# quarter belongs to its amount: where the amount changes, only quarters in the row count.
COMPARE = """
    WITH stated AS (
        SELECT read.*, COALESCE(read.in_force_on, %(on)s) AS since
        FROM read_plan read LEFT JOIN turn_plan turn USING (number)
        WHERE read.is_sound AND COALESCE(turn.turn, 1) = %(turn)s
    ),
    compared AS (
        SELECT stated.number, stated.project_id, stated.year, stated.since, stated.planned_investment,
               {quarters},
               COALESCE(stated.category_id, CASE WHEN former.id IS NULL THEN project.category_id
                                                 ELSE former.category_id END) AS category_id,
               COALESCE(stated.chain_id, CASE WHEN former.id IS NULL THEN project.chain_id
                                              ELSE former.chain_id END) AS chain_id,
               COALESCE(NULLIF(stated.content, ''), former.content, '') AS content,
               COALESCE(NULLIF(stated.batch, ''), former.batch, '') AS batch,
               COALESCE(stated.start_due_on, former.start_due_on) AS start_due_on,
               COALESCE(stated.finish_due_on, former.finish_due_on) AS finish_due_on,
               former
        FROM stated JOIN projects_project project ON project.id = stated.project_id
        LEFT JOIN LATERAL (
            SELECT * FROM ({versions}) version
            WHERE version.project_id = stated.project_id AND version.year = stated.year
              AND version.in_force_on <= stated.since
            ORDER BY version.in_force_on DESC LIMIT 1) former ON true
    ),
    judged AS (
        SELECT *,
           CASE WHEN category_id IS NULL THEN 'unsorted'
                WHEN (former).id IS NULL THEN 'new'
                WHEN ({stated}) IS NOT DISTINCT FROM ({formerly}) THEN 'unchanged'
                WHEN (former).in_force_on = since THEN 'same day'
                ELSE 'changed' END AS verdict
        FROM compared
    )
    INSERT INTO made_plan
    SELECT number, project_id, year, since, {columns}, CASE verdict WHEN 'changed' THEN to_jsonb(former) END, verdict
    FROM judged
"""
KEPT_VERSIONS = "SELECT id, project_id, year, in_force_on, {columns} FROM projects_annualplan"
MADE_VERSIONS = "SELECT 0, project_id, year, in_force_on, {columns} FROM made_plan WHERE verdict IN ('new', 'changed')"
WRITE = """
    INSERT INTO projects_annualplan (project_id, year, in_force_on, {columns}, reason, recorded_by_id)
    SELECT project_id, year, in_force_on, {columns}, %(reason)s, %(by)s
    FROM made_plan WHERE verdict IN ('new', 'changed')
"""
COUNTED = """
    SELECT verdict, count(*), COALESCE(sum(hashtextextended(row(number, project_id, year, in_force_on, {columns})::text,
                                                            0)), 0)
    FROM made_plan GROUP BY verdict ORDER BY verdict
"""
CHANGES = """
    SELECT made.number, made.verdict, project.code, project.name_zh, made.year, {columns}
    FROM made_plan made JOIN projects_project project ON project.id = made.project_id
    LEFT JOIN LATERAL jsonb_populate_record(NULL::projects_annualplan, made.former) former ON true
    WHERE made.verdict IN ('new', 'changed') ORDER BY made.number LIMIT %s
"""
REFUSED = """
    SELECT number, verdict, in_force_on FROM made_plan WHERE verdict IN ('unsorted', 'same day')
    ORDER BY number LIMIT %s
"""


@dataclass
class PlanComparison(Comparison):
    """Counts of the whole file; of changes and problems the first KEPT. What is written waits in a table."""

    counts: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    reason: str = ""
    by: int | None = None

    @property
    def new(self) -> int:
        return self.counts.get("new", 0)

    @property
    def changed(self) -> int:
        return self.counts.get("changed", 0)

    @property
    def fingerprint(self) -> str:
        said = (self.digest, self.unchanged, [str(problem) for problem in self.problems])
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def write(self) -> None:
        """One statement; the triggers of the table keep its history and mark its quarters, each by one more."""
        with connection.cursor() as cursor:
            cursor.execute(_with_columns(WRITE), {"reason": self.reason, "by": self.by})


def compare(staged: staging.Staged, *, on: date, reason: str, by: User | None) -> PlanComparison:
    """The difference between what was read and the plans; a row without a day of its own is in force from `on`."""
    comparison = PlanComparison(reason=reason, by=by.pk if by else None)
    year = staged.layout.read("year")
    for number, first in staging.twice():
        message = _("Row %(row)s says the same. Delete one of the two.") % {"row": first}
        comparison.problems.append(Problem(number, year.place if year else "", message))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.turn_plan")
        cursor.execute(TURNS)
        cursor.execute(MAKE)
        cursor.execute("SELECT COALESCE(max(turn), 1) FROM turn_plan")
        [turns] = cursor.fetchone()
        if turns > 1:
            cursor.execute("CREATE INDEX ON made_plan (project_id, year)")
        for turn in range(1, min(turns, MOST_VERSIONS) + 1):
            cursor.execute(_comparing(turn), {"on": on, "turn": turn})
        cursor.execute("SELECT number FROM turn_plan WHERE turn > %s ORDER BY number LIMIT %s", [MOST_VERSIONS, KEPT])
        comparison.problems += [_too_many(number) for (number,) in cursor.fetchall()]
        cursor.execute(_with_columns(COUNTED))
        counted = cursor.fetchall()
        comparison.counts = {verdict: count for verdict, count, _sum in counted}
        comparison.digest = repr(counted)
        comparison.unchanged = comparison.counts.get("unchanged", 0)
        cursor.execute(REFUSED, [KEPT])
        comparison.problems += [_refused(*row) for row in cursor.fetchall()]
        both = [f"{table}.{name}" for table in ("made", "former") for name in COMPARED]
        cursor.execute(CHANGES.format(columns=", ".join(both)), [KEPT])
        comparison.changes = _worded(cursor.fetchall())
    return comparison


def _with_columns(query: str) -> str:
    return query.format(columns=", ".join(COMPARED))


def _comparing(turn: int) -> str:
    versions = _with_columns(KEPT_VERSIONS)
    if turn > 1:
        versions += f" UNION ALL {_with_columns(MADE_VERSIONS)}"
    kept = "former.planned_investment = stated.planned_investment AND num_nonnulls({}) = 0".format(
        ", ".join(f"stated.{name}" for name in QUARTERS)
    )
    return COMPARE.format(
        columns=", ".join(COMPARED),
        versions=versions,
        quarters=", ".join(
            f"CASE WHEN {kept} THEN former.{name} ELSE stated.{name} END AS {name}" for name in QUARTERS
        ),
        stated=", ".join(COMPARED),
        formerly=", ".join(f"(former).{name}" for name in COMPARED),
    )


def _too_many(number: int) -> Problem:
    message = _("A file takes at most %(most)s versions of one plan. Put this one into another file.")
    return Problem(number, "", message % {"most": MOST_VERSIONS})


def _refused(number: int, verdict: str, since: date) -> Problem:
    if verdict == "unsorted":
        return Problem(number, "", _("The plan needs a category: give one here, or give the project one."))
    message = _("Another plan is in force from %(day)s. A change needs a later day, from which it is in force.")
    return Problem(number, "", message % {"day": since})


def _worded(rows: Sequence[tuple[Any, ...]]) -> list[Change]:
    sortings: dict[str, dict[int, Any]] = {
        "category_id": Category.objects.in_bulk(),
        "chain_id": Chain.objects.in_bulk(),
    }
    changes = []
    for number, verdict, code, name, year, *values in rows:
        stated, former = values[: len(COMPARED)], values[len(COMPARED) :]
        details = _difference(former, stated, sortings) if verdict == "changed" else ()
        changes.append(Change(number, f"{code} · {name} · {year}", verdict == "new", tuple(details)))
    return changes


def _difference(former: Sequence[Any], stated: Sequence[Any], sortings: dict[str, dict[int, Any]]) -> Iterable[str]:
    """What the version changes, in words."""
    for name, old, value in zip(COMPARED, former, stated, strict=True):
        if old != value:
            if name in sortings:
                old, value = sortings[name].get(old), sortings[name].get(value)
            yield worded(label(AnnualPlan, name), old, "—" if value in (None, "") else value)
