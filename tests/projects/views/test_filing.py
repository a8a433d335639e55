"""The board of who has reported: who sees it, what it says and counts, and how units are reminded from it."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Extension, Notice, Reminder, Role, Unit
from projects import drafting, extensions, lifecycle
from projects.models import Report
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
BOARD = "/filing/"


@pytest.fixture(autouse=True)
def _april() -> object:
    with time_machine.travel(DAY, tick=False):
        yield


def page(client: Client, address: str = BOARD) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def shown(client: Client, query: str = "") -> list[str]:
    return [row.entry.unit.code for row in client.get(BOARD + query).context["rows"]]


def several(town: City) -> dict[str, Unit]:
    """Units of every standing: the first county has not begun, the others as they are named."""
    found = {}
    for number, name in enumerate(("draft", "submitted", "accepted", "returned", "extended")):
        unit = found[name] = world.make_unit(f"43050{number}", town.city, kind=Unit.Kind.PARK)
        world.make_project(f"C{number}", unit)
        by = world.make_person(name, unit, Role.REPORTER, Role.APPROVER)
        if name == "draft":
            drafting.begin(unit, town.quarter, by=by, at=DAY)
        elif name != "extended":
            report = world.submitted(unit, town.quarter, 250, by=by, when=DAY)
            _go_on(town, report, name)
    granted = {"reason": "flood", "granted_by": town.administrator, "granted_at": DAY}
    Extension.objects.create(unit=found["extended"], quarter=town.quarter, until=date(2022, 4, 25), **granted)
    return found


def _go_on(town: City, report: Report, name: str) -> None:
    if name == "accepted":
        world.accepted(report, by=town.reviewer, when=DAY)
    elif name == "returned":
        lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")


def test_board_says_of_each_unit_how_far_it_is_and_by_when(town: City) -> None:
    several(town)
    found = page(signed_in(town.reviewer))
    for words in (
        "2 of 6 units have reported",
        "not begun",
        "being prepared",
        "0 of 1",
        "returned, to be mended",
        "Returned, due again 2022-04-08",
        "waiting for review",
        "accepted",
        "Extended until 2022-04-25",
        "5 days left",
    ):
        assert words in found


@pytest.mark.parametrize(
    ("query", "units"),
    [
        ("?state=to_begin", ["430421", "430504"]),
        ("?state=draft", ["430500"]),
        ("?state=not_filed", ["430421", "430500", "430503", "430504"]),
        ("?state=extended", ["430504"]),
        ("?state=nonsense", []),
        ("?kind=park&state=accepted", ["430502"]),
        ("?text=430421", ["430421"]),
        ("?parent=430400&state=submitted", ["430501"]),
        ("?parent=430421", []),
        ("?parent=4304", []),  # several are called so
    ],
)
def test_board_is_filtered(town: City, query: str, units: list[str]) -> None:
    several(town)
    assert shown(signed_in(town.reviewer), query) == units


def test_late_units_are_named(town: City) -> None:
    world.make_project("B1", town.other)
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-12"))
    with time_machine.travel(at("2022-04-13"), tick=False):
        client = signed_in(town.reviewer)
        assert (shown(client, "?state=overdue"), shown(client, "?state=filed_late")) == (["430422"], ["430421"])
        assert "submitted late" in page(client)


def test_units_that_owe_nothing_are_not_on_it(town: City) -> None:
    assert shown(signed_in(town.reviewer)) == ["430421"]


def test_quarters_before_stand_beside_it(town: City) -> None:
    before = world.make_quarter("2021Q4")
    world.make_plan(town.project, 2021, 100)
    world.accepted(
        world.submitted(town.county, before, 5, by=town.staff, when=at("2022-01-05")),
        by=town.reviewer,
        when=at("2022-01-06"),
    )
    [row] = signed_in(town.reviewer).get(BOARD).context["rows"]
    assert [(duty.quarter.label, duty.state) for duty in row.before] == [("2021Q4", "accepted")]
    assert shown(signed_in(town.reviewer), "?quarter=2021Q4") == ["430421"]


def test_board_is_for_those_who_review_administer_or_audit(town: City) -> None:
    for person in (town.staff, town.leader):
        assert signed_in(person).get(BOARD).status_code == 403
    auditor = signed_in(world.make_person("auditor", town.city, Role.AUDITOR))
    assert "Remind" not in page(auditor)
    assert auditor.post(BOARD, {"step": "all"}).status_code == 403


def test_board_ends_at_the_persons_reach(town: City) -> None:
    world.make_project("B1", town.other)
    client = signed_in(world.make_person("elsewhere", town.other, Role.REVIEWER))
    assert shown(client) == ["430422"]
    client.post(BOARD, {"step": "ticked", "unit": "430421"})
    assert not Reminder.objects.exists()


def test_board_before_any_quarter_has_opened(town: City) -> None:
    with time_machine.travel(at("2022-03-01"), tick=False):
        assert "No quarter has opened yet." in page(signed_in(town.reviewer))
    assert signed_in(town.reviewer).get(BOARD + "?quarter=2030Q1").status_code == 404


def test_one_unit_those_ticked_or_all_shown_are_reminded(town: City) -> None:
    units = several(town)
    client = signed_in(town.reviewer)
    answer = client.post(BOARD + "?quarter=2022Q1", {"step": "one:430421"}, follow=True)
    assert "1 unit reminded to report." in answer.content.decode()
    assert "told: staff" in answer.content.decode()
    client.post(BOARD, {"step": "ticked", "unit": [units["draft"].code, units["accepted"].code]})
    assert set(Reminder.objects.values_list("unit__code", flat=True)) == {"430421", "430500"}
    answer = client.post(BOARD + "?kind=park", {"step": "all"}, follow=True)
    assert set(Reminder.objects.values_list("unit__code", flat=True)) == {"430421", "430500", "430503", "430504"}
    assert "It was reminded within the last 24 hours" in answer.content.decode()
    assert "again from 04-06 10:00" in page(client)
    assert not Notice.objects.filter(kind="reminded", recipient__name="accepted").exists()


def test_nothing_ticked_is_said_and_no_such_step_is_refused(town: City) -> None:
    client = signed_in(town.reviewer)
    assert "Choose units first" in client.post(BOARD, {"step": "ticked"}, follow=True).content.decode()
    assert client.post(BOARD, {"step": "nonsense"}).status_code == 400


def test_unit_that_asks_for_time_leads_to_its_request(town: City) -> None:
    asked = extensions.ask(town.county, town.quarter, until=date(2022, 4, 15), reason="flood", by=town.staff, at=DAY)
    found = page(signed_in(town.administrator), BOARD + "?state=asking")
    assert f"/extensions/{asked.pk}/" in found
    assert "1 request waits for your decision" in found


@pytest.mark.parametrize("count", [1, 3, 300])
def test_board_costs_the_same_queries_for_any_number_of_units(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    units = Unit.objects.bulk_create(
        Unit(code=f"5{number:05}", kind="park", parent=town.city, name_zh="园") for number in range(count)
    )
    for number, unit in enumerate(units[:3]):
        world.make_project(f"C{number}", unit)
    if count == 300:
        for number, unit in enumerate(units[3:60]):
            world.make_project(f"D{number}", unit)
    client = signed_in(town.administrator)
    with django_assert_num_queries(14):
        found = client.get(BOARD)
    assert len(found.context["rows"]) == min(count + 1, 50)


def test_board_names_a_few_units_to_choose_from_however_many_there_are(town: City) -> None:
    for number in range(60):
        parent = world.make_unit(f"6{number:05}", town.city)
        world.make_project(f"C{number}", world.make_unit(f"7{number:05}", parent))
    client = signed_in(town.reviewer)
    found = page(client)
    assert found.count("<option") < 40
    assert "600000 单位600000" in found or "600000 Unit 600000" in found
    assert shown(client, "?parent=600007") == ["700007"]
    assert "field-error" in page(client, BOARD + "?parent=6000")
    assert shown(client, "?parent=6000") == []
