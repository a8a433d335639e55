"""How much each project of the demo planned, completed, costs and will yield, so that the published figures come out.

Everything is in whole 万元. Natural amounts come first; then each class of lists is brought to its total by largest
remainder: what stands on both lists keeps its natural amount, what stands on one list alone makes up the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from projects.demo.cast import GROUP_START, LARGE, MUNICIPAL, PROVINCIAL, Part
from projects.demo.distribution import between, capped_shares, shares
from projects.demo.headlines import Headlines
from projects.demo.names import ECOLOGY, INFRASTRUCTURE, LIVELIHOOD, PLACES

STEP = 100  # plans are round: a million CNY
SMALL_LIMIT = LARGE - 1_000  # what an industrial project that isn't large may cost at most
FAST, SLOW = 1.12, 0.88  # how far a project's rate may lie from its unit's


@dataclass(kw_only=True)
class Amounts:
    """Of one project: by year what was planned and completed, and its total and output, null where not published."""

    planned: dict[int, int] = field(default_factory=dict)
    completed: dict[int, int] = field(default_factory=dict)
    total: int | None = None
    output: int | None = None


def amounts(parts: Sequence[Part], headlines: Headlines) -> dict[str, Amounts]:
    """The amounts of every project by its key."""
    found = {part.key: Amounts() for part in parts}
    _plan_2021(parts, found)
    _complete_2021(parts, found, headlines)
    _base_year(parts, found, headlines)
    _group_start(parts, found, headlines)
    _plan_2022(parts, found, headlines)
    _totals(parts, found)
    _outputs(parts, found, headlines)
    return found


def _percent(amount: int, rate: Decimal) -> int:
    return int((amount * rate / 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def _round(amount: float) -> int:
    return max(round(amount / STEP), 1) * STEP


def _natural_plan(part: Part) -> int:
    """A year's plan as it might be, by what the project is."""
    if part.large:
        low, high = 32_000, 95_000
    elif part.industrial:
        low, high = 7_000, 27_000
    elif part.category == INFRASTRUCTURE:
        low, high = (40_000, 120_000) if part.on(PROVINCIAL, 2021) or part.on(PROVINCIAL, 2022) else (9_000, 52_000)
    else:
        low, high = {LIVELIHOOD: (5_000, 24_000), ECOLOGY: (4_000, 28_000)}[part.category]
    plan = between(low, high, part.key, "plan")
    known = part.known.total if part.known else None
    return _round(min(plan, known * 0.25) if known else plan)


def _plan_2021(parts: Sequence[Part], found: dict[str, Amounts]) -> None:
    for part in parts:
        if 2021 in part.lists:
            found[part.key].planned[2021] = _natural_plan(part)


def _natural_rate(part: Part, year: int) -> float:
    """The share of its plan that a project completed: its unit's rate, more or less; under half where it stopped."""
    if part.suspended_from and part.suspended_from[0] == year:
        return between(0.4, 0.48, part.key, year, "rate")
    return PLACES[part.unit].rate / 100 * between(SLOW, FAST, part.key, year, "rate")


def _complete_2021(parts: Sequence[Part], found: dict[str, Amounts], headlines: Headlines) -> None:
    for part in parts:
        if 2021 in part.lists:
            mine = found[part.key]
            mine.completed[2021] = round(mine.planned[2021] * _natural_rate(part, 2021))
    for code, other, rate in (
        (PROVINCIAL, MUNICIPAL, headlines.provincial_rate),
        (MUNICIPAL, PROVINCIAL, headlines.municipal_rate),
    ):
        on_list = [part for part in parts if part.on(code, 2021)]
        target = _percent(sum(found[part.key].planned[2021] for part in on_list), rate)
        kept = [part for part in on_list if part.on(other, 2021)]
        alone = [part for part in on_list if not part.on(other, 2021)]
        _share_out(alone, found, 2021, target - sum(found[part.key].completed[2021] for part in kept))


def _share_out(parts: Sequence[Part], found: dict[str, Amounts], year: int, target: int) -> None:
    """Bring what these projects completed in a year to this sum, keeping their proportions."""
    natural = [found[part.key].completed[year] for part in parts]
    for part, completed in zip(parts, shares(target, natural), strict=True):
        found[part.key].completed[year] = completed


