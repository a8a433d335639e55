"""The quarters of each project: they add up, never fall, and what is said fits."""

from datetime import date

import pytest

from projects.demo.amounts import Amounts
from projects.demo.cast import Part
from projects.demo.course import Told, course, cumulative_plan
from projects.models.project import STARTED, Stage

Course = dict[tuple[int, int], Told]


@pytest.fixture(scope="module")
def courses(parts: list[Part], planned: dict[str, Amounts]) -> dict[str, Course]:
    return {part.key: course(part, planned[part.key]) for part in parts}


def test_quarters_add_up_to_the_year(
    parts: list[Part], planned: dict[str, Amounts], courses: dict[str, Course]
) -> None:
    for part in parts:
        for year, completed in planned[part.key].completed.items():
            flows = [told.flow for quarter, told in courses[part.key].items() if quarter[0] == year]
            assert sum(flows) == completed, part.key
            assert min(flows) >= 0, part.key


def test_nothing_is_reported_after_the_completion(parts: list[Part], courses: dict[str, Course]) -> None:
    completed = [part for part in parts if part.completed_in]
    assert completed
    for part in completed:
        assert max(courses[part.key]) == part.completed_in
        assert courses[part.key][part.completed_in].stage == Stage.COMPLETED


def test_a_start_is_told_from_its_quarter_on(parts: list[Part], courses: dict[str, Course]) -> None:
    new = [part for part in parts if part.started_in and part.started_in[0] == 2021]
    assert new
    for part in new:
        for quarter, told in courses[part.key].items():
            assert (told.stage in STARTED) == (quarter >= part.started_in)  # type: ignore[operator]
            assert (told.flow > 0) == (quarter >= part.started_in)  # type: ignore[operator]


def test_a_year_at_a_time_ramps_up(parts: list[Part], courses: dict[str, Course]) -> None:
    """The city's first quarter is the slowest, as everywhere; no later one makes more than a third of the year."""
    flows = [sum(told[2021, n].flow for told in courses.values() if (2021, n) in told) for n in (1, 2, 3, 4)]
    assert flows[0] == min(flows)
    assert max(flows) < sum(flows) * 0.33


def test_plan_by_quarter_never_falls_or_passes_the_year(parts: list[Part], planned: dict[str, Amounts]) -> None:
    for part in parts:
        for year, plan in planned[part.key].planned.items():
            first, second, third = cumulative_plan(part, year, plan)
            assert 0 <= first <= second <= third <= plan, part.key


def test_a_real_project_is_given_no_obstacle_and_its_words_say_that_they_are_made_up(
    parts: list[Part], courses: dict[str, Course]
) -> None:
    lines = [line for part in parts if part.known for line in courses[part.key].values()]
    assert lines
    assert all(line.progress.startswith("（演示数据）") and not line.obstacle for line in lines)


def test_dates_lie_in_the_past_of_their_quarter(courses: dict[str, Course]) -> None:
    for told in courses.values():
        for (year, number), line in told.items():
            for day in (line.started_on, line.finished_on):
                assert day is None or day <= date(year, number * 3, 30)
