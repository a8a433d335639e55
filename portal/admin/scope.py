"""How far a person's role reaches in the admin: the units it lists, and those an administrator may act on."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from portal import clock
from portal.accounts import signed_in
from portal.models import Membership, Unit, User
from portal.roles import ADMIN_ROLES, ADMINISTRATORS, REVIEWERS


def units_seen(request: HttpRequest) -> QuerySet[Unit]:
    """Units within reach of the roles that open the admin to this person."""
    return Unit.objects.reached_by(signed_in(request), ADMIN_ROLES, on=clock.today())


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
    person = signed_in(request)
    kept: dict[str, frozenset[str]] = person.__dict__.setdefault("_kept", {})  # asked several times for a page
    if "at the top" not in kept:
        held = person.membership_set.in_force(on=clock.today()).filter(unit__parent=None)
        kept["at the top"] = frozenset(held.values_list("role", flat=True))
    return kept["at the top"]


def people_seen(request: HttpRequest) -> QuerySet[User]:
    """People with a role at a unit within reach; those without any role only for who administers all."""
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
