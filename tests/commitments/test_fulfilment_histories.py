"""Random histories: what fulfilments() makes of cells equals what accepted lines say, computed anew in Python."""

from datetime import date
from decimal import Decimal

import pytest

from commitments.fulfilment import Fulfilment, fulfilments
from commitments.models import Pledge
from portal.models import Quarter, Unit
from portal.rounding import rounded
from projects import rollups
from projects.models import AnnualPlan, Project, Report, Stage
from projects.models.project import STARTED
from tests.commitments import promises
from tests.commitments.test_verdicts import judged_alike
from tests.histories import try_any
from tests.projects import test_rollup_histories as histories

GREEN = 10  # points behind the target to date from which the first policy's light is no longer the best


class Promised(histories.History):
    """The same counties and projects with the year's last three quarters, and a letter of each county and the city."""

    NUMBERS = (2, 3, 4)

    def found(self) -> None:
        super().found()
        city = self.units[0].parent
        assert city is not None
        campaign = promises.make_campaign(city)
        for unit in (*self.units, city):
            draft = promises.make_draft(campaign, unit)
            promises.promise(draft, "investment", 700, 100, 200, 450)
            promises.promise(draft, "completion_rate", 60, 20, 25, 45)
            promises.promise(draft, "completed", 1, 0, 0, 1)
            promises.promise(draft, "industrial_started", 2, 1, 1, 2)
            for project in self.projects:
                promises.promise_milestone(draft, project, "complete", date(2022, 9, 30))
            promises.put_in_force(draft, by=self.reviewer)
        self.campaign = campaign

    def compare(self) -> None:
        rollups.drain(at=self.now())
        pledges = list(Pledge.objects.all())
        for quarter in self.quarters:
            found = fulfilments(pledges, quarter)
            for pledge in pledges:
                expected = _milestone(pledge, quarter) if pledge.project else _target(pledge, quarter)
                assert _comparable(_said(found[pledge.pk])) == _comparable(expected), (pledge, quarter)
            assert judged_alike(self.campaign, quarter) == len(pledges)


def _comparable(values: tuple[object, ...]) -> list[object]:
    """Rates that go on for ever end differently after another order of the same steps."""
    return [round(value, 12) if isinstance(value, Decimal) else value for value in values]


def _said(found: Fulfilment) -> tuple[object, ...]:
    return found.target, found.to_date, found.actual, found.rate, found.gap, found.state


def _target(pledge: Pledge, quarter: Quarter) -> tuple[object, ...]:
    """The pledge on an indicator, from the lines of all units below its own."""
    assert pledge.target is not None
    top = pledge.version.letter.unit
    units = [unit for unit in Unit.objects.all() if top in (unit, unit.parent)]
    sums = [_of_unit(pledge, unit, quarter) for unit in units]
    known = [each for each in sums if each is not None]
    to_date = pledge.to_date(quarter.number)
    assert to_date is not None
    if not known:
        # Who has no project at all has invested nothing; there is no rate of it.
        nothing = not any(_taken(pledge, unit, quarter) for unit in units) and pledge.name_zh != "年度计划完成率"
        actual = Decimal(0) if nothing else None
    elif pledge.name_zh == "年度计划完成率":
        planned = sum(planned for _value, planned in known)
        actual = sum(value for value, _planned in known) / planned * 100 if planned else None
    else:
        actual = sum((value for value, _planned in known), Decimal())
    if actual is None:
        return pledge.target, to_date, None, None, None, "missing"
    rate = actual / pledge.target
    behind = (to_date - actual) / pledge.target * 100
    gap = (actual - to_date) / 100 if pledge.name_zh == "年度计划完成率" else -behind / 100
    whole = all(_is_covered(unit, quarter) for unit in units if _owes(unit, quarter))
    reached = rounded(actual, 2) >= pledge.target
    if quarter.number == 4 and whole:
        state = "kept" if reached else "missed"
    elif reached and pledge.name_zh != "年度计划完成率":
        state = "kept"
    else:
        state = "on_track" if rounded(behind, 1) < GREEN else "behind"
    return pledge.target, to_date, actual, rate, gap, state


