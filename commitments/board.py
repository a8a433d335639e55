"""What a dashboard shows of a quarter: the headline, and rows by unit, by list, by category and by chain."""

from dataclasses import dataclass

from commitments.figures import Comparison, Figures, Row, grouped
from commitments.models import Campaign
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects.models import ProjectList
from projects.selection import Catalogue, Selection, Tree
from projects.standings import Standings, Total


@dataclass(frozen=True)
class Board:
    """A quarter of the tree's topmost units, read in a number of queries that doesn't hang on the number of units."""

    quarter: Quarter
    tree: Tree
    catalogue: Catalogue
    standings: Standings
    yardstick: Yardstick

    @classmethod
    def read(cls, quarter: Quarter, tree: Tree) -> "Board":
        """Judged by the campaign of the first of the tree's tops; tops side by side stand in one as a rule."""
        campaign = Campaign.objects.of(tree.tops[0], quarter.year) if tree.tops else None
        return cls(
            quarter,
            tree,
            Catalogue.read(),
            Standings.read(quarter, tree.whole),
            Yardstick.read(quarter, campaign=campaign),
        )

    @property
    def selection(self) -> Selection:
        return Selection(quarter=self.quarter, units=tuple(unit.code for unit in self.tree.tops))

    def figures(self, selection: Selection) -> Figures:
        """The figures of a selection, whose units are the board's own."""
        return self._judged(self.standings.total(self.tree.chosen(selection), self.catalogue.slice(selection)))

    def _judged(self, total: Total) -> Figures:
        return Figures(total=total, yardstick=self.yardstick)

    def headline(self) -> Figures:
        return self.figures(self.selection)

    def units(self) -> list[Comparison]:
        """A row for each unit right below, with all that lies below it, and one for what the top answers for itself.

        Units without a plan for the year have no row; nor has a unit that stands alone.
        """
        tops = self.tree.tops
        if len(tops) > 1:
            return grouped([row for unit in tops if (row := self._row(unit))], self.yardstick)
        rows = [row for top in tops for unit in self.tree.children(top) if (row := self._row(unit))]
        own = [row for top in tops if rows and (row := self._own(top))]
        return grouped(rows + own, self.yardstick)

    def _row(self, unit: Unit) -> Row | None:
        total = self.standings.total(self.tree.below([unit]))
        if not total.projects:
            return None
        selection = Selection(quarter=self.quarter, units=(unit.code,))
        return Row(name=unit.name, selection=selection, figures=self._judged(total), unit=unit)

    def _own(self, top: Unit) -> Row | None:
        total = self.standings.total([top.pk])
        if not total.projects:
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
        return Row(name=name, selection=selection, figures=figures, is_part=is_part) if figures.total.projects else None
