"""Builds the demo, once, all of it or nothing: its clock, calendar, people, register, plans and past."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Model

from portal import clock
from portal.demo import calendar, people
from portal.demo.people import Person
from portal.models import DemoStart, Quarter, Unit, User
from projects import rollups
from projects.demo import headlines, history, known, register
from projects.demo.amounts import amounts
from projects.demo.cast import cast
from projects.demo.course import course
from projects.demo.names import PLACES
from projects.models import Project


class InTheWay(Exception):
    """There is something in this database that is not the demo's."""


def build(*, started_at: datetime) -> bool:
    """Build the demo that begins at this real time; returns False, having done nothing, where one stands already.

    Raises InTheWay where the database holds anything else: a demo never mixes with real work.
    """
    refuse_among_others()
    with transaction.atomic():
        _start, is_new = DemoStart.objects.get_or_create(id=1, defaults={"started_at": started_at})
        if not is_new:
            return False
        _build()
    clock.forget()
    rollups.rebuild(at=clock.now())
    return True


def refuse_among_others() -> None:
    """Raise InTheWay where work has begun that is not the demo's; tables may be missing, or older than this code."""
    tables = connection.introspection.table_names()

    def begun(model: type[Model]) -> bool:
        return model._meta.db_table in tables and model._default_manager.exists()

    if not begun(DemoStart) and any(begun(model) for model in (Unit, User, Quarter, Project)):
        raise InTheWay


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
