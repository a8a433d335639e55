"""The sets of projects, against the published counts."""

from collections import Counter

import pytest

from projects.demo import known
from projects.demo.cast import Known, Part, cast
from projects.demo.headlines import Headlines
from projects.demo.names import PLACES, made_up


def count(parts: list[Part], code: str, year: int) -> int:
    return sum(part.on(code, year) for part in parts)


def test_lists_have_as_many_projects_as_published(parts: list[Part]) -> None:
    assert count(parts, "provincial_key", 2021) == 52
    assert count(parts, "municipal_key", 2021) == 281
    assert count(parts, "provincial_single", 2021) == 17
    assert sum(part.on("provincial_single", 2021) and part.industrial for part in parts) == 15
    assert count(parts, "group_start_2022q1", 2022) == 96
    assert sum(2022 in part.lists for part in parts) >= 320


def test_industry_has_as_many_large_and_completed_projects_as_published(parts: list[Part]) -> None:
    industry = [part for part in parts if part.industrial and 2021 in part.lists]
    assert sum(part.large for part in industry) == 41
    assert sum(part.completed_in is not None for part in industry) == 65


def test_some_projects_stand_on_two_and_three_lists(parts: list[Part]) -> None:
    assert {len(part.lists[2021]) for part in parts if 2021 in part.lists} >= {1, 2, 3}


def test_every_unit_has_provincial_projects_in_both_years_that_growth_compares(parts: list[Part]) -> None:
    assert {part.unit for part in parts if part.on("provincial_key", 2020)} == set(PLACES)
    assert {part.unit for part in parts if part.on("provincial_key", 2021)} == set(PLACES)


def test_no_made_up_project_takes_the_name_of_another_or_hides_what_it_is(parts: list[Part]) -> None:
    named = [made_up(p.unit, p.category, p.chain, p.number) for p in parts if not p.known]
    assert Counter(zh for zh, _ in named).most_common(1)[0][1] == 1
    assert Counter(en for _, en in named).most_common(1)[0][1] == 1
    assert all(zh.startswith("演示项目·") and en.startswith("Demonstration project: ") for zh, en in named)


@pytest.mark.parametrize(
    ("tier", "stage", "years"),
    [
        ("municipal", "continuing", [2021, 2022]),
        ("municipal", "completed", [2021]),
        ("municipal", "new_start", [2022]),
        ("municipal", "preparatory", [2022]),
        ("municipal", "reserve", []),
        ("provincial", "continuing", [2022]),
    ],
)
def test_a_real_project_enters_the_years_that_its_stage_allows(
    published: Headlines, tier: str, stage: str, years: list[int]
) -> None:
    real = Known(name="甲", unit="430422", tier=tier, category="industry", stage=stage, total=None)
    found = [part for part in cast([real], published) if part.known]
    assert [sorted(part.lists) for part in found] == ([years] if years else [])


def test_known_projects_keep_their_units_and_unpublished_totals_stay_null() -> None:
    rows = {row.name: row for row in known.read()}
    assert len(rows) == 51
    assert rows["韶能蔡伦抄纸项目"].total == 300_000
    assert rows["白果至南岳高速公路（含衡山支线）"].total == 635_240
    assert rows["领湃新能源150亿瓦时高能比电芯"].total is None


def test_each_story_is_told_of_one_plain_project(parts: list[Part]) -> None:
    assert [part.unit for part in parts if part.moves_to] == ["430407"]
    assert sum(part.plan_was_higher for part in parts) == 1
    assert sum(part.delisted for part in parts) == 1
    assert sum(part.suspended_from is not None for part in parts) == 2