@histories.asked_once
def _plans(unit: Unit, quarter: Quarter) -> dict[Project, Decimal]:
    own = [project for project in Project.objects.all() if histories._answers(project, quarter) == unit.pk]
    return {project: plan for project in own if (plan := histories._plan(project, quarter)) is not None}


def _owes(unit: Unit, quarter: Quarter) -> bool:
    return any(histories._expected(project, quarter) for project in _plans(unit, quarter))


@histories.asked_once
def _taken(pledge: Pledge, unit: Unit, quarter: Quarter) -> list[Project]:
    """The unit's projects that the pledge is about."""
    is_industrial = pledge.name_zh == "开工建设重大产业项目数"
    return [each for each in _plans(unit, quarter) if not is_industrial or _category(each, quarter) == "industry"]


@histories.asked_once
def _is_covered(unit: Unit, quarter: Quarter) -> bool:
    """Whether the quarter's report is accepted, if one is owed, and no line of the year is wanting."""
    accepted = Report.objects.accepted().filter(unit=unit, quarter=quarter).exists()
    year = Quarter.objects.filter(year=quarter.year, number__lte=quarter.number)
    wanting = [
        project
        for project in _plans(unit, quarter)
        for each in year
        if histories._expected(project, each) and histories._line(project, each) is None
    ]
    return not wanting and (accepted or not _owes(unit, quarter))


@histories.asked_once
def _of_unit(pledge: Pledge, unit: Unit, quarter: Quarter) -> tuple[Decimal, Decimal] | None:
    """What one unit's lines say and what it planned; null where nothing is about it, or a report is not accepted."""
    plans, year = _plans(unit, quarter), Quarter.objects.filter(year=quarter.year, number__lte=quarter.number)
    if not _is_covered(unit, quarter):
        return None
    taken = _taken(pledge, unit, quarter)
    if not taken:
        return None
    lines = {project: [line for each in year if (line := histories._line(project, each))] for project in taken}
    last = [own[-1].stage for own in lines.values() if own]
    match pledge.name_zh:
        case "竣工投产项目数":
            value = Decimal(sum(stage == Stage.COMPLETED for stage in last))
        case "开工建设重大产业项目数":
            value = Decimal(sum(stage in STARTED for stage in last))
        case _:
            value = sum((line.flow or Decimal() for own in lines.values() for line in own), Decimal())
    return value, sum(plans.values(), Decimal())


def _category(project: Project, quarter: Quarter) -> str:
    plans = AnnualPlan.objects.filter(project=project, year=quarter.year, in_force_on__lte=quarter.ends_on)
    return plans.order_by("-in_force_on")[0].category.code


def _milestone(pledge: Pledge, quarter: Quarter) -> tuple[object, ...]:
    """Completed by the end of September, by the day in the first accepted line that says so."""
    assert pledge.project is not None
    lines = [
        line
        for each in Quarter.objects.filter(number__lte=quarter.number).order_by("number")
        if (line := histories._line(pledge.project, each))
    ]
    done = [line.finished_on for line in lines if line.stage == Stage.COMPLETED]
    is_due = quarter.number >= 3
    to_date = Decimal(1) if is_due else None
    if done:
        actual = Decimal(1) if done[0] is not None and done[0] <= date(2022, 9, 30) else Decimal(0)
    elif histories._line(pledge.project, quarter):
        actual = Decimal(0)
    else:
        return Decimal(1), to_date, None, None, None, "missing"
    gap = actual - 1 if is_due else None
    if actual:
        return Decimal(1), to_date, actual, actual, gap, "kept"
    return Decimal(1), to_date, actual, actual, gap, "missed" if is_due else "on_track"


@pytest.mark.django_db
def test_fulfilment_from_rollups_equals_fulfilment_from_lines() -> None:
    try_any(Promised, histories=12, steps=18)
