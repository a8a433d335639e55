"""Who has signed and who has not; for administrators, drafting, issuing and reminding many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments import lifecycle, notices, roll
from commitments.models import Campaign, LetterState, LetterTemplate, LetterVersion
from commitments.models.letter import UNSIGNED
from commitments.roll import Tally
from commitments.views import letter_desk
from commitments.views.letter_rows import RollFilter, RollTable, StepTable
from portal import clock, lists
from portal.accounts import signed_in
from portal.models import Unit, User
from portal.roles import ADMINISTRATORS
from projects.lifecycle import StepRefused, local_day

DONE = "letters_done"  # what a step with many letters did, by unit, until the list has shown it
SHOWN_AT_MOST = 200


def letter_list(request: HttpRequest, code: str, year: int) -> HttpResponseBase:
    """The units of a campaign that the person reaches: which have signed, and who did when."""
    campaign = letter_desk.campaign_at(request, code, year)
    user, today = signed_in(request), clock.today()
    administers = Unit.objects.reached_by(user, ADMINISTRATORS, on=today).filter(pk=campaign.unit_id).exists()
    if request.method == "POST":
        if not administers:
            raise PermissionDenied
        return _take(request, campaign)
    units = roll.roll(campaign, user, on=today)
    context = {
        "campaign": campaign,
        "tally": Tally.count(units),
        "administers": administers,
        "has_template": LetterTemplate.objects.filter(campaign=campaign).exists(),
        "done": request.session.pop(DONE, None) if DONE in request.session else None,
    }
    return lists.show(
        request,
        queryset=units,
        filterset=RollFilter,
        table=StepTable if administers else RollTable,
        template="commitments/letter_list.html",
        filename=f"{_('Letters of commitment')}-{year}",
        context=context,
    )


@dataclass(frozen=True)
class Done:
    """What came of a step: in words, and by unit where it was not taken."""

    words: str
    by_unit: Sequence[tuple[str, str]] = ()


def _take(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """One step with the chosen letters; what came of it is said by unit when the list is shown again."""
    steps = {"begin": _begin, "issue": _issue, "remind": _remind, "remind_all": _remind_all}
    if request.POST.get("step") not in steps:
        raise SuspiciousOperation("a list of letters has no such step")
    shown = f"{reverse('letter_list', args=[campaign.unit.code, campaign.year])}?{request.GET.urlencode()}"
    chosen = request.POST.getlist("unit")
    try:
        done = steps[request.POST["step"]](campaign, chosen, by=signed_in(request), at=clock.now())
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, done.words)
        request.session[DONE] = list(done.by_unit)[:SHOWN_AT_MOST]
    return redirect(shown)


def _begin(campaign: Campaign, chosen: Sequence[str], *, by: User, at: datetime) -> Done:
    """Draft a letter for every unit without one, whatever is chosen."""
    begun, skipped = lifecycle.begin_all(campaign, by=by, at=at)
    having = set(campaign.letters.values_list("unit_id", flat=True))
    words = ngettext("%(count)s letter drafted.", "%(count)s letters drafted.", len(begun)) % {"count": len(begun)}
    return Done(words, [(unit.name, why) for unit, why in skipped if unit.pk not in having])


def _issue(campaign: Campaign, chosen: Sequence[str], *, by: User, at: datetime) -> Done:
    drafts = LetterVersion.objects.filter(letter__campaign=campaign, state=LetterState.DRAFT).select_related("letter")
    found = {version.letter.unit_id: version for version in drafts.filter(letter__unit__code__in=chosen)}
    issued, refused = 0, []
    for unit in _units(chosen):
        version = found.get(unit.pk)
        if version is None:
            refused.append((unit.name, _("It has no draft to be issued.")))
            continue
        try:
            lifecycle.issue(version, by=by, at=at)
        except StepRefused as refusal:
            refused.append((unit.name, str(refusal)))
        else:
            issued += 1
    words = ngettext("%(count)s letter issued.", "%(count)s letters issued.", issued) % {"count": issued}
    return Done(words if chosen else _("Choose units first: tick the boxes in the list."), refused)


def _remind_all(campaign: Campaign, chosen: Sequence[str], *, by: User, at: datetime) -> Done:
    """Everybody with a letter that waits for its unit, whatever is chosen."""
    waiting = LetterVersion.objects.filter(letter__campaign=campaign, state__in=UNSIGNED)
    return _remind(campaign, list(waiting.values_list("letter__unit__code", flat=True)), by=by, at=at)


def _remind(campaign: Campaign, chosen: Sequence[str], *, by: User, at: datetime) -> Done:
    reminded = lifecycle.remind(campaign, _units(chosen), by=by, at=at)
    told = _told(campaign, reminded.sent, on=local_day(at))
    count = len(reminded.sent)
    words = ngettext("%(count)s unit reminded.", "%(count)s units reminded.", count) % {"count": count}
    sent = [(unit.name, _("e-mail to %(people)s") % {"people": told[unit.pk]}) for unit in reminded.sent]
    return Done(words, [*sent, *((unit.name, why) for unit, why in reminded.skipped)])


def _units(codes: Sequence[str]) -> list[Unit]:
    return list(Unit.objects.filter(code__in=codes).order_by("code"))


def _told(campaign: Campaign, units: Sequence[Unit], *, on: date) -> dict[int, str]:
    """By unit, the names of those who were written to: of a draft all its people, of an issued letter who signs it."""
    waiting = LetterVersion.objects.filter(letter__campaign=campaign, letter__unit__in=units, state__in=UNSIGNED)
    states = dict(waiting.values_list("letter__unit_id", "state"))
    people = {state: notices.at_units(list(states), asked, on=on) for state, asked in notices.AWAITED.items()}
    return {pk: ", ".join(map(str, people[LetterState(state)][pk])) for pk, state in states.items()}
