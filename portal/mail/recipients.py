"""Who is told: people who may sign in and hold a membership in force that day; of e-mails only those who want them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q

from portal.kept_plans import Kept
from portal.models import Membership, Role, Unit, User
from portal.roles import PREPARERS
from portal.rows import Columns

PERSON = Columns(User, "person")
HELD = """
    WITH RECURSIVE above (unit_id, id, parent_id) AS (
        SELECT id, id, parent_id FROM portal_unit WHERE id = ANY(%(units)s)
        UNION SELECT above.unit_id, upper.id, upper.parent_id
        FROM portal_unit upper JOIN above ON upper.id = above.parent_id
    ),
    held AS (
        SELECT above.unit_id, user_id, bool_or(role = ANY(%(preparers)s)) AS prepares
        FROM above JOIN portal_membership its ON its.unit_id = above.id
        WHERE valid_from <= %(day)s AND (valid_until IS NULL OR valid_until >= %(day)s)
          AND (role = ANY(%(preparers)s) OR role = %(principal)s AND above.id = above.unit_id)
        GROUP BY above.unit_id, user_id
    )
"""
ACTING = f"""
    {HELD} SELECT held.unit_id, person.email, person.id
    FROM held JOIN portal_user person ON person.id = held.user_id
    WHERE person.is_active ORDER BY held.unit_id, person.email
"""
TOLD = Kept(
    f"""
    {HELD.replace("%(units)s", "ARRAY[%(unit)s]")} SELECT held.prepares, {PERSON}
    FROM held JOIN portal_user person ON person.id = held.user_id
    WHERE person.is_active ORDER BY person.email
    """,
    unit="bigint",
    day="date",
    preparers="text[]",
    principal="text",
)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A person, and for each role held that day the ids of the units it reaches."""

    user: User
    reach: dict[str, frozenset[int]]

    def units(self, roles: Collection[str]) -> frozenset[int]:
        return frozenset().union(*(ids for role, ids in self.reach.items() if role in roles))


def of_unit(unit: Unit, roles: Collection[str], *, on: date) -> list[User]:
    """Those who want e-mails at once and whose role, held here or above, reaches this unit; one query."""
    members = Membership.objects.in_force(on=on).filter(role__in=roles).reaching(unit)
    return list(
        User.objects.filter(is_active=True, wants_notices=True, pk__in=members.values("user")).order_by("email")
    )


def acting(units: Collection[int], *, on: date) -> defaultdict[int, list[User]]:
    """By unit, those who can do something about its report: who prepares it, here or above, and its own principals.

    Whether they want e-mails is not asked. A principal above is left out: a mayor would hear of each unit. Two queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(ACTING, _asked(units, on))
        rows = cursor.fetchall()
    people = User.objects.in_bulk({person for _unit, _email, person in rows})
    found: defaultdict[int, list[User]] = defaultdict(list)
    for unit, _email, person in rows:
        found[unit].append(people[person])
    return found


@dataclass(frozen=True, kw_only=True)
class Told:
    """Somebody who can do something about a unit's report; `by_mail`: who prepares it and wants e-mails at once."""

    user: User
    by_mail: bool


def told(unit: int, *, on: date) -> list[Told]:
    """`acting` at one unit and `of_unit` of its preparers in one query."""
    with connection.cursor() as cursor:
        TOLD.run(cursor, {"unit": unit, **_asked([unit], on)})
        rows = cursor.fetchall()
    return [Told(user=(user := PERSON.made(row[1:])), by_mail=row[0] and user.wants_notices) for row in rows]


def _asked(units: Collection[int], day: date) -> dict[str, Any]:
    return {"units": list(units), "day": day, "preparers": sorted(PREPARERS), "principal": Role.PRINCIPAL.value}


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
