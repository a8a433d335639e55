"""What a figure is about and what its address says: a quarter, units with all below them, some of their projects."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.urls import get_script_prefix, get_urlconf, reverse

from portal.kept_plans import Kept
from portal.models import Quarter, Unit, User
from portal.replicas import alias, connection
from portal.roles import EVERYONE
from portal.rows import Columns
from projects.models import Category, Chain, ProjectList
from projects.recorded import Moment
from projects.standings import Slice

QUARTER, UNIT = Columns(Quarter, "quarter"), Columns(Unit, "unit")
RIGHT_BELOW = f"SELECT {UNIT} FROM portal_unit unit WHERE parent_id = ANY (%s) ORDER BY code"
# Asked even of a page that is not built again.
OPENED = Kept(
    f"""
    SELECT {QUARTER}, id IN (SELECT quarter_id FROM projects_mark) FROM portal_quarter quarter
    WHERE opens_on <= %(day)s ORDER BY year DESC, number DESC
    """,
    day="date",
)


@cache
def _address_of_lines(_urlconf: str | None, _prefix: str) -> str:
    """A page has a hundred of them."""
    return reverse("lines")


def opened_quarters(label: str, *, on: date) -> tuple[list[Quarter], Quarter | None]:
    """The quarters that have opened, the newest first, and the one with this label, without a label the newest.

    Raises Http404 where no opened quarter has the label.
    """
    opened, quarter, _waits = opened_with_marks(label, on=on)
    return opened, quarter


def opened_with_marks(label: str, *, on: date) -> tuple[list[Quarter], Quarter | None, bool]:
    """The same, and whether a unit's figures of that one quarter are still to be recomputed."""
    with connection.cursor() as cursor:
        OPENED.run(cursor, {"day": on})
        found = [(QUARTER.made(row[:-1], alias=alias()), bool(row[-1])) for row in cursor.fetchall()]
    opened = [quarter for quarter, _waits in found]
    if not label:
        return (opened, *found[0]) if found else (opened, None, False)
    for quarter, waits in found:
        if quarter.label == label:
            return opened, quarter, waits
    raise Http404


@dataclass(frozen=True, kw_only=True)
class Selection:
    """In words of an address. `units` are topmost ones; empty means all that the person reaches.

    `itself`: only what those units answer for themselves, without the units below them. `as_of`: with what had been
    recorded by that moment, null for now.
    """

    quarter: Quarter
    units: tuple[str, ...] = ()
    itself: bool = False
    tier: str = ""
    list: str = ""
    category: str = ""
    chain: str = ""
    as_of: Moment | None = None

    @classmethod
    def from_query(cls, query: QueryDict, quarter: Quarter) -> "Selection":
        """All that the address says but the moment, which can be nonsense: `Moment.read` refuses that."""
        return cls(
            quarter=quarter,
            units=tuple(query.getlist("unit")),
            itself="itself" in query,
            tier=query.get("tier", ""),
            list=query.get("list", ""),
            category=query.get("category", ""),
            chain=query.get("chain", ""),
        )

    def but(self, **changed: object) -> "Selection":
        return replace(self, **changed)  # type: ignore[arg-type]

    @property
    def pairs(self) -> Sequence[tuple[str, str]]:
        """The selection as the names and values of an address."""
        parts = [("quarter", self.quarter.label), *(("unit", code) for code in self.units)]
        if self.itself:
            parts.append(("itself", "1"))
        named = ((name, getattr(self, name)) for name in ("tier", "list", "category", "chain"))
        moment = [("as_of", self.as_of.text)] if self.as_of else []
        return [*parts, *((name, value) for name, value in named if value), *moment]

    @property
    def query(self) -> str:
        """The selection as the query of an address."""
        return urlencode(self.pairs)

    @property
    def lines(self) -> str:
        """The address of the lines behind it, open for `&measure=…`."""
        return f"{_address_of_lines(get_urlconf(), get_script_prefix())}?{self.query}"