def _base_year(parts: Sequence[Part], found: dict[str, Amounts], headlines: Headlines) -> None:
    """2020: what the provincial list completed follows from 2021 and the growth; the plans follow from that."""
    completed = sum(found[part.key].completed[2021] for part in parts if part.on(PROVINCIAL, 2021))
    target = int((completed / (1 + headlines.provincial_growth / 100)).quantize(Decimal(1), ROUND_HALF_EVEN))
    base = [part for part in parts if 2020 in part.lists]
    for part in base:
        found[part.key].completed[2020] = _natural_plan(part)
    _share_out(base, found, 2020, target)
    for part in base:
        rate = between(0.92, 1.24, part.key, "base rate")
        found[part.key].planned[2020] = _round(found[part.key].completed[2020] / rate)


def _group_start(parts: Sequence[Part], found: dict[str, Amounts], headlines: Headlines) -> None:
    """The totals of the projects started together: they sum to the published figure, in steps of 100,000 CNY."""
    group = [part for part in parts if part.on(GROUP_START, 2022)]
    natural = [round(between(20, 100, part.key, "total") ** 1.3) for part in group]
    for part, total in zip(group, shares(headlines.group_start_total // 10, natural), strict=True):
        found[part.key].total = total * 10


def _plan_2022(parts: Sequence[Part], found: dict[str, Amounts], headlines: Headlines) -> None:
    current = [part for part in parts if 2022 in part.lists]
    natural = [_natural_2022(part, found[part.key]) for part in current]
    caps = [_most_2022(part, found[part.key]) // STEP for part in current]
    for part, plan in zip(current, capped_shares(headlines.planned_2022 // STEP, natural, caps), strict=True):
        found[part.key].planned[2022] = plan * STEP


def _natural_2022(part: Part, mine: Amounts) -> int:
    if mine.total:
        return round(mine.total * between(0.3, 0.55, part.key, "share"))
    if 2021 in part.lists:
        return round(mine.planned[2021] * between(0.9, 1.5, part.key, "growth"))
    early = part.known is not None and part.known.stage == "preparatory"
    return round(_natural_plan(part) * (0.3 if early else 1))


def _most_2022(part: Part, mine: Amounts) -> int:
    """What the year's plan may be at most: what the total leaves, and never several times the year before."""
    done = sum(mine.completed.values())
    if mine.total:
        return round(mine.total * 0.7)
    if part.known and part.known.total:
        return max(round((part.known.total - done) * 0.4), STEP)
    if part.industrial and not part.large:
        return SMALL_LIMIT - done
    return 3 * max(mine.planned.get(2021, 0), _natural_plan(part))


def _totals(parts: Sequence[Part], found: dict[str, Amounts]) -> None:
    """What a made-up project costs: at least what was done and planned; 1 billion or more exactly where it is large."""
    for part in parts:
        mine = found[part.key]
        if part.known:
            mine.total = part.known.total
        elif mine.total is None:
            least = sum(max(done, mine.planned[year]) for year, done in mine.completed.items())
            least += mine.planned.get(2022, 0)
            ahead = between(1.02, 1.1, part.key, "total") if part.completed_in else between(1.1, 2.4, part.key, "total")
            mine.total = _round(least * ahead)
            if part.large:
                mine.total = max(mine.total, _round(between(LARGE, 3 * LARGE, part.key, "large")))
            elif part.industrial:
                mine.total = max(min(mine.total, SMALL_LIMIT), least)


def _outputs(parts: Sequence[Part], found: dict[str, Amounts], headlines: Headlines) -> None:
    """Expected annual output of made-up industry; of what was completed in 2021 it sums to the published figure."""

    def natural(part: Part) -> int:
        return round((found[part.key].total or 0) * between(0.7, 1.6, part.key, "output"))

    made_up = [part for part in parts if part.industrial and not part.known]
    completed = [part for part in made_up if part.completed_in and part.completed_in[0] == 2021]
    for part in made_up:
        found[part.key].output = _round(natural(part))
    exact = shares(headlines.completed_output // STEP, [natural(part) for part in completed])
    for part, output in zip(completed, exact, strict=True):
        found[part.key].output = output * STEP
