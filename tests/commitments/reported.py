"""A year that is over: the county's letter in force, and its reports of four quarters accepted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pytest_django import DjangoDbBlocker

from commitments.models import LetterVersion
from portal.models import Quarter
from projects import rollups
from projects.models import Report
from tests import world
from tests.commitments import promises
from tests.commitments.promises import promise
from tests.conftest import City, make_town
from tests.kept import kept
from tests.world import at


@dataclass
class Year:
    town: City
    quarters: list[Quarter]
    version: LetterVersion


@contextmanager
def kept_year(blocker: DjangoDbBlocker) -> Iterator[Year]:
    """For the tests of a module, each of which takes a copy."""
    with kept(blocker):
        yield make_year(make_town())


def make_year(town: City) -> Year:
    """A letter in force of the county that has reported 1000 a quarter."""
    quarters = [town.quarter, *(world.make_quarter(f"2022Q{number}") for number in (2, 3, 4))]
    draft = promises.make_draft(promises.make_campaign(town.city), town.county)
    promise(draft, "investment", 3600, 1000, 2000, 3000)
    promise(draft, "completion_rate", 100, 25, 50, 75)
    for quarter in quarters:
        report(town, quarter)
    return Year(town, quarters, promises.put_in_force(draft, by=town.administrator))


def report(town: City, quarter: Quarter) -> Report:
    when = at(str(quarter.opens_on))
    filed = world.submitted(town.county, quarter, 500, by=town.staff, when=when)
    world.accepted(filed, by=town.reviewer, when=when)
    rollups.drain(at=when)
    return filed
