"""By what a quarter is judged: the policy in force on its last day, with its lights, groups and scoring items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject

from commitments.models import Campaign, Policy, PolicyGroup, PolicyLight, ScoringItem
from commitments.models.policy import group_of
from portal.models import Quarter, Unit
from portal.rounding import rounded


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """Read in four queries, the items in a fifth where they are asked for.

    `named`: unit id → id of the group that names the unit itself.
    """

    policy: Policy
    lights: Sequence[PolicyLight]
    groups: Sequence[PolicyGroup]
    named: Mapping[int, int]
    items: Sequence[ScoringItem]
    baseline: Decimal

    @classmethod
    def read(cls, quarter: Quarter, *, campaign: Campaign | None) -> "Yardstick":
        """The campaign's own policy, or the one that holds where a campaign has none."""
        return cls.of(Policy.objects.in_force(on=quarter.ends_on, campaign=campaign), quarter)

    @classmethod
    def of(cls, policy: Policy, quarter: Quarter) -> "Yardstick":
        """A given policy, whether or not it is in force on the quarter's last day."""
        return cls(
            policy=policy,
            lights=list(policy.lights.all()),
            groups=list(policy.groups.all()),
            named=dict(
                PolicyGroup.units.through.objects.filter(policygroup__policy=policy).values_list("unit", "policygroup")
            ),
            items=cast("list[ScoringItem]", SimpleLazyObject(lambda: list(_items(policy)))),
            baseline=policy.baseline(quarter.number),
        )

    def group_of(self, unit: Unit) -> PolicyGroup | None:
        return group_of(unit, self.groups, self.named)

    def light(self, rate: Decimal | None, baseline: Decimal | None = None) -> PolicyLight | None:
        """The light of a rate beside the baseline, both shares (0.25 is 25%); null where there is no rate.

        By points: that of the highest threshold which the points behind reach; a threshold of 0 begins above 0. By
        share: that of the lowest threshold which the rate's share of the baseline stays below. Both go by figures as
        printed, to a tenth. Without a baseline given, time-proportional progress at the quarter's end.
        """
        expected = self.baseline if baseline is None else baseline
        if rate is None or not self.lights:
            return None
        marked = [(light.threshold, light) for light in self.lights if light.threshold is not None]
        if self.policy.lights_by == Policy.LightsBy.POINTS:
            behind = rounded((expected - rate) * 100, 1)
            shining = [pair for pair in marked if behind >= pair[0] and behind > 0]
            worst = max(shining, key=lambda pair: pair[0], default=None)
        else:
            share = rounded(rate / expected * 100, 1) if expected else Decimal(100)
            shining = [pair for pair in marked if share < pair[0]]
            worst = min(shining, key=lambda pair: pair[0], default=None)
        return worst[1] if worst else next((light for light in self.lights if light.threshold is None), None)


def _items(policy: Policy) -> "QuerySet[ScoringItem]":
    return policy.items.select_related("indicator__category")
