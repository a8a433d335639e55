"""The database's judgement of all pledges is that of commitments/fulfilment.py, whatever is promised and reported."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commitments.models import (
    Campaign,
    Indicator,
    LetterState,
    LetterVersion,
    Pledge,
    PledgeState,
    Policy,
    PolicyGroup,
    PolicyLight,
    Relief,
)
from commitments.standing import Shown, Standing, Wanted
from commitments.verdicts import Verdicts
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit, User
from projects import drafting, lifecycle, rollups
from projects.models import Category, Cell, ProjectList, Stage
from tests import world
from tests.commitments import promises
from tests.conftest import City
from tests.world import at

COUNTED = ("projects", "planned", "large", "due_to_start", "lines_expected", "total_investment", "expected_output")
SAID = ("year_to_date", "started", "newly_started", "completed", "completed_output", "due_started", "flow")


def judged_alike(campaign: Campaign, quarter: Quarter, wanted: Wanted | None = None) -> int:
    """Both judge all letters in force alike, sort and count them alike; how many pledges that were."""
    asked, units = wanted or Wanted(), frozenset(Unit.objects.values_list("pk", flat=True))
    each = Standing.read(campaign, quarter, units, asked)
    found = Verdicts.read(
        campaign,
        quarter,
        units,
        yardstick=Yardstick.read(quarter, campaign=campaign),
        indicator=asked.indicator,
        state=asked.state,
        pages={},
        per_page=10_000,
    )
    rows = {group.pk if group else 0: rows for group, rows in each.groups}
    assert {key: number for key, (number, _letters) in found.by_group.items()} == {
        key: len(own) for key, own in rows.items()
    }
    for key, (_number, letters) in found.by_group.items():
        for row, letter in zip(rows[key], letters, strict=True):
            said = [(one.pledge.pk, one.state, one.gap, one.actual) for one in row.found]
            assert (letter.unit, letter.counts) == (row.unit.pk, dict(row.counts)), said
            assert list(letter.pledges) == [pledge for pledge, *_rest in said], said
    whole = {state.value: sum(row.counts[state] for row in each.rows) for state in PledgeState}
    assert found.counts == whole
    if rows:
        assert found.as_of == each.as_of or asked.state
    return sum(whole.values())


class Country:
    """Made by chance, from the same seed the same: units below units, merged ones, cells of two years, letters."""

    def __init__(self, seed: int, town: City, number: int = 1) -> None:
        self.chance, self.town = random.Random(seed), town
        Cell.objects.all().delete()
        self.units = [town.city, town.county, town.other]
        for index in range(12):
            fields: dict[str, Any] = {"kind": self.chance.choice(["county", "park", "company", "bureau"])}
            self.units.append(world.make_unit(f"44{index:04}", self.chance.choice(self.units), **fields))
        for ended, heir in ((self.units[-1], self.units[-2]), (self.units[-3], self.units[-4])):
            ended.valid_until, ended.successor = date(2022, 2, 1), heir
            ended.save()
        self.year = [town.quarter, *(world.make_quarter(f"2022Q{each}") for each in range(2, number + 1))]
        self.quarter = self.year[-1]
        self.lists = list(ProjectList.objects.values_list("code", flat=True))
        self.categories = list(Category.objects.all())
        before = world.make_quarter(f"2021Q{number}")
        for unit in self.units:
            for quarter in (self.quarter, before):
                if self.chance.random() < 0.8:
                    self.cells(unit, quarter)

    def cells(self, unit: Unit, quarter: Quarter) -> None:
        """By lists and category, and their sum; null where the unit's report isn't accepted."""
        is_covered = self.chance.random() < 0.75
        most = 2 if quarter.year == 2021 else 3  # a tier more than a year before, now and then
        keys = [
            (",".join(sorted(self.chance.sample(self.lists[:most], self.chance.randrange(most)))), category)
            for category in self.chance.sample(self.categories, 2)
        ]
        made = [self.cell(is_covered) for _key in keys]
        beside = {"unit": unit, "quarter": quarter, "year": quarter.year, "computed_at": self.moment()}
        beside |= {"is_covered": is_covered, "is_reported": is_covered, "lines_reported": 0, "due_to_finish": 0}
        for (lists, category), values in zip(keys, made, strict=True):
            Cell.objects.create(grain="class", list_set=lists, category=category, **beside, **values)
        sums = {name: sum(values[name] for values in made) for name in COUNTED}
        sums |= {name: sum(values[name] for values in made) if is_covered else None for name in SAID}
        Cell.objects.create(grain="unit", **beside, **sums)

    def cell(self, is_covered: bool) -> dict[str, Any]:
        number = self.chance.randrange
        register: dict[str, Any] = {name: number(3) for name in COUNTED}
        register |= {"planned": self.money(), "total_investment": 1}
        return register | {
            name: None if not is_covered else self.money() if name in ("year_to_date", "flow") else number(3)
            for name in SAID
        }

    def money(self) -> Decimal:
        return round(Decimal(self.chance.choice([0, 0, 333, 500, 1000])) / 3, 2)

    def moment(self) -> datetime:
        return at("2022-04-01") + timedelta(minutes=self.chance.randrange(1000))

    def target(self) -> list[Decimal | None]:
        """The year's target and those to the end of Q1 to Q3, which don't fall; any of them null."""
        four = sorted(self.chance.choice([-20, -3, 0, 0, 1, 2, 3, 100, 333, 1000]) for _quarter in range(4))
        found = [None if self.chance.random() < 0.15 else Decimal(each) / 2 for each in four]
        return [found[3], *found[:3]]

    def letters(self, campaign: Campaign, indicators: list[Indicator], by: User) -> None:
        project = world.make_project("P9999", self.units[1])
        for unit in self.chance.sample(self.units, len(self.units) - 1):
            draft = promises.make_draft(campaign, unit)
            growth = [each for each in indicators if each.measure == Indicator.Measure.GROWTH]
            others = [each for each in indicators if each not in growth]
            pledges = [self.pledge(draft, each) for each in (*growth, *self.chance.sample(others, 8))]
            if self.chance.random() < 0.5:
                day = date(2022, self.chance.choice([2, 3, 4, 12]), 15)
                pledges.append(
                    promises.promise_milestone(draft, project, self.chance.choice(["start", "complete"]), day)
                )
            promises.put_in_force(draft, by=by)
            for pledge in (*self.chance.sample(pledges, 4), *pledges[-1:], *pledges[-1:]):
                self.relieve(pledge, by)

    def pledge(self, draft: LetterVersion, indicator: Indicator) -> Pledge:
        targets = self.target()
        if indicator.source == Indicator.Source.READINGS and self.chance.random() < 0.9:
            for quarter in self.year[self.chance.random() < 0.1 :]:
                near = self.chance.choice(targets) or Decimal(0)
                value = near + Decimal(self.chance.choice(["0", "0.005", "-0.005", "-0.0051", "-0.2", "-30", "7"]))
                promises.read(indicator, draft.letter.unit, quarter, value, by=self.town.administrator)
        return promises.promise(draft, indicator, *targets)

    def relieve(self, pledge: Pledge, by: User) -> None:
        kind = self.chance.choice(["exempt", "adjusted"])
        target, first, second, third = self.target()
        Relief.objects.create(
            pledge=pledge,
            kind=kind,
            from_quarter=self.year[0],
            reason="flood",
            asked_by=self.town.staff,
            asked_at=at("2022-03-01"),
            granted=self.chance.random() < 0.7,
            decided_by=by,
            decided_at=at("2022-03-02", hour=self.chance.randrange(24)),
            **(
                {"target": target or Decimal(5), "target_q1": first, "target_q2": second, "target_q3": third}
                if kind == "adjusted"
                else {}
            ),
        )


def indicators(town: City, chance: random.Random) -> list[Indicator]:
    """Every derived one, some of them of a category and a tier as well, and readings that add up in every way."""
    bureau = world.make_unit("430499", town.city, kind=Unit.Kind.BUREAU)
    for index, each in enumerate(list(Indicator.objects.filter(source="derived"))):
        each.pk, each.code = None, f"part-{index}"
        each.category = chance.choice([None, *Category.objects.all()])
        each.tier = chance.choice(["", "municipal", "provincial"])
        each.save()
    for index, (tier, category) in enumerate((("municipal", None), ("", Category.objects.all()[0]))):
        each = Indicator.objects.get(code="investment_growth")
        each.pk, each.code, each.tier, each.category = None, f"growth-{index}", tier, category
        each.save()
    for index, (way, direction) in enumerate(
        (("sum", "more"), ("latest", "less"), ("average", "more"), ("latest", "more"), ("sum", "less"))
    ):
        kind = Indicator.Kind.PERCENT if index == 3 else Indicator.Kind.NUMBER
        promises.make_indicator(f"read-{index}", bureau, adds_up=way, kind=kind, direction=direction)
    return list(Indicator.objects.all())


def policy(campaign: Campaign, lights_by: str, *thresholds: int | None) -> Policy:
    """One with these lights, a group of counties that also names a park, and a group of parks."""
    made = Policy.objects.create(campaign=campaign, effective_on=date(2022, 1, 1), reason="tried", lights_by=lights_by)
    for shape, threshold in zip(PolicyLight.Shape, thresholds, strict=False):
        PolicyLight.objects.create(policy=made, shape=shape, colour="green", threshold=threshold, name_zh=shape)
    for position, kind in enumerate(("park", "county")):
        PolicyGroup.objects.create(policy=made, code=f"{kind}s", position=position, kinds=[kind], name_zh=kind)
    return made


@pytest.mark.parametrize(
    ("seed", "lights"),
    [
        (1, ("points", None, 10, 30)),
        (2, ("share", None, 80, 60)),
        (3, ("points", None, 0, 5)),
        (4, ("points", None)),
        (5, ("share", 100)),
        (6, ("points",)),
    ],
)
@pytest.mark.parametrize("number", [1, 4])
def test_database_judges_as_the_rule_says(town: City, seed: int, lights: tuple[Any, ...], number: int) -> None:
    country = Country(seed, town, number)
    campaign = promises.make_campaign(town.city)
    made = policy(campaign, *lights)
    made.groups.get(code="parks").units.add(town.county)
    country.letters(campaign, indicators(town, country.chance), town.administrator)
    quarter = country.quarter
    assert judged_alike(campaign, quarter) > 100
    for state in PledgeState:
        judged_alike(campaign, quarter, Wanted(state=state))
    for code in ("investment", "part-2", "read-2"):
        judged_alike(campaign, quarter, Wanted(indicator=code))


def test_what_is_behind_by_less_than_is_printed_is_on_track_where_lights_begin_at_nought(town: City) -> None:
    campaign = promises.make_campaign(town.city)
    policy(campaign, "points", None, 0)
    visits = promises.make_indicator("visits", world.make_unit("430499", town.city, kind=Unit.Kind.BUREAU))
    for unit, value in ((town.county, "499.9"), (town.other, "499")):
        draft = promises.make_draft(campaign, unit)
        promises.promise(draft, visits, 1000, 500)
        promises.read(visits, unit, town.quarter, value, by=town.administrator)
        promises.put_in_force(draft, by=town.administrator)
    assert counts(campaign, town.quarter) == {"on_track": 1, "behind": 1}


def test_page_shows_what_stands_in_the_whole(town: City) -> None:
    """Page by page, the letters of the file in its order; of each the worst pledge, as it is judged there."""
    country = Country(7, town)
    campaign = promises.make_campaign(town.city)
    country.letters(campaign, indicators(town, country.chance), town.administrator)
    units = frozenset(Unit.objects.values_list("pk", flat=True))
    whole = Standing.read(campaign, town.quarter, units, Wanted())
    assert [group for group, rows in whole.groups if len(rows) > 2]
    for number in (1, 2, 99, -1):
        shown = Shown.read(campaign, town.quarter, units, Wanted(), page_of=lambda _group, to=number: to, per_page=2)  # type: ignore[misc]
        assert [group for group, _page in shown.groups] == [group for group, _rows in whole.groups]
        for (_group, page), (_same, rows) in zip(shown.groups, whole.groups, strict=True):
            first = (page.number - 1) * 2
            assert page.number == (number if 1 <= number <= page.paginator.num_pages else page.paginator.num_pages)
            assert [row.unit for row in page.object_list] == [row.unit for row in rows[first : first + 2]]
            assert [row.found for row in page.object_list] == [[row.worst] for row in rows[first : first + 2]]
            assert [row.counts for row in page.object_list] == [row.counts for row in rows[first : first + 2]]


def test_milestones_are_judged_by_their_day_and_by_what_was_granted(town: City) -> None:
    second = world.make_quarter("2022Q2")
    campaign = promises.make_campaign(town.city)
    draft = promises.make_draft(campaign, town.county)
    days = (date(2022, 6, 20), date(2022, 5, 31), date(2022, 3, 31), date(2022, 8, 31))
    projects = [world.make_project(f"M{number}", town.county) for number in range(len(days))]
    pledges = [
        promises.promise_milestone(draft, project, "complete", day) for project, day in zip(projects, days, strict=True)
    ]
    promises.put_in_force(draft, by=town.administrator)
    silent = counts(campaign, second)
    for quarter, done in ((town.quarter, 0), (second, 2)):
        when = at(str(quarter.due_on))
        filed = drafting.begin(town.county, quarter, by=town.staff, at=when)
        for line in filed.lines.all():
            finished = line.project in projects[:done]
            ended: dict[str, Any] = {"stage": Stage.COMPLETED, "finished_on": date(2022, 6, 15)} if finished else {}
            world.fill(line, 10, by=town.staff, when=when, **ended)
        world.accepted(lifecycle.submit(filed, by=town.staff, at=when), by=town.reviewer, when=when)
        rollups.drain(at=when)
    told = counts(campaign, second)
    for pledge, targets in zip(pledges[1:3], ((0, 0, 0), (0, 1, 1)), strict=True):
        grant(pledge, town, targets)
    assert [silent, told, counts(campaign, second)] == [
        {"missing": 4},
        {"kept": 1, "missed": 2, "on_track": 1},  # by its day, after it, not yet, and still to come
        {
            "kept": 2,
            "missed": 1,
            "on_track": 1,
        },  # what had been late is due at the year's end, and what wasn't, by June
    ]


def grant(pledge: Pledge, town: City, quarters: tuple[int, int, int]) -> None:
    named = dict(zip(("target_q1", "target_q2", "target_q3"), map(Decimal, quarters), strict=True))
    asked = {"from_quarter": town.quarter, "reason": "flood", "asked_by": town.staff, "asked_at": at("2022-03-01")}
    decided = {"granted": True, "decided_by": town.administrator, "decided_at": at("2022-03-02")}
    Relief.objects.create(pledge=pledge, kind="adjusted", target=Decimal(1), **named, **asked, **decided)


def counts(campaign: Campaign, quarter: Quarter) -> dict[str, int]:
    """How many pledges in which state, by the database, which judges as the rule says."""
    judged_alike(campaign, quarter)
    units = frozenset(Unit.objects.values_list("pk", flat=True))
    yardstick = Yardstick.read(quarter, campaign=campaign)
    found = Verdicts.read(campaign, quarter, units, yardstick=yardstick, pages={}, per_page=9)
    return {state: number for state, number in found.counts.items() if number}


def test_letters_not_in_force_and_of_others_are_not_judged(town: City) -> None:
    campaign = promises.make_campaign(town.city)
    promises.promise(promises.make_draft(campaign, town.county), "investment", 1)
    other = promises.make_draft(campaign, town.other)
    promises.promise(other, "investment", 1)
    promises.put_in_force(other, by=town.administrator)
    assert LetterVersion.objects.filter(state=LetterState.DRAFT).count() == 1
    yardstick = Yardstick.read(town.quarter, campaign=campaign)
    for units, number in (({town.county.pk}, 0), ({town.county.pk, town.other.pk}, 1), (set(), 0)):
        found = Verdicts.read(campaign, town.quarter, units, yardstick=yardstick, pages={}, per_page=9)
        assert sum(found.counts.values()) == number


def test_quarter_of_another_year_is_refused(town: City) -> None:
    campaign = promises.make_campaign(town.city, year=2021)
    yardstick = Yardstick.read(town.quarter, campaign=None)
    with pytest.raises(ValueError, match="quarters of its year"):
        Verdicts.read(campaign, town.quarter, [], yardstick=yardstick, pages={}, per_page=9)
