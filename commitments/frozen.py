"""A published bulletin's figures, each with the address of the lines that it was made of, as known when it came out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commitments import restated
from commitments.models import Bulletin
from commitments.restated import RELATIVE, Measure, Measured, Told
from portal.models import Unit
from projects.recorded import Moment
from projects.selection import Catalogue, Selection

MEASURES = tuple(measure for measure in Measure if measure not in RELATIVE)


@dataclass(frozen=True, kw_only=True)
class Figure(Measured):
    """`value` in the measure's own unit, null where the bulletin had none; `lines` is "" for who may not open them."""

    value: Decimal | None
    lines: str


@dataclass(frozen=True, kw_only=True)
class Row:
    unit: Unit
    figures: Sequence[Figure]


def rows(bulletin: Bulletin, said: Told, units: Iterable[Unit], *, open_to: Collection[int]) -> list[Row]:
    """A row for each of these units that the bulletin tells of, in its order.

    `open_to`: the units that the reader reaches.
    """
    known = {unit.code: unit for unit in units}
    return [
        Row(unit=unit, figures=[_figure(bulletin, unit, each, own.get(each), open_to) for each in MEASURES])
        for code, own in said.items()
        if (unit := known.get(code))
    ]


def _figure(bulletin: Bulletin, unit: Unit, measure: Measure, value: str | None, open_to: Collection[int]) -> Figure:
    address = restated.lines(bulletin, unit, measure, at=bulletin.published_at) if unit.pk in open_to else ""
    return Figure(measure=measure, value=None if value is None else Decimal(value), lines=address)


def parts(bulletin: Bulletin, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Lists and categories, which its sentences tell of, each with the address of its lines, open for `&measure=…`."""
    as_of = Moment.exactly(bulletin.published_at) if bulletin.published_at else None
    whole = Selection(quarter=bulletin.quarter, units=(bulletin.campaign.unit.code,), as_of=as_of)
    named = [(each.name, whole.but(list=each.code)) for each in catalogue.lists]
    named += [(each.name, whole.but(category=each.code)) for each in catalogue.categories]
    return [(name, selection.lines) for name, selection in named]
