"""Bulletins: the list of a campaign's, one of them as page, PDF and DOCX, and the administrator's steps."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments import bulletin as wording
from commitments import frozen, publishing, restated
from commitments.models import Bulletin, Campaign
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Quarter, Unit
from portal.printing import answers, docx, pdf
from portal.roles import ADMINISTRATORS, EVERYONE
from projects.lifecycle import StepRefused


@dataclass(frozen=True)
class Desk:
    """A campaign that the person stands in, and whether they publish its bulletins."""

    campaign: Campaign
    publishes: bool

    @classmethod
    def of(cls, request: HttpRequest, code: str, year: int) -> "Desk":
        """Raises Http404 for a campaign that the person doesn't stand in."""
        user, today = signed_in(request), clock.today()
        seen = Campaign.objects.visible_to(user, on=today).select_related("unit")
        campaign = get_object_or_404(seen, unit__code=code, year=year)
        return cls(campaign, bool(roles.at(campaign.unit, user, on=today) & ADMINISTRATORS))

    def bulletin(self, number: int) -> Bulletin:
        """Of this quarter of the year; what isn't published yet is for those who publish it."""
        found = get_object_or_404(
            Bulletin.objects.select_related("quarter", "campaign__unit", "published_by"),
            campaign=self.campaign,
            quarter__number=number,
        )
        if not (found.published_at or self.publishes):
            raise Http404
        return found


@require_safe
def bulletin_list(request: HttpRequest, code: str, year: int) -> HttpResponse:
    desk = Desk.of(request, code, year)
    quarters = Quarter.objects.filter(year=year).order_by("-number")
    bulletins = {each.quarter_id: each for each in desk.campaign.bulletins.select_related("quarter", "published_by")}
    today = clock.today()
    rows = [(quarter, bulletins.get(quarter.pk), quarter.ends_on < today) for quarter in quarters]
    if not desk.publishes:
        rows = [row for row in rows if row[1] and row[1].published_at]
    return render(request, "commitments/bulletin_list.html", {"desk": desk, "campaign": desk.campaign, "rows": rows})


def begin(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    desk = Desk.of(request, code, year)
    if request.method != "POST":
        return redirect("bulletin_list", code, year)
    if not desk.publishes:
        raise PermissionDenied
    quarter = get_object_or_404(Quarter, year=year, number=number)
    try:
        publishing.begin(desk.campaign, quarter, by=signed_in(request), at=clock.now())
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("bulletin_list", code, year)
    return redirect("bulletin", code, year, number)


def bulletin(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """As published, with what has been corrected since; before that, to its administrators, as it would be now."""
    desk = Desk.of(request, code, year)
    found = desk.bulletin(number)
    if request.method == "POST":
        return _step(request, desk, found)
    ground = wording.Ground.read(desk.campaign, found.quarter, on=clock.today())
    if found.published_at:
        said = json.loads(found.content)
        changed = restated.differences(found, said["figures"], ground.figures)
        seal = found.sha256
        reached = Unit.objects.reached_by(signed_in(request), EVERYONE, on=clock.today())
        opens = _opens(found, said, ground, set(reached.values_list("pk", flat=True)))
    else:
        said, changed, opens = wording.content(ground, found), [], {}
        seal = wording.canonical(said)[1]
    context = {
        "desk": desk,
        "bulletin": found,
        "paper": said[_language()],
        "differences": changed,
        "restated_at": ground.board.headline().total.computed_at,
        "seal": seal,
        **opens,
        "is_whole": found.published_at is None or wording.canonical(said)[1] == found.sha256,
    }
    return render(request, "commitments/bulletin.html", context)


def _opens(found: Bulletin, said: dict[str, Any], ground: wording.Ground, reached: set[int]) -> dict[str, Any]:
    """The addresses of the lines behind what was published, as known then; each for whoever reaches the unit."""
    board = ground.board
    return {
        "frozen": frozen.rows(found, said["figures"], board.tree.reached, open_to=reached),
        "parts": frozen.parts(found, board.catalogue) if found.campaign.unit_id in reached else [],
        "reached": reached,
    }


def _step(request: HttpRequest, desk: Desk, found: Bulletin) -> HttpResponse:
    """Note the outlook, or publish; what was typed is kept in either case."""
    if not desk.publishes:
        raise PermissionDenied
    person, at = signed_in(request), clock.now()
    try:
        if request.POST.get("step") == "publish":
            publishing.publish(found, by=person, at=at, seen=request.POST.get("seen", ""))
            messages.success(request, _("Published. From now on the bulletin keeps what it says."))
        else:
            publishing.note(found, request.POST.get("outlook", ""), by=person, at=at)
            messages.success(request, _("Kept. The draft below shows it."))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("bulletin", desk.campaign.unit.code, desk.campaign.year, found.quarter.number)


def _language() -> str:
    """The language of the page, as the bulletin keeps it."""
    return "en" if (translation.get_language() or "").startswith("en") else "zh-hans"


@require_safe
def file(request: HttpRequest, code: str, year: int, number: int, kind: str) -> HttpResponse:
    """The published bulletin as PDF or DOCX, in the language of the page; the same bytes whenever it is asked for."""
    found = Desk.of(request, code, year).bulletin(number)
    if found.published_at is None or kind not in answers.KINDS:
        raise Http404
    paper = _printed(request, found)
    content = docx.written(paper) if kind == "docx" else pdf.printed("bulletin", paper).pdf
    return answers.answer(content, f"{paper['title']}-{found.quarter.label}", kind)


def _printed(request: HttpRequest, found: Bulletin) -> dict[str, Any]:
    """The frozen text, with the day it was published, its hash and its address."""
    said: dict[str, Any] = json.loads(found.content)[_language()]
    published_at = timezone.localtime(found.published_at)
    page = reverse("bulletin", args=[found.campaign.unit.code, found.campaign.year, found.quarter.number])
    return {
        **said,
        "dated": published_at.isoformat(),
        "date": formats.date_format(published_at.date()),
        "sha256": found.sha256,
        "address": f"{settings.SITE_URL}{page}",
    }
