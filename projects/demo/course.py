"""How a made-up year went, quarter by quarter: amounts that never fall, and stage, dates and words that fit them."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from projects.demo import words
from projects.demo.amounts import Amounts
from projects.demo.cast import GROUP_START, Part
from projects.demo.distribution import between, fraction
from projects.models import Stage

CLOSED_YEARS = (2020, 2021)
OPEN_QUARTER = (2022, 1)
USUAL = (0.16, 0.43, 0.71, 1.0)  # cumulative shares of a year at its quarters' ends


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a report says about a project in a quarter. The flow in 万元."""

    flow: int
    stage: str
    started_on: date | None
    finished_on: date | None
    progress: str
    obstacle: str


def course(part: Part, amounts: Amounts) -> dict[tuple[int, int], Told]:
    """Everything that is reported about a project, by (year, quarter), from its first plan to its completion."""
    told: dict[tuple[int, int], Told] = {}
    for year in CLOSED_YEARS:
        if year in part.lists:
            for number, flow in enumerate(_flows(part, year, amounts.completed[year]), start=1):
                told[year, number] = _told(part, amounts, (year, number), flow)
    if OPEN_QUARTER[0] in part.lists:
        told[OPEN_QUARTER] = _told(part, amounts, OPEN_QUARTER, _first_quarter_2022(part, amounts.planned[2022]))
    return told


def cumulative_plan(part: Part, year: int, planned: int) -> tuple[int, int, int]:
    """The plan to the end of the first three quarters."""
    at_ends = [round(planned * min(share, 1)) for share in _shape(part, year, "planned")[:3]]
    return at_ends[0], at_ends[1], at_ends[2]


def _shape(part: Part, year: int, salt: str) -> list[float]:
    """Cumulative shares of the year: nothing before the start, all of it by the completion or the standstill."""
    first = part.started_in[1] if part.started_in and part.started_in[0] == year else 1
    last = 4
    if part.completed_in and part.completed_in[0] == year:
        last = part.completed_in[1]
    elif part.suspended_from and part.suspended_from[0] == year:
        last = part.suspended_from[1] - 1
    before = USUAL[first - 2] if first > 1 else 0.0
    shape = []
    for number in range(1, 5):
        if number < first:
            shape.append(0.0)
        elif number >= last:
            shape.append(1.0)
        else:
            usual = (USUAL[number - 1] - before) / (USUAL[last - 1] - before)
            shape.append(usual * between(0.88, 1.1, part.key, year, number, salt))
    return shape


def _flows(part: Part, year: int, completed: int) -> list[int]:
    """The year's amount by quarter, to the quarter of completion; no quarter below zero."""
    at_ends = [round(completed * share) for share in _shape(part, year, "done")]
    quarters = part.completed_in[1] if part.completed_in and part.completed_in[0] == year else 4
    return [end - start for start, end in zip([0, *at_ends], at_ends, strict=False)][:quarters]


def _first_quarter_2022(part: Part, planned: int) -> int:
    if _is_suspended(part, OPEN_QUARTER) or _is_before_start(part, OPEN_QUARTER):
        return 0
    low, high = (0.06, 0.2) if part.on(GROUP_START, 2022) else (0.13, 0.33)
    return round(planned * between(low, high, part.key, "first quarter"))


def _is_before_start(part: Part, quarter: tuple[int, int]) -> bool:
    """Not started by the quarter's end; a real project that is to start in 2022 hasn't in its first quarter."""
    if part.known:
        return part.known.stage in {"new_start", "preparatory"}
    return part.started_in is not None and quarter < part.started_in


def _is_suspended(part: Part, quarter: tuple[int, int]) -> bool:
    return part.suspended_from is not None and quarter >= part.suspended_from


def _stage(part: Part, quarter: tuple[int, int]) -> str:
    if part.completed_in == quarter:
        return Stage.COMPLETED
    if _is_before_start(part, quarter):
        return Stage.PREPARATORY
    if _is_suspended(part, quarter):
        return Stage.SUSPENDED
    started_this_year = part.started_in is not None and part.started_in[0] == quarter[0]
    return Stage.NEWLY_STARTED if started_this_year else Stage.CONTINUING


def started_on(part: Part) -> date:
    """A day in the quarter of the start; for what was under way already, one in the year before its first plan."""
    year, number = part.started_in or (min(part.lists) - 1, 1 + int(fraction(part.key, "start") * 4))
    return _day_in(year, number, part.key, "started")


def _day_in(year: int, number: int, *key: object) -> date:
    month = number * 3 - 2 + int(fraction(*key, "month") * 3)
    return date(year, month, 1 + int(fraction(*key, "day") * (monthrange(year, month)[1] - 3)))


def finished_on(part: Part) -> date | None:
    """A day in the last month of the quarter of completion."""
    if part.completed_in is None:
        return None
    year, number = part.completed_in
    return date(year, number * 3, 3 + int(fraction(part.key, "finished") * 25))


def _told(part: Part, amounts: Amounts, quarter: tuple[int, int], flow: int) -> Told:
    stage = _stage(part, quarter)
    is_done = stage == Stage.COMPLETED
    return Told(
        flow=flow,
        stage=stage,
        started_on=None if stage == Stage.PREPARATORY else started_on(part),
        finished_on=finished_on(part) if is_done else None,
        progress=_progress(part, stage, quarter),
        obstacle=_obstacle(part, amounts, stage, quarter),
    )


def _progress(part: Part, stage: str, quarter: tuple[int, int]) -> str:
    if stage == Stage.SUSPENDED:
        return words.STANDS_STILL[quarter[1] % 2]
    if stage == Stage.PREPARATORY:
        step = 0
    elif stage == Stage.COMPLETED:
        step = 6
    elif part.started_in == quarter:
        step = 1
    else:
        begun = part.started_in or (min(part.lists) - 1, 4)
        since = (quarter[0] - begun[0]) * 4 + quarter[1] - begun[1]
        step = min(1 + (since + 1) // 2, 5)
    return words.progress(part.key, part.category, part.chain, step=step, is_known=part.known is not None)


def _obstacle(part: Part, amounts: Amounts, stage: str, quarter: tuple[int, int]) -> str:
    """Nothing is made up about what holds a real project up."""
    if part.known or stage == Stage.COMPLETED:
        return ""
    if stage == Stage.SUSPENDED:
        return words.SUSPENDED
    year = quarter[0]
    is_slow = amounts.completed.get(year, amounts.planned[year]) < amounts.planned[year]
    choices = words.BEFORE_THE_START if stage == Stage.PREPARATORY else words.OBSTACLES
    return words.obstacle(choices, part.key, *quarter, is_slow=is_slow)
