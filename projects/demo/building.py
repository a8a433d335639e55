"""Builds the demo, once, all of it or nothing: its clock, calendar, people, register, plans and past."""

from datetime import datetime

from django.db import transaction

from portal import clock
from portal.demo import calendar, people
from portal.demo.people import Person
from portal.models import DemoStart, Unit
from projects import rollups
from projects.demo import headlines, history, known, register
from projects.demo.amounts import amounts
from projects.demo.cast import cast
from projects.demo.course import course
from projects.demo.names import PLACES
from projects.models import Project


class InTheWay(Exception):
    """There are projects in this database that are not the demo's."""


def build(*, started_at: datetime) -> bool:
    """Build the demo that begins at this real time; returns False, having done nothing, where one stands already.

    Raises InTheWay where the database holds projects: a demo never mixes with real work.
    """
    with transaction.atomic():
        _start, is_new = DemoStart.objects.get_or_create(id=1, defaults={"started_at": started_at})
        if not is_new:
            return False
        if Project.objects.exists():
            raise InTheWay
        _build()
    clock.forget()
    rollups.rebuild(at=clock.now())
    return True


def persons() -> list[Person]:
    return people.people(list(Unit.objects.order_by("code")))


def _build() -> None:
    units = register.import_units()
    quarters = calendar.open_quarters()
    published = headlines.read(known.FOLDER / "headlines.json")
    parts = cast(known.read(), published)
    planned = amounts(parts, published)
    projects = register.write(parts, planned, units)
    past = history.Past(
        people.enlist(persons()),
        {projects[part.key].pk: course(part, planned[part.key]) for part in parts},
    )
    reporting = [units[code] for code in PLACES]
    history.tell_closed_years(past, reporting, quarters)
    people.let_write()
    history.tell_open_quarter(past, reporting, quarters)
