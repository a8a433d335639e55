"""The amounts, against the published rates and sums at the precision that each is published with."""

from decimal import Decimal

from projects.demo.amounts import Amounts
from projects.demo.cast import Part
from projects.demo.names import PLACES

Planned = dict[str, Amounts]


def total(parts: list[Part], planned: Planned, what: str, year: int) -> int:
    return sum(getattr(planned[part.key], what)[year] for part in parts)


def rate(parts: list[Part], planned: Planned, year: int) -> Decimal:
    completed, plan = (Decimal(total(parts, planned, what, year)) for what in ("completed", "planned"))
    return (100 * completed / plan).quantize(Decimal("0.1"))


def on(parts: list[Part], code: str, year: int) -> list[Part]:
    return [part for part in parts if part.on(code, year)]


def test_rates_of_the_lists_are_the_published_ones(parts: list[Part], planned: Planned) -> None:
    assert rate(on(parts, "provincial_key", 2021), planned, 2021) == Decimal("135.1")
    assert rate(on(parts, "municipal_key", 2021), planned, 2021) == Decimal("131.7")


def test_growth_of_the_provincial_list_is_the_published_one(parts: list[Part], planned: Planned) -> None:
    now = Decimal(total(on(parts, "provincial_key", 2021), planned, "completed", 2021))
    before = total(on(parts, "provincial_key", 2020), planned, "completed", 2020)
    assert (100 * (now / before - 1)).quantize(Decimal("0.1")) == Decimal("76.3")


def test_industry_of_1_billion_and_its_new_output_are_the_published_ones(parts: list[Part], planned: Planned) -> None:
    industry = [part for part in parts if part.industrial and 2021 in part.lists]
    assert sum((planned[part.key].total or 0) >= 100_000 for part in industry) == 41
    assert sum(planned[part.key].output or 0 for part in industry if part.completed_in) == 7_200_000


def test_plans_of_2022_and_the_group_start_are_as_published(parts: list[Part], planned: Planned) -> None:
    assert total([part for part in parts if 2022 in part.lists], planned, "planned", 2022) == 11_286_000
    assert sum(planned[part.key].total or 0 for part in on(parts, "group_start_2022q1", 2022)) == 5_020_000


def test_units_differ_and_some_are_behind(parts: list[Part], planned: Planned) -> None:
    rates = [rate([p for p in parts if p.unit == unit and 2021 in p.lists], planned, 2021) for unit in PLACES]
    assert min(rates) >= 85
    assert max(rates) <= 180
    assert sum(found < 100 for found in rates) >= 2


def test_nothing_costs_less_than_what_was_done_and_is_planned(parts: list[Part], planned: Planned) -> None:
    for part in parts:
        mine = planned[part.key]
        spent = sum(mine.completed.values()) + mine.planned.get(2022, 0)
        assert mine.total is None or mine.total >= spent, part.key
        assert min(mine.planned.values()) > 0, part.key


def test_what_is_not_published_of_a_real_project_is_not_made_up(parts: list[Part], planned: Planned) -> None:
    real = [part for part in parts if part.known]
    assert real
    for part in real:
        assert part.known
        assert planned[part.key].total == part.known.total
        assert planned[part.key].output is None
