"""A letter of commitment as it is read, in its versions: text, proof, scans, what was amended, and every step."""

from django.db.models import Q, QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from commitments import letter_text
from commitments.letter_form import LetterForm
from commitments.models import Attachment, Campaign, LetterEvent, LetterState, LetterVersion
from commitments.views import letter_desk
from commitments.views.letter_desk import Desk
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Unit
from projects.validation import Finding, Level


@require_safe
def letter_home(request: HttpRequest) -> HttpResponse:
    """To the person's own letter where it is the only one of the newest campaign; else to who has signed in it."""
    user, today = signed_in(request), clock.today()
    seen = Campaign.objects.visible_to(user, on=today).select_related("unit")
    campaign = seen.order_by("-year", "unit__code").first()
    if campaign is None:
        return render(request, "commitments/letter_home.html")
    reached = Unit.objects.reached_by(user, roles.EVERYONE, on=today)
    letters = list(campaign.letters.filter(unit__in=reached).select_related("unit")[:2])
    if len(letters) == 1 and not reached.filter(pk=campaign.unit_id).exists():
        return redirect("letter", letters[0].unit.code, campaign.year)
    return redirect("letter_list", campaign.unit.code, campaign.year)


@require_safe
def letter(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The version on which this person has something to do; else the one in force, else the newest they may read."""
    desk = letter_desk.at(request, code, year)
    return _page(request, desk, desk.shown)


@require_safe
def letter_version(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    desk = letter_desk.at(request, code, year)
    return _page(request, desk, desk.number(number))


def _page(request: HttpRequest, desk: Desk, version: LetterVersion | None) -> HttpResponse:
    if version is None:
        return render(request, "commitments/letter.html", {"desk": desk})
    text = letter_text.read(version)
    context = {
        "desk": desk,
        "version": version,
        "text": text,
        "amendment": letter_text.amendment(text),
        "findings": _findings(desk, version),
        "scans": _scans(version) if desk.reads_files else [],
        "events": _events(desk),
        **proof(version),
    }
    return render(request, "commitments/letter.html", context)


def _findings(desk: Desk, version: LetterVersion) -> list[tuple[Finding, BoundField | None]]:
    """What keeps a draft from being issued: told to those who can mend it."""
    if version.state != LetterState.DRAFT or not desk.steps:
        return []
    form = LetterForm.of(version, is_free=desk.is_administrator)
    return [(finding, field) for finding, field in form.findings() if finding.level == Level.ERROR]


def _scans(version: LetterVersion) -> list[Attachment]:
    scans = version.attachments.filter(kind=Attachment.Kind.SCAN)
    return list(scans.defer("content").select_related("added_by"))


def _events(desk: Desk) -> QuerySet[LetterEvent]:
    """The steps with the letter, the latest first; those with versions that the person may read."""
    seen = Q(version=None) | Q(version__in=[version.pk for version in desk.versions])
    return desk.letter.events.filter(seen).select_related("by", "version").order_by("-at", "-pk")


def proof(version: LetterVersion) -> dict[str, str]:
    """Where the letter is checked, and the address of its PDF."""
    if not version.sha256:
        return {}
    letter = version.letter
    return {
        "verify": reverse("verify", args=[version.serial]),
        "printed": reverse("letter_pdf", args=[letter.unit.code, letter.campaign.year, version.number]),
    }
