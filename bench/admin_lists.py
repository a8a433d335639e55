"""Question 10: the first page and a deep one of the admin's lists of lines and projects, beside a stock ModelAdmin's.

The stock list shows the same rows in the same columns, asked for by the same query, as Django's ModelAdmin does where
nothing else is said: counted twice, paged by number, with filters that name every record.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.contrib import admin
from django.test import RequestFactory

from bench import population
from bench.measure import Contest, Goal, Question, Run, timed
from bench.visitor import Visitor, open_for_visits
from portal.models import User
from projects.admin.line import ReportLineAdmin
from projects.admin.register import ProjectAdmin
from projects.models import Project, ReportLine

LINES, PROJECTS = "/admin/projects/reportline/", "/admin/projects/project/"
TURN = re.compile(r'<a href="([^"]+)"[^>]*>\s*(?:Last page|末页)')


class StockLines(ReportLineAdmin):
    """Without what portal/site.py gives each list; filters by what the columns are, as Django makes them."""

    list_filter = ("quarter", "unit", "report__state", "stage")  # type: ignore[assignment]


class StockProjects(ProjectAdmin):
    pass


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    with open_for_visits():
        visitor = Visitor(population.name(size), population.REVIEWER)
        runs: dict[str, Run] = {}
        for what, address, stock in (
            ("lines", LINES, StockLines(ReportLine, admin.site)),
            ("projects", PROJECTS, StockProjects(Project, admin.site)),
        ):
            deep = _deep(visitor, address)
            last = -(-stock.model._default_manager.count() // stock.list_per_page)
            runs[f"{what}, first page"] = partial(visitor.seconds, address)
            runs[f"{what}, deep page"] = partial(visitor.seconds, deep)
            runs[f"stock {what}, first page"] = timed(partial(_shown, stock, 1))
            runs[f"stock {what}, deep page"] = timed(partial(_shown, stock, max(last * 9 // 10, 1)))
        yield Contest(runs)


def _deep(visitor: Visitor, address: str) -> str:
    """The page before the last one, by the list's own links; where it is short enough for numbers, its last."""
    found = TURN.search(visitor.client.get(address).content.decode())
    return address + found.group(1).replace("&amp;", "&") if found else address


def _shown(stock: StockLines | StockProjects, page: int) -> None:
    request = RequestFactory(headers={"host": "127.0.0.1"}).get("/", {"p": page} if page > 1 else {})
    request.user = User.objects.get(pk=population.REVIEWER)
    request.session = {}  # type: ignore[assignment] # nothing is said to the person
    answer = stock.changelist_view(request)
    answer.render()  # type: ignore[attr-defined]
    if answer.status_code != 200:
        raise AssertionError(f"page {page} answered {answer.status_code}")


QUESTION = Question(
    number=10,
    title="the admin's lists of lines and projects",
    goals=[
        Goal(80, "≥", "stock lines, first page", "lines, first page"),
        Goal(200, "≥", "stock lines, deep page", "lines, deep page"),
        Goal(80, "≥", "stock projects, first page", "projects, first page"),
        Goal(200, "≥", "stock projects, deep page", "projects, deep page"),
    ],
    contest=contest,
)
