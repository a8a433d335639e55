"""Readings in the admin: by the answering bureau, about others, within their range, once for a quarter."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from commitments.models import Reading
from portal.models import Quarter, Role
from tests import world
from tests.commitments.statistics import Bureau, make_bureau, make_indicator, make_reading
from tests.conftest import City
from tests.world import at, signed_in

LIST = "/admin/commitments/reading/"
ADD = f"{LIST}add/"


@pytest.fixture(autouse=True)
def april() -> object:
    with time_machine.travel(at("2022-04-25")):
        yield


@pytest.fixture
def bureau(town: City) -> Bureau:
    return make_bureau(town)


@pytest.fixture
def clerk(client: Client, bureau: Bureau) -> Client:
    return signed_in(bureau.reviewer, "zh-hans")


def form(bureau: Bureau, town: City, **changed: object) -> dict[str, object]:
    typed: dict[str, object] = {
        "indicator": bureau.visitors.pk,
        "unit": town.county.pk,
        "quarter": town.quarter.pk,
        "value": "123.5",
        "source": "一季度统计公报",
        "published_on": "2022-04-20",
    }
    return typed | changed


def errors(client: Client, posted: dict[str, object], url: str = ADD) -> dict[str, str]:
    """What is said at each field of a form that is refused, and that what was typed still stands there."""
    response = client.post(url, posted)
    assert response.status_code == 200, response.headers
    page = response.content.decode()
    assert f'value="{posted["value"]}"' in page
    assert f'value="{posted["source"]}"' in page
    return {name: " ".join(messages) for name, messages in response.context["adminform"].form.errors.items()}


def test_bureau_loads_a_reading_about_another_unit(clerk: Client, town: City, bureau: Bureau) -> None:
    assert clerk.post(ADD, form(bureau, town, value="１２３．５ 万人次")).status_code == 302
    reading = Reading.objects.get()
    assert (reading.value, reading.unit, reading.loaded_by) == (Decimal("123.5"), town.county, bureau.reviewer)
    assert str(reading.loaded_at.date()) == "2022-04-25"


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"value": "abc"}, "value", "“abc”不是数字"),
        ({"value": "12%"}, "value", "计量单位不符"),
        ({"value": "100001"}, "value", "0"),
        ({"value": "-1"}, "value", "100000"),
        ({"published_on": "2022-04-26"}, "published_on", "尚未到来"),
        ({"published_on": "2021-12-31"}, "published_on", "早于本季度第一天"),
        ({"source": ""}, "source", "必填"),
        ({"unit": ""}, "unit", "必填"),
        ({"indicator": ""}, "indicator", "必填"),
    ],
)
def test_faults_are_said_at_their_field(
    clerk: Client, town: City, bureau: Bureau, changed: dict[str, object], field: str, says: str
) -> None:
    found = errors(clerk, form(bureau, town, **changed))
    assert set(found) == {field}
    assert says in found[field]
    assert not Reading.objects.exists()


def test_faults_are_said_in_english_too(town: City, bureau: Bureau) -> None:
    english = signed_in(bureau.reviewer)
    assert "is not a number" in errors(english, form(bureau, town, value="abc"))["value"]
    assert (
        "outside the range of this indicator, 0 to 100000" in errors(english, form(bureau, town, value="-1"))["value"]
    )


def test_quarter_that_has_not_ended_has_no_figures_yet(clerk: Client, town: City, bureau: Bureau) -> None:
    Quarter.objects.filter(pk=town.quarter.pk).update(opens_on=date(2022, 3, 25))
    with time_machine.travel(at("2022-03-28")):
        found = errors(clerk, form(bureau, town, published_on="2022-03-20"))
    assert "尚未结束" in found["quarter"]


def test_second_reading_of_the_same_period_is_refused_at_the_field(clerk: Client, town: City, bureau: Bureau) -> None:
    make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.reviewer)
    found = errors(clerk, form(bureau, town))
    assert set(found) == {"quarter"}
    assert "已有指标数据" in found["quarter"]


def test_bureau_can_choose_neither_itself_nor_what_it_does_not_answer_for(
    clerk: Client, town: City, bureau: Bureau
) -> None:
    foreign = make_indicator("exports", world.make_unit("B-SWJ", town.city, "bureau"), "出口额")
    derived = {"indicator": 1}
    for changed in ({"indicator": foreign.pk}, derived, {"unit": bureau.unit.pk}):
        assert errors(clerk, form(bureau, town, **changed))
    assert "不填报本单位" in errors(clerk, form(bureau, town, unit=bureau.unit.pk))["unit"]
    elsewhere = world.make_unit("430500", kind="city")
    assert "unit" in errors(clerk, form(bureau, town, unit=elsewhere.pk))


def test_changed_figure_needs_a_reason_and_the_old_one_stays_in_the_history(
    clerk: Client, town: City, bureau: Bureau
) -> None:
    reading = make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.administrator)
    url = f"{LIST}{reading.pk}/change/"
    assert 'value="80"' in clerk.get(url).content.decode()
    assert set(errors(clerk, form(bureau, town, value="81"), url)) == {"change_reason"}
    assert clerk.post(url, form(bureau, town, value="81", change_reason="五月公报修订")).status_code == 302
    reading.refresh_from_db()
    assert (reading.value, reading.change_reason, reading.loaded_by) == (Decimal(81), "五月公报修订", bureau.reviewer)
    versions = Reading.pgh_event_model.objects.filter(pgh_obj=reading).order_by("pgh_id")  # type: ignore[attr-defined]
    assert [(each.value, each.loaded_by_id) for each in versions] == [
        (80, bureau.administrator.pk),
        (81, bureau.reviewer.pk),
    ]
    # Where it was published may be put right without a word, and the reason of the last change stays.
    assert clerk.post(url, form(bureau, town, value="81", source="公报表3")).status_code == 302
    reading.refresh_from_db()
    assert (reading.source, reading.change_reason) == ("公报表3", "五月公报修订")


@pytest.mark.parametrize(
    ("who", "reads", "loads"),
    [
        ("reviewer", True, True),
        ("administrator", True, True),
        ("auditor", True, False),
        ("city_reviewer", True, True),
        ("county_reviewer", True, False),
        ("other_reviewer", False, False),
        ("other_bureau", False, False),
        ("staff", None, None),
    ],
)
def test_who_reads_and_who_loads(town: City, bureau: Bureau, who: str, reads: bool | None, loads: bool | None) -> None:
    reading = make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.reviewer)
    second = world.make_unit("B-SWJ", town.city, "bureau")
    make_indicator("exports", second, "出口额")
    people = {
        "city_reviewer": town.reviewer,
        "county_reviewer": world.make_person("r1", town.county, Role.REVIEWER),
        "other_reviewer": world.make_person("r2", town.other, Role.REVIEWER),
        "other_bureau": world.make_person("r3", second, Role.REVIEWER),
        "staff": town.staff,
    }
    client = signed_in(people.get(who) or getattr(bureau, who))
    url = f"{LIST}{reading.pk}/change/"
    if reads is None:
        assert client.get(LIST, follow=True).status_code == 403
        return
    assert (reading in client.get(LIST).context["cl"].result_list) is reads
    assert client.get(url).status_code == (200 if reads else 302)
    posted = form(bureau, town, value="81", change_reason="revised")
    assert client.post(url, posted).status_code == (302 if loads or not reads else 403)
    reading.refresh_from_db()
    assert reading.value == (81 if loads else 80)
    assert client.get(ADD).status_code == (200 if loads or who == "other_bureau" else 403)


def test_wrong_reading_is_deleted_by_an_administrator_of_the_bureau_alone(town: City, bureau: Bureau) -> None:
    reading = make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.reviewer)
    url = f"{LIST}{reading.pk}/delete/"
    assert signed_in(bureau.reviewer).post(url, {"post": "yes"}).status_code == 403
    assert signed_in(bureau.administrator).post(url, {"post": "yes"}).status_code == 302
    assert not Reading.objects.exists()


@pytest.mark.parametrize("count", [1, 3, 49])
def test_list_costs_the_same_number_of_queries(
    town: City, bureau: Bureau, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        unit = world.make_unit(f"4304{number:04}", town.city)
        make_reading(bureau.visitors, unit, town.quarter, "80", by=bureau.reviewer)
    client = signed_in(bureau.reviewer)
    client.get(LIST)
    with django_assert_num_queries(8):
        assert client.get(f"{LIST}?quarter=2022Q1&indicator=visitors").status_code == 200
