"""One unit's points for one item: each formula, its caps, and the words in which a person recomputes it by hand.

Values are in the indicator's unit of measure, rates in per cent. "Better" goes by the indicator's direction: more, or
less. Steps of a sum are rounded to four decimals and printed so, the points to two; a half goes away from zero.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments import scales
from commitments.models import Direction, ScoringItem
from commitments.scales import Band
from commitments.score_words import (
    POINT_PLACES,
    STEP_PLACES,
    Sum,
    factor,
    joined,
    measured,
    named,
    number,
    per_cent,
    percentage_points,
    sentence,
)
from portal.rounding import rounded

Formula = ScoringItem.Formula
Reference = ScoringItem.Reference
HUNDRED = Decimal(100)
REFERENCE_NAMES = {
    Reference.FIXED: lambda: _("fixed value"),
    Reference.BASELINE: lambda: _("time-proportional progress"),
    Reference.TARGET: lambda: _("target to date"),
    Reference.MEAN: lambda: _("mean of the group"),
    Reference.BEST: lambda: _("best of the group"),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a formula looks at. `reference` is null where the item has none.

    `measure` is what counts: the value, or its rate of fulfilment in per cent; null where no rate can be formed of the
    reference and the value is worse than it. Where the formula looks at the group (rank points, spread), `place` is
    the unit's among the `compared`, null for measures; `best` and `worst` are the group's measures.
    """

    item: ScoringItem
    value: Decimal
    reference: Decimal | None
    measure: Decimal | None
    place: int | None = None
    compared: int = 0
    best: Decimal | None = None
    worst: Decimal | None = None

    def printed(self, measure: Decimal) -> str:
        """A measure with its unit."""
        return per_cent(measure) if self.item.as_rate else measured(measure, self.item.indicator)


@dataclass(frozen=True)
class Outcome:
    """A sum that comes to the points before caps and share, and what is said before it."""

    sum: Sum
    steps: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Reckoned:
    """Points with two decimals, null never; whether a veto was drawn; the words."""

    points: Decimal
    is_vetoed: bool
    words: str


def full_points(item: ScoringItem) -> Decimal:
    """What the item is worth before `times`: its weight, or where that is 0 the highest of its grades."""
    if item.weight or not item.grades:
        return Decimal(item.weight)
    if item.formula == Formula.GRADES:
        return max(grade.points for grade in scales.grades(item.grades))
    return max(scales.rank_points(item.grades)) if item.formula == Formula.RANK else Decimal(item.weight)


def bounds(item: ScoringItem) -> tuple[Decimal, Decimal]:
    """The fewest and the most points before `times`; of two that contradict each other the fewest hold."""
    least = Decimal(0) if item.least is None else item.least
    most = full_points(item) if item.most is None else item.most
    return least, max(least, most)


def has_reference(item: ScoringItem) -> bool:
    """Whether the formula compares with a reference at all."""
    if item.formula in (Formula.LINEAR, Formula.BANDS, Formula.SHARE):
        return True
    return item.as_rate or (item.formula == Formula.GRADES and item.reference != Reference.FIXED)


def is_better(item: ScoringItem, one: Decimal, other: Decimal) -> bool:
    return one < other if item.indicator.direction == Direction.LESS else one > other


def rate(item: ScoringItem, value: Decimal, reference: Decimal) -> Decimal | None:
    """Value ÷ reference in per cent, with two decimals.

    Of a reference that isn't above 0 no rate can be formed: a value no worse than it counts as 100, a worse one has
    none (null), which gets the fewest points and the last place.
    """
    if reference > 0:
        return rounded(value * HUNDRED / reference, POINT_PLACES)
    return None if is_better(item, reference, value) else HUNDRED


def reckon(case: Case) -> Reckoned:
    """The points of a unit whose value is known and whose reference, where the formula has one, is known too."""
    if case.item.formula == Formula.VETO:
        return _veto(case)
    steps = _rate_steps(case)
    outcome = _nothing(case) or FORMULAS[case.item.formula](case)
    return _concluded(case.item, _facts(case), [*steps, *outcome.steps], outcome.sum)


def granted(item: ScoringItem, points: Decimal, reason: str) -> Reckoned:
    """Points that no formula made, within the item's caps: `reason` says why."""
    if item.formula == Formula.VETO:
        return Reckoned(Decimal("0.00"), False, joined([item.indicator.name, reason, _("no veto")]))
    return _concluded(item, [item.indicator.name], [reason], Sum("", points))


