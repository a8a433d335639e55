"""Policies in the admin: what is in force stays as it is; the next begins as its copy and is previewed."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from commitments.models import Campaign, Indicator, Policy, PolicyGroup, PolicyLight, ScoringItem
from portal.models import Role, Unit
from projects import lifecycle, rollups
from tests import world
from tests.commitments.admin.typing import hidden, typed
from tests.commitments.cells import make_reported_units
from tests.conftest import City
from tests.kept import kept
from tests.world import at, signed_in

ADD = "/admin/commitments/policy/add/"
DAY = at("2022-04-05")
NEW = {"effective_on": "2099-01-01", "reason": "months ÷ 12 × 120%", "baseline_factor": "1.2"}


@pytest.fixture
def first(db: None) -> Policy:
    return Policy.objects.get(effective_on=date(2000, 1, 1))


@pytest.fixture
def administrator(town: City) -> Client:
    return signed_in(town.administrator)


@pytest.fixture(scope="module")
def standing_reported(standing_town: City, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    town = deepcopy(standing_town)
    with kept(django_db_blocker):
        park = world.make_unit("P1", town.city, kind=Unit.Kind.PARK)
        company = world.make_unit("C1", town.city, kind=Unit.Kind.PLATFORM_COMPANY)
        town.second.annualplan_set.update(planned_investment=1000)
        for code, unit in (("B1", town.other), ("P1", park), ("C1", company)):
            world.make_project(code, unit)
        clerk = world.make_person("clerk", park, Role.REPORTER, Role.APPROVER)
        for unit, who, flow in ((town.county, town.staff, 300), (town.other, town.stranger, 260), (park, clerk, 100)):
            report = world.submitted(unit, town.quarter, flow, by=who, when=DAY)
            lifecycle.accept(report, by=town.reviewer, at=DAY)
        rollups.drain(at=DAY)
        yield town


@pytest.fixture
def reported(standing_reported: City, town: City) -> City:
    """The first county has completed 30% of its plan, the second 26%, the park 10%; the company is silent."""
    return deepcopy(standing_reported)


def confirm(client: Client, shown: HttpResponseBase, address: str = ADD) -> HttpResponseBase:
    return client.post(address, {**hidden(shown), "_confirmed": "1"})


def add_item(policy: Policy, **fields: Any) -> ScoringItem:
    indicator = Indicator.objects.get(code="completion_rate")
    named = {"code": "rate", "name_zh": "完成率", "formula": "share", "weight": Decimal(40), "fixed": 100, **fields}
    return ScoringItem.objects.create(policy=policy, indicator=indicator, **named)


@pytest.mark.parametrize(
    ("who", "status"), [("administrator", 200), ("reviewer", 403), ("leader", 403), ("staff", 403)]
)
def test_policy_is_added_by_administrators_alone(client: Client, town: City, who: str, status: int) -> None:
    client.force_login(getattr(town, who))
    assert client.get(ADD, follow=True).status_code == status


def test_new_policy_begins_as_a_copy_of_the_one_in_force_with_all_its_rows(
    administrator: Client, town: City, first: Policy
) -> None:
    add_item(first, groups="counties")
    first.groups.get(code="parks").units.add(town.other)
    sent = typed(administrator.get(ADD), **NEW)
    confirm(administrator, administrator.post(ADD, sent))
    copy = Policy.objects.in_force(on=date(2099, 3, 31))
    assert (copy.baseline(1), Policy.objects.in_force(on=date(2098, 12, 31))) == (Decimal("0.3"), first)
    for rows in ("lights", "groups", "items"):
        left_out = {"id", "policy_id", "policy"}
        both = [
            [{k: v for k, v in row.items() if k not in left_out} for row in getattr(policy, rows).values()]
            for policy in (first, copy)
        ]
        assert both[0] == both[1]
    assert [list(policy.groups.get(code="parks").units.all()) for policy in (first, copy)] == [[town.other]] * 2


def test_named_policy_is_copied_from_its_page(administrator: Client, first: Policy) -> None:
    later = Policy.objects.create(effective_on=date(2099, 1, 1), reason="later", baseline_factor=Decimal("1.6"))
    page = administrator.get(f"/admin/commitments/policy/{later.pk}/change/").content.decode()
    assert f"{ADD}?copy={later.pk}" in page
    form = administrator.get(f"{ADD}?copy={later.pk}").context["adminform"].form
    assert (form["baseline_factor"].value(), form["reason"].value()) == (Decimal("1.6"), None)
    assert administrator.get(f"{ADD}?copy=9999999").context["adminform"].form["baseline_factor"].value() == 1


def test_preview_saves_nothing(administrator: Client, reported: City) -> None:
    before = [model.objects.count() for model in (Policy, PolicyLight, PolicyGroup, ScoringItem)]
    shown = administrator.post(ADD, typed(administrator.get(ADD), **NEW))
    assert shown.status_code == 200
    assert "Nothing is saved yet." in shown.content.decode()
    assert [model.objects.count() for model in (Policy, PolicyLight, PolicyGroup, ScoringItem)] == before
    assert confirm(administrator, shown).status_code == 302
    assert Policy.objects.count() == before[0] + 1


def test_preview_of_a_change_leaves_the_policy_as_it_was(administrator: Client, reported: City) -> None:
    confirm(administrator, administrator.post(ADD, typed(administrator.get(ADD), **NEW)))
    later = Policy.objects.get(effective_on=date(2099, 1, 1))
    address = f"/admin/commitments/policy/{later.pk}/change/"
    sent = typed(administrator.get(address), baseline_factor="1.5", **{"lights-1-threshold": "12"})
    shown = administrator.post(address, sent)
    later.refresh_from_db()
    assert (later.baseline_factor, later.lights.get(shape="triangle").threshold) == (Decimal("1.2"), Decimal(10))
    confirm(administrator, shown, address)
    later.refresh_from_db()
    assert (later.baseline_factor, later.lights.get(shape="triangle").threshold) == (Decimal("1.5"), Decimal(12))


def test_back_from_the_preview_nothing_typed_is_lost(administrator: Client, reported: City) -> None:
    changed = {**NEW, "reason": 'two\r\nlines, "quoted"', "groups-1-units": [str(reported.city.pk)]}
    sent = typed(administrator.get(ADD), **changed)
    shown = administrator.post(ADD, sent)
    again = administrator.post(ADD, {**hidden(shown), "_back": "1"})
    assert again.status_code == 200
    assert "errornote" not in again.content.decode()
    assert typed(again) == sent
    assert not Policy.objects.filter(effective_on=date(2099, 1, 1)).exists()


def test_preview_says_what_changes_for_whom(administrator: Client, reported: City) -> None:
    """Parks are compared with counties now, at a baseline of 30%; the second county keeps its light."""
    sent = typed(administrator.get(ADD), **NEW)
    kinds = {"groups-1-kinds": ["district", "county", "county_city", "park"], "groups-2-DELETE": "on"}
    shown = administrator.post(ADD, {**sent, **kinds, "groups-2-kinds": []})
    effect = shown.context["effect"]
    assert effect is not None
    rows = {moved.name: moved for moved in effect.moved}
    found = {
        name: (moved.now.rank, moved.then.rank, moved.changes_group, moved.changes_light)
        for name, moved in rows.items()
    }
    assert found == {
        "Unit 430421": (1, 1, False, False),
        "Unit 430422": (2, 2, False, False),
        "Unit P1": (1, 3, True, False),
        "Unit C1": (None, None, False, False),
    }
    assert rows["Unit P1"].words() == ["⇄ was in the group “Parks”"]
    page = " ".join(shown.content.decode().split())
    assert "Of 4 units, 0 would have another light, 1 another rank, 1 another group." in page
    assert "30.0% (months ÷ 12 × 1.2)" in page


@pytest.mark.parametrize(
    ("by", "threshold", "light"),
    [("points", "20", "▲ behind"), ("share", "90", "▲ behind"), ("share", "80", "● on time")],
)
def test_preview_judges_by_points_or_by_share(
    administrator: Client, reported: City, by: str, threshold: str, light: str
) -> None:
    """26% of the plan at a baseline of 30%: 4 points behind, 86.7% of it; the park is 20 points behind."""
    sent = typed(administrator.get(ADD), **NEW, lights_by=by)
    sent |= {"lights-1-threshold": threshold, "lights-2-threshold": "30" if by == "points" else "10"}
    effect = administrator.post(ADD, sent).context["effect"]
    of_unit = "Unit P1" if by == "points" else "Unit 430422"
    (moved,) = (moved for moved in effect.moved if moved.name == of_unit)
    assert moved.then.figures.light.sign == light
    assert moved.changes_light is (light == "▲ behind" and by == "share")


def test_preview_shows_scores_and_ranks_as_the_league_table_has_them(
    administrator: Client, reported: City, first: Policy
) -> None:
    """30% and 26% of the plan: 30 and 26 points now; with half the points and a veto below 28% the second is out."""
    Campaign.objects.create(unit=reported.city, year=2022, name_zh="攻坚年")
    item = add_item(first, weight=Decimal(100))
    first.groups.filter(code="companies").delete()
    sent = typed(administrator.get(ADD), **NEW, **{"items-0-weight": "50", "items-TOTAL_FORMS": "2"})
    veto = {"code": "veto", "name_zh": "否决", "formula": "veto", "fixed": "28", "indicator": item.indicator_id}
    veto |= {"reference": "fixed", "position": "20", "weight": "0", "step": "1", "times": "1"}
    sent |= {f"items-1-{name}": value for name, value in veto.items()}
    shown = administrator.post(ADD, sent)
    moved = {each.name: each for each in shown.context["effect"].moved}
    found = {
        name: (each.now.score, each.now.rank, each.then.score, each.then.rank, each.words())
        for name, each in moved.items()
    }
    assert found["Unit 430421"] == (Decimal(30), 1, Decimal(15), 1, ["± another score"])
    assert found["Unit 430422"][:4:3] == (Decimal(26), None)
    assert found["Unit 430422"][-1][0] == "− has no rank"
    assert found["Unit C1"] == (None, None, None, None, [])
    assert moved["Unit C1"].then.group == "Not compared"
    page = " ".join(shown.content.decode().split())
    assert "Score (points)" in page
    assert "Another score:" in page


def test_preview_of_another_campaigns_policy_stays_within_its_units(administrator: Client, reported: City) -> None:
    Campaign.objects.create(unit=reported.city, year=2022, name_zh="攻坚年")
    own = Campaign.objects.create(unit=reported.county, year=2023, name_zh="县攻坚年")
    world.make_project("T1", world.make_unit("430421101", reported.county))
    rollups.drain(at=DAY)
    effect = administrator.post(ADD, typed(administrator.get(ADD), **NEW, campaign=own.pk)).context["effect"]
    assert {moved.name for moved in effect.moved} == {"Unit 430421", "Unit 430421101"}


def test_preview_says_it_in_chinese(reported: City) -> None:
    client = signed_in(reported.administrator, "zh-hans")
    sent = typed(client.get(ADD), **{**NEW, "reason": "序时按120%掌握"}, lights_by="share")
    shown = client.post(ADD, {**sent, "lights-1-threshold": "90", "lights-2-threshold": "60"})
    page = " ".join(shown.content.decode().split())
    for text in (
        "尚未保存。",
        "对2022年第1季度（最近一个有审核通过报告的季度）的影响",
        "共4家单位，其中灯号变化2家，名次变化0家，分组变化0家。",
        "● 正常 · ▲ 滞后（低于序时进度的90%） · ■ 严重滞后（低于序时进度的60%）",
        "已过月数÷12×1.2",
        "◐ 灯号变化",
        "返回修改",
    ):
        assert text in page


def test_preview_without_an_accepted_report_says_so(administrator: Client, town: City) -> None:
    shown = administrator.post(ADD, typed(administrator.get(ADD), **NEW))
    assert "No quarter has an accepted report yet" in shown.content.decode()
    assert confirm(administrator, shown).status_code == 302


def test_preview_of_a_day_in_the_past_names_the_quarters_judged_anew(administrator: Client, reported: City) -> None:
    sent = typed(administrator.get(ADD), **{**NEW, "effective_on": "2022-01-01"})
    assert "are judged anew: Q1 2022." in administrator.post(ADD, sent).content.decode()
    Policy.objects.create(effective_on=date(2022, 2, 1), reason="holds by then")
    assert "judged anew" not in administrator.post(ADD, sent).content.decode()


@pytest.mark.parametrize(("scored", "queries"), [(False, 62), (True, 91)])
@pytest.mark.parametrize("units", [1, 3, 300])
def test_preview_costs_the_same_however_many_units(
    administrator: Client,
    reported: City,
    first: Policy,
    units: int,
    scored: bool,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    if scored:
        Campaign.objects.create(unit=reported.city, year=2022, name_zh="攻坚年")
        add_item(first)
    make_reported_units(units, reported.city, reported.quarter, at=DAY)
    sent = typed(administrator.get(ADD), **NEW)
    with django_assert_num_queries(queries):
        effect = administrator.post(ADD, sent).context["effect"]
    assert len(effect.moved) == 4 + units


def test_baseline_that_falls_is_refused_with_the_reason(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    curve = {"baseline_q1": "0.3", "baseline_q2": "0.1", "baseline_q3": "0.9", "baseline_q4": "1.2"}
    response = client.post(ADD, typed(client.get(ADD), **NEW, **curve))
    assert response.status_code == 200
    assert "后一季度的序时进度不得低于前一季度" in response.content.decode()


REFUSALS = [
    ({"lights-0-threshold": "5"}, "No light is for those who are not behind."),
    ({"lights-1-threshold": ""}, "Another light is for those who are not behind already."),
    ({"lights-1-threshold": "30"}, "Two lights begin at the same threshold."),
    ({"lights-1-shape": "circle"}, "Two lights have the same shape."),
    ({"groups-TOTAL_FORMS": "0"}, "Add at least one comparison group."),
    ({"groups-2-kinds": ["park", "county"]}, "“county” stands in the group “Counties and districts” already."),
    ({"groups-2-kinds": []}, "This group is empty."),
    ({"groups-2-code": "counties"}, "Two groups have the same code."),
    ({"items-0-groups": "parks，villages"}, "This policy has no group with the code villages. Its groups are: cities,"),
    ({"items-0-fixed": ""}, "Say what the value is compared with, or choose another reference."),
    ({"items-0-formula": "linear"}, "Give the points for each step above, the points off"),
    ({"effective_on": "2000-01-01"}, "There is a policy from this day already."),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), REFUSALS)
def test_policy_that_cannot_judge_is_refused_where_and_why(
    administrator: Client, first: Policy, wrong: dict[str, Any], message: str
) -> None:
    add_item(first)
    sent = {**typed(administrator.get(ADD), **NEW), **wrong}
    response = administrator.post(ADD, sent)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert Policy.objects.count() == 1
    assert {name: str(value) for name, value in typed(response).items() if name in NEW and name not in wrong} == {
        name: value for name, value in NEW.items() if name not in wrong
    }


def test_item_with_an_error_stands_open_and_the_others_folded(administrator: Client, first: Policy) -> None:
    for code in ("rate", "more"):
        add_item(first, code=code)
    sent = typed(administrator.get(ADD), **NEW, **{"items-1-formula": "linear"})
    parts = administrator.post(ADD, sent).content.decode().split('<div class="inline-related')
    folded, open_ = (next(part for part in parts if f'id="items-{number}"' in part) for number in (0, 1))
    assert "完成率 · share · full points: 40" in folded
    assert "<details open>" not in " ".join(folded.split())
    assert "<details open>" in " ".join(open_.split())
    assert "Give the points for each step above" in open_


def test_unit_is_named_by_one_group_alone(administrator: Client, town: City, first: Policy) -> None:
    sent = typed(administrator.get(ADD), **NEW)
    both = {"groups-1-units": town.other.pk, "groups-2-units": town.other.pk}
    page = administrator.post(ADD, {**sent, **both}).content.decode()
    assert "“Unit 430422” stands in the group “Counties and districts” already. Take it out of one of the two." in page


def test_groups_of_an_item_are_kept_however_they_are_set_apart(administrator: Client, first: Policy) -> None:
    add_item(first)
    sent = typed(administrator.get(ADD), **NEW, **{"items-0-groups": " parks， counties、companies "})
    confirm(administrator, administrator.post(ADD, sent))
    assert ScoringItem.objects.exclude(policy=first).get().groups == "parks,counties,companies"


def test_policy_in_force_is_neither_changed_nor_deleted(client: Client, town: City, first: Policy) -> None:
    client.force_login(town.administrator)
    url = f"/admin/commitments/policy/{first.pk}/"
    shown = client.get(f"{url}change/").content.decode()
    assert "县 · 县级市" in shown
    assert "预览影响后保存" not in shown
    sent = typed(client.get(ADD), **NEW)
    for extra in ({}, {"_confirmed": "1"}, {"_back": "1"}):
        assert client.post(f"{url}change/", {**sent, **extra}).status_code == 403
    assert client.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": first.pk, "post": "yes"}
    client.post("/admin/commitments/policy/", chosen)
    first.refresh_from_db()
    assert (first.baseline(1), first.lights.count(), first.groups.count()) == (Decimal("0.25"), 3, 5)


def test_policy_is_previewed_and_confirmed_by_nobody_else(town: City, administrator: Client) -> None:
    sent = typed(administrator.get(ADD), **NEW)
    for person in (town.reviewer, town.leader, town.staff):
        for extra in ({}, {"_confirmed": "1"}, {"_back": "1"}):
            assert signed_in(person).post(ADD, {**sent, **extra}).status_code in {302, 403}
    assert Policy.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_says_baseline_and_lights_in_words_at_one_cost(
    administrator: Client, first: Policy, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        later = Policy.objects.create(
            effective_on=date(2100 + number, 1, 1), reason="share", lights_by="share", baseline_factor=Decimal("1.2")
        )
        later.lights.create(name_zh="正常", colour="green", shape="circle")
        later.lights.create(name_zh="偏慢", name_en="slow", colour="blue", shape="diamond", threshold=Decimal(80))
    with django_assert_num_queries(6):
        page = administrator.get("/admin/commitments/policy/").content.decode()
    assert "● 正常 · ◆ slow (below 80% of the baseline)" in page
    if count < 50:
        assert "● on time · ▲ behind (from 10 points) · ■ far behind (from 30 points)" in page
    assert "months ÷ 12 × 1.2" in page
    assert "wherever a campaign has none of its own" in page
