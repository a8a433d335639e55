"""What is missing or contradictory in a scoring item, by the field where it is mended.

Whatever passes here scores without surprise: scales can be read, a formula has the fields it needs and no others, caps
leave room for what they cap, and a better value never gets fewer points (but for a corridor, which is meant).
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commitments import scales
from commitments.models.indicator import Direction, Indicator
from projects.reading import Misread, written

if TYPE_CHECKING:
    from commitments.models.scoring import ScoringItem

# A field's name and what to do there.
Fault = tuple[str, str]

# Fields that only some formulas look at.
LOOKED_AT = {
    "linear": {"bonus", "deduction", "whole_steps", "as_rate", "nothing_below"},
    "bands": {"bands_above", "bands_below", "whole_steps", "as_rate", "nothing_below"},
    "grades": {"grades", "as_rate", "nothing_below"},
    "rank": {"grades", "deduction", "as_rate", "nothing_below"},
    "count": {"bonus", "whole_steps", "nothing_below"},
    "share": {"nothing_below"},
    "spread": {"as_rate", "nothing_below"},
    "veto": {"as_rate", "capped_at"},
}
OWN_FIELDS = sorted(set().union(*LOOKED_AT.values()))
WITHOUT_POINTS = ("weight", "least", "most", "neutral", "neutral_is_mean", "joint", "joint_most")


def read_scales(item: "ScoringItem") -> list[Fault]:
    """Write the item's scales as they are kept; what can't be read stays as it was typed, and is a fault."""
    found = []
    readers: dict[str, Callable[[str], object]] = {"bands_above": scales.bands, "bands_below": scales.bands}
    if item.formula in ("grades", "rank"):
        readers["grades"] = scales.grades if item.formula == "grades" else scales.rank_points
    for name, reader in readers.items():
        try:
            reader(getattr(item, name))
            setattr(item, name, scales.written_entries(getattr(item, name)))
        except Misread as refusal:
            found.append((name, str(refusal)))
    return found


def faults(item: "ScoringItem") -> list[Fault]:
    """What is wrong with an item whose scales were read and whose other fields hold numbers and choices."""
    rules = (_superfluous, _reference, _signs, _scales_in_order)
    found = [fault for rule in rules for fault in rule(item)] or list(NEEDS[item.formula](item))
    return found or list(_caps(item))


def _superfluous(item: "ScoringItem") -> Iterator[Fault]:
    for name in OWN_FIELDS:
        if name not in LOOKED_AT[item.formula] and getattr(item, name) not in (None, "", False):
            yield name, _("This formula doesn't look at this field: leave it empty, or choose another formula.")
    if item.formula == "veto":
        for name in WITHOUT_POINTS:
            if getattr(item, name) not in (None, "", False, 0):
                yield name, _("A veto has no points of its own: leave this empty.")
    if item.fixed is not None and not _uses_fixed(item):
        yield "fixed", _("This formula doesn't look at the fixed value: leave it empty.")


def _uses_fixed(item: "ScoringItem") -> bool:
    if item.formula in ("linear", "bands"):
        return item.reference == "fixed" or item.as_rate
    if item.formula == "share":
        return item.reference == "fixed"
    return item.formula == "veto" or (item.as_rate and item.reference == "fixed")


def _reference(item: "ScoringItem") -> Iterator[Fault]:
    compares = item.formula in ("linear", "bands", "share", "grades") or item.as_rate
    if item.reference != "fixed" and not compares:
        yield (
            "reference",
            _("This formula goes by the value itself: choose “the fixed value”, or tick the rate of fulfilment."),
        )
    if item.reference == "baseline" and item.indicator.kind != Indicator.Kind.PERCENT:
        yield (
            "reference",
            _("Time-proportional progress is in per cent: only an indicator in per cent can be compared with it."),
        )
    if item.formula == "veto" and item.as_rate and item.reference == "fixed":
        yield "reference", _("The fixed value is the veto's line: choose of what else the rate is.")
    if item.formula == "count" and item.indicator.direction == Direction.LESS:
        yield (
            "formula",
            _("Of this indicator less is better. Use linear with the fixed value 0 and points off for each step."),
        )


def _signs(item: "ScoringItem") -> Iterator[Fault]:
    for name in ("weight", "bonus", "deduction", "joint_most", "capped_at"):
        value = getattr(item, name)
        if value is not None and value < 0:
            yield name, _("Write points off without a minus sign; only the fewest points may be below zero.")
    if item.times <= 0:
        yield "times", _("The share must be above zero; 1 counts the points as they are.")
    if any(band.points < 0 for band in scales.bands(item.bands_below)):
        yield "bands_below", _("Write points off without a minus sign.")


def _scales_in_order(item: "ScoringItem") -> Iterator[Fault]:
    for name in ("bands_above", "bands_below"):
        widths = [band.width for band in scales.bands(getattr(item, name)) if band.width is not None]
        if item.whole_steps and any(width % item.step for width in widths):
            yield name, _("Where only whole steps count, each width must be a multiple of the step.")
    points: list[Decimal] = []
    if item.formula == "grades":
        is_distance = item.reference != "fixed" and not item.as_rate
        is_less = item.indicator.direction == Direction.LESS and not is_distance
        best_first = sorted(scales.grades(item.grades), reverse=not is_less)
        points = [grade.points for grade in best_first]
    elif item.formula == "rank":
        points = list(scales.rank_points(item.grades))
    if points != sorted(points, reverse=True):
        yield "grades", _("A better value would get fewer points: the points must fall from the best to the worst.")


def _fixed_above_zero(item: "ScoringItem") -> Iterator[Fault]:
    if item.fixed is None and item.reference == "fixed":
        yield "fixed", _("Say what the value is compared with, or choose another reference.")
    elif item.fixed is not None and item.fixed <= 0 and (item.as_rate or item.formula == "share"):
        yield "fixed", _("No rate can be formed of this: it must be above zero.")


def _for_linear(item: "ScoringItem") -> Iterator[Fault]:
    yield from _fixed_above_zero(item)
    if not item.bonus and not item.deduction:
        yield "deduction", _("Give the points for each step above, the points off for each step below, or both.")
    yield from _room(item, "bonus" if item.bonus else "", "deduction" if item.deduction else "")


def _for_bands(item: "ScoringItem") -> Iterator[Fault]:
    yield from _fixed_above_zero(item)
    if not item.bands_above and not item.bands_below:
        yield "bands_above", _("Give the bands above, the bands below, or both, such as 5:0.2, 5:0.1, 0.05.")
    above, below = scales.bands(item.bands_above), scales.bands(item.bands_below)
    adds = any(band.points > 0 for band in above)
    takes = any(band.points for band in below) or any(band.points < 0 for band in above)
    yield from _room(item, "bands_above" if adds else "", "bands_below" if takes else "")


def _room(item: "ScoringItem", adds: str, takes: str) -> Iterator[Fault]:
    """What adds needs a most above the full points, what takes off a fewest below them."""
    if adds and (item.most is None or item.most <= item.weight):
        yield "most", _("Points are added: say up to how many in all, above the full points of %(weight)s.") % _of(item)
    if takes and (item.least or Decimal(0)) >= item.weight:
        yield "least", _("Points are taken off: say down to how many, below the full points of %(weight)s.") % _of(item)


def _of(item: "ScoringItem") -> dict[str, str]:
    return {"weight": written(item.weight)}


def _for_grades(item: "ScoringItem") -> Iterator[Fault]:
    if item.as_rate:
        yield from _fixed_above_zero(item)
    if not item.grades:
        yield "grades", _("Give the grades, line and points, such as 100:20, 90:15, 80:10.")


def _for_rank(item: "ScoringItem") -> Iterator[Fault]:
    if item.as_rate:
        yield from _fixed_above_zero(item)
    if not item.grades and not item.weight:
        yield "weight", _("Give the points of the first place here, or all rank points in their field.")
    elif not item.grades and not item.deduction:
        yield "deduction", _("Say how many points each further place has less, or give all rank points.")


def _for_count(item: "ScoringItem") -> Iterator[Fault]:
    if not item.bonus:
        yield "bonus", _("Give the points for each one counted.")
    if not (item.weight if item.most is None else item.most):
        yield "most", _("Give the ceiling: how many points at most.")


def _for_share(item: "ScoringItem") -> Iterator[Fault]:
    yield from _fixed_above_zero(item)
    yield from _for_spread(item)


def _for_spread(item: "ScoringItem") -> Iterator[Fault]:
    if item.formula == "spread" and item.as_rate:
        yield from _fixed_above_zero(item)
    if item.weight <= (item.least or Decimal(0)):
        yield "weight", _("Give the full points, above the fewest points.")


def _for_veto(item: "ScoringItem") -> Iterator[Fault]:
    if item.fixed is None:
        yield "fixed", _("Give the line: a value worse than this draws the veto.")


NEEDS: dict[str, Callable[["ScoringItem"], Iterator[Fault]]] = {
    "linear": _for_linear,
    "bands": _for_bands,
    "grades": _for_grades,
    "rank": _for_rank,
    "count": _for_count,
    "share": _for_share,
    "spread": _for_spread,
    "veto": _for_veto,
}


def _caps(item: "ScoringItem") -> Iterator[Fault]:
    """What the formula can come to must fit between the fewest and the most points."""
    if item.formula == "veto":
        return
    listed = _listed(item)
    full = item.weight or max(listed, default=Decimal(0))
    least, most = item.least or Decimal(0), full if item.most is None else item.most
    if least > most:
        yield "least", _("The fewest points can't be above the most, which are %(most)s.") % {"most": written(most)}
    elif most < full:
        yield "most", _("The most points can't be below the full points of %(weight)s.") % {"weight": written(full)}
    elif any(not least <= points <= most for points in listed):
        bounds = {"least": written(least), "most": written(most)}
        yield "grades", _("Points from %(least)s to %(most)s can be given; these go beyond.") % bounds
    if item.neutral is not None and not least <= item.neutral <= most:
        yield "neutral", _("Neutral points lie between the fewest and the most points.")
    if item.neutral is not None and item.neutral_is_mean:
        yield "neutral", _("Give neutral points or the mean of the group, not both.")
    if item.joint and item.joint_most is None:
        yield "joint_most", _("Say how many points the items with this word can come to together.")
    if item.joint_most is not None and not item.joint:
        yield "joint", _("Give the word that the items capped together share.")


def _listed(item: "ScoringItem") -> list[Decimal]:
    if item.formula == "grades":
        return [grade.points for grade in scales.grades(item.grades)]
    return list(scales.rank_points(item.grades)) if item.formula == "rank" else []