def _concluded(item: ScoringItem, facts: Sequence[str], steps: Sequence[str], total: Sum) -> Reckoned:
    """Caps, then the share in the score, then two decimals."""
    said = list(steps)
    least, most = bounds(item)
    kept = min(max(rounded(total.exact, STEP_PLACES), least), most)
    if kept != rounded(total.exact, STEP_PLACES):
        cap = _("at most %(points)s") if kept == most else _("at least %(points)s")
        said += [total.printed(STEP_PLACES)] if total.text or total.exact else []
        said.append(cap % {"points": number(kept)})
        total = Sum("", kept)
    if item.times != 1:
        said += [total.printed(STEP_PLACES)] if total.text else []
        total = Sum(f"{factor(kept)} × {number(item.times)}", kept * item.times)
    return Reckoned(rounded(total.exact, POINT_PLACES) + 0, False, sentence(facts, said, total.printed(POINT_PLACES)))


def _facts(case: Case) -> list[str]:
    """The value and what it is compared with."""
    indicator = case.item.indicator
    found = [named(indicator.name, measured(case.value, indicator))]
    if case.reference is not None:
        name = REFERENCE_NAMES[Reference(case.item.reference)]()
        found.append(named(name, measured(case.reference, indicator)))
    return found


def _rate_steps(case: Case) -> list[str]:
    """How the rate of fulfilment came about."""
    if not case.item.as_rate or case.reference is None:
        return []
    if case.reference > 0 and case.measure is not None:
        rate_of = Sum(f"{factor(case.value)} ÷ {number(case.reference)} × 100", case.value * HUNDRED / case.reference)
        return [f"{rate_of.printed(POINT_PLACES)}%"]
    if case.measure is None:
        return [_("no rate can be formed of a reference that isn't above 0"), _("the value is worse")]
    return [_("no rate can be formed of a reference that isn't above 0"), _("the value is no worse: 100%")]


def _nothing(case: Case) -> Outcome | None:
    """The fewest points, where there is no rate or the value is worse than the line below which there is nothing."""
    least = Sum("", bounds(case.item)[0])
    if case.measure is None:
        return Outcome(least, [_("the fewest points")])
    line = case.item.nothing_below
    if line is None or case.item.formula == Formula.SHARE or not is_better(case.item, line, case.measure):
        return None
    return Outcome(least, [_short_of(case.item, case.printed(line)), _("the fewest points")])


def _short_of(item: ScoringItem, line: str) -> str:
    words = (
        _("above the line of %(line)s")
        if item.indicator.direction == Direction.LESS
        else _("below the line of %(line)s")
    )
    return words % {"line": line}


def _linear(case: Case) -> Outcome:
    """Full points at the reference; for each step better `bonus` more, for each step worse `deduction` less."""
    return _outwards(case, _endless(case.item.bonus), _endless(case.item.deduction))


def _endless(points: Decimal | None) -> tuple[Band, ...]:
    return (Band(None, points),) if points else ()


def _bands(case: Case) -> Outcome:
    """As linear, but the points for a step change from band to band with the distance from the reference.

    Not monotone where a band on the better side takes off: that makes a corridor (5:0, -1: from 5 above on 1 less).
    """
    return _outwards(case, scales.bands(case.item.bands_above), scales.bands(case.item.bands_below))


def _outwards(case: Case, better: Iterable[Band], worse: Iterable[Band]) -> Outcome:
    distance, printed, is_ahead = _distance(case)
    weight = Decimal(case.item.weight)
    steps = [printed]
    if not distance:
        return Outcome(Sum("", weight), steps)
    bands = better if is_ahead else worse
    counted = distance
    if case.item.whole_steps and bands:
        whole = distance // case.item.step
        counted = whole * case.item.step
        steps.append(_("whole steps of %(step)s: %(count)s") % {"step": number(case.item.step), "count": number(whole)})
    terms = list(_terms(case.item, bands, counted))
    if not terms:
        steps.append(_("nothing is added for that") if is_ahead else _("nothing is taken off for that"))
        return Outcome(Sum("", weight), steps)
    moved = Sum(" + ".join(text for text, points in terms), sum((points for text, points in terms), Decimal(0)))
    steps.append(moved.printed(STEP_PLACES))
    gained = rounded(moved.exact, STEP_PLACES)
    return _moved(case.item, gained if is_ahead else -gained, steps)


