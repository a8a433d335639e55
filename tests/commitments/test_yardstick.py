"""Which light shines: by points behind, or by the share of the baseline; figures as they are printed decide."""

from decimal import Decimal

import pytest

from commitments.models import Policy, PolicyGroup
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from tests import world

Q2 = Quarter(year=2022, number=2)


@pytest.mark.parametrize(
    ("by", "thresholds", "rate", "light"),
    [
        ("points", (10, 30), "0.5", "circle"),
        ("points", (10, 30), "0.4005", "triangle"),  # printed as 10.0 points behind
        ("points", (10, 30), "0.41", "circle"),
        ("points", (10, 30), "0.4", "triangle"),
        ("points", (10, 30), "0.2", "square"),
        ("points", (10, 30), "1.351", "circle"),
        ("points", (0, 10), "0.5", "circle"),
        ("points", (0, 10), "0.499", "triangle"),
        ("share", (80, 60), "0.4", "circle"),
        ("share", (80, 60), "0.399", "triangle"),
        ("share", (80, 60), "0.3", "triangle"),
        ("share", (80, 60), "0.2998", "triangle"),  # printed as 60.0 per cent
        ("share", (80, 60), "0.29", "square"),
    ],
)
def test_light_of_a_rate_at_half_the_year(
    db: None, by: str, thresholds: tuple[int, int], rate: str, light: str
) -> None:
    policy = Policy.objects.get()
    Policy.objects.update(lights_by=by)
    for shape, threshold in zip(("triangle", "square"), thresholds, strict=True):
        policy.lights.filter(shape=shape).update(threshold=threshold)
    found = Yardstick.of(Policy.objects.get(), Q2).light(Decimal(rate))
    assert found is not None
    assert found.shape == light


def test_no_rate_has_no_light(db: None) -> None:
    assert Yardstick.of(Policy.objects.get(), Q2).light(None) is None


def test_group_that_names_a_unit_comes_before_that_of_its_kind(db: None) -> None:
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    first, second = world.make_unit("430421", city), world.make_unit("430422", city)
    policy = Policy.objects.get()
    strong = PolicyGroup.objects.create(policy=policy, code="strong", name_zh="一类县", kinds=[])
    strong.units.add(second)
    yardstick = Yardstick.of(policy, Q2)
    found = [yardstick.group_of(unit) for unit in (first, second)]
    assert [group.code if group else None for group in found] == ["counties", "strong"]
