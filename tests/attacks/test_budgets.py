"""What every page costs in queries: within its budget, and the same for 1, 3 and 300 rows. Walked from the URLconf."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from portal.models import Quarter, Unit, User
from projects import kept_sums
from projects.models import ChangedUnit
from tests.attacks.access_table import ROWS
from tests.attacks.growing import grow
from tests.attacks.test_access import NOW, World
from tests.conftest import City

SIZES = (1, 3, 300)
BUDGET = 30
# What needs more, with the reason. Everything else keeps within BUDGET.
MORE = {
    "admin:portal_unit_delete": 45,  # one for each table that names units
    "league": 45,  # two quarters, each with cells, readings, pledges and the policy of its own day
    "score_sheet": 45,  # the same league
    "campaign": 45,  # targets, calendar and rules
    "bulletin": 70,  # league, board, fulfilment and what was restated since
    "bulletin_begin": 70,
    "settlement_list": 45,
    "letter_fulfilment": 45,
    "fulfilment": 40,
    "situation": 40,  # sums that nobody has kept yet, by list
    "quarter_tasks": 40,  # the check of a whole draft
    "report_check": 40,
    "report_grid": 40,
    "admin:projects_report_change": 40,  # the review
}  # fmt: skip
# Files, and pages that stand for others.
LEFT_OUT = {"report_export", "bulletin_file", "workbook_file", "workbook_annotated", "letter_pdf", "report_pdf"}
LOOKERS = (("above", "administrator"), ("own", "reporter"), ("own", "approver"), ("own", "administrator"))


@pytest.fixture
def somewhere(town: City) -> Iterator[World]:
    with time_machine.travel(NOW):
        yield World(town)


def _budget(name: str) -> int:
    return MORE.get(name, BUDGET)


def _looked_at(world: World) -> dict[str, tuple[str, str]]:
    """Each address that answers with a page, and who looks at it: the first who may."""
    found = {}
    for name, row in ROWS.items():
        for place, role in LOOKERS:
            answers = (row.above or row.own) if place == "above" else row.own
            if answers[role] == "200" and name not in LEFT_OUT:
                found[name] = (place, role)
                break
    return found


def _cost(world: World, name: str, who: tuple[str, str]) -> int:
    """Of a page that nobody has looked at since a unit's figures changed, or within the minute of a rate limit."""
    cache.clear()
    for quarter in Quarter.objects.all():
        kept_sums.make(quarter)
        ChangedUnit.objects.create(quarter=quarter, unit=Unit.objects.filter(parent__isnull=False)[0])
    address, asked = world.address(name), 0

    def counted(execute: Callable[..., object], *statement: object) -> object:
        nonlocal asked
        asked += 1
        return execute(*statement)

    with connection.execute_wrapper(counted):
        answer = world.visitors[who].client.get(address)
    assert answer.status_code == 200, name
    return asked


def test_every_page_costs_the_same_queries_for_1_3_and_300_rows(somewhere: World, town: City) -> None:
    looked_at = _looked_at(somewhere)
    told = User.objects.get(email="administrator-above@example.test")
    for name, who in looked_at.items():
        somewhere.visitors[who].client.get(somewhere.address(name))  # what is asked once in a process's life
    costs: dict[str, list[int]] = {name: [] for name in looked_at}
    since = 0
    for size in SIZES:
        grow(town, somewhere.campaign, told, since=since, to=size)
        since = size
        for name, who in looked_at.items():
            costs[name].append(_cost(somewhere, name, who))
    wrong = [f"{name} costs {found}" for name, found in costs.items() if len(set(found)) > 1]
    wrong += [f"{name} is over budget: {found}" for name, found in costs.items() if max(found) > _budget(name)]
    assert wrong == [], "\n".join(wrong)
