"""What a dashboard shows of a quarter: the headline, and rows by unit, by list, by category and by chain."""

from dataclasses import dataclass
from typing import cast

from django.utils.functional import SimpleLazyObject

from commitments.figures import Comparison, Figures, Row, grouped
from commitments.models import Campaign
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from portal.remembered import State
from projects import tree_sums
from projects.models import ProjectList
from projects.models.classification import INDUSTRY
from projects.selection import Catalogue, Selection, Tree
from projects.standings import Standings, Total
from projects.tree_sums import Sums

DEFINED = {"catalogue", "policy", "units"}  # what lists, campaigns and policies are made of


@dataclass(frozen=True)
class Board:
    """A quarter of the tree's topmost units, read in a number of queries that doesn't hang on the number of units.

    `sums` are what is kept of the tree (projects/kept_sums.py); without them everything is added up from the standings.
    """

    quarter: Quarter
    tree: Tree
    catalogue: Catalogue
    standings: Standings
    yardstick: Yardstick
    sums: Sums | None = None

    @classmethod
    def read(cls, quarter: Quarter, tree: Tree) -> "Board":
        """Judged by the campaign of the first of the tree's tops; tops side by side stand in one as a rule."""
        now = State.of(DEFINED)
        campaign = _campaign(now, tree.tops[0], quarter.year) if tree.tops else None
        judged_by = ("yardstick", quarter.label, campaign.pk if campaign else None)
        return cls(
            quarter,
            tree,
            now.remembered("catalogue", Catalogue.read),
            cast("Standings", SimpleLazyObject(lambda: Standings.read(quarter, tree.whole))),
            now.remembered(judged_by, lambda: Yardstick.read(quarter, campaign=campaign)),
            tree_sums.sums(quarter, *([unit.pk for unit in units] for units in (tree.tops, tree.branches()))),
        )

    @property
    def knows_industry(self) -> bool:
        return any(each.code == INDUSTRY for each in self.catalogue.categories)

    @property
    def selection(self) -> Selection:
        return Selection(quarter=self.quarter, units=tuple(unit.code for unit in self.tree.tops))

    def figures(self, selection: Selection) -> Figures:
        """The figures of a selection, whose units are the board's own."""
        part = self.catalogue.slice(selection)
        if self.sums and _is_kept(selection):
            return self._judged(self.sums.part(part))
        return self._judged(self.standings.total(self.tree.chosen(selection), part))

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
        total = self.sums.branches[unit.pk] if self.sums else self.standings.total(self.tree.below([unit]))
        if not total.counts_any:
            return None
        selection = Selection(quarter=self.quarter, units=(unit.code,))
        return Row(name=unit.name, selection=selection, figures=self._judged(total), unit=unit)

    def _own(self, top: Unit) -> Row | None:
        total = self.sums.itself[top.pk] if self.sums else self.standings.total([top.pk])
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


def _campaign(now: State, unit: Unit, year: int) -> Campaign | None:
    return now.remembered(("campaign", unit.pk, year), lambda: Campaign.objects.of(unit, year))


def _is_kept(selection: Selection) -> bool:
    """All but a category of some lists, unless it is what is industrial on one list (projects/kept_sums.py)."""
    if selection.itself:
        return False
    of_lists = bool(selection.list or selection.tier)
    return not (selection.category and of_lists) or (selection.category == INDUSTRY and bool(selection.list))
