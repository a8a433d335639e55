"""What has become of the pledges: of all letters of a campaign that the person reaches, and of one letter."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from commitments.letter_standing import LetterStanding
from commitments.models import Campaign, Letter, LetterState, PledgeState, PolicyGroup, Relief
from commitments.pledge_table import PledgeTable
from commitments.standing import Row, Standing, Wanted
from commitments.views import account_desk
from portal import clock, exports
from portal.accounts import signed_in

PER_PAGE = 50


class WantedForm(forms.Form):
    """What the list is narrowed to; the quarter stands beside it."""

    state = forms.ChoiceField(
        label=gettext_lazy("state"), choices=[("", gettext_lazy("all")), *PledgeState.choices], required=False
    )
    indicator = forms.CharField(label=gettext_lazy("indicator"), required=False)


@dataclass(frozen=True)
class _Leaf:
    """The rows of a group that one page shows; `field` of the address names the page's number."""

    group: PolicyGroup | None
    page: Page[Row]
    field: str

    @classmethod
    def of(cls, group: PolicyGroup | None, rows: Sequence[Row], request: HttpRequest) -> "_Leaf":
        field = f"page-{group.code}" if group else "page-"
        return cls(group, Paginator(rows, PER_PAGE).get_page(request.GET.get(field)), field)


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
    standing = Standing.read(campaign, quarter, units, wanted)
    kind = request.GET.get("export", "")
    if kind in exports.KINDS:
        return exports.download(PledgeTable.of(standing), f"{_('Fulfilment')}-{quarter.label}", kind)
    letters = Letter.objects.filter(campaign=campaign, unit__in=units)
    in_force = letters.filter(versions__state=LetterState.IN_FORCE)
    context |= {
        "standing": standing,
        "leaves": [_Leaf.of(group, rows, request) for group, rows in standing.groups],
        "wanted": wanted,
        "states": PledgeState.choices,
        "narrowed": bool(wanted.state or wanted.indicator),
        "not_in_force": letters.exclude(pk__in=in_force.values("pk")).count(),
        "asked": _asked(campaign) if account_desk.administers(user, campaign, on=today) else [],
        "exports": {kind: _link(request, export=kind) for kind in exports.KINDS},
    }
    return render(request, "commitments/fulfilment.html", context)


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
