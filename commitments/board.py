"""What a dashboard shows of a quarter: the headline, and rows by unit, by list, by category and by chain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from django.utils.functional import SimpleLazyObject

from commitments.figures import Comparison, Figures, Row, grouped
from commitments.models import Campaign
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects import kept_totals, part_sums
from projects.models import ProjectList
from projects.selection import Catalogue, Selection, Tree
from projects.standings import WHOLE, Slice, Standings, Total

WHOLE_TREE = 0
INDUSTRY = "industry"  # the category whose projects are industrial


@dataclass(frozen=True)
class Board:
    """A quarter of the tree's topmost units, read in a number of queries that doesn't hang on the number of units.

    `kept` are totals that are known already (projects/kept_totals.py); others are summed from the standings.
    """

    quarter: Quarter
    tree: Tree
    catalogue: Catalogue
    standings: Standings
    yardstick: Yardstick
    kept: Mapping[str, Total] = field(default_factory=dict)

    @classmethod
    def read(cls, quarter: Quarter, tree: Tree) -> "Board":
        """Judged by the campaign of the first of the tree's tops; tops side by side stand in one as a rule."""
        campaign = Campaign.objects.of(tree.tops[0], quarter.year) if tree.tops else None
        board = cls(
            quarter,
            tree,
            Catalogue.read(),
            cast("Standings", SimpleLazyObject(lambda: Standings.read(quarter, tree.whole))),
            Yardstick.read(quarter, campaign=campaign),
        )
        return replace(board, kept=kept_totals.totals(quarter, [unit.pk for unit in tree.tops], board._summed))

    def _summed(self) -> dict[str, Total]:
        """Everything that a dashboard shows, in one query and that for the branches."""
        tops = [unit.pk for unit in self.tree.tops]
        keys = {WHOLE_TREE: tops}
        keys |= {unit.pk: [unit.pk] for unit in self.tree.branches()} | {-top: [top] for top in tops}
        slices = {self.catalogue.slice(part) for part in self._parts()}
        itself = {-top for top in tops}
        whole, parts = part_sums.totals(self.quarter, keys, itself=itself, whole=WHOLE_TREE, parts=slices)
        of_parts = {_key(WHOLE_TREE, part): total for part, total in parts.items()}
        return {_key(branch): total for branch, total in whole.items()} | of_parts

    def _parts(self) -> Iterator[Selection]:
        """The tree's whole by tier, list, category and chain, and what is industrial of each list."""
        yield from (self.selection.but(tier=tier.value) for tier in ProjectList.Tier)
        yield from (self.selection.but(list=each.code) for each in self.catalogue.lists)
        yield from (self.selection.but(category=each.code) for each in self.catalogue.categories)
        yield from (self.selection.but(chain=each.code) for each in self.catalogue.chains)
        if self.knows_industry:
            yield from (self.selection.but(list=each.code, category=INDUSTRY) for each in self.catalogue.lists)

    @property
    def knows_industry(self) -> bool:
        return any(each.code == INDUSTRY for each in self.catalogue.categories)

    @property
    def selection(self) -> Selection:
        return Selection(quarter=self.quarter, units=tuple(unit.code for unit in self.tree.tops))

    def figures(self, selection: Selection) -> Figures:
        """The figures of a selection, whose units are the board's own."""
        part = self.catalogue.slice(selection)
        known = None if selection.itself else self.kept.get(_key(WHOLE_TREE, part))
        return self._judged(known or self.standings.total(self.tree.chosen(selection), part))

    def _judged(self, total: Total) -> Figures:
        return Figures(total=total, yardstick=self.yardstick)

    def headline(self) -> Figures:
        return self.figures(self.selection)

    def units(self) -> list[Comparison]:
        """A row for each unit right below, with all that lies below it, and one for what the top answers for itself.

        Units without a plan for the year, or a share of one, have no row; nor has a unit that stands alone.
        """
        rows = [row for unit in self.tree.branches() if (row := self._row(unit))]
        if len(self.tree.tops) > 1:
            return grouped(rows, self.yardstick)
        own = [row for top in self.tree.tops if rows and (row := self._own(top))]
        return grouped(rows + own, self.yardstick)

    def _row(self, unit: Unit) -> Row | None:
        total = self.kept.get(_key(unit.pk)) or self.standings.total(self.tree.below([unit]))
        if not total.counts_any:
            return None
        selection = Selection(quarter=self.quarter, units=(unit.code,))
        return Row(name=unit.name, selection=selection, figures=self._judged(total), unit=unit)

    def _own(self, top: Unit) -> Row | None:
        total = self.kept.get(_key(-top.pk)) or self.standings.total([top.pk])
        if not total.counts_any:
            return None
        selection = Selection(quarter=self.quarter, units=(top.code,), itself=True)
        return Row(name=top.name, selection=selection, figures=self._judged(total), unit=top)

    def lists(self) -> list[Row]:
        """Each tier with its lists. A project on several lists counts in each of them, and in a tier once."""
        rows = []
        for tier in ProjectList.Tier:
            parts = [
                row
                for each in self.catalogue.lists
                if each.tier == tier and (row := self._part(each.name, list=each.code, is_part=True))
            ]
            whole = self._part(str(tier.label), tier=tier.value)
            rows += [whole, *parts] if whole else []
        return rows

    def categories(self) -> list[Row]:
        return [row for each in self.catalogue.categories if (row := self._part(each.name, category=each.code))]

    def chains(self) -> list[Row]:
        return [row for each in self.catalogue.chains if (row := self._part(each.name, chain=each.code))]

    def _part(self, name: str, *, is_part: bool = False, **part: str) -> Row | None:
        selection = self.selection.but(**part)
        figures = self.figures(selection)
        return (
            Row(name=name, selection=selection, figures=figures, is_part=is_part) if figures.total.counts_any else None
        )


def _key(branch: int, part: Slice = WHOLE) -> str:
    """Of a total: a unit with all below it, by its id; without them, by the id below zero; or the tree's whole."""
    lists = "" if part.lists is None else ",".join(sorted(part.lists)) or "-"
    return f"{branch}|{lists}|{part.category or ''}|{part.chain or ''}"
