"""Which projects the demo has: for each its unit, category and chain, and which lists it stood on in which year.

The sets overlap, so the classes are fixed first: a class is an exact set of lists in 2021. Their sizes follow from the
published counts; the known projects take their places and made-up ones fill the rest.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from projects.demo import names
from projects.demo.distribution import fraction, pick, spread
from projects.demo.headlines import Headlines
from projects.demo.names import ECOLOGY, INDUSTRY, INFRASTRUCTURE, LIVELIHOOD

PROVINCIAL, SINGLE, MUNICIPAL, COUNTY = "provincial_key", "provincial_single", "municipal_key", "county_key"
GROUP_START = "group_start_2022q1"
LARGE = 100_000  # 万元: 1 billion CNY

# How many stand on two or three lists at once; the rest of each list stands on it alone.
BOTH, ALL_THREE, SINGLE_MUNICIPAL = 16, 2, 13
COUNTY_ONLY, BASE_YEAR, CARRIED_ON = 14, 40, 24
WAITING = 12  # of 2022, not started by the end of its first quarter
COMPLETED_ELSEWHERE = 22  # completed in 2021 outside industry


@dataclass(frozen=True, kw_only=True)
class Known:
    """A real project with a unit. Its total in 万元, null where it isn't published."""

    name: str
    unit: str
    tier: str
    category: str
    stage: str  # at the beginning of 2022
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A project of the demo. A year in `lists` is a year with a plan; quarters are (year, number)."""

    key: str
    unit: str
    category: str
    lists: dict[int, frozenset[str]]
    chain: str | None = None
    known: Known | None = None
    number: int = 0
    large: bool = False
    started_in: tuple[int, int] | None = None
    completed_in: tuple[int, int] | None = None
    suspended_from: tuple[int, int] | None = None
    delisted: bool = False  # left the municipal list in July 2021
    moves_to: str = ""  # the unit that answers for it from July 2021
    plan_was_higher: bool = False  # the plan of 2021 was cut in July

    @property
    def industrial(self) -> bool:
        return self.category == INDUSTRY

    def on(self, code: str, year: int) -> bool:
        return code in self.lists.get(year, frozenset())


def cast(known: Sequence[Known], headlines: Headlines) -> list[Part]:
    """Every project of the demo with a plan in any year, in a fixed order."""
    real = [part for project in known if (part := _known(project))]
    parts = [*real, *_numbered([*_year_2021(real, headlines), *_base_year(), *_year_2022(headlines)])]
    return _with_stories(_started(_completed(_large(_carried_on(parts), headlines), headlines)))


def _known(project: Known) -> Part | None:
    """A row enters 2021 only if its stage allows; the provincial rows are the list of 2022."""
    code = PROVINCIAL if project.tier == "provincial" else MUNICIPAL
    years: list[int] = []
    if code == MUNICIPAL and project.stage in {"continuing", "completed"}:
        years.append(2021)
    if project.stage in {"continuing", "new_start", "preparatory"}:
        years.append(2022)
    if not years:
        return None
    chains = names.PLACES[project.unit].chains
    return Part(
        key=project.name,
        unit=project.unit,
        category=project.category,
        chain=pick(chains, project.name, "chain") if project.category == INDUSTRY else None,
        lists={year: frozenset({code}) for year in years},
        known=project,
        large=project.category == INDUSTRY and (project.total or 0) >= LARGE,
        completed_in=(2021, 4) if project.stage == "completed" else None,
    )


def _year_2021(real: Sequence[Part], headlines: Headlines) -> Iterator[Part]:
    """The made-up projects of 2021, class by class; the provincial ones first, so that they get the first numbers."""
    taken = sum(part.on(MUNICIPAL, 2021) for part in real)
    other_single = headlines.single - headlines.single_industrial
    singles = headlines.single - ALL_THREE - SINGLE_MUNICIPAL
    municipal_only = headlines.municipal - BOTH - ALL_THREE - SINGLE_MUNICIPAL - taken
    classes: list[tuple[set[str], int, tuple[int, int, int, int]]] = [
        ({PROVINCIAL}, headlines.provincial - BOTH - ALL_THREE, (10, 16, 5, 3)),
        ({PROVINCIAL, MUNICIPAL}, BOTH, (8, 6, 0, 2)),
        ({PROVINCIAL, MUNICIPAL, SINGLE}, ALL_THREE, (ALL_THREE, 0, 0, 0)),
        ({MUNICIPAL, SINGLE}, SINGLE_MUNICIPAL, (SINGLE_MUNICIPAL - other_single + 1, other_single - 1, 0, 0)),
        ({SINGLE}, singles, (singles - 1, 1, 0, 0)),
        ({MUNICIPAL}, municipal_only, (58, 22, 12, 8)),
        ({COUNTY}, COUNTY_ONLY, (5, 0, 5, 4)),
    ]
    for lists, count, mix in classes:
        categories = dict(zip((INDUSTRY, INFRASTRUCTURE, LIVELIHOOD, ECOLOGY), mix, strict=True))
        stood = frozenset(lists)
        yield from _made_up(count, categories, {2021: stood, 2022: stood}, "-".join(sorted(lists)))
    for part in _made_up(1, {LIVELIHOOD: 1}, {2021: frozenset(), 2022: frozenset()}, "delisted"):
        yield replace(part, delisted=True)


def _base_year() -> Iterator[Part]:
    """Projects of the provincial list of 2020 that were completed in that year."""
    categories = {INFRASTRUCTURE: 9, INDUSTRY: 5, LIVELIHOOD: 2}
    made = _made_up(BASE_YEAR - CARRIED_ON, categories, {2020: frozenset({PROVINCIAL})}, "base")
    for turn, part in enumerate(made):
        yield replace(part, completed_in=(2020, pick((3, 4, 4), "base", turn)))


def _year_2022(headlines: Headlines) -> Iterator[Part]:
    lists = {2022: frozenset({MUNICIPAL, GROUP_START})}
    categories = {INDUSTRY: 62, INFRASTRUCTURE: 18, LIVELIHOOD: 10, ECOLOGY: 6}
    for part in _made_up(headlines.group_start, categories, lists, "group"):
        yield replace(part, started_in=(2022, 1))
    waiting = {INDUSTRY: 5, INFRASTRUCTURE: 4, LIVELIHOOD: 3}
    for part in _made_up(WAITING, waiting, {2022: frozenset({COUNTY})}, "waiting"):
        yield replace(part, started_in=(2022, 2))


def _made_up(count: int, categories: dict[str, int], lists: dict[int, frozenset[str]], salt: str) -> Iterator[Part]:
    kinds = sorted(enumerate(spread(count, categories)), key=lambda kind: fraction(salt, kind[0], "place"))
    for turn, (unit, (_, category)) in enumerate(zip(spread(count, names.WEIGHTS), kinds, strict=True)):
        chain = pick(names.PLACES[unit].chains, salt, turn) if category == INDUSTRY else None
        yield Part(key="", unit=unit, category=category, chain=chain, lists=lists)


def _numbered(parts: Sequence[Part]) -> Iterator[Part]:
    """Each unit's made-up projects get running numbers, and from them their codes."""
    count: Counter[str] = Counter()
    for part in parts:
        count[part.unit] += 1
        yield replace(part, number=count[part.unit], key=f"YS-{part.unit}-{count[part.unit]:02d}")


