"""Quarters filled by time-proportional progress 序时进度, as a beginning: only empty fields, and nothing is saved."""

from collections.abc import Sequence
from decimal import Decimal

from commitments.letter_form import QUARTERS, LetterForm, Row
from commitments.models import Indicator, Pledge
from portal.rounding import rounded
from projects.reading import written

Measure = Indicator.Measure
# What grows from quarter to quarter; all else, such as a growth rate, is asked for in full at each quarter's end.
GROWING = {
    Measure.INVESTMENT,
    Measure.COMPLETION_RATE,
    Measure.NEWLY_STARTED,
    Measure.COMPLETED,
    Measure.COMPLETED_OUTPUT,
}
PLACES = {Indicator.Kind.MONEY: 2, Indicator.Kind.PERCENT: 1, Indicator.Kind.NUMBER: 0}


def filled(form: LetterForm, baselines: Sequence[Decimal]) -> dict[str, str]:
    """Texts for the quarters' empty fields of pledges whose year can be read; `baselines` are the shares due (0.25)."""
    form.is_valid()
    texts = {}
    for row in form.rows:
        target = form.cleaned_data.get(row.name("target"))
        if target is None or row.pledge.indicator is None:
            continue
        before: Decimal | None = None
        for place, (name, share) in enumerate(zip(QUARTERS, baselines, strict=True)):
            typed = form.cleaned_data.get(row.name(name))
            if not str(form.data.get(row.name(name)) or "").strip():
                later = [form.cleaned_data.get(row.name(each)) for each in QUARTERS[place + 1 :]]
                typed = _between(before, _part(row, target, share), [each for each in later if each is not None])
                texts[row.name(name)] = written(typed)
            before = before if typed is None else typed
    return texts


def _between(before: Decimal | None, part: Decimal, later: Sequence[Decimal]) -> Decimal:
    """Not below what was typed for a quarter before, nor above what was for one after: targets are cumulative."""
    part = min([part, *later])
    return part if before is None else max(part, before)


def _part(row: Row, target: Decimal, share: Decimal) -> Decimal:
    if not _grows(row.pledge) or share >= 1:
        return target
    assert row.pledge.indicator is not None  # noqa: S101 - narrows the type: a milestone has no quarters
    return rounded(target * share, PLACES[Indicator.Kind(row.pledge.indicator.kind)])


def _grows(pledge: Pledge) -> bool:
    indicator = pledge.indicator
    if indicator is None:
        return False
    if indicator.source == Indicator.Source.DERIVED:
        return indicator.measure in GROWING
    return indicator.adds_up == Indicator.AddsUp.SUM
