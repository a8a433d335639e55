"""Question 10: the first page and the last one of the admin's lists of lines and projects, beside a stock ModelAdmin's.

The stock list shows the same rows in the same columns, asked for by the same query, as Django's ModelAdmin does where
nothing else is said: counted twice, paged by number, with filters that name every record, in Django's own templates.
Both come through all middleware to somebody who is signed in. What takes less than a second is asked for again until
one has passed, and its median counts: a page of milliseconds just after one of half a minute finds nothing at hand.
"""

import re
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.template.backends.django import DjangoTemplates
from django.test import override_settings
from django.urls import path

from bench import population, visitor
from bench.measure import Contest, Goal, Question, Run
from bench.visitor import Visitor, open_for_visits
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


STOCK: dict[str, "admin.ModelAdmin[Any]"] = {
    "/stock/lines/": StockLines(ReportLine, admin.site),
    "/stock/projects/": StockProjects(Project, admin.site),
}
urlpatterns = [
    *(path(address[1:], admin.site.admin_view(stock.changelist_view)) for address, stock in STOCK.items()),
    *visitor.urlpatterns,
]


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    with open_for_visits(), override_settings(ROOT_URLCONF="bench.admin_lists"):
        _take_templates_of_django()
        browser = Visitor(population.name(size), population.REVIEWER)
        runs: dict[str, Run] = {}
        for what, address, (stocked, stock) in zip(
            ("lines", "projects"), (LINES, PROJECTS), STOCK.items(), strict=True
        ):
            last = -(-stock.model._default_manager.count() // stock.list_per_page)
            runs[f"{what}, first page"] = partial(_seconds, browser, address)
            runs[f"{what}, deep page"] = partial(_seconds, browser, _deep(browser, address))
            runs[f"stock {what}, first page"] = partial(_seconds, browser, stocked)
            runs[f"stock {what}, deep page"] = partial(_seconds, browser, f"{stocked}?p={last}")
        yield Contest(runs)


def _take_templates_of_django() -> None:
    """The stock lists are written by the templates of Django's admin, without ours in their place."""
    options = {"libraries": {}, **cast("dict[str, Any]", settings.TEMPLATES[0]["OPTIONS"])}
    engine = DjangoTemplates({"NAME": "stock", "DIRS": [], "APP_DIRS": True, "OPTIONS": options})
    for stock in STOCK.values():
        stock.change_list_template = engine.get_template("admin/change_list.html")  # type: ignore[misc]


def _seconds(browser: Visitor, address: str) -> float:
    costs = [browser.seconds(address)]
    while sum(costs) < 1:
        costs.append(browser.seconds(address))
    return statistics.median(costs)


def _deep(browser: Visitor, address: str) -> str:
    """The last page, by the list's own link."""
    found = TURN.search(browser.client.get(address).content.decode())
    return address + found.group(1).replace("&amp;", "&") if found else address


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
