"""What is wrong or odd about a draft letter: pure functions, the letter in, findings out. An error stops its issue."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments.models import Direction, Indicator, Pledge
from portal.templatetags.figures import amount
from projects.validation import Finding, Level

QUARTERLY = ("target_q1", "target_q2", "target_q3", "target")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A letter as the rules look at it. `listed`: ids of the projects that it lists; `pledges` in reading order."""

    year: int
    title: str
    opening: str
    measures: str
    closing: str
    pledges: Sequence[Pledge]
    listed: frozenset[int]


def findings(letter: Written) -> list[Finding]:
    """Every finding, errors first. The field is a text's name, or of the n-th pledge, from 0, "pledges.n.target"."""
    rules = (_texts, _targets, _below_the_plan, _milestones, _unkeepable, _weights, _leaders)
    found = [finding for rule in rules for finding in rule(letter)]
    return sorted(found, key=lambda finding: finding.level)


def unsavable(letter: Written) -> list[Finding]:
    """Those errors with which not even a draft can be kept: the database holds no such pledge."""
    return list(_unkeepable(letter))


def _error(place: int | str, field: str, message: str, *, missing: bool = False) -> Finding:
    name = f"pledges.{place}.{field}" if isinstance(place, int) else field
    return Finding(name, Level.ERROR, message, missing=missing)


def _texts(letter: Written) -> Iterator[Finding]:
    for name in ("title", "opening", "closing"):
        if not getattr(letter, name).strip():
            yield _error("", name, _("This part of the letter is still empty."), missing=True)
    if not letter.measures.strip():
        yield Finding("measures", Level.WARNING, _("The letter names no measures yet."))
    if not letter.pledges:
        yield _error("", "pledges", _("A letter needs a pledge: this one promises nothing yet."), missing=True)


def _targets(letter: Written) -> Iterator[Finding]:
    for place, pledge in enumerate(letter.pledges):
        if pledge.target is None:
            yield _error(place, "target", _("Give the target of the year."), missing=True)
        for name in QUARTERLY:
            value: Decimal | None = getattr(pledge, name)
            if value is not None and value < 0 and _counts_up(pledge):
                yield _error(place, name, _("A target can't be below zero."))


def _counts_up(pledge: Pledge) -> bool:
    """Whether its figures begin at zero: money and numbers; a growth rate may well be negative."""
    return pledge.indicator is None or pledge.indicator.kind != Indicator.Kind.PERCENT


def _below_the_plan(letter: Written) -> Iterator[Finding]:
    for place, pledge in enumerate(letter.pledges):
        if pledge.indicator and pledge.indicator.source == Indicator.Source.DERIVED and not letter.listed:
            yield _error(place, "indicator", _("A unit without projects pledges readings only: remove this pledge."))
        if pledge.floor is None or pledge.target is None:
            continue
        words = {"floor": amount(pledge.floor)}
        if pledge.direction == Direction.MORE and pledge.target < pledge.floor:
            yield _error(place, "target", _("The plan asks for %(floor)s: promise that much or more.") % words)
        if pledge.direction == Direction.LESS and pledge.target > pledge.floor:
            yield _error(place, "target", _("The plan asks for %(floor)s: promise that much or less.") % words)


def _milestones(letter: Written) -> Iterator[Finding]:
    for place, pledge in enumerate(letter.pledges):
        if pledge.due_on and pledge.due_on.year != letter.year:
            yield _error(place, "due_on", _("The day must lie in %(year)s.") % {"year": letter.year})
        if pledge.project_id and pledge.project_id not in letter.listed:
            yield _error(place, "project", _("The letter doesn't list this project: remove the milestone."))


def _unkeepable(letter: Written) -> Iterator[Finding]:
    keys = Counter((each.indicator_id, each.project_id, each.milestone) for each in letter.pledges)
    for place, pledge in enumerate(letter.pledges):
        if pledge.project_id and pledge.due_on is None:
            yield _error(place, "due_on", _("Give the day by which it is to be reached."), missing=True)
        if not pledge.unit_of_measure_zh.strip():
            yield _error(place, "target", _("A target without a unit of measure says nothing: give the indicator one."))
        if keys[pledge.indicator_id, pledge.project_id, pledge.milestone] > 1:
            yield _error(place, "indicator", _("This is pledged twice: remove one of the two."))
        if pledge.direction == Direction.MORE:
            yield from _falls(place, pledge)


def _falls(place: int, pledge: Pledge) -> Iterator[Finding]:
    """Targets are cumulative, so each is at least as high as the one given before it."""
    before: Decimal | None = None
    for name in QUARTERLY:
        value: Decimal | None = getattr(pledge, name)
        if value is None:
            continue
        if before is not None and value < before:
            message = _("Targets are cumulative from January on: %(value)s is below the %(before)s before it.")
            yield _error(place, name, message % {"value": amount(value), "before": amount(before)})
        before = value


def _weights(letter: Written) -> Iterator[Finding]:
    for place, pledge in enumerate(letter.pledges):
        if pledge.weight < 0:
            yield _error(place, "weight", _("A weight can't be below zero."))
    whole = sum((pledge.weight for pledge in letter.pledges), Decimal())
    if whole not in (0, 100):
        message = _("The weights add up to %(sum)s, not to 100.") % {"sum": amount(whole)}
        yield Finding("pledges", Level.WARNING, message)


def _leaders(letter: Written) -> Iterator[Finding]:
    for place, pledge in enumerate(letter.pledges):
        if not pledge.leader.strip():
            yield Finding(f"pledges.{place}.leader", Level.WARNING, _("Nobody is named who answers for it."))
