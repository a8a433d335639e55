"""The steps of a letter that need no more than a button or a reason: issue, take back, decline, amend, remind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import lifecycle
from commitments.letter_form import LetterForm
from commitments.lifecycle import StepRefused, StepTaken
from commitments.models import LetterVersion
from commitments.views import letter_desk
from commitments.views.letter_desk import Desk, Step
from portal import clock
from portal.models import User
from projects.validation import Level

REASON_LENGTH = 2000


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


def _issue(version: LetterVersion, reason: str, *, by: User, at: datetime) -> str:
    lifecycle.issue(version, by=by, at=at)
    return _("Issued: the unit's principal has an e-mail and can sign.")


def _take_back(version: LetterVersion, reason: str, *, by: User, at: datetime) -> str:
    lifecycle.take_back(version, by=by, at=at, reason=reason)
    return _("Taken back: the letter is a draft again.")


def _decline(version: LetterVersion, reason: str, *, by: User, at: datetime) -> str:
    lifecycle.decline(version, by=by, at=at, reason=reason)
    return _("Declined. The reason stands with the letter; the administrator can begin a new version.")


def _amend(version: LetterVersion, reason: str, *, by: User, at: datetime) -> str:
    lifecycle.amend(version, by=by, at=at, reason=reason)
    return _("The amendment is begun. What is in force stays in force until both have signed the new version.")


def _remind(version: LetterVersion, reason: str, *, by: User, at: datetime) -> str:
    letter = version.letter
    reminded = lifecycle.remind(letter.campaign, [letter.unit], by=by, at=at)
    for _unit, why in reminded.skipped:
        raise StepRefused(why)
    return _("Reminded: an e-mail is on its way to those who have to act.")


@dataclass(frozen=True)
class Page:
    """A step as a page of its own: what it does is said before it is done."""

    title: Promise
    words: Promise
    take: Callable[..., str]
    needs_reason: bool = True


PAGES = {
    Step.ISSUE: Page(
        gettext_lazy("Issue the letter"),
        gettext_lazy(
            "Its text stands still from now on, it gets its number, and the unit's principal is asked to sign."
        ),
        _issue,
        needs_reason=False,
    ),
    Step.REMIND: Page(
        gettext_lazy("Remind the unit"),
        gettext_lazy("A draft reminds the unit's people to finish it, an issued letter its principal to sign."),
        _remind,
        needs_reason=False,
    ),
    Step.TAKE_BACK: Page(
        gettext_lazy("Take the letter back"),
        gettext_lazy(
            "It becomes a draft again, to be changed and issued anew. Only as long as the unit hasn't signed."
        ),
        _take_back,
    ),
    Step.DECLINE: Page(
        gettext_lazy("Decline the letter"),
        gettext_lazy("The city doesn't counter-sign it. It stays readable; a new version can be begun from it."),
        _decline,
    ),
    Step.AMEND: Page(
        gettext_lazy("Amend the letter"),
        gettext_lazy(
            "A new version begins as a draft with the same text. The letter in force stays in force until both have"
            " signed the new one, and stays readable afterwards."
        ),
        _amend,
    ),
}


def letter_step(request: HttpRequest, code: str, year: int, step: str) -> HttpResponse:
    """One step: what it does, the reason where it needs one, and the button."""
    if step not in PAGES:
        raise Http404
    desk = letter_desk.at(request, code, year)
    page = PAGES[Step(step)]
    version = desk.open or desk.in_force or desk.newest
    if version is None or not desk.might(Step(step)):
        raise PermissionDenied
    if Step(step) not in desk.steps:
        messages.warning(request, _("This step can't be taken now: see how the letter stands."))
        return redirect("letter", *desk.address)
    form = ReasonForm(request.POST or None)
    if request.method != "POST" or (page.needs_reason and not form.is_valid()):
        return _show(request, desk, version, page, form, status=200 if request.method != "POST" else 422)
    reason = form.cleaned_data["reason"] if page.needs_reason else ""
    try:
        done = page.take(version, reason, by=desk.user, at=clock.now())
    except StepTaken as refusal:
        messages.error(request, str(refusal))
        return redirect("letter", *desk.address)
    except StepRefused as refusal:
        return _show(request, desk, version, page, form, refused=str(refusal), status=422)
    messages.success(request, done)
    return redirect("letter_edit" if page.take is _amend else "letter", *desk.address)


def _show(
    request: HttpRequest,
    desk: Desk,
    version: LetterVersion,
    page: Page,
    form: ReasonForm,
    *,
    status: int,
    refused: str = "",
) -> HttpResponse:
    draft = LetterForm.of(version, is_free=desk.is_administrator) if page.take is _issue else None
    found = draft.findings() if draft else []
    context = {
        "desk": desk,
        "version": version,
        "page": page,
        "form": form,
        "refused": refused,
        "faults": [(finding, field) for finding, field in found if finding.level == Level.ERROR],
        "warnings": [(finding, field) for finding, field in found if finding.level == Level.WARNING],
    }
    return render(request, "commitments/letter_step.html", context, status=status)
