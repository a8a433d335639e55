"""Home: where a person's role begins its day."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from commitments.models import Campaign
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Membership, Role, User

# Whoever holds several roles begins with the first that applies: what others wait for comes first.
BEGINNINGS = (
    (roles.UNIT_PEOPLE, "quarter_tasks_home"),
    (roles.ADMIN_ROLES, "admin:projects_report_changelist"),
    (roles.EVERYONE, "dashboard"),
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Goes on to the person's first page; who holds no role today is told so, and whom to ask."""
    user = signed_in(request)
    held = user.roles(on=clock.today())
    if Role.PRINCIPAL in held and not held & (roles.PREPARERS | roles.ADMIN_ROLES) and _heads_a_campaign(user):
        return redirect("dashboard")
    for those, name in BEGINNINGS:
        if held & those:
            return redirect(name)
    administering = Membership.objects.in_force(on=clock.today()).filter(role=Role.ADMINISTRATOR, unit__parent=None)
    administrators = User.objects.filter(is_active=True, membership__in=administering).distinct()
    return render(request, "commitments/home.html", {"administrators": administrators})


def _heads_a_campaign(user: User) -> bool:
    """Whether the person counter-signs for a unit with a campaign; its units' reports are not theirs to do."""
    headed = Membership.objects.in_force(on=clock.today()).filter(user=user, role=Role.PRINCIPAL)
    return Campaign.objects.filter(unit__in=headed.values("unit")).exists()
