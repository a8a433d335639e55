"""A unit that is typed: what is understood, what is suggested, and to whom."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from portal import unit_choice
from portal.models import Unit
from tests import world
from tests.conftest import City

ADDRESS = "/units/"


@pytest.fixture
def named(town: City) -> City:
    for unit, chinese, english in (
        (town.city, "衡阳市", "Hengyang"),
        (town.county, "衡阳县", "Hengyang County"),
        (town.other, "衡南县", "Hengnan County"),
    ):
        Unit.objects.filter(pk=unit.pk).update(name_zh=chinese, name_en=english)
    return town


def codes(text: str) -> list[str]:
    return [unit.code for unit in unit_choice.nearest(Unit.objects.all(), text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("430421", ["430421"]),
        ("430421 衡阳县", ["430421"]),
        ("430421 a name it had once", ["430421"]),
        ("hengyang", ["430400"]),  # another's name begins so
        (" 衡阳县 ", ["430421"]),
        ("衡阳", ["430400", "430421"]),
        ("county 衡", ["430421", "430422"]),
        ("南", ["430422"]),
        ("%", []),
        ("\0", ["430400", "430421", "430422"]),
        ("", ["430400", "430421", "430422"]),
    ],
)
def test_what_is_typed_means_the_nearest(named: City, text: str, found: list[str]) -> None:
    assert codes(text) == found


def test_field_takes_one_unit_and_says_what_else_it_might_be(named: City) -> None:
    field = unit_choice.UnitField(queryset=Unit.objects.all(), required=False)
    assert field.clean("") is None
    assert field.clean("衡南") == named.other
    with pytest.raises(ValidationError, match=r"430400 .*430421 "):
        field.clean("衡阳")
    with pytest.raises(ValidationError):
        field.clean("长沙")


def test_suggestions_are_few_and_within_reach(client: Client, named: City) -> None:
    for number in range(50):
        world.make_unit(f"5{number:05}", named.city)
    client.force_login(named.leader)
    assert len(client.get(ADDRESS).json()["units"]) == unit_choice.SUGGESTED
    assert client.get(ADDRESS, {"text": "衡南"}).json() == {"units": ["430422 衡南县"]}
    client.force_login(named.staff)
    assert client.get(ADDRESS, {"text": "衡"}).json() == {"units": ["430421 衡阳县"]}
    assert client.get(ADDRESS, {"text": "衡南", "among": "all"}).json() == {"units": ["430422 衡南县"]}
