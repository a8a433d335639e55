"""How a quarter's standings are judged: against the policy's baseline, and beside the units of the same group.

Reads rollup cells only. The baseline is that of the policy in force on the quarter's last day (domain.md, Figures).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Unit
from portal.rounding import rounded
from projects.selection import Selection
from projects.standings import Total

Kind = Unit.Kind


class Pace(models.TextChoices):
    AHEAD = "ahead", _("ahead of time")
    LEVEL = "level", _("on time")
    BEHIND = "behind", _("behind time")


class Group(models.TextChoices):
    """Units are ranked within their group and never across groups (domain.md, 规模榜单制)."""

    CITIES = "cities", _("Cities")
    COUNTIES = "counties", _("Counties and districts")
    PARKS = "parks", _("Parks")
    COMPANIES = "companies", _("Platform companies")
    BUREAUS = "bureaus", _("Bureaus")


GROUPS = {
    Kind.CITY: Group.CITIES,
    Kind.DISTRICT: Group.COUNTIES,
    Kind.COUNTY: Group.COUNTIES,
    Kind.COUNTY_CITY: Group.COUNTIES,
    Kind.PARK: Group.PARKS,
    Kind.PLATFORM_COMPANY: Group.COMPANIES,
    Kind.BUREAU: Group.BUREAUS,
}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A total and its judgement. Shares are Decimal fractions (0.25 is 25%); null where no unit's report counts."""

    total: Total
    baseline: Decimal

    @property
    def gap(self) -> Decimal | None:
        """Completion rate - time-proportional progress, a difference of shares; printed in percentage points."""
        rate = self.total.completion_rate
        return None if rate is None else rate - self.baseline

    @property
    def pace(self) -> Pace | None:
        """Whether the gap, as it is printed (to a tenth of a point), lies above, at or below nought."""
        if self.gap is None:
            return None
        printed = rounded(self.gap * 100, 1)
        return Pace.AHEAD if printed > 0 else Pace.BEHIND if printed < 0 else Pace.LEVEL


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table: what it is about and its figures; `rank` is null where the row has no rate."""

    name: str
    selection: Selection
    figures: Figures
    unit: Unit | None = None
    rank: int | None = None
    is_part: bool = False


def ranked(rows: Iterable[Row]) -> list[Row]:
    """The rows of one group by completion rate, the highest first; equal rates share a rank.

    Units without an accepted report have no rate and no rank: they stand below, in the order of their codes.
    """
    rated = [(rate, row) for row in rows if (rate := row.figures.total.completion_rate) is not None]
    rated.sort(key=lambda pair: -pair[0])
    rates = [rate for rate, row in rated]
    first = [replace(row, rank=rates.index(rate) + 1) for rate, row in rated]
    return first + [row for row in rows if row.figures.total.completion_rate is None]


def grouped(rows: Sequence[Row]) -> dict[Group, list[Row]]:
    """Rows of units, by group in the groups' order, each group ranked for itself."""
    found: dict[Group, list[Row]] = {}
    for group in Group:
        own = [row for row in rows if row.unit is not None and GROUPS[Kind(row.unit.kind)] == group]
        if own:
            found[group] = ranked(own)
    return found