@dataclass(frozen=True)
class Tree:
    """Units that a person reaches, and what lies below each. `tops` are those that the page is about.

    `reached` may be a queryset: 3,000 units are read only where somebody asks for more than the tops.
    """

    tops: list[Unit]
    reached: list[Unit] | QuerySet[Unit]

    @classmethod
    def reached_by(cls, user: User, *, on: date, codes: Collection[str] = ()) -> "Tree":
        """The named units, or without names the topmost that the person reaches.

        Raises Http404 where a named unit isn't within reach: a stranger doesn't learn whether it exists.
        """
        reached = Unit.objects.reached_by(user, EVERYONE, on=on)
        if codes:
            if any("\0" in code for code in codes):
                raise Http404
            tops = list(reached.filter(code__in=codes))
            if len(tops) != len(set(codes)):
                raise Http404
            return cls(tops, reached)
        return cls(list(Unit.objects.topmost_reached_by(user, EVERYONE, on=on)), reached)

    @cached_property
    def _children(self) -> dict[int | None, list[Unit]]:
        found: defaultdict[int | None, list[Unit]] = defaultdict(list)
        for unit in self.reached:
            found[unit.parent_id].append(unit)
        return found

    def children(self, unit: Unit) -> list[Unit]:
        return self._children.get(unit.pk, [])

    def branches(self) -> list[Unit]:
        """The tops where there are several, else the units right below the one."""
        return self.tops if len(self.tops) > 1 else self._right_below

    @cached_property
    def _right_below(self) -> list[Unit]:
        below = {top.pk for top in self.tops}
        if not isinstance(self.reached, QuerySet):
            return [unit for unit in self.reached if unit.parent_id in below]
        with connection.cursor() as cursor:
            cursor.execute(RIGHT_BELOW, [list(below)])
            return [UNIT.made(row, alias=alias()) for row in cursor.fetchall()]

    def below(self, units: Iterable[Unit]) -> frozenset[int]:
        """These units and everything below them."""
        waiting, found = list(units), set[int]()
        while waiting:
            unit = waiting.pop()
            if unit.pk not in found:
                found.add(unit.pk)
                waiting += self.children(unit)
        return frozenset(found)

    @cached_property
    def whole(self) -> frozenset[int]:
        """The units that the page is about, with everything below them."""
        return self.below(self.tops)

    def chosen(self, selection: Selection) -> frozenset[int]:
        """The units of a selection that names this tree's tops."""
        return frozenset(unit.pk for unit in self.tops) if selection.itself else self.whole


@dataclass(frozen=True)
class Catalogue:
    """The lists, categories and chains there are, in their order."""

    lists: list[ProjectList]
    categories: list[Category]
    chains: list[Chain]

    @classmethod
    def read(cls) -> "Catalogue":
        return cls(list(ProjectList.objects.all()), list(Category.objects.all()), list(Chain.objects.all()))

    def slice(self, selection: Selection) -> Slice:
        """The part of the units' projects that the selection names.

        Raises Http404 for a code that isn't there, and for a chain together with a list or category: no grain of
        cells knows both.
        """
        if selection.chain and (selection.tier or selection.list or selection.category):
            raise Http404
        return Slice(
            lists=self._lists(selection),
            category=_pk(self.categories, selection.category),
            chain=_pk(self.chains, selection.chain),
        )

    def _lists(self, selection: Selection) -> frozenset[str] | None:
        if selection.list:
            _pk(self.lists, selection.list)
            return frozenset({selection.list})
        if selection.tier:
            if selection.tier not in ProjectList.Tier.values:
                raise Http404
            return frozenset(each.code for each in self.lists if each.tier == selection.tier)
        return None

    def words(self, selection: Selection) -> list[str]:
        """What the selection names, in words of the page's language."""
        rows = [
            *(each for each in self.lists if each.code == selection.list),
            *(each for each in self.categories if each.code == selection.category),
            *(each for each in self.chains if each.code == selection.chain),
        ]
        tier = [str(ProjectList.Tier(selection.tier).label)] if selection.tier else []
        return tier + [row.name for row in rows]


def _pk(rows: Iterable[ProjectList | Category | Chain], code: str) -> int | None:
    if not code:
        return None
    for row in rows:
        if row.code == code:
            return row.pk
    raise Http404
