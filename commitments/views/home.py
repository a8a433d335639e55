"""Home: the list of what a person has to do, or where those without tasks begin their day."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from commitments import agenda
from commitments.models import Campaign
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Membership, Role, User

WITH_TASKS = roles.UNIT_PEOPLE | roles.ADMIN_ROLES


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The person's tasks; who has none by role goes on to the figures; who holds no role is told whom to ask."""
    user, today = signed_in(request), clock.today()
    held = user.roles(on=today)
    if Role.PRINCIPAL in held and not held & (roles.PREPARERS | roles.ADMIN_ROLES) and _heads_a_campaign(user):
        return redirect("dashboard")
    if held & WITH_TASKS:
        context = {
            "own": agenda.own_work(user, on=today) if held & roles.UNIT_PEOPLE else None,
            "oversight": agenda.oversight(user, on=today) if held & roles.ADMIN_ROLES else None,
            "reviews": bool(held & roles.REVIEWERS),
            "shown": f":{agenda.SHOWN}",
        }
        return render(request, "commitments/home.html", context)
    if held:
        return redirect("dashboard")
    administering = Membership.objects.in_force(on=today).filter(role=Role.ADMINISTRATOR, unit__parent=None)
    administrators = User.objects.filter(is_active=True, membership__in=administering).distinct()
    return render(request, "commitments/home_none.html", {"administrators": administrators})


def _heads_a_campaign(user: User) -> bool:
    """Whether the person counter-signs for a unit with a campaign; its units' reports are not theirs to do."""
    headed = Membership.objects.in_force(on=clock.today()).filter(user=user, role=Role.PRINCIPAL)
    return Campaign.objects.filter(unit__in=headed.values("unit")).exists()
