"""What has become of the pledges: of all letters of a campaign that the person reaches, and of one letter."""

from functools import partial

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from commitments.letter_standing import LetterStanding
from commitments.models import Campaign, Letter, LetterState, PledgeState, PolicyGroup, Relief
from commitments.pledge_table import PledgeTable
from commitments.standing import Shown, Standing, Wanted
from commitments.views import account_desk
from portal import clock, exports
from portal.accounts import signed_in

PER_PAGE = 50
MOST_PAGES = 1_000_000


class WantedForm(forms.Form):
    """What the list is narrowed to; the quarter stands beside it."""

    state = forms.ChoiceField(
        label=gettext_lazy("state"), choices=[("", gettext_lazy("all")), *PledgeState.choices], required=False
    )
    indicator = forms.CharField(label=gettext_lazy("indicator"), required=False)


@require_safe
def fulfilment_home(request: HttpRequest) -> HttpResponseBase:
    """To the person's only letter in the newest campaign that they stand in; else to that campaign's letters."""
    user, today = signed_in(request), clock.today()
    visible = Campaign.objects.visible_to(user, on=today).select_related("unit")
    campaign = visible.order_by("-year", "unit__code").first()
    if campaign is None:
        return render(request, "commitments/fulfilment_none.html")
    units = account_desk.reached(user, on=today)
    letters = list(Letter.objects.filter(campaign=campaign, unit__in=units).select_related("unit")[:2])
    if len(letters) == 1 and campaign.unit_id not in units:
        return redirect("letter_fulfilment", letters[0].unit.code, campaign.year)
    return redirect("fulfilment", campaign.unit.code, campaign.year)


@require_safe
def fulfilment(request: HttpRequest, code: str, year: int) -> HttpResponseBase:
    """Every letter in force that the person reaches, the worst first within its group."""
    campaign = account_desk.campaign_at(request, code, year)
    user, today = signed_in(request), clock.today()
    opened, quarter = account_desk.quarters(campaign, request.GET.get("quarter", ""), on=today)
    context = {"campaign": campaign, "quarters": opened, "quarter": quarter}
    if quarter is None:
        return render(request, "commitments/fulfilment.html", context)
    form = WantedForm(request.GET)
    wanted = Wanted(**form.cleaned_data) if form.is_valid() else Wanted()
    units = account_desk.reached(user, on=today)
    kind = request.GET.get("export", "")
    if kind in exports.KINDS:
        standing = Standing.read(campaign, quarter, units, wanted)
        return exports.download(PledgeTable.of(standing), f"{_('Fulfilment')}-{quarter.label}", kind)
    shown = Shown.read(campaign, quarter, units, wanted, page_of=partial(_page_of, request), per_page=PER_PAGE)
    letters = Letter.objects.filter(campaign=campaign, unit__in=units)
    in_force = letters.filter(versions__state=LetterState.IN_FORCE)
    context |= {
        "standing": shown,
        "leaves": [{"group": group, "page": page, "field": _field(group)} for group, page in shown.groups],
        "wanted": wanted,
        "states": PledgeState.choices,
        "narrowed": bool(wanted.state or wanted.indicator),
        "not_in_force": letters.exclude(pk__in=in_force.values("pk")).count(),
        "asked": _asked(campaign) if account_desk.administers(user, campaign, on=today) else [],
        "exports": {kind: _link(request, export=kind) for kind in exports.KINDS},
    }
    return render(request, "commitments/fulfilment.html", context)


def _field(group: PolicyGroup | None) -> str:
    """What the address calls the number of a group's page."""
    return f"page-{group.code}" if group else "page-"


def _page_of(request: HttpRequest, group: PolicyGroup | None) -> int:
    """What can't be read is the first page; what isn't there is the last one, however large its number."""
    try:
        return max(-1, min(int(request.GET.get(_field(group), "1")), MOST_PAGES))
    except ValueError:
        return 1


def _asked(campaign: Campaign) -> list[Relief]:
    """What waits for an administrator's decision."""
    waiting = Relief.objects.filter(granted=None, pledge__version__letter__campaign=campaign)
    return list(waiting.select_related("pledge__version__letter__unit", "asked_by", "from_quarter"))


def _link(request: HttpRequest, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = value
    return f"?{query.urlencode()}"


@require_safe
def letter_fulfilment(request: HttpRequest, code: str, year: int) -> HttpResponseBase:
    """One letter's pledges in a quarter, what is missing and why, and what to do next."""
    desk = account_desk.at(request, code, year)
    opened, quarter = account_desk.quarters(desk.campaign, request.GET.get("quarter", ""), on=desk.today)
    context: dict[str, object] = {"desk": desk, "quarters": opened, "quarter": quarter}
    if quarter is not None and desk.version is not None:
        context["standing"] = LetterStanding.read(desk.version, quarter, on=desk.today)
    return render(request, "commitments/letter_fulfilment.html", context)
