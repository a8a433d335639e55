"""Question 12: the accepted lines of a quarter as CSV and as plain XLSX, as many lines as there are projects.

Ours is what the admin's list of lines answers, the whole of it, from the request to the last block: filtered, with the
names and choices of the page's language, and no cell a formula. The yardsticks write the same columns of the same rows.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from bench import population
from bench.measure import Contest, Goal, Question, Run, peak_memory, timed, watch_memory
from portal import exports
from portal.extract import copied
from portal.models import User
from projects.models import ReportLine

FULL = (10_000, 200_000, 1_000_000)
# The columns of the list as the database keeps them.
ROWS = """
    SELECT project.name_zh, unit.name_zh, quarter.year, quarter.number, report.revision, report.state,
           line.flow, line.year_to_date, line.stage, person.name, line.edited_at
    FROM projects_reportline line JOIN projects_report report ON report.id = line.report_id
    JOIN projects_project project ON project.id = line.project_id JOIN portal_unit unit ON unit.id = line.unit_id
    JOIN portal_quarter quarter ON quarter.id = line.quarter_id JOIN portal_user person ON person.id = line.edited_by_id
    WHERE line.quarter_id = {quarter} AND report.state <> 'draft' ORDER BY line.id DESC
"""


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    yield Contest(
        {
            "CSV": timed(lambda: _taken_along("csv")),
            "bare COPY": timed(lambda: sum(len(row) for row in copied(_rows(), "CSV"))),
            "XLSX": timed(lambda: _taken_along("xlsx")),
            "openpyxl write-only": timed(_by_openpyxl),
        },
        notes=lambda: {"lines": f"{size:,}"},
    )


def _rows() -> str:
    return ROWS.format(quarter=population.QUARTERS)


def _taken_along(kind: str) -> int:
    """Bytes of the file that the list answers with."""
    request = HttpRequest()
    request.method, request.path = "GET", reverse("admin:projects_reportline_changelist")
    request.user = User.objects.get(pk=population.REVIEWER)
    request.GET = QueryDict(f"quarter={population.QUARTERS}&export={kind}")
    with patch.object(exports, "AT_ONCE", 10**9):  # here, and not in a worker
        answer = admin.site.get_model_admin(ReportLine).changelist_view(request)
    return sum(len(block) for block in answer)


def _by_openpyxl() -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with connection.chunked_cursor() as cursor, tempfile.TemporaryFile() as file:
        cursor.execute(_rows())
        while rows := cursor.fetchmany(exports.CHUNK):
            for *cells, edited_at in rows:
                sheet.append([*cells, edited_at.replace(tzinfo=None)])
        book.save(file)


def _peak(work: Callable[[], object]) -> Run:
    """Megabytes of this process at its largest while it does the work."""

    def run() -> float:
        watch_memory()
        work()
        return peak_memory()

    return run


@contextmanager
def memory(size: int) -> Iterator[Contest]:
    fifth = max(400, size // 5)

    def of(lines: int) -> Callable[[], object]:
        return lambda: (population.ensure(lines), _taken_along("xlsx"))

    yield Contest({"XLSX": _peak(of(size)), "a fifth of the lines": _peak(of(fifth))})


QUESTIONS = [
    Question(
        number=12,
        title="a quarter's lines as a file",
        goals=[
            Goal(1.5, "≤", "bare COPY", ours="CSV"),
            Goal(5, "≥", "openpyxl write-only", ours="XLSX"),
        ],
        contest=contest,
        full=FULL,
    ),
    Question(
        number=12,
        title="highest memory while XLSX is written",
        goals=[Goal(1.1, "≤", "a fifth of the lines", ours="XLSX")],
        contest=memory,
        unit="MB",
        small=(2_000,),
        full=(1_000_000,),
    ),
]
