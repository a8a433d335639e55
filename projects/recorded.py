"""What had been recorded by a moment: the tables that FACT reads, as they were then.

Common table expressions of the tables' own names stand in front of FACT and shadow them, so that FACT stays the one
statement that decides, whatever the moment it is asked about. A report counts from its acceptance until the next
revision's; rows of the register are those that their history tells of.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext as _

from portal import clock
from portal.clock import SHANGHAI
from projects import reading
from projects.models import AnnualPlan, Assignment, ListEntry, Report, Share, Valuation
from projects.rollups import CELL, COLUMNS, FACT

# The projects that these units have ever answered for or shared: only their rows are read.
CONCERNED = """
    concerned AS (
        SELECT project_id FROM projects_assignmentevent WHERE unit_id = ANY(%(units)s)
        UNION
        SELECT project_id FROM projects_assignment WHERE unit_id = ANY(%(units)s)
        UNION
        SELECT project_id FROM projects_shareevent WHERE unit_id = ANY(%(units)s)
        UNION
        SELECT project_id FROM projects_share WHERE unit_id = ANY(%(units)s)
    )
"""


def _columns(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def _of_register(model: type[Model]) -> str:
    """Each row as its last event up to the moment left it.

    A row without the event of its insertion was loaded past the triggers: it counts as known from the beginning, as it
    stands. Events are found by their row, not by its project: an event may have given it to another one.
    """
    table = model._meta.db_table
    event = apps.get_model(model._meta.app_label, f"{model.__name__}Event")._meta.db_table
    columns = ", ".join(_columns(model))
    return f"""
    {table} AS (
        SELECT {columns} FROM (
            SELECT DISTINCT ON (id) {columns}, pgh_label FROM (
                SELECT {columns}, pgh_id, pgh_label FROM {event}
                WHERE pgh_created_at <= %(recorded_by)s AND pgh_obj_id IN (
                    SELECT pgh_obj_id FROM {event} WHERE project_id IN (SELECT project_id FROM concerned))
                UNION ALL
                SELECT {columns}, 0, '' FROM {table} live
                WHERE project_id IN (SELECT project_id FROM concerned) AND NOT EXISTS (
                    SELECT FROM {event} event WHERE event.pgh_obj_id = live.id AND event.pgh_label = 'insert')
            ) told ORDER BY id, pgh_id DESC
        ) latest WHERE pgh_label <> 'delete'
    )"""


def _counts(alias: str) -> str:
    return f"{alias}.state IN ('accepted', 'superseded') AND {alias}.reviewed_at <= %(known_at)s"


def _of_reports() -> str:
    """Every report, 'accepted' where it was accepted by the moment and no later revision was.

    Whoever accepts a revision supersedes the one before in the same moment (lifecycle.accept), so that the one's time
    is the other's end.
    """
    table = Report._meta.db_table
    others = ", ".join(column for column in _columns(Report) if column != "state")
    return f"""
    {table} AS NOT MATERIALIZED (
        SELECT {others}, CASE WHEN {_counts("report")} AND NOT EXISTS (
            SELECT FROM {table} later
            WHERE later.unit_id = report.unit_id AND later.quarter_id = report.quarter_id
              AND later.revision > report.revision AND {_counts("later")}
            ) THEN 'accepted' ELSE 'not yet' END AS state
        FROM {table} report
    )"""


DATED: tuple[type[Model], ...] = (Assignment, AnnualPlan, ListEntry, Share, Valuation)
# Takes units, known_at and recorded_by (`moments`).
AS_RECORDED = ",".join([CONCERNED, *map(_of_register, DATED), _of_reports()])
# The cells of the units' quarter and of the one a year before, as they would have been; takes year and number as well.
CELLS_AS_RECORDED = f"""
    WITH target AS (
        SELECT unit_id, quarter.id AS quarter_id
        FROM unnest(%(units)s::bigint[]) AS unit_id, portal_quarter quarter
        WHERE quarter.number = %(number)s AND quarter.year IN (%(year)s, %(year)s - 1)
    ), {AS_RECORDED}, {FACT},
    projects_cell AS (
        SELECT {COLUMNS}, its.year, %(known_at)s::timestamptz AS computed_at
        FROM ({CELL}) cell JOIN portal_quarter its ON its.id = quarter_id
    )
"""


class NoMoment(ValueError):
    """No moment of the past; the text says why and how to go on, in the language of the person."""


@dataclass(frozen=True)
class Moment:
    """A moment that an address names: `2022-05-31` for the end of that day in Shanghai, `2022-05-31T15:00` for itself.

    `words` are those of the page.
    """

    text: str
    at: datetime
    words: str

    @classmethod
    def read(cls, text: str, *, now: datetime) -> "Moment | None":
        """Null for an empty text. Raises NoMoment for what is no day, and for what is still to come."""
        if not text:
            return None
        try:
            moment = cls._named(text)
        except (ValueError, OverflowError):
            raise NoMoment(_("“%(text)s” is no day. Write it as 2022-05-31.") % {"text": text[:40]}) from None
        # Of today, all that is known by now is known.
        if moment.at > now and moment.text != now.astimezone(SHANGHAI).date().isoformat():
            raise NoMoment(_("%(text)s is still to come: nothing can be known as of then.") % {"text": moment.words})
        return moment

    @classmethod
    def _named(cls, text: str) -> "Moment":
        if "T" in text:
            named = datetime.fromisoformat(text)
            return cls.exactly(named if named.tzinfo else named.replace(tzinfo=SHANGHAI))
        with suppress(ValueError):
            return cls.end_of(date.fromisoformat(text))
        # An old browser has no field for days: one types as everywhere else.
        if (day := reading.day(text)) is None:
            raise ValueError(text)
        return cls.end_of(day)

    @classmethod
    def end_of(cls, day: date) -> "Moment":
        return cls(day.isoformat(), datetime.combine(day, time.max, tzinfo=SHANGHAI), day.isoformat())

    @classmethod
    def exactly(cls, at: datetime) -> "Moment":
        here = at.astimezone(SHANGHAI)
        plain = here.replace(tzinfo=None)
        return cls(plain.isoformat(), here, plain.isoformat(" ", "minutes"))

    @property
    def day(self) -> date:
        return self.at.date()


def moments(known_at: datetime) -> dict[str, datetime]:
    """The moment by the portal's clock, which reports carry, and by the database's, which the history carries."""
    return {"known_at": known_at, "recorded_by": clock.by_the_database(known_at)}
