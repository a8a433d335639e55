"""Score sheets of a group's units: what each is compared with, what is missing, and the total; pure functions.

The formulas themselves are in formulas.py. A value is used as it is printed: derived per cents to a tenth, money to two
decimals, readings as they were read, so that a person recomputes every point, and the total, from the printed sheet.

A better value never gets fewer points, but for: bands that take off on the better side (a corridor), rates and shares
of the group's mean (which moves with the value), and policies whose grades or rank points rise towards the worse, which
ScoringItem.clean refuses.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from enum import StrEnum

from django.utils.translation import gettext as _

from commitments import formulas
from commitments.actuals import Known
from commitments.formulas import Case, Reckoned
from commitments.models import Direction, Indicator, Policy, ScoringItem
from commitments.score_words import POINT_PLACES, Sum, factor, joined, names, number, sentence
from portal.rounding import rounded

Formula = ScoringItem.Formula
Reference = ScoringItem.Reference
# Columns hold 18 digits; products of three of them, and their rounding, must fit.
EXACT = Context(prec=80)


class Basis(StrEnum):
    """What an item's points rest on; only reckoned and neutral ones count."""

    RECKONED = "reckoned"
    NEUTRAL = "neutral"  # nothing to judge, or exempt
    MISSING = "missing"  # of this unit: its sheet is incomplete
    LEFT_OUT = "left_out"  # no figure of any unit of the group yet: nobody's sheet has the item


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is known of one unit for one item, in the indicator's unit of measure.

    `baseline` is time-proportional progress in per cent (50), `target` the unit's pledged target to date; null where
    there is none. `exempt`: excused by a ruling.
    """

    value: Decimal | None
    known: Known
    baseline: Decimal | None = None
    target: Decimal | None = None
    exempt: bool = False


@dataclass(frozen=True, kw_only=True)
class Points:
    """One unit's points for one item, with how they came about in the page's language.

    `value` and `reference` are those used, null where none was; `place` only for rank points; `points` with two
    decimals, null where the basis is missing or left out. A veto has 0 points; `is_vetoed` where it was drawn.
    """

    item: ScoringItem
    given: Given
    basis: Basis
    value: Decimal | None = None
    reference: Decimal | None = None
    place: int | None = None
    points: Decimal | None = None
    is_vetoed: bool = False
    words: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A unit's score: its items in the policy's order, their sum, and the total after ceilings, caps and vetoes.

    Sum and total are null where an item is missing, or no item counts yet. `reasons` say in words, in the page's
    language, why the total isn't the plain sum, why there is none, and why a unit is out of the ranking.
    """

    unit_id: int
    items: tuple[Points, ...]
    sum: Decimal | None
    total: Decimal | None
    is_out: bool
    reasons: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return self.total is not None


def sheets(
    items: Sequence[ScoringItem],
    given: Mapping[int, Mapping[int, Given]],
    *,
    policy: Policy,
    out: Collection[int] = (),
) -> dict[int, Sheet]:
    """The sheets of ONE group's units: unit id → item id → what is given, for the items that count for this group.

    Means, bests and places are among the units whose value is known and that aren't exempt; those in `out`, out of the
    ranking by a ruling, stay part of the group. What isn't given counts as missing. Items need an id, unsaved ones one
    made up, and their indicator. Raises Misread where an item that never passed `clean` holds an unreadable scale.
    """
    with localcontext(EXACT):
        ordered = sorted(items, key=lambda item: (item.position, item.code))
        columns = [_column(item, {unit: _given(own, item) for unit, own in given.items()}) for item in ordered]
        return {
            unit: _sheet(unit, tuple(column[unit] for column in columns), policy, is_out=unit in out) for unit in given
        }


def ranked(found: Mapping[int, Sheet]) -> dict[int, int | None]:
    """Each unit's rank by total, the highest first; ties share one (1, 2, 2, 4); null: out of the ranking, no total."""
    totals = {unit: sheet.total for unit, sheet in found.items() if sheet.total is not None and not sheet.is_out}
    places = _places(totals, is_less=False)
    return {unit: places.get(unit) for unit in found}


def _given(own: Mapping[int, Given], item: ScoringItem) -> Given:
    return own.get(item.pk) or Given(value=None, known=Known.MISSING)


