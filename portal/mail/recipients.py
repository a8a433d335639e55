"""Who gets an e-mail: people who may sign in, hold a membership in force that day and want this kind of e-mail."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.db.models.expressions import RawSQL

from portal.models import Membership, Unit, User

ABOVE = """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM portal_unit WHERE id = %s
        UNION SELECT unit.id, unit.parent_id FROM portal_unit unit JOIN above ON unit.id = above.parent_id
    ) SELECT id FROM above
"""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A person, and for each role held that day the ids of the units it reaches."""

    user: User
    reach: dict[str, frozenset[int]]

    def units(self, roles: Collection[str]) -> frozenset[int]:
        return frozenset().union(*(ids for role, ids in self.reach.items() if role in roles))


def of_unit(unit: Unit, roles: Collection[str], *, on: date) -> list[User]:
    """Those who want e-mails at once and whose role, held here or above, reaches this unit; one query."""
    members = Membership.objects.in_force(on=on).filter(role__in=roles, unit__in=RawSQL(ABOVE, [unit.pk]))
    return list(
        User.objects.filter(is_active=True, wants_notices=True, pk__in=members.values("user")).order_by("email")
    )


def everyone(*, on: date, wanting: Q) -> list[Recipient]:
    """All people who hold a role that day and want it, with what they reach, in two queries."""
    below = _below()
    found: dict[int, User] = {}
    reach: defaultdict[int, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    people = User.objects.filter(wanting, is_active=True)
    members = Membership.objects.in_force(on=on).filter(user__in=people).select_related("user")
    for membership in members.order_by("user__email"):
        found[membership.user_id] = membership.user
        reach[membership.user_id][membership.role] |= below[membership.unit_id]
    return [
        Recipient(user=user, reach={role: frozenset(ids) for role, ids in reach[pk].items()})
        for pk, user in found.items()
    ]


def _below() -> dict[int, frozenset[int]]:
    """For each unit its own id and those of everything below it."""
    parents: dict[int, int | None] = dict(Unit.objects.values_list("pk", "parent_id"))
    below: dict[int, set[int]] = {pk: {pk} for pk in parents}
    for pk, parent in parents.items():
        above = parent
        while above and pk not in below[above]:
            below[above].add(pk)
            above = parents[above]
    return {pk: frozenset(ids) for pk, ids in below.items()}
