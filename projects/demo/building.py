"""The demo's facts: its clock, calendar, people, register, plans and past, told in the order in which they happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Model

from portal.demo import calendar, people
from portal.demo.people import Person
from portal.models import DemoStart, Quarter, Unit, User
from projects.demo import asking, headlines, history, known, register
from projects.demo.amounts import amounts
from projects.demo.cast import cast
from projects.demo.course import course
from projects.demo.names import PLACES
from projects.models import Project


class InTheWay(Exception):
    """There is something in this database that is not the demo's."""


@dataclass(frozen=True)
class Scene:
    """What the past is told with: the units that report, and all units by code; quarters by (year, number)."""

    past: history.Past
    reporting: Sequence[Unit]
    units: Mapping[str, Unit]
    quarters: Mapping[tuple[int, int], Quarter]

    def closed_quarters(self) -> Iterator[Quarter]:
        return history.closed_quarters(self.past, self.reporting, self.quarters)

    def tell_open_quarter(self) -> None:
        people.let_write()
        history.tell_open_quarter(self.past, self.reporting, self.quarters)
        asking.tell(self.past, self.reporting, self.quarters)
        asking.read_old_notices()


def begin(*, started_at: datetime) -> Scene | None:
    """Write the calendar, units, people and register of the demo that begins at this real time.

    Returns null, having done nothing, where a demo stands already. Raises InTheWay where the database holds anything
    else: a demo never mixes with real work.
    """
    refuse_among_others()
    _start, is_new = DemoStart.objects.get_or_create(id=1, defaults={"started_at": started_at})
    return _scene() if is_new else None


def refuse_among_others() -> None:
    """Raise InTheWay where work has begun that is not the demo's; tables may be missing, or older than this code."""
    tables = connection.introspection.table_names()

    def begun(model: type[Model]) -> bool:
        return model._meta.db_table in tables and model._default_manager.exists()

    if not begun(DemoStart) and any(begun(model) for model in (Unit, User, Quarter, Project)):
        raise InTheWay


def persons() -> list[Person]:
    return people.people(list(Unit.objects.order_by("code")))


def _scene() -> Scene:
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
    return Scene(past, [units[code] for code in PLACES], units, quarters)