def _places(values: Mapping[int, Decimal], *, is_less: bool) -> dict[int, int]:
    """Competition ranking: one more than there are better ones."""
    ordered = sorted(values.values(), reverse=not is_less)
    first: dict[Decimal, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return {unit: first[value] for unit, value in values.items()}


def _places_after_point(indicator: Indicator) -> int:
    """With how many decimals a value is printed and used."""
    if indicator.kind == Indicator.Kind.MONEY:
        return 2
    is_rate = indicator.kind == Indicator.Kind.PERCENT and indicator.source == Indicator.Source.DERIVED
    return 1 if is_rate else 4


# One item, all units of the group


def _column(item: ScoringItem, given: Mapping[int, Given]) -> dict[int, Points]:
    """The points of every unit for one item."""
    values = {
        unit: rounded(own.value, _places_after_point(item.indicator)) + 0
        for unit, own in given.items()
        if own.known == Known.KNOWN and own.value is not None and not own.exempt
    }
    neutral = {unit for unit, own in given.items() if own.exempt or own.known == Known.NOTHING}
    if not values and len(neutral) < len(given):
        words = _("%(item)s: no figure for any unit of the group yet, so the item does not count")
        return {unit: _without(item, own, Basis.LEFT_OUT, words) for unit, own in given.items()}
    cases = _cases(item, values, _references(item, values, given))
    found = {
        unit: _reckoned(given[unit], case, formulas.reckon(case)) for unit, case in cases.items() if case is not None
    }
    mean = _mean_points(found) if item.neutral_is_mean else None
    for unit in given.keys() - found.keys():
        own = given[unit]
        found[unit] = _neutral(item, own, mean) if unit in neutral else _missing(item, own, is_known=unit in values)
    return found


def _references(
    item: ScoringItem, values: Mapping[int, Decimal], given: Mapping[int, Given]
) -> dict[int, Decimal | None]:
    """What each unit with a value is compared with; null where there is nothing."""
    if item.reference == Reference.BASELINE:
        return {unit: _exact(given[unit].baseline) for unit in values}
    if item.reference == Reference.TARGET:
        return {unit: _exact(given[unit].target) for unit in values}
    return dict.fromkeys(values, _common_reference(item, list(values.values())))


def _exact(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, 4) + 0


def _common_reference(item: ScoringItem, values: Sequence[Decimal]) -> Decimal | None:
    """The mean is rounded to two decimals, or to as many as the values have; the best is by the direction."""
    if item.reference == Reference.FIXED or not values:
        return item.fixed
    if item.reference == Reference.MEAN:
        return rounded(sum(values, Decimal(0)) / len(values), max(2, _places_after_point(item.indicator))) + 0
    return min(values) if item.indicator.direction == Direction.LESS else max(values)


def _cases(
    item: ScoringItem, values: Mapping[int, Decimal], references: Mapping[int, Decimal | None]
) -> dict[int, Case | None]:
    """What the formula looks at, by unit; null for units without the reference that the formula needs."""
    found: dict[int, Case | None] = dict.fromkeys(values)
    for unit, value in values.items():
        reference = references[unit] if formulas.has_reference(item) else None
        if reference is not None or not formulas.has_reference(item):
            measure = value if reference is None or not item.as_rate else formulas.rate(item, value, reference)
            found[unit] = Case(item=item, value=value, reference=reference, measure=measure)
    if item.formula in (Formula.RANK, Formula.SPREAD):
        return _compared(item, {unit: case for unit, case in found.items() if case is not None}, found)
    return found


def _compared(item: ScoringItem, cases: Mapping[int, Case], found: Mapping[int, Case | None]) -> dict[int, Case | None]:
    """The cases with their place, and the group's best and worst; those without a measure share the last place."""
    is_less = item.indicator.direction == Direction.LESS
    measures = {unit: case.measure for unit, case in cases.items() if case.measure is not None}
    places = _places(measures, is_less=is_less)
    ends = sorted(measures.values(), reverse=not is_less)
    compared = {
        unit: replace(
            case,
            place=places.get(unit, len(measures) + 1),
            compared=len(cases),
            best=ends[0] if ends else None,
            worst=ends[-1] if ends else None,
        )
        for unit, case in cases.items()
    }
    return {**found, **compared}


def _reckoned(own: Given, case: Case, reckoned: Reckoned) -> Points:
    return Points(
        item=case.item,
        given=own,
        basis=Basis.RECKONED,
        value=case.value,
        reference=case.reference,
        place=case.place if case.item.formula == Formula.RANK else None,
        points=reckoned.points,
        is_vetoed=reckoned.is_vetoed,
        words=reckoned.words,
    )


def _mean_points(found: Mapping[int, Points]) -> Decimal | None:
    """The mean of the points as they count, with two decimals; null where nobody's were reckoned."""
    reckoned = [own.points for own in found.values() if own.points is not None]
    return rounded(sum(reckoned, Decimal(0)) / len(reckoned), POINT_PLACES) if reckoned else None


def _neutral(item: ScoringItem, own: Given, mean: Decimal | None) -> Points:
    reason = _("exempt by a ruling") if own.exempt else _("nothing to judge")
    if mean is not None and item.formula != Formula.VETO:
        words = sentence([item.indicator.name], [reason, _("mean of the group's points")], number(mean))
        return Points(item=item, given=own, basis=Basis.NEUTRAL, points=mean, words=words)
    points = formulas.full_points(item) if item.neutral is None else item.neutral
    granted = formulas.granted(item, points, joined([reason, _("the neutral points")]))
    return Points(item=item, given=own, basis=Basis.NEUTRAL, points=granted.points, words=granted.words)


def _missing(item: ScoringItem, own: Given, *, is_known: bool) -> Points:
    """The unit has no value, or no reference to compare it with."""
    if not is_known:
        words = _("%(item)s: no accepted report or reading yet; the score sheet is incomplete")
    elif item.reference == Reference.TARGET:
        words = _("%(item)s: no target is pledged for this indicator; the score sheet is incomplete")
    else:
        words = _("%(item)s: the policy gives nothing to compare with; the score sheet is incomplete")
    return _without(item, own, Basis.MISSING, words)


def _without(item: ScoringItem, own: Given, basis: Basis, words: str) -> Points:
    return Points(item=item, given=own, basis=basis, words=words % {"item": item.indicator.name})


# One unit, all items


def _sheet(unit: int, items: tuple[Points, ...], policy: Policy, *, is_out: bool) -> Sheet:
    vetoes = [own for own in items if own.is_vetoed]
    excluding = [own.item.name for own in vetoes if own.item.capped_at is None]
    reasons = [_("out of the ranking by a ruling")] if is_out else []
    if excluding:
        reasons.append(_("out of the ranking by veto: %(items)s") % {"items": names(excluding)})
    total, plain, said = _total(items, vetoes, policy)
    return Sheet(
        unit_id=unit,
        items=items,
        sum=plain,
        total=total,
        is_out=is_out or bool(excluding),
        reasons=(*reasons, *said),
    )


def _total(
    items: Sequence[Points], vetoes: Iterable[Points], policy: Policy
) -> tuple[Decimal | None, Decimal | None, list[str]]:
    """Total, sum of the items, and what was said on the way: joint ceilings, then the policy's caps, then vetoes."""
    missing = [own.item.name for own in items if own.basis == Basis.MISSING]
    if missing:
        return None, None, [_("incomplete, no total and no rank: %(items)s") % {"items": names(missing)}]
    counted = [own for own in items if own.points is not None and own.item.formula != Formula.VETO]
    if not counted:
        return None, None, [_("no item has a figure yet")]
    plain = sum((own.points for own in counted if own.points is not None), Decimal(0))
    taken_off, said = _joint_ceilings(counted)
    total, clipped = _clipped(plain - taken_off, policy)
    said += clipped
    for own in vetoes:
        cap = own.item.capped_at
        if cap is not None and total > cap:
            cap = rounded(cap, POINT_PLACES)
            words = _("veto: the score is capped at %(points)s") % {"points": number(cap)}
            said.append(sentence([own.item.name], [words], number(cap)))
            total = cap
    return total, plain, said


def _joint_ceilings(counted: Sequence[Points]) -> tuple[Decimal, list[str]]:
    """What items with a joint ceiling exceed it by, all told, and a sentence for each ceiling that was reached."""
    together: dict[str, list[Points]] = {}
    for own in counted:
        if own.item.joint and own.item.joint_most is not None:
            together.setdefault(own.item.joint, []).append(own)
    taken_off, said = Decimal(0), []
    for members in together.values():
        most = rounded(min(own.item.joint_most for own in members if own.item.joint_most is not None), POINT_PLACES)
        points = [own.points for own in members if own.points is not None]
        whole = sum(points, Decimal(0))
        if whole > most:
            taken_off += whole - most
            sum_of = Sum(" + ".join(factor(each) for each in points), whole).printed(POINT_PLACES)
            cap = _("together at most %(points)s") % {"points": number(most)}
            said.append(sentence([names(own.item.name for own in members)], [sum_of, cap], number(most)))
    return taken_off, said


def _clipped(total: Decimal, policy: Policy) -> tuple[Decimal, list[str]]:
    """Within the policy's lowest and highest score; the highest holds where they contradict each other."""
    kept = total if policy.score_least is None else max(total, rounded(policy.score_least, POINT_PLACES))
    kept = kept if policy.score_most is None else min(kept, rounded(policy.score_most, POINT_PLACES))
    if kept == total:
        return total, []
    bound = _("at most %(points)s") if kept < total else _("at least %(points)s")
    facts = [_("sum of the items %(points)s") % {"points": number(total)}]
    return kept, [sentence(facts, [bound % {"points": number(kept)}], number(kept))]
