"""Question 11: a file of annual plans, one for each project: validated, compared, written, with history and marks.

COPY gets rows that need neither reading nor judging, ids and all, into the same table with the same constraints and
triggers. The package for imports takes its time row by row, so it is given a thousand rows and its cost is reckoned up.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection, transaction

from bench import plans, population
from bench.measure import Contest, Goal, Question, Run, timed
from portal.extract import copied
from projects.importing import applying
from projects.importing.applying import Source
from projects.models import AnnualPlan, Category, Project

YEAR, SINCE = 2023, date(2022, 12, 1)
ROW_BY_ROW = 1_000  # rows that are imported so
FILE = f"""
    SELECT code, {YEAR} AS year, 1000 + id % 90000 + 0.5 AS planned_investment_10k_cny, id % 900 AS q1_10k_cny,
           'industry' AS category, '主体施工 ' || id AS content, '{SINCE}' AS in_force_on, 'bench' AS reason
    FROM projects_project ORDER BY id
"""
READY = f"""
    SELECT project.id, {YEAR}, '{SINCE}', 1000 + project.id % 90000 + 0.5, project.id % 900, category.id,
           '主体施工 ' || project.id, '', 'bench'
    FROM projects_project project CROSS JOIN projects_category category WHERE category.code = 'industry'
    ORDER BY project.id
"""
INTO = """
    COPY projects_annualplan (project_id, year, in_force_on, planned_investment, cumulative_q1, category_id, content,
                              batch, reason) FROM STDIN
"""


class _Undone(Exception):
    """Everything is taken back."""


def _undone(work: Callable[[], object]) -> None:
    """Do it, with every constraint checked, and take it back."""
    try:
        with transaction.atomic():
            work()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise _Undone
    except _Undone:
        pass


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    head = "code,year,planned_investment_10k_cny,q1_10k_cny,category,content,in_force_on,reason\n"
    text = head.encode() + b"".join(copied(FILE, "CSV"))
    source = Source(kind="plans", name="plans.csv", content=text, in_force_on=SINCE, reason="bench")
    ready = b"".join(copied(READY, "TEXT"))
    rows = min(size, ROW_BY_ROW)
    first = head + "\n".join(text.decode().splitlines()[1 : rows + 1])
    yield Contest(
        {
            "ours": timed(lambda: _undone(lambda: _imported(source, size))),
            "COPY": timed(lambda: _undone(lambda: _copied(ready))),
            "django-import-export": _reckoned(timed(lambda: _undone(lambda: _row_by_row(first, rows))), size / rows),
        },
        plans=lambda: plans.of(lambda: _undone(lambda: _imported(source, size))),
        notes=lambda: {"lines": f"{size:,}", "row by row": f"{rows:,} of them, reckoned up"},
    )


def _imported(source: Source, size: int) -> None:
    found = applying.apply(source, by=None).comparison
    if found.new != size:
        raise AssertionError(f"{found.new} of {size} lines went in")


def _copied(ready: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(INTO) as sent:
        sent.write(ready)


def _row_by_row(text: str, rows: int) -> None:
    """As the package does it where nothing is set: each row looked up, compared, saved."""
    import tablib
    from import_export import fields, resources, widgets

    class Plans(resources.ModelResource):
        project = fields.Field("code", "project", widgets.ForeignKeyWidget(Project, "code"))
        category = fields.Field("category", "category", widgets.ForeignKeyWidget(Category, "code"))
        planned = fields.Field("planned_investment_10k_cny", "planned_investment", widgets.DecimalWidget())
        cumulative = fields.Field("q1_10k_cny", "cumulative_q1", widgets.DecimalWidget())

        class Meta:
            model = AnnualPlan
            fields = ("project", "year", "planned", "cumulative", "category", "content", "in_force_on", "reason")
            import_id_fields = ("project", "year", "in_force_on")

    result = Plans().import_data(tablib.Dataset().load(io.StringIO(text), format="csv"), raise_errors=True)
    if result.totals["new"] != rows:
        raise AssertionError(dict(result.totals))


def _reckoned(run: Run, times: float) -> Run:
    return lambda: run() * times


QUESTION = Question(
    number=11,
    title="import annual plans",
    goals=[Goal(100, "≥", "django-import-export"), Goal(1 / 0.33, "≤", "COPY")],
    contest=contest,
    small=(400, 10_000),
    full=(10_000, 100_000, 1_000_000),
)
