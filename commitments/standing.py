"""How a campaign's letters stand at a quarter's end: a row for each unit in force, the worst first within its group."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from commitments.fulfilment import Fulfilment, actuals, fulfilments
from commitments.models import Campaign, Indicator, LetterState, LetterVersion, Pledge, PledgeState, PolicyGroup
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit

# From what asks for attention first to what is settled well.
SEVERITY = (
    PledgeState.MISSED,
    PledgeState.BEHIND,
    PledgeState.MISSING,
    PledgeState.ON_TRACK,
    PledgeState.KEPT,
    PledgeState.EXEMPT,
)
# What a letter says, of which nothing is shown here: megabytes, where there are thousands.
TEXTS = ("opening", "measures", "closing", "canonical")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of the campaign is asked about: an indicator's code and a state, each empty for all."""

    indicator: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One unit's letter: what has become of its pledges, those asked about, the worst first."""

    unit: Unit
    found: Sequence[Fulfilment]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """State → number of pledges; 0 where there is none."""
        counted = Counter(each.state for each in self.found)
        return {state.value: counted[state] for state in PledgeState}

    @property
    def worst(self) -> Fulfilment:
        return self.found[0]

    @property
    def severity(self) -> tuple[object, ...]:
        """Sorts the worst first: by how many are missed, behind, not reported, then by the largest gap."""
        counts = self.counts
        return (*(-counts[state] for state in SEVERITY[:3]), _gap(self.worst), self.unit.code)


def _gap(found: Fulfilment) -> Decimal:
    return found.gap if found.gap is not None else Decimal(0)


def worst_first(found: Iterable[Fulfilment]) -> list[Fulfilment]:
    """By state, the largest gap first, then in the order of the letter."""
    return sorted(found, key=lambda each: (SEVERITY.index(each.state), _gap(each)))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The letters in force, grouped as the policy compares units; those of no group stand last, under null."""

    groups: Sequence[tuple[PolicyGroup | None, Sequence[Row]]]
    indicators: Sequence[Indicator]
    as_of: datetime | None  # when the last of the cells that the figures rest on was computed

    @classmethod
    def read(cls, campaign: Campaign, quarter: Quarter, units: Collection[int], wanted: Wanted) -> "Standing":
        """Of the letters of the units with these ids; in as many queries however many there are.

        What many pledges share is made once: a letter of each row of a join would be made anew for each pledge.
        """
        versions = {version.pk: version for version in _in_force(campaign, units)}
        theirs = Pledge.objects.filter(version__letter__campaign=campaign, version__letter__unit__in=units)
        theirs = theirs.filter(version__state=LetterState.IN_FORCE).prefetch_related("indicator__category", "project")
        in_order = theirs.order_by("version__letter__unit__code", "position", "id")
        pledges = [each for each in in_order if each.version_id in versions]
        for each in pledges:
            each.version = versions[each.version_id]
        asked = [each for each in pledges if wanted.indicator in ("", each.indicator and each.indicator.code)]
        known = actuals(asked, quarter) if asked else None
        found = fulfilments(asked, quarter, known=known) if asked else {}
        by_unit: dict[Unit, list[Fulfilment]] = {}
        for pledge in asked:
            by_unit.setdefault(pledge.version.letter.unit, []).append(found[pledge.pk])
        rows = [
            Row(unit=unit, found=worst_first(own))
            for unit, own in by_unit.items()
            if not wanted.state or any(each.state == wanted.state for each in own)
        ]
        indicators = {each.indicator.pk: each.indicator for each in pledges if each.indicator}
        return cls(
            groups=_grouped(rows, Yardstick.read(quarter, campaign=campaign)),
            indicators=sorted(indicators.values(), key=lambda each: (each.position, each.code)),
            as_of=max((at for unit in by_unit if known and (at := known.as_of(unit))), default=None),
        )

    @property
    def rows(self) -> list[Row]:
        return [row for _group, rows in self.groups for row in rows]

    @property
    def counts(self) -> Mapping[str, int]:
        """State → number of pledges over all rows."""
        whole = Counter[str]()
        for row in self.rows:
            whole.update(row.counts)
        return {state.value: whole[state.value] for state in SEVERITY}


def _in_force(campaign: Campaign, units: Collection[int]) -> Iterator[LetterVersion]:
    """The letters of these units, without what they say."""
    found = LetterVersion.objects.in_force().filter(letter__campaign=campaign, letter__unit__in=units)
    for version in found.select_related("letter__unit").defer(*TEXTS):
        version.letter.campaign = campaign
        yield version


def _grouped(rows: Sequence[Row], yardstick: Yardstick) -> list[tuple[PolicyGroup | None, Sequence[Row]]]:
    by_group: dict[int | None, list[Row]] = {}
    for row in sorted(rows, key=lambda each: each.severity):
        group = yardstick.group_of(row.unit)
        by_group.setdefault(group.pk if group else None, []).append(row)
    named: list[PolicyGroup | None] = [*yardstick.groups, None]
    return [(group, by_group[key]) for group in named if (key := group.pk if group else None) in by_group]
