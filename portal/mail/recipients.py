"""Who is told: people who may sign in and hold a membership in force that day; of e-mails only those who want them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from portal.models import Membership, Role, Unit, User
from portal.roles import PREPARERS

ABOVE = """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM portal_unit WHERE id = %s
        UNION SELECT unit.id, unit.parent_id FROM portal_unit unit JOIN above ON unit.id = above.parent_id
    ) SELECT id FROM above
"""

ACTING = """
    WITH RECURSIVE above (unit_id, id, parent_id) AS (
        SELECT id, id, parent_id FROM portal_unit WHERE id = ANY(%(units)s)
        UNION SELECT above.unit_id, upper.id, upper.parent_id
        FROM portal_unit upper JOIN above ON upper.id = above.parent_id
    )
    SELECT DISTINCT above.unit_id, person.email, person.id
    FROM above
    JOIN portal_membership held ON held.unit_id = above.id
    JOIN portal_user person ON person.id = held.user_id
    WHERE person.is_active AND held.valid_from <= %(day)s AND (held.valid_until IS NULL OR held.valid_until >= %(day)s)
      AND (held.role = ANY(%(preparers)s) OR held.role = %(principal)s AND above.id = above.unit_id)
    ORDER BY above.unit_id, person.email
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


def acting(units: Collection[int], *, on: date) -> defaultdict[int, list[User]]:
    """By unit, those who can do something about its report: who prepares it, here or above, and its own principals.

    Whether they want e-mails is not asked. A principal above is left out: a mayor would hear of each unit. Two queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            ACTING,
            {"units": list(units), "day": on, "preparers": sorted(PREPARERS), "principal": Role.PRINCIPAL.value},
        )
        rows = cursor.fetchall()
    people = User.objects.in_bulk({person for _unit, _email, person in rows})
    found: defaultdict[int, list[User]] = defaultdict(list)
    for unit, _email, person in rows:
        found[unit].append(people[person])
    return found


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
