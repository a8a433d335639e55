"""Writes the demo's register: real units and projects by import, made-up ones beside them, dated year by year."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from portal.models import Unit
from projects.demo import names
from projects.demo.amounts import Amounts
from projects.demo.cast import GROUP_START, MUNICIPAL, Part
from projects.demo.course import cumulative_plan, finished_on, started_on
from projects.demo.distribution import fraction
from projects.demo.known import FOLDER
from projects.importing import applying
from projects.importing.applying import Source
from projects.importing.mapping import Kind
from projects.models import (
    AnnualPlan,
    Assignment,
    Category,
    Chain,
    ListEntry,
    Project,
    ProjectList,
    Stage,
    Valuation,
)

# The list of a year is published early in it.
LISTED_ON = {2020: date(2020, 2, 10), 2021: date(2021, 1, 20), 2022: date(2022, 1, 20)}
GROUP_STARTED_ON = date(2022, 2, 18)
HANDED_OVER_ON, DELISTED_ON, PLAN_CUT_ON = date(2021, 7, 15), date(2021, 7, 20), date(2021, 7, 1)
PLAN_BEFORE_CUT = Decimal("1.3")
TOP500 = 7
BEHIND = 0.5  # of the projects that started later than in a first quarter, how many were due to start earlier

PUBLISHED = "按公开资料导入 / imported from published sources"
MADE_UP = "演示数据 / demonstration data"
LISTED = "{year}年重点项目清单（演示数据）/ key projects of {year} (demonstration data)"
GROUP = "2022年一季度集中开工（演示数据）/ group start of 2022 Q1 (demonstration data)"
COMPLETED = "上年竣工投产，退出清单（演示数据）/ completed the year before (demonstration data)"
HANDED_OVER = "体制调整，移交接续单位负责（演示数据）/ handed over to another unit (demonstration data)"
DELISTED = "投资规模调减，调出市重点（演示数据）/ reduced in size, off the list (demonstration data)"
PLAN_CUT = "年中调整计划（演示数据）/ plan adjusted mid-year (demonstration data)"


def import_units() -> dict[str, Unit]:
    """The real units and three made-up bureaus; returns all by code."""
    for name in ("units.csv", "bureaus.csv"):
        _import(Kind.UNITS, name)
    return {unit.code: unit for unit in Unit.objects.select_related("parent", "located_in")}


def write(parts: Sequence[Part], planned: dict[str, Amounts], units: dict[str, Unit]) -> dict[str, Project]:
    """Every project of the demo with its dated rows; returns the projects by the key of their part."""
    _further_sortings()
    _import(Kind.PROJECTS, "projects.csv")
    categories = {category.code: category for category in Category.objects.all()}
    chains = {chain.code: chain for chain in Chain.objects.all()}
    projects = _projects(parts, units, categories, chains)
    _date_back([projects[part.key] for part in parts if part.known and 2021 in part.lists])
    lists = {each.code: each for each in ProjectList.objects.all()}
    made_up = [part for part in parts if not part.known]
    Assignment.objects.bulk_create(row for part in made_up for row in _assignments(part, projects[part.key], units))
    ListEntry.objects.bulk_create(row for part in made_up for row in _entries(part, projects[part.key], lists))
    ListEntry.objects.bulk_create(_top500(made_up, projects, lists))
    Valuation.objects.bulk_create(_valuation(part, projects[part.key], planned[part.key]) for part in made_up)
    AnnualPlan.objects.bulk_create(
        plan for part in parts for plan in _plans(part, projects[part.key], planned[part.key], categories, chains)
    )
    return projects


def _import(kind: str, name: str) -> None:
    applying.apply(
        Source(
            kind=kind,
            name=name,
            content=(FOLDER / name).read_bytes(),
            in_force_on=LISTED_ON[2022],
            reason=PUBLISHED,
        ),
        by=None,
    )


def _further_sortings() -> None:
    """The list of the group start, and chains for units that have none of those the portal begins with."""
    ProjectList.objects.create(
        code=GROUP_START,
        name_zh="2022年一季度集中开工",
        name_en="Group start, Q1 2022",
        tier=ProjectList.Tier.MUNICIPAL,
        position=50,
    )
    Chain.objects.bulk_create(
        Chain(code=code, name_zh=zh, name_en=en, position=200 + turn)
        for turn, (code, (zh, en)) in enumerate(names.FURTHER_CHAINS.items())
    )


def _projects(
    parts: Sequence[Part], units: dict[str, Unit], categories: dict[str, Category], chains: dict[str, Chain]
) -> dict[str, Project]:
    """The made-up projects, written now, and the real ones, imported before."""
    real = {project.name_zh: project for project in Project.objects.all()}
    made_up = [part for part in parts if not part.known]
    written = Project.objects.bulk_create(_project(part, units, categories, chains) for part in made_up)
    found = {part.key: project for part, project in zip(made_up, written, strict=True)}
    return found | {part.key: real[part.key] for part in parts if part.known}


def _project(part: Part, units: dict[str, Unit], categories: dict[str, Category], chains: dict[str, Chain]) -> Project:
    """As it was filed: what its reports say of stage and dates follows when they are accepted."""
    unit = units[part.unit]
    zh, en = names.made_up(part.unit, part.category, part.chain, part.number)
    is_new = part.started_in is not None
    return Project(
        code=part.key,
        name_zh=zh,
        name_en=en,
        location=unit.located_in,
        category=categories[part.category],
        chain=chains[part.chain] if part.chain else None,
        stage=Stage.PREPARATORY if is_new else Stage.CONTINUING,
        started_on=None if is_new else started_on(part),
        planned_start_on=started_on(part).replace(day=1),
        planned_finish_on=_planned_finish(part),
        basis=MADE_UP,
        is_demonstration=True,
    )


def _planned_finish(part: Part) -> date:
    finished = finished_on(part)
    return date(finished.year, 12, 31) if finished else date(max(part.lists) + 1, 12, 31)


def _date_back(projects: Sequence[Project]) -> None:
    """An import gives every row one day; those under way in 2021 were answered for and listed then already."""
    Assignment.objects.filter(project__in=projects).update(from_on=date(2021, 1, 1))
    ListEntry.objects.filter(project__in=projects).update(listed_on=LISTED_ON[2021])
    Valuation.objects.filter(project__in=projects).update(from_on=date(2021, 1, 1))


def _assignments(part: Part, project: Project, units: dict[str, Unit]) -> Iterator[Assignment]:
    since = date(min(part.lists), 1, 1)
    yield Assignment(project=project, unit=units[part.unit], from_on=since, reason=MADE_UP)
    if part.moves_to:
        yield Assignment(project=project, unit=units[part.moves_to], from_on=HANDED_OVER_ON, reason=HANDED_OVER)


def _entries(part: Part, project: Project, lists: dict[str, ProjectList]) -> Iterator[ListEntry]:
    """A project is on a list from the first year it stood on it to the end of the last."""
    for code in sorted({code for stood in part.lists.values() for code in stood}):
        years = [year for year in sorted(part.lists) if part.on(code, year)]
        left = years[-1] + 1
        yield ListEntry(
            project=project,
            list=lists[code],
            listed_on=GROUP_STARTED_ON if code == GROUP_START else LISTED_ON[years[0]],
            delisted_on=date(left, 1, 1) if left in LISTED_ON else None,
            batch="2022年第一批" if code == GROUP_START else f"{years[0]}年第一批",
            reason=GROUP if code == GROUP_START else LISTED.format(year=years[0]),
        )
    if part.delisted:
        listed_on = LISTED_ON[min(part.lists)]
        yield ListEntry(
            project=project, list=lists[MUNICIPAL], listed_on=listed_on, delisted_on=DELISTED_ON, reason=DELISTED
        )


def _top500(parts: Sequence[Part], projects: dict[str, Project], lists: dict[str, ProjectList]) -> Iterator[ListEntry]:
    """A few of the industrial projects of 2022 are said to be brought by companies of the three Top 500 lists."""
    new = [part for part in parts if part.industrial and min(part.lists) == 2022]
    for number, part in enumerate(sorted(new, key=lambda part: fraction(part.key, "top500"))[:TOP500]):
        yield ListEntry(
            project=projects[part.key],
            list=lists[("top500_world", "top500_china", "top500_private")[number % 3]],
            listed_on=LISTED_ON[2022],
            reason=MADE_UP,
        )


def _valuation(part: Part, project: Project, mine: Amounts) -> Valuation:
    return Valuation(
        project=project,
        from_on=date(min(part.lists), 1, 1),
        version=Valuation.Version.BUDGET if 2020 in part.lists else Valuation.Version.ESTIMATE,
        total_investment=mine.total,
        expected_annual_output=mine.output,
        reason=MADE_UP,
    )


def _plans(
    part: Part,
    project: Project,
    mine: Amounts,
    categories: dict[str, Category],
    chains: dict[str, Chain],
) -> Iterator[AnnualPlan]:
    """The plan of each year; where it was cut in July, the higher one before it too."""
    for year in sorted(part.lists):
        planned = mine.planned[year]
        is_cut = part.plan_was_higher and year == PLAN_CUT_ON.year
        versions = [(PLAN_CUT_ON, planned, PLAN_CUT)] if is_cut else []
        first = int(planned * PLAN_BEFORE_CUT) if is_cut else planned
        for since, amount, reason in [(date(year, 1, 1), first, MADE_UP), *versions]:
            at_ends = cumulative_plan(part, year, amount)
            yield AnnualPlan(
                project=project,
                year=year,
                in_force_on=since,
                planned_investment=Decimal(amount),
                cumulative_q1=Decimal(at_ends[0]),
                cumulative_q2=Decimal(at_ends[1]),
                cumulative_q3=Decimal(at_ends[2]),
                category=categories[part.category],
                chain=chains[part.chain] if part.chain else None,
                content=_content(part, year),
                batch=f"{year}年第一批",
                start_due_on=_start_due(part, year),
                finish_due_on=_finish_due(part, year),
                reason=reason,
            )


def _content(part: Part, year: int) -> str:
    if part.completed_in and part.completed_in[0] == year:
        return "演示数据：年内竣工投产" if part.industrial else "演示数据：年内竣工交付"
    if _start_due(part, year):
        return "演示数据：年内开工，完成基础和部分主体工程"
    return "演示数据：主体工程及配套设施施工"


def _start_due(part: Part, year: int) -> date | None:
    """The end of the quarter in which it is to start this year: for some made-up ones a quarter before they did."""
    if part.known and year == 2022 and part.known.stage in {"new_start", "preparatory"}:
        return _quarter_end(2022, 2 if part.known.stage == "new_start" else 3)
    if part.started_in and part.started_in[0] == year:
        is_behind = part.started_in[1] > 1 and fraction(part.key, "behind") < BEHIND
        return _quarter_end(year, part.started_in[1] - is_behind)
    return None


def _quarter_end(year: int, number: int) -> date:
    return date(year, number * 3, 31 if number in {1, 4} else 30)


def _finish_due(part: Part, year: int) -> date | None:
    return date(year, 12, 31) if part.completed_in and part.completed_in[0] == year else None
