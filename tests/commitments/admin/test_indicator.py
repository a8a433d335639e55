"""Indicators in the admin: the source decides what is asked, and each has a unit of measure."""

from decimal import Decimal

import pytest
from django.test import Client

from commitments.models import Indicator
from tests.commitments.statistics import Bureau, make_bureau, make_reading
from tests.conftest import City

ADD = "/admin/commitments/indicator/add/"
READ = {
    "code": "foreign-capital",
    "name_zh": "实际利用外资",
    "name_en": "Foreign capital",
    "position": "100",
    "kind": "number",
    "unit_of_measure_zh": "万美元",
    "unit_of_measure_en": "USD 10,000",
    "direction": "more",
    "adds_up": "sum",
    "least": "0",
    "most": "",
    "definition": "",
}
DERIVED = {
    "code": "under-way",
    "name_zh": "在建项目",
    "name_en": "",
    "position": "100",
    "measure": "started",
    "unit_of_measure_zh": "个",
    "unit_of_measure_en": "projects",
    "direction": "more",
    "definition": "",
}


@pytest.fixture
def bureau(town: City) -> Bureau:
    return make_bureau(town)


@pytest.fixture
def admin(client: Client, town: City) -> Client:
    client.force_login(town.administrator)
    return client


def errors(admin: Client, source: str, **posted: str) -> dict[str, list[str]]:
    """Posts an indicator that is refused; what is said at each field."""
    response = admin.post(f"{ADD}?source={source}", posted)
    assert response.status_code == 200
    assert not Indicator.objects.filter(code=posted["code"]).exists()
    return dict(response.context["adminform"].form.errors)


def test_source_is_asked_first_and_decides_the_fields(admin: Client, bureau: Bureau) -> None:
    page = admin.get(ADD).content.decode()
    assert "?source=derived" in page
    assert "?source=readings" in page
    asked = {
        source: set(admin.get(f"{ADD}?source={source}").context["adminform"].form.fields)
        for source in ("derived", "readings")
    }
    assert asked["derived"] - asked["readings"] == {"measure", "category", "tier"}
    assert asked["readings"] - asked["derived"] == {"bureau", "kind", "adds_up", "least", "most"}


def test_indicator_of_readings_is_added_for_its_bureau(admin: Client, bureau: Bureau) -> None:
    assert admin.post(f"{ADD}?source=readings", {**READ, "bureau": bureau.unit.pk}).status_code == 302
    made = Indicator.objects.get(code="foreign-capital")
    assert (made.source, made.bureau, made.least) == ("readings", bureau.unit, Decimal(0))
    assert made.unit_of_measure_zh == "万美元"


def test_derived_indicator_takes_its_kind_and_unit_from_the_measure(admin: Client) -> None:
    assert admin.post(f"{ADD}?source=derived", DERIVED).status_code == 302
    assert Indicator.objects.get(code="under-way").kind == "number"
    money = {**DERIVED, "code": "output", "measure": "completed_output"}
    assert (
        admin.post(f"{ADD}?source=derived", {**money, "unit_of_measure_zh": "", "unit_of_measure_en": ""}).status_code
        == 302
    )
    made = Indicator.objects.get(code="output")
    assert (made.kind, made.unit_of_measure_zh, made.unit_of_measure_en) == ("money", "万元", "10,000 CNY")


def test_unit_of_measure_is_required_and_money_is_in_ten_thousands(admin: Client, bureau: Bureau) -> None:
    found = errors(admin, "readings", **{**READ, "bureau": str(bureau.unit.pk), "unit_of_measure_zh": " "})
    assert found == {"unit_of_measure_zh": ["指标须有计量单位，否则目标无从理解。"]}
    found = errors(admin, "derived", **{**DERIVED, "measure": "investment", "unit_of_measure_zh": "亿元"})
    assert "一律以万元计" in found["unit_of_measure_zh"][0]


def test_indicator_without_its_source_is_refused_at_the_field(admin: Client) -> None:
    assert set(errors(admin, "readings", **READ)) == {"bureau"}
    assert set(errors(admin, "derived", **{**DERIVED, "measure": ""})) == {"measure"}


def test_range_is_in_order_and_holds_what_was_loaded(admin: Client, town: City, bureau: Bureau) -> None:
    assert errors(admin, "readings", **{**READ, "bureau": str(bureau.unit.pk), "least": "5", "most": "1"})
    make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.reviewer)
    url = f"/admin/commitments/indicator/{bureau.visitors.pk}/change/"
    posted = {**READ, "code": "visitors", "bureau": str(bureau.unit.pk), "unit_of_measure_zh": "万人次", "most": "50"}
    response = admin.post(url, posted)
    assert "80" in response.context["adminform"].form.errors["most"][0]
    assert admin.post(url, {**posted, "most": "90"}).status_code == 302
    bureau.visitors.refresh_from_db()
    assert bureau.visitors.most == Decimal(90)


@pytest.mark.parametrize(
    ("who", "status"), [("administrator", 200), ("reviewer", 403), ("leader", 403), ("staff", 403)]
)
def test_indicators_are_set_by_who_administers_all_alone(client: Client, town: City, who: str, status: int) -> None:
    client.force_login(getattr(town, who))
    assert client.get(ADD, follow=True).status_code == status
    assert client.post(f"{ADD}?source=derived", DERIVED, follow=True).status_code == status
    assert Indicator.objects.filter(code="under-way").exists() is (status == 200)


def test_administrator_of_a_bureau_reads_indicators_and_sets_none(client: Client, bureau: Bureau) -> None:
    client.force_login(bureau.administrator)
    url = f"/admin/commitments/indicator/{bureau.visitors.pk}/change/"
    assert client.get(url).status_code == 200
    assert client.post(url, READ).status_code == 403
    assert client.get(ADD).status_code == 403
