"""League tables and score sheets. Inside a campaign all may see them; the lines behind a figure obey reach."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.league import League, Row, Table
from commitments.league_table import LeagueTable
from commitments.models import Campaign
from commitments.score_sheet import lines, ruled
from portal import clock, exports
from portal.accounts import signed_in
from portal.lists import PER_PAGE
from portal.models import Quarter, Unit, User
from portal.roles import EVERYONE
from projects.selection import Selection, opened_quarters

MOST_NAMED = 100  # units in an address


@dataclass(frozen=True)
class _Asked:
    """What an address asks for: a quarter of a campaign's year, among those that the person may look at."""

    quarters: list[Quarter]
    quarter: Quarter | None
    campaigns: list[Campaign]
    campaign: Campaign | None

    @classmethod
    def read(cls, request: HttpRequest, known: list[Campaign], *, on: date) -> "_Asked":
        """Without a quarter named the newest with a campaign, without a campaign named the highest."""
        label, code = request.GET.get("quarter", ""), request.GET.get("campaign", "")
        opened, named = opened_quarters(label, on=on)
        years = {campaign.year for campaign in known}
        quarters = [each for each in opened if each.year in years]
        quarter = named if label else next(iter(quarters), None)
        campaigns = [each for each in known if quarter and each.year == quarter.year]
        if code and code not in {each.unit.code for each in campaigns}:
            raise Http404
        campaign = next((each for each in campaigns if code in ("", each.unit.code)), None)
        return cls(quarters, quarter, campaigns, campaign)


@dataclass(frozen=True)
class _Leaf:
    """The rows of a group's table that one page shows; `field` of the address names the page's number.

    `lines` is the address of the lines of all its units; empty where the person doesn't reach all of them, or where
    they are too many to be named in an address.
    """

    table: Table
    page: Page[Row]
    field: str
    lines: str

    @classmethod
    def of(cls, table: Table, request: HttpRequest, quarter: Quarter, reached: set[int]) -> "_Leaf":
        field, units = f"page-{table.group.code}", [row.unit for row in table.rows]
        opens = len(units) <= MOST_NAMED and reached.issuperset(unit.pk for unit in units)
        return cls(
            table,
            Paginator(table.rows, PER_PAGE).get_page(request.GET.get(field)),
            field,
            Selection(quarter=quarter, units=tuple(unit.code for unit in units)).lines if opens else "",
        )


@require_safe
def league(request: HttpRequest) -> HttpResponseBase:
    """Every group's table of one quarter, each with pages of its own."""
    person, today = signed_in(request), clock.today()
    if not person.roles(on=today):
        raise PermissionDenied
    asked = _Asked.read(request, _known(person, on=today), on=today)
    shown: dict[str, object] = {"asked": asked}
    if asked.quarter is None or asked.campaign is None:
        return render(request, "commitments/league.html", shown)
    found = League.read(asked.quarter, asked.campaign)
    kind = request.GET.get("export", "")
    if kind in exports.KINDS:
        return exports.download(LeagueTable.of(found), f"{_('League table')}-{asked.quarter.label}", kind)
    reached = _reached(person, on=today)
    leaves = [_Leaf.of(table, request, asked.quarter, reached) for table in found.tables]
    shown |= {"league": found, "leaves": leaves, "reached": reached}
    return render(request, "commitments/league.html", shown)


def _known(person: User, *, on: date) -> list[Campaign]:
    """By the code of the unit that runs it: the codes of administrative divisions put what lies above first."""
    seen = Campaign.objects.visible_to(person, on=on)
    return list(seen.select_related("unit").order_by("unit__code", "-year"))


def _reached(person: User, *, on: date) -> set[int]:
    return set(Unit.objects.reached_by(person, EVERYONE, on=on).values_list("pk", flat=True))


@require_safe
def score_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """How one unit's points came about: open to whoever sees the table that it stands in."""
    person, today = signed_in(request), clock.today()
    unit = get_object_or_404(Unit, code=code)
    above = set(Unit.objects.above(unit).exclude(pk=unit.pk).values_list("pk", flat=True))
    known = [campaign for campaign in _known(person, on=today) if campaign.unit_id in above]
    if not known:
        raise Http404
    asked = _Asked.read(request, known, on=today)
    shown: dict[str, object] = {"asked": asked, "unit": unit}
    if asked.quarter is None or asked.campaign is None:
        return render(request, "commitments/score_sheet.html", shown)
    found = League.read(asked.quarter, asked.campaign)
    shown["league"] = found
    if standing := found.find(unit):
        table, row = standing
        shown |= {"table": table, "row": row, "lines": lines(row, asked.quarter), "ruled": ruled(row)}
        shown["is_reached"] = row.unit.pk in _reached(person, on=today)
    return render(request, "commitments/score_sheet.html", shown)