def _distance(case: Case) -> tuple[Decimal, str, bool]:
    """How far the measure is from the reference, in words too, and whether on the better side.

    A rate is measured from 100%, or from the fixed value where the reference is another one.
    """
    item = case.item
    measure = Decimal(0) if case.measure is None else case.measure
    origin = case.reference or Decimal(0)
    if item.as_rate:
        origin = item.fixed if item.reference != Reference.FIXED and item.fixed is not None else HUNDRED
    distance = abs(measure - origin)
    named_origin = per_cent(origin) if item.as_rate else ""
    return distance, _apart(item, measure - origin, named_origin), is_better(item, measure, origin)


def _apart(item: ScoringItem, difference: Decimal, origin: str) -> str:
    """“31.7 percentage points above”; where less is better it says so; `origin` is named where it isn't given yet."""
    if not difference:
        return _("level with %(origin)s") % {"origin": origin} if origin else _("level with it")
    is_points = item.as_rate or item.indicator.kind == item.indicator.Kind.PERCENT
    far = abs(difference)
    distance = percentage_points(far) if is_points else measured(far, item.indicator)
    if origin:
        words = _("%(distance)s above %(origin)s") if difference > 0 else _("%(distance)s below %(origin)s")
    else:
        words = _("%(distance)s above") if difference > 0 else _("%(distance)s below")
    words %= {"distance": distance, "origin": origin}
    return joined([words, _("less is better")]) if item.indicator.direction == Direction.LESS else words


def _terms(item: ScoringItem, bands: Iterable[Band], distance: Decimal) -> Iterable[tuple[str, Decimal]]:
    """The part of the distance in each band, as a product in words and its points."""
    rest = distance
    for band in bands:
        part = rest if band.width is None else min(rest, band.width)
        if part <= 0:
            return
        rest -= part
        steps = part / item.step
        text = number(part) if item.step == 1 else f"{number(part)} ÷ {number(item.step)}"
        if item.whole_steps and part % item.step == 0:
            text = number(steps)
        yield f"{text} × {factor(band.points)}", part * band.points / item.step


def _moved(item: ScoringItem, gained: Decimal, steps: list[str]) -> Outcome:
    """The full points with so many added or taken off; caps are said of what is added or taken off, as rules do."""
    weight = Decimal(item.weight)
    least, most = bounds(item)
    room = most - weight if gained > 0 else weight - least
    if abs(gained) > room >= 0:
        words = _("at most %(points)s more") if gained > 0 else _("at most %(points)s off")
        steps.append(words % {"points": number(room)})
        gained = room if gained > 0 else -room
    if not weight:
        return Outcome(Sum("", gained), steps)
    text = f"{number(weight)} {'+' if gained >= 0 else '−'} {number(abs(gained))}"
    return Outcome(Sum(text, weight + gained), steps)


def _grades(case: Case) -> Outcome:
    """The points of the best grade reached. With a reference (not as a rate) lines are distances to the better side."""
    item, steps = case.item, []
    measure = Decimal(0) if case.measure is None else case.measure
    is_distance = has_reference(item) and not item.as_rate
    if is_distance:
        distance, printed, is_ahead = _distance(case)
        steps.append(printed)
        measure = distance if is_ahead else -distance
    is_less = item.indicator.direction == Direction.LESS and not is_distance
    reached = [
        grade for grade in scales.grades(item.grades) if (measure <= grade.line if is_less else measure >= grade.line)
    ]
    if not reached:
        return Outcome(Sum("", bounds(item)[0]), [*steps, _("short of every grade"), _("the fewest points")])
    grade = min(reached) if is_less else max(reached)
    line = number(grade.line) if is_distance else case.printed(grade.line)
    return Outcome(Sum("", grade.points), [*steps, _("reaches the grade %(line)s") % {"line": line}])


def _rank(case: Case) -> Outcome:
    """The points of the place; after the last that is listed, or after the first, `deduction` less for each place.

    Without a deduction, places after the last listed get the fewest points.
    """
    item, place = case.item, case.place or 1
    listed = scales.rank_points(item.grades) or (full_points(item),)
    steps = [_("place %(place)s of %(compared)s") % {"place": place, "compared": case.compared}]
    if place <= len(listed):
        return Outcome(Sum("", listed[place - 1]), steps)
    if not item.deduction:
        return Outcome(Sum("", bounds(item)[0]), [*steps, _("after the places with points"), _("the fewest points")])
    behind = place - len(listed)
    steps.append(_("places behind place %(last)s: %(behind)s") % {"last": len(listed), "behind": behind})
    text = f"{number(listed[-1])} − {behind} × {number(item.deduction)}"
    return Outcome(Sum(text, listed[-1] - behind * item.deduction), steps)


