"""How a quarter's standings are judged: against the policy's baseline, and beside the units of the same group.

Reads rollup cells only. Baseline, lights and groups are those of the policy in force on the quarter's last day
(domain.md, Figures).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments.models import PolicyGroup, PolicyLight
from commitments.yardstick import Yardstick
from portal.models import Unit
from projects.selection import Selection
from projects.standings import Total


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A total and its judgement. Shares are Decimal fractions (0.25 is 25%); null where no unit's report counts."""

    total: Total
    yardstick: Yardstick

    @property
    def baseline(self) -> Decimal:
        """Time-proportional progress at the quarter's end, a share of the year's plan; it may pass 1."""
        return self.yardstick.baseline

    @property
    def gap(self) -> Decimal | None:
        """Completion rate - time-proportional progress, a difference of shares; printed in percentage points."""
        rate = self.total.completion_rate
        return None if rate is None else rate - self.baseline

    @property
    def light(self) -> PolicyLight | None:
        """By the policy's lights; null where there is no rate."""
        return self.yardstick.light(self.total.completion_rate)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table: what it is about and its figures; `rank` is null where the row has no rate."""

    name: str
    selection: Selection
    figures: Figures
    unit: Unit | None = None
    rank: int | None = None
    is_part: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The units of one group, each with its rank among them; without a group, those that nobody compares."""

    group: PolicyGroup | None
    rows: list[Row]

    @property
    def name(self) -> str:
        return self.group.name if self.group else _("Not compared")


def ranked(rows: Iterable[Row]) -> list[Row]:
    """The rows of one group by completion rate, the highest first; equal rates share a rank.

    Units without an accepted report have no rate and no rank: they stand below, in the order of their codes.
    """
    rated = [(rate, row) for row in rows if (rate := row.figures.total.completion_rate) is not None]
    rated.sort(key=lambda pair: -pair[0])
    rates = [rate for rate, row in rated]
    first = [replace(row, rank=rates.index(rate) + 1) for rate, row in rated]
    return first + [row for row in rows if row.figures.total.completion_rate is None]


def grouped(rows: Sequence[Row], yardstick: Yardstick) -> list[Comparison]:
    """Rows of units by group, in the policy's order and each ranked for itself; last those of no group, unranked."""
    standing = [(yardstick.group_of(row.unit), row) for row in rows if row.unit is not None]
    found = [
        Comparison(group=group, rows=ranked(own))
        for group in yardstick.groups
        if (own := [row for its, row in standing if its == group])
    ]
    alone = [row for its, row in standing if its is None]
    return [*found, Comparison(group=None, rows=alone)] if alone else found
