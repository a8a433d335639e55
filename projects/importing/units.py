"""How a file of units changes the tree: parents in any order, no circles, and what a blank cell leaves alone."""

from collections.abc import Mapping

from django.db import connection
from django.utils.translation import gettext as _

from portal.models import Unit
from projects.importing.checking import UnitEntry
from projects.importing.comparing import Comparison, label, worded
from projects.importing.mapping import simplified
from projects.importing.table import Problem

FACTS = ("kind", "name_zh", "name_en", "note")
LINKS = ("parent", "located_in")


def compare(entries: list[UnitEntry]) -> Comparison:
    """The difference between these rows and the tree of units."""
    comparison = Comparison()
    units = {simplified(unit.code): unit for unit in Unit.objects.all()}
    former = dict(units)
    new = [entry for entry in entries if simplified(entry.code) not in units]
    for entry, pk in zip(new, _reserved(len(new)), strict=True):
        units[simplified(entry.code)] = Unit(pk=pk, code=entry.code)
    by_pk = {unit.pk: unit for unit in units.values()}
    for entry in entries:
        key = simplified(entry.code)
        details = _apply(entry, units[key], units, by_pk, comparison.problems)
        subject = f"{entry.code} · {entry.name_zh}"
        comparison.note(entry.row, subject, is_new=key not in former, details=[text for _name, text in details])
        if key not in former:
            comparison.created.append(units[key])
        elif details:
            comparison.updated.append((units[key], frozenset(name for name, _text in details)))
    comparison.problems += circles(
        {unit.code: by_pk[unit.parent_id].code for unit in units.values() if unit.parent_id in by_pk},
        {entry.code: entry.row for entry in entries},
    )
    return comparison


def _reserved(count: int) -> list[int]:
    """So many ids of units that nobody else gets, so that units made together can point at each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('portal_unit', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [pk for (pk,) in cursor.fetchall()]


def _apply(
    entry: UnitEntry,
    unit: Unit,
    units: Mapping[str, Unit],
    by_pk: Mapping[int, Unit],
    problems: list[Problem],
) -> list[tuple[str, str]]:
    """Set on the unit what the row says; returns the fields that changed, in words."""
    changed = []
    for name in FACTS:
        old, value = getattr(unit, name), getattr(entry, name)
        if value and value != old:
            setattr(unit, name, value)
            changed.append((name, worded(label(Unit, name), old, value)))
    for name in LINKS:
        code = getattr(entry, name)
        if not code:
            continue
        other = units.get(simplified(code))
        old_pk = getattr(unit, f"{name}_id")
        if other is None:
            problems.append(
                Problem(
                    entry.row,
                    label(Unit, name),
                    _("There is no unit “%(code)s”, neither in the portal nor in this file.") % {"code": code},
                )
            )
        elif other.pk != old_pk:
            setattr(unit, f"{name}_id", other.pk)
            old = by_pk[old_pk].code if old_pk in by_pk else None
            changed.append((name, worded(label(Unit, name), old, other.code)))
    return changed


def circles(parents: Mapping[str, str], rows: Mapping[str, int]) -> list[Problem]:
    """Units that would be above themselves: parents is code → code of the parent, rows code → row of the file."""
    problems = []
    sound: set[str] = set()
    for code, row in rows.items():
        path = [code]
        while path[-1] in parents and path[-1] not in sound and parents[path[-1]] not in path:
            path.append(parents[path[-1]])
        above = parents.get(path[-1])
        if path[-1] in sound or above is None:
            sound.update(path)
        elif above == code:
            problems.append(
                Problem(
                    row,
                    label(Unit, "parent"),
                    _("The unit would stand above itself: %(path)s. Break this circle.")
                    % {"path": " → ".join([*path, above])},
                )
            )
    return problems
