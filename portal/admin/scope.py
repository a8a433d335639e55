"""How far a person's role reaches in the admin: the units it lists, and those an administrator may act on."""

from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from portal import clock
from portal.accounts import signed_in
from portal.models import Membership, Unit, User
from portal.roles import ADMIN_ROLES, ADMINISTRATORS, REVIEWERS

AT_THE_TOP = """
    SELECT ARRAY(
        SELECT role FROM portal_membership
        WHERE unit_id = top.id AND user_id = %(person)s
          AND valid_from <= %(day)s AND (valid_until IS NULL OR valid_until >= %(day)s)
    )
    FROM portal_unit top WHERE parent_id IS NULL
"""
NAMED = 100  # units that a query names one by one


def units_seen(request: HttpRequest) -> QuerySet[Unit]:
    """Units within reach of the roles that open the admin to this person."""
    return Unit.objects.reached_by(signed_in(request), ADMIN_ROLES, on=clock.today())


def sees_everything(request: HttpRequest) -> bool:
    """Whether every unit there is lies within reach, so that a list needn't be narrowed row by row."""
    return all(held & ADMIN_ROLES for held in _held_at_the_top(request))


def about_units_seen(request: HttpRequest, field: str) -> Q:
    """Narrows a list by a column of units to those within reach. Few units are named: so the right index is taken."""
    if sees_everything(request):
        return Q()
    kept = _kept(request)
    if "units" not in kept:
        kept["units"] = list(units_seen(request).order_by().values_list("pk", flat=True)[: NAMED + 1])
    few = kept["units"]
    return Q(**{f"{field}__in": few if len(few) <= NAMED else units_seen(request).order_by().values("pk")})


def units_administered(request: HttpRequest) -> QuerySet[Unit]:
    """Units where this person hands out roles and grants time."""
    return Unit.objects.reached_by(signed_in(request), ADMINISTRATORS, on=clock.today())


def administers_all(request: HttpRequest) -> bool:
    """Whether the person is administrator of a unit above which there is none: the tree and its calendar are theirs."""
    return bool(_roles_at_the_top(request) & ADMINISTRATORS)


def reviews_all(request: HttpRequest) -> bool:
    """Whether the person is reviewer or administrator of a unit above which there is none."""
    return bool(_roles_at_the_top(request) & REVIEWERS)


def _roles_at_the_top(request: HttpRequest) -> frozenset[str]:
    return frozenset().union(*_held_at_the_top(request))


def _held_at_the_top(request: HttpRequest) -> list[frozenset[str]]:
    """For each unit above which there is none, the roles that the person holds at it."""
    kept = _kept(request)
    if "at the top" not in kept:
        with connection.cursor() as cursor:
            cursor.execute(AT_THE_TOP, {"person": signed_in(request).pk, "day": clock.today()})
            kept["at the top"] = [frozenset(roles) for (roles,) in cursor.fetchall()]
    found: list[frozenset[str]] = kept["at the top"]
    return found


def _kept(request: HttpRequest) -> dict[str, Any]:
    """What is asked several times for a page."""
    kept: dict[str, Any] = signed_in(request).__dict__.setdefault("_kept", {})
    return kept


def people_seen(request: HttpRequest) -> QuerySet[User]:
    """People with a role at a unit within reach; those without any role only for who administers all."""
    if administers_all(request) and sees_everything(request):
        return User.objects.all()
    role_here = Membership.objects.filter(user=OuterRef("pk"), unit__in=units_seen(request))
    seen = Q(Exists(role_here))
    if administers_all(request):
        seen |= ~Q(Exists(Membership.objects.filter(user=OuterRef("pk"))))
    return User.objects.filter(seen)


def may_change_person(request: HttpRequest, person: User) -> bool:
    """Only if every role the person ever held lies within reach: whoever changes an address can take the account."""
    if administers_all(request):
        return True
    elsewhere = person.membership_set.exclude(unit__in=units_administered(request))
    return not elsewhere.exists()
