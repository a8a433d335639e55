"""The totals of a page about some units and what lies below them, kept with the revision of what they are made of.

Summing 3,000 units by list, category and chain takes a hundred times as long as reading thirty sums: so whoever asks
first after a change sums, and who asks later reads. A total read is the total that would be summed (tests compare).
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.models import Quarter, change
from portal.replicas import connection
from projects.models import KeptTotals
from projects.standings import Coverage, Growth, HowMany, Total

Content = Mapping[str, Total]
LONGEST = 400  # of the units' ids, as text: who looks at more units side by side has them summed each time
MADE_OF = frozenset({"units", "catalogue"})
MONEY = {
    *("planned", "total_investment", "expected_output", "year_to_date", "completed_output", "flow"),
    *("planned_covered", "now", "before"),
}
READ = """
    SELECT content FROM projects_kepttotals WHERE quarter_id = %s AND tops = %s AND revision = %s
"""


@dataclass(frozen=True)
class Place:
    """Where the totals of a quarter for these topmost units are kept."""

    quarter: Quarter
    tops: str
    revision: str

    @classmethod
    def of(cls, quarter: Quarter, tops: Collection[int]) -> "Place":
        """Asks for the revision: what is summed after this is at least as new."""
        revision = change.revision({*MADE_OF, *topics(quarter)})
        return cls(quarter, ",".join(map(str, sorted(tops))), revision)


def topics(quarter: Quarter) -> set[str]:
    """The cells that figures of a quarter are made of: its own and those of a year before."""
    before = Quarter(year=quarter.year - 1, number=quarter.number)
    return {f"cells:{each.label}" for each in (quarter, before)}


def totals(quarter: Quarter, tops: Collection[int], summed: Callable[[], Content]) -> Content:
    """Those kept, else those that `summed` makes, which are kept from now on."""
    place = Place.of(quarter, tops)
    if len(place.tops) > LONGEST:
        return summed()
    with connection.cursor() as cursor:
        cursor.execute(READ, [quarter.pk, place.tops, place.revision])
        found = cursor.fetchone()
    if found:
        content = json.loads(found[0]) if isinstance(found[0], str) else found[0]
        return {key: _total(kept) for key, kept in content.items()}
    made = summed()
    keep(place, made)
    return made


def keep(place: Place, made: Content) -> None:
    content = {key: _plain(total) for key, total in made.items()}
    KeptTotals.objects.bulk_create(
        [KeptTotals(quarter=place.quarter, tops=place.tops, revision=place.revision, content=content)],
        update_conflicts=True,
        unique_fields=["quarter", "tops"],
        update_fields=["revision", "content"],
    )


def _plain(part: Total | Coverage | Growth) -> dict[str, Any]:
    return {each.name: _json(getattr(part, each.name)) for each in fields(part)}


def _json(value: object) -> object:
    if isinstance(value, Coverage | Growth):
        return _plain(value)
    if isinstance(value, Decimal | datetime):
        return str(value)
    return len(value) if isinstance(value, Collection) else value


def _total(kept: Mapping[str, Any]) -> Total:
    own = _typed(kept)
    own["coverage"] = Coverage(**_counted(_typed(kept["coverage"]), "owing", "reported"))
    own["growth"] = Growth(**_counted(_typed(kept["growth"]), "units_now", "units_before"))
    computed_at = kept["computed_at"]
    own["computed_at"] = datetime.fromisoformat(computed_at) if computed_at else None
    return Total(**own)


def _typed(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if name in MONEY and value is not None else value for name, value in kept.items()}


def _counted(kept: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: HowMany(value) if name in names else value for name, value in kept.items()}
