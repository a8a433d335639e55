"""A year's campaign: what it is to reach and how that stands, its calendar, its rules, and the way to all the rest.

Everybody who stands in a campaign sees its targets and their standing; the lines behind a figure, and the figures of
units, stay with those who reach them.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.campaign_standing import CampaignStanding, Rules, calendar
from commitments.models import Campaign
from commitments.views import account_desk
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Unit
from portal.roles import ADMINISTRATORS


@require_safe
def campaign_home(request: HttpRequest) -> HttpResponse:
    """To the newest campaign in which the person stands."""
    user, today = signed_in(request), clock.today()
    visible = Campaign.objects.visible_to(user, on=today).select_related("unit")
    newest = visible.order_by("-year", "unit__code").first()
    if newest is not None:
        return redirect("campaign", newest.unit.code, newest.year)
    make = _address("admin:commitments_campaign_add") if user.roles(on=today) & ADMINISTRATORS else ""
    return render(request, "commitments/campaign_none.html", {"make": make})


@require_safe
def campaign(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The campaign at the end of a quarter, without one named of the newest that has opened in its year."""
    found = account_desk.campaign_at(request, code, year)
    user, today = signed_in(request), clock.today()
    opened, quarter = account_desk.quarters(found, request.GET.get("quarter", ""), on=today)
    stages = calendar(year, on=today)
    judged_by = quarter or (stages[0].quarter if stages else None)
    reached = Unit.objects.reached_by(user, roles.EVERYONE, on=today)
    context = {
        "campaign": found,
        "years": _years(found),
        "quarters": opened,
        "quarter": quarter,
        "standing": CampaignStanding.read(found, quarter) if quarter else None,
        "targets": [] if quarter else list(found.targets.select_related("indicator")),
        "stages": stages,
        "rules": Rules.read(found, judged_by) if judged_by else None,
        "opens_lines": reached.filter(pk=found.unit_id).exists(),
        "places": _places(found),
        "change": _change(request, found),
    }
    return render(request, "commitments/campaign.html", context)


def _years(found: Campaign) -> list[Campaign]:
    """The same unit's campaigns of all years, where there are others."""
    every = list(Campaign.objects.filter(unit=found.unit_id).select_related("unit").order_by("-year"))
    return every if len(every) > 1 else []


def _places(found: Campaign) -> list[tuple[str, str]]:
    """Label and address of what belongs to the campaign."""
    own = [found.unit.code, found.year]
    places = [
        (_("Letters of commitment"), _address("letter_list", *own)),
        (_("Fulfilment"), _address("fulfilment", *own)),
        (_("League table"), _address("league")),
        (_("Bulletins"), _address("bulletin_list", *own)),
        (_("Year-end settlement"), _address("settlement_list", *own)),
    ]
    return [(label, address) for label, address in places if address]


def _change(request: HttpRequest, found: Campaign) -> str:
    """Where the campaign is set, for those who may; else ""."""
    if not account_desk.administers(signed_in(request), found, on=clock.today()):
        return ""
    return _address("admin:commitments_campaign_change", found.pk)


def _address(name: str, *arguments: object) -> str:
    """Of a page by its URL name; "" while there is no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
