"""The draft of a letter: the unit writes within its frame, administrators everything. Nothing typed is ever lost."""

import json
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments import letter_fill, letter_merge, lifecycle, plan
from commitments.letter_form import LONGEST, LetterForm, Texts
from commitments.lifecycle import DraftRefused, LetterTaken, StepRefused
from commitments.models import LetterState, LetterVersion, Policy
from commitments.views import letter_desk
from commitments.views.letter_desk import Desk
from portal import clock
from projects.forms import clean_text

CSRF_FIELD = "csrfmiddlewaretoken"


KEPT = "kept_letter"  # what was posted when the session had ended, with the address of its form


@login_not_required
def letter_edit(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The form of the open draft; it saves, fills the quarters as a beginning, or leads on to the letter.

    Whoever isn't signed in any more is asked to, and finds what they posted in the form.
    """
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    desk = letter_desk.own(request, code, year)
    version = desk.open
    if version is None or version.state != LetterState.DRAFT:
        if request.method == "POST":
            return _too_late(request, desk)
        messages.warning(request, _("There is no draft to be written now: see how the letter stands."))
        return redirect("letter", *desk.address)
    if request.method != "POST":
        return _form(request, desk, version)
    posted = request.POST.dict()
    texts = letter_merge.chosen(posted, _shown(posted))
    form = LetterForm(texts, version=version, is_free=desk.is_administrator)
    return _fill(request, desk, form) if "fill" in posted else _save(request, desk, form)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        texts = {name: str(clean_text(text))[:LONGEST] for name, text in request.POST.items() if name != CSRF_FIELD}
        request.session[KEPT] = {"path": request.path, "texts": texts}
        messages.warning(request, _("You were signed out in the meantime. Sign in: what you typed is kept."))
    return redirect_to_login(request.get_full_path())


def _form(request: HttpRequest, desk: Desk, version: LetterVersion) -> HttpResponse:
    """The draft as it is saved or, once, with what was kept of it through a sign-in."""
    form = LetterForm.of(version, is_free=desk.is_administrator)
    kept = request.session.get(KEPT, {})
    if kept.get("path") != request.path:
        return _page(request, desk, form)
    del request.session[KEPT]
    messages.warning(request, _("What you typed before you had to sign in is back in the form. Save it."))
    again = LetterForm({**form.data, **kept["texts"]}, version=version, is_free=form.is_free)
    again.is_valid()
    return _page(request, desk, again, unsaved=True)


def _shown(posted: Texts) -> dict[str, str]:
    """The texts with which the page was opened; none where that can't be told."""
    try:
        shown = json.loads(posted.get("shown", ""))
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in shown.items()} if isinstance(shown, dict) else {}


def _fill(request: HttpRequest, desk: Desk, form: LetterForm) -> HttpResponse:
    """The same form with its empty quarters filled; not saved."""
    day = plan.in_year(clock.today(), desk.year)
    policy = Policy.objects.in_force(on=day, campaign=desk.letter.campaign)
    texts = letter_fill.filled(form, [policy.baseline(number) for number in (1, 2, 3)])
    words = ngettext(
        "%(count)s empty field filled. Look at it, then save.",
        "%(count)s empty fields filled. Look at them, then save.",
        len(texts),
    )
    messages.info(request, words % {"count": len(texts)} if texts else _("No quarter was empty beside a target."))
    again = LetterForm({**form.data, **texts}, version=form.version, is_free=form.is_free)
    again.is_valid()
    return _page(request, desk, again, unsaved=True)


def _save(request: HttpRequest, desk: Desk, form: LetterForm) -> HttpResponse:
    """Save what can be read; where something can't, the form again with it and why."""
    edition = form.data.get("edition", "")
    try:
        version = _write(form, edition=int(edition) if edition.isdigit() else -1, desk=desk)
    except LetterTaken as taken:
        return _both(request, desk, form, str(taken))
    except StepRefused as refusal:
        return _page(request, desk, form, refused=str(refusal), unsaved=True, status=409)
    if not form.errors:
        messages.success(request, _("Saved."))
        return redirect("letter" if "done" in request.POST else "letter_edit", *desk.address)
    again = LetterForm.again(form.unsaved, version=version, is_free=form.is_free)
    again.is_valid()
    for name, faults in form.errors.items():
        if name not in again.errors:
            again.add_error(name if name in again.fields else None, [str(fault) for fault in faults])
    return _page(request, desk, again, saved_in_part=True, unsaved=True, status=422)


def _write(form: LetterForm, *, edition: int, desk: Desk) -> LetterVersion:
    """Save the draft; a pledge that the database could not hold stays as it was, with its fault at the field."""
    draft = form.draft()
    try:
        return lifecycle.save_draft(form.version, draft, edition=edition, by=desk.user, at=clock.now())
    except DraftRefused as refusal:
        form.refuse(refusal.findings, draft)
    return lifecycle.save_draft(form.version, form.draft(), edition=edition, by=desk.user, at=clock.now())


def _both(request: HttpRequest, desk: Desk, form: LetterForm, refusal: str) -> HttpResponse:
    """Somebody has saved in the meantime: what only they changed is taken over, what both did is chosen by field."""
    desk = letter_desk.own(request, *desk.address)
    version = desk.open
    if version is None:
        return _too_late(request, desk)
    now = LetterForm.of(version, is_free=form.is_free)
    theirs = _shown(now.data)
    both = letter_merge.merged(form.data, _shown(form.data), theirs)
    again = LetterForm.again(both.texts, version=version, is_free=form.is_free)
    again.is_valid()
    disputed = [
        (name, again[name].label, theirs[name], again.data[name]) for name in both.disputed if name in again.fields
    ]
    lost = [(form[name].label, form.data[name]) for name in both.lost if name in form.fields]
    taken = [again[name].label for name in both.taken if name in again.fields]
    extra = {"disputed": disputed, "lost": lost, "taken": taken}
    return _page(request, desk, again, refused=refusal, extra=extra, unsaved=True, status=409)


def _too_late(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The draft has been issued meanwhile: what was typed is shown once more, to be copied."""
    typed: list[tuple[object, str]] = []
    if desk.newest:
        form = LetterForm(request.POST.dict(), version=desk.newest, is_free=desk.is_administrator)
        typed = [(field.label, form.data[field.name]) for field in form.visible_fields() if form.data.get(field.name)]
    context = {"desk": desk, "typed": typed}
    return render(request, "commitments/letter_too_late.html", context, status=409)


def _page(
    request: HttpRequest,
    desk: Desk,
    form: LetterForm,
    *,
    refused: str = "",
    saved_in_part: bool = False,
    unsaved: bool = False,
    extra: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "desk": desk,
        "version": form.version,
        "form": form,
        "planned": sum((each.planned_investment for each in form.projects), Decimal()),
        "refused": refused,
        "saved_in_part": saved_in_part,
        "unsaved": unsaved,
        "faults": [(form[name], faults) for name, faults in form.errors.items() if name in form.fields],
        "findings": form.findings(),
        **(extra or {}),
    }
    return render(request, "commitments/letter_edit.html", context, status=status)
