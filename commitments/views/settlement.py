"""The year's account of one letter: what each role sees and may do with it, step by step."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments import account_sheet, attachments, settling
from commitments.account import Account
from commitments.models import Attachment, Settlement
from commitments.settling import Own, State
from commitments.views import account_desk
from commitments.views.account_desk import Desk
from portal import clock
from portal.printing import answers
from projects.lifecycle import StepRefused, StepTaken


def settlement(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The account beside the letter; forms for whoever's turn it is."""
    desk = account_desk.at(request, code, year)
    if desk.settlement is None:
        if request.method == "POST":
            raise Http404
        return render(request, "commitments/settlement_none.html", {"desk": desk})
    if request.method == "POST":
        return _take(request, desk, desk.settlement)
    return _show(request, desk, Account.read(desk.settlement, shows_own=_shows_own(desk)))


def _shows_own(desk: Desk) -> bool:
    """While a unit assesses itself, what it writes is a draft of its own."""
    return desk.is_own or (desk.settlement is not None and desk.settlement.state != State.OPEN)


def _show(request: HttpRequest, desk: Desk, account: Account, status: int = 200, **context: object) -> HttpResponse:
    return render(request, "commitments/settlement.html", {"desk": desk, "account": account, **context}, status=status)


def _take(request: HttpRequest, desk: Desk, found: Settlement) -> HttpResponse:
    """One step; who may never take it is refused with 403, who comes too late is told and keeps what was typed."""
    if not (desk.is_own or desk.is_administrator):
        raise PermissionDenied
    steps = {"save": _assess, "hand_in": _assess, "verify": _verify, "close": _close, "object": _say, "answer": _say}
    step = request.POST.get("step", "")
    if step not in steps:
        raise SuspiciousOperation("an account has no such step")
    if not (desk.is_own if step in {"save", "hand_in", "object"} else desk.is_administrator):
        raise PermissionDenied
    if step == "hand_in" and not desk.may_hand_in:
        raise PermissionDenied
    return steps[step](request, desk, found)


def _assess(request: HttpRequest, desk: Desk, found: Settlement) -> HttpResponse:
    """Keep the unit's own figures, words and files, and hand them in where that was asked for."""
    account = Account.read(found, shows_own=True).filled(request.POST)
    refused, status = "", 200
    try:
        _attach(request, desk, account)
        own = {line.entry.pk: Own(value=line.value, words=line.words) for line in account.lines if not line.error}
        settling.assess(found, own, seen=request.POST.get("seen", ""), by=desk.user, at=clock.now())
        if any(line.error or line.file_error for line in account.lines):
            refused, status = _("What can be read is saved; mend the fields marked below."), 422
        elif request.POST["step"] == "hand_in":
            settling.hand_in(found, by=desk.user, at=clock.now())
            messages.success(request, _("Handed in. The administrator verifies it against accepted figures."))
            return redirect("settlement", *desk.address)
        else:
            messages.success(request, _("Saved."))
            return redirect("settlement", *desk.address)
    except StepTaken as taken:
        refused, status = str(taken), 409
    except StepRefused as refusal:
        refused, status = str(refusal), 422
    fresh = Account.read(settling.again(found), shows_own=True).beside(account)
    return _show(request, desk, fresh, status, refused=refused)


def _attach(request: HttpRequest, desk: Desk, account: Account) -> None:
    """Each file to its entry; one that is refused is an error of its line and hinders no other."""
    for line in account.lines:
        for file in attachments.posted(request.FILES.getlist(f"file_{line.entry.pk}")):
            try:
                settling.attach(line.entry, file, by=desk.user, at=clock.now())
            except StepTaken:
                raise
            except StepRefused as refusal:
                line.file_error = str(refusal)


def _verify(request: HttpRequest, desk: Desk, found: Settlement) -> HttpResponse:
    return _step(
        request,
        desk,
        found,
        lambda: settling.verify(found, by=desk.user, at=clock.now()),
        _("Verified: the results stand beside the unit's own account, and its people have an e-mail."),
    )


def _close(request: HttpRequest, desk: Desk, found: Settlement) -> HttpResponse:
    conclusion = request.POST.get("conclusion", "")
    return _step(
        request,
        desk,
        found,
        lambda: settling.close(found, conclusion=conclusion, by=desk.user, at=clock.now()),
        _("Closed. Nothing in this account changes any more."),
        conclusion=conclusion,
    )


def _say(request: HttpRequest, desk: Desk, found: Settlement) -> HttpResponse:
    """An objection to one result, with files where there are some, or the answer to it."""
    entry = get_object_or_404(
        found.entries.select_related("pledge", "settlement__version"), pk=_number(request, "entry")
    )
    words = request.POST.get("words", "")
    if request.POST["step"] == "answer":
        return _step(
            request,
            desk,
            found,
            lambda: settling.answer(entry, words, by=desk.user, at=clock.now()),
            _("Answered."),
            spoken=(entry.pk, words),
        )

    def take() -> None:
        settling.object_to(entry, words, by=desk.user, at=clock.now())
        for file in attachments.posted(request.FILES.getlist("file")):
            settling.attach(entry, file, by=desk.user, at=clock.now())

    return _step(
        request,
        desk,
        found,
        take,
        _("The objection is raised; the administrator answers it."),
        spoken=(entry.pk, words),
    )


def _step(
    request: HttpRequest, desk: Desk, found: Settlement, take: Callable[[], object], done: str, **typed: object
) -> HttpResponse:
    try:
        take()
    except StepTaken as taken:
        refused, status = str(taken), 409
    except StepRefused as refusal:
        refused, status = str(refusal), 422
    else:
        messages.success(request, done)
        return redirect("settlement", *desk.address)
    fresh = Account.read(settling.again(found), shows_own=_shows_own(desk))
    return _show(request, desk, fresh, status, refused=refused, **typed)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)


@require_safe
def settlement_evidence(request: HttpRequest, code: str, year: int, pk: int) -> HttpResponse:
    """A file of the account, for the unit's people and those who administer or audit it."""
    desk = account_desk.at(request, code, year)
    found = get_object_or_404(Attachment, pk=pk, version__letter=desk.letter, kind=Attachment.Kind.EVIDENCE)
    if not desk.reads_files:
        raise PermissionDenied
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Disposition"] = str(content_disposition_header(True, found.name))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def settlement_sheet(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The account on paper, in the language of the page; from its verification on."""
    desk = account_desk.at(request, code, year)
    found = desk.settlement
    if found is None or found.state not in (State.VERIFIED, State.CLOSED):
        raise Http404
    paper = account_sheet.printed(Account.read(found, shows_own=True), at=clock.now())
    name = f"{desk.unit.name}-{_('Year-end settlement')}-{year}"
    return answers.answer(paper, name, "pdf")