def _count(case: Case) -> Outcome:
    """`bonus` for each step counted; below 0 nothing is counted."""
    item = case.item
    counted, bonus = max(case.value, Decimal(0)), item.bonus or Decimal(0)
    if not item.whole_steps:
        text = number(counted) if item.step == 1 else f"{number(counted)} ÷ {number(item.step)}"
        return Outcome(Sum(f"{text} × {number(bonus)}", counted * bonus / item.step))
    whole = counted // item.step
    said = _("whole steps of %(step)s: %(count)s") % {"step": number(item.step), "count": number(whole)}
    return Outcome(Sum(f"{number(whole)} × {number(bonus)}", whole * bonus), [said])


def _share(case: Case) -> Outcome:
    """Weight × value ÷ reference; where less is better, weight × reference ÷ value.

    What can't be divided: a value no worse than a reference that isn't above 0 gets the full points, a worse one the
    fewest; where less is better, a value of 0 or below beside a reference above 0 is better than any share: the most.
    """
    item, weight = case.item, Decimal(case.item.weight)
    value, reference = case.value, case.reference or Decimal(0)
    least, most = bounds(item)
    if reference <= 0:
        steps = [_("no share can be formed of a reference that isn't above 0")]
        if is_better(item, reference, value):
            return Outcome(Sum("", least), [*steps, _("the value is worse"), _("the fewest points")])
        return Outcome(Sum("", weight), [*steps, _("the value is no worse"), _("the full points")])
    above, below = (reference, value) if item.indicator.direction == Direction.LESS else (value, reference)
    if below <= 0:
        return Outcome(Sum("", most), [_("a value that isn't above 0 is better than any share"), _("the most points")])
    percentage = Sum(f"{factor(above)} ÷ {number(below)} × 100", above * HUNDRED / below)
    line = item.nothing_below
    if line is not None and rounded(percentage.exact, POINT_PLACES) < line:
        short = _("below the line of %(line)s") % {"line": per_cent(line)}
        return Outcome(Sum("", least), [f"{percentage.printed(POINT_PLACES)}%", short, _("the fewest points")])
    return Outcome(Sum(f"{number(weight)} × {factor(above)} ÷ {number(below)}", weight * above / below))


def _spread(case: Case) -> Outcome:
    """From the fewest points for the group's worst to the full points for its best, in proportion (功效系数).

    Where all are equal, all get the full points.
    """
    item = case.item
    least = bounds(item)[0]
    weight = Decimal(item.weight)
    if case.best is None or case.worst is None or case.measure is None or case.best == case.worst:
        return Outcome(Sum("", weight), [_("all of the group are equal"), _("the full points")])
    ends = _("best of the group %(best)s, worst %(worst)s") % {
        "best": case.printed(case.best),
        "worst": case.printed(case.worst),
    }
    ahead, whole = case.measure - case.worst, case.best - case.worst
    part = f"({factor(case.measure)} − {factor(case.worst)}) ÷ ({factor(case.best)} − {factor(case.worst)})"
    if not least:
        return Outcome(Sum(f"{number(weight)} × {part}", weight * ahead / whole), [ends])
    text = f"{factor(least)} + ({number(weight)} − {factor(least)}) × {part}"
    return Outcome(Sum(text, least + (weight - least) * ahead / whole), [ends])


FORMULAS: dict[str, Callable[[Case], Outcome]] = {
    Formula.LINEAR: _linear,
    Formula.BANDS: _bands,
    Formula.GRADES: _grades,
    Formula.RANK: _rank,
    Formula.COUNT: _count,
    Formula.SHARE: _share,
    Formula.SPREAD: _spread,
}


def _veto(case: Case) -> Reckoned:
    """A veto has no points: it is drawn by a measure worse than the fixed value, or by one that has no rate."""
    item = case.item
    is_drawn = item.fixed is not None and (case.measure is None or is_better(item, item.fixed, case.measure))
    said = [*_facts(case), *_rate_steps(case)]
    if is_drawn and item.fixed is not None:
        said.append(_short_of(item, case.printed(item.fixed)))
    if not is_drawn:
        verdict = _("no veto")
    elif item.capped_at is None:
        verdict = _("veto: out of the ranking")
    else:
        verdict = _("veto: the score is capped at %(points)s") % {"points": number(item.capped_at)}
    return Reckoned(Decimal("0.00"), is_drawn, joined([*said, verdict]))