def _carried_on(parts: Sequence[Part]) -> list[Part]:
    """The first provincial projects of 2021, one from each unit before any second, stood on the list of 2020 too."""
    chosen = {part.key for part in [part for part in parts if part.on(PROVINCIAL, 2021)][:CARRIED_ON]}
    base = frozenset({PROVINCIAL})
    return [replace(p, lists={2020: base} | p.lists) if p.key in chosen else p for p in parts]


def _large(parts: Sequence[Part], headlines: Headlines) -> list[Part]:
    """Industrial projects of at least 1 billion with a plan for 2021: those on higher lists first, the rest by lot."""
    population = [part for part in parts if part.industrial and 2021 in part.lists]
    wanted = headlines.large_industrial - sum(part.large for part in population)

    def rank(part: Part) -> tuple[bool, float]:
        return not (part.on(PROVINCIAL, 2021) or part.on(SINGLE, 2021)), fraction(part.key, "large")

    chosen = {part.key for part in sorted((p for p in population if not p.known), key=rank)[:wanted]}
    return [replace(part, large=True) if part.key in chosen else part for part in parts]


def _completed(parts: Sequence[Part], headlines: Headlines) -> list[Part]:
    """Which projects were completed in 2021, and in which quarter; they have no plan for 2022."""
    population = [part for part in parts if 2021 in part.lists]
    wanted = headlines.completed_industrial - sum(p.industrial and p.completed_in is not None for p in population)
    by_lot = sorted((p for p in population if not p.known), key=lambda part: fraction(part.key, "completed"))
    chosen = {part.key for part in [p for p in by_lot if p.industrial][:wanted]}
    chosen |= {part.key for part in [p for p in by_lot if not p.industrial][:COMPLETED_ELSEWHERE]}
    return [_completed_in_2021(part) if part.key in chosen else part for part in parts]


def _completed_in_2021(part: Part) -> Part:
    lists = {year: lists for year, lists in part.lists.items() if year < 2022}
    return replace(part, lists=lists, completed_in=(2021, pick((2, 3, 4, 4), part.key, "quarter")))


def _started(parts: Sequence[Part]) -> list[Part]:
    """Which projects were newly started in 2021, and when: some of those neither carried on nor completed."""

    def drawn(part: Part) -> bool:
        return min(part.lists) == 2021 and not (part.known or part.completed_in) and fraction(part.key, "new") < 0.34

    return [replace(p, started_in=(2021, pick((1, 1, 2, 2, 3), p.key, "start"))) if drawn(p) else p for p in parts]


def _with_stories(parts: Sequence[Part]) -> list[Part]:
    """What happens in the course of a year, once each: a change of hands, a plan cut, two works that stood still."""
    stories: dict[str, dict[str, Any]] = {
        "430407": {"moves_to": "430473"},
        "430421": {"plan_was_higher": True},
        "P-HSKC": {"suspended_from": (2021, 3)},
        "430412": {"suspended_from": (2021, 3)},
    }
    told = list(parts)
    for unit, story in stories.items():
        place = next(i for i, part in enumerate(told) if part.unit == unit and _is_plain(part))
        told[place] = replace(told[place], **story)
    return told


def _is_plain(part: Part) -> bool:
    """Made up, on the municipal list alone, and under way through all of 2021 and into 2022."""
    only = frozenset({MUNICIPAL})
    fixed = part.known or part.started_in or part.completed_in or part.large
    return part.lists == {2021: only, 2022: only} and not fixed
