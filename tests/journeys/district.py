"""A district with projects to report on, as a quarter finds it: the quarter before accepted, this one open."""

from dataclasses import dataclass
from datetime import timedelta

from portal import clock
from portal.models import Quarter, Role, Unit, User
from tests import world
from tests.journeys.test_one_quarter import open_quarter


@dataclass(frozen=True)
class District:
    unit: Unit
    quarter: Quarter
    person: User  # reporter and approver
    colleague: User  # the same

    @property
    def grid(self) -> str:
        return f"/quarters/{self.quarter.label}/units/{self.unit.code}/grid/"


def make_district(projects: int, *, language: str = "en") -> District:
    """Its projects are P01, P02 …, each with a plan of 1,000 and 200 completed in the quarter before."""
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    unit = world.make_unit("430421", city)
    person = world.make_person("li", unit, Role.REPORTER, Role.APPROVER, language=language)
    colleague = world.make_person("wang", unit, Role.REPORTER, Role.APPROVER, language=language)
    reviewer = world.make_person("zhao", city, Role.REVIEWER)
    quarter = open_quarter(clock.today())
    before = quarter_before(quarter)
    for number in range(1, projects + 1):
        project = world.make_project(f"P{number:02}", unit, planned=1000, year=quarter.year, total=90000)
        if before.year != quarter.year:
            world.make_plan(project, before.year, 1000)
    when = world.at(str(before.due_on))
    world.accepted(world.submitted(unit, before, 200, by=colleague, when=when), by=reviewer, when=when)
    return District(unit, quarter, person, colleague)


def quarter_before(quarter: Quarter) -> Quarter:
    year, number = (quarter.year, quarter.number - 1) if quarter.number > 1 else (quarter.year - 1, 4)
    ended = quarter.starts_on - timedelta(days=1)
    return Quarter.objects.create(
        year=year,
        number=number,
        opens_on=ended,
        due_on=ended + timedelta(days=10),
        closes_on=ended + timedelta(days=20),
    )
