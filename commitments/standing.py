"""How a campaign's letters stand at a quarter's end: a row for each unit in force, the worst first within its group.

A page shows some letters of thousands: the database judges all and says which (commitments/verdicts.py), and only what
is shown is judged here. A file holds every pledge, so all are judged here.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models.expressions import RawSQL

from commitments.fulfilment import Fulfilment, actuals, fulfilments
from commitments.models import Campaign, Indicator, LetterState, LetterVersion, Pledge, PledgeState, PolicyGroup
from commitments.verdicts import SEVERITY, Letter, Verdicts
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit

# What a letter says, of which nothing is shown here: megabytes, where there are thousands.
TEXTS = ("opening", "measures", "closing", "canonical")

# The units as one value: Django would write thousands of them out.
PLEDGED = """
    SELECT pledge.indicator_id FROM commitments_pledge pledge
    JOIN commitments_letterversion version ON version.id = pledge.version_id AND version.state = 'in_force'
    JOIN commitments_letter letter ON letter.id = version.letter_id
    WHERE letter.campaign_id = %s AND letter.unit_id = ANY (%s::bigint[]) AND pledge.indicator_id IS NOT NULL
"""


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
    counts: Mapping[str, int]  # state → number of pledges, 0 where there is none; of a page's row, also those not shown

    @classmethod
    def of(cls, unit: Unit, found: Sequence[Fulfilment]) -> "Row":
        """All that there is of the letter."""
        counted = Counter(each.state for each in found)
        return cls(unit=unit, found=found, counts={state.value: counted[state] for state in PledgeState})

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
    """All letters in force, grouped as the policy compares units; those of no group stand last, under null."""

    groups: Sequence[tuple[PolicyGroup | None, Sequence[Row]]]
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
            Row.of(unit, worst_first(own))
            for unit, own in by_unit.items()
            if not wanted.state or any(each.state == wanted.state for each in own)
        ]
        return cls(
            groups=_grouped(rows, Yardstick.read(quarter, campaign=campaign)),
            as_of=max((at for unit in by_unit if known and (at := known.as_of(unit))), default=None),
        )

    @property
    def rows(self) -> list[Row]:
        return [row for _group, rows in self.groups for row in rows]


# The number of the page that is asked for, of a group, or of the letters that are in none.
PageOf = Callable[[PolicyGroup | None], int]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page of each group. Of a letter the worst pledge, or, asked about one indicator, the pledge on it.

    `counts`: of all letters, shown or not, state → number of pledges. `as_of` as in `Standing`.
    """

    groups: Sequence[tuple[PolicyGroup | None, "Page[Row]"]]
    counts: Mapping[str, int]
    indicators: Sequence[Indicator]
    as_of: datetime | None

    @classmethod
    def read(
        cls,
        campaign: Campaign,
        quarter: Quarter,
        units: Collection[int],
        wanted: Wanted,
        *,
        page_of: PageOf,
        per_page: int,
    ) -> "Shown":
        """Of the letters of the units with these ids; in as many queries however many there are."""
        yardstick = Yardstick.read(quarter, campaign=campaign)
        groups: list[PolicyGroup | None] = [*yardstick.groups, None]
        pages = {group.pk if group else 0: page_of(group) for group in groups}
        verdicts = Verdicts.read(
            campaign,
            quarter,
            units,
            yardstick=yardstick,
            indicator=wanted.indicator,
            state=wanted.state,
            pages=pages,
            per_page=per_page,
        )
        letters = [letter for _number, theirs in verdicts.by_group.values() for letter in theirs]
        rows = _judged(letters, quarter, most=None if wanted.indicator else 1)
        shown = []
        for group in groups:
            key = group.pk if group else 0
            if key in verdicts.by_group:
                number, theirs = verdicts.by_group[key]
                page = _page(number, [rows[letter.unit] for letter in theirs], pages[key], per_page)
                shown.append((group, page))
        return cls(groups=shown, counts=verdicts.counts, indicators=_indicators(campaign, units), as_of=verdicts.as_of)

    @property
    def rows(self) -> list[Row]:
        return [row for _group, page in self.groups for row in page.object_list]


def _page(number: int, rows: Sequence[Row], asked: int, per_page: int) -> "Page[Row]":
    """That page of so many rows, of which only its own are known."""
    page: Page[Row] = Paginator(range(number), per_page).get_page(asked)  # type: ignore[assignment]
    page.object_list = rows
    return page


def _judged(letters: Sequence[Letter], quarter: Quarter, *, most: int | None) -> dict[int, Row]:
    """The letters by their unit, each with so many of its pledges, or all."""
    shown = [pledge for letter in letters for pledge in letter.pledges[:most]]
    pledges = list(Pledge.objects.filter(pk__in=shown).prefetch_related("indicator__category", "project"))
    found = fulfilments(pledges, quarter) if pledges else {}
    units = {pledge.version.letter.unit_id: pledge.version.letter.unit for pledge in pledges}
    return {
        letter.unit: Row(
            unit=units[letter.unit], found=[found[pledge] for pledge in letter.pledges[:most]], counts=letter.counts
        )
        for letter in letters
    }


def _indicators(campaign: Campaign, units: Collection[int]) -> list[Indicator]:
    """Those on which there are pledges, in their order."""
    pledged = RawSQL(PLEDGED, [campaign.pk, sorted(units)])
    return list(Indicator.objects.filter(pk__in=pledged).order_by("position", "code"))


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
