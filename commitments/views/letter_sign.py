"""Signing a letter, for the unit and then for the city: the whole text, one box, the name, the password again."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from commitments import canonical, letter_text, lifecycle
from commitments.lifecycle import NameDiffers, StepRefused, StepTaken
from commitments.models import LetterSignature, LetterState, LetterVersion
from commitments.views import letter_desk
from commitments.views.letter import proof
from commitments.views.letter_desk import Desk, Party, Step
from portal import clock
from portal.accounts import PasswordRefused, confirm_password
from portal.models import User


class SignForm(forms.Form):
    read = forms.BooleanField(
        label=gettext_lazy("I have read the whole text"),
        error_messages={"required": gettext_lazy("Read the text to its end, then tick this box.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=100,
        help_text=gettext_lazy("Typed in full: it stands under the letter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    post = forms.CharField(label=gettext_lazy("Your post"), max_length=100)
    password = forms.CharField(
        label=gettext_lazy("Your password, once more"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    seen = forms.CharField(widget=forms.HiddenInput)


@sensitive_post_parameters("password")
def letter_sign(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The version that waits for this person's signature, read to the end and signed; else their receipt, if any."""
    desk = letter_desk.at(request, code, year)
    if not (desk.might(Step.SIGN) or desk.might(Step.COUNTERSIGN)):
        raise PermissionDenied
    version, party = desk.open, _party(desk)
    if version is None or party is None:
        return _nothing_to_sign(request, desk)
    if request.method != "POST":
        form = SignForm(initial={"post": desk.user.post, "seen": canonical.fingerprint(version)})
        return _page(request, desk, version, party, form)
    form = SignForm(request.POST)
    try:
        if _sign(request, form, version, party, by=desk.user):
            return redirect("letter_receipt", *desk.address, version.number)
    except StepTaken as refusal:
        return _changed(request, desk, form, str(refusal))
    return _page(request, desk, version, party, form, status=422)


def _party(desk: Desk) -> str | None:
    """For whom this person signs now; null where the letter doesn't wait for them."""
    if Step.SIGN in desk.steps:
        return Party.UNIT
    return Party.CITY if Step.COUNTERSIGN in desk.steps else None


def _nothing_to_sign(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A second click finds the letter signed and leads to the receipt; who comes too early or too late is told so."""
    newest = desk.newest
    if newest and newest.signatures.filter(signer=desk.user).exists():
        return redirect("letter_receipt", *desk.address, newest.number)
    messages.warning(request, _("This letter doesn't wait for your signature now: see how it stands."))
    return redirect("letter", *desk.address)


def _sign(request: HttpRequest, form: SignForm, version: LetterVersion, party: str, *, by: User) -> bool:
    """Whether it was signed; what stands in the way stands in the form at its field. Raises StepTaken."""
    if not form.is_valid():
        return False
    said = form.cleaned_data
    take = lifecycle.sign if party == Party.UNIT else lifecycle.countersign
    try:
        confirm_password(request, said["password"])
        take(version, by=by, at=clock.now(), name=said["name"], post=said["post"], seen=said["seen"])
    except PasswordRefused as refusal:
        form.add_error("password", str(refusal))
    except NameDiffers as refusal:
        form.add_error("name", str(refusal))
    except StepTaken:
        raise
    except StepRefused as refusal:
        form.add_error(None, str(refusal))
    return form.is_valid()


def _changed(request: HttpRequest, desk: Desk, form: SignForm, refusal: str) -> HttpResponse:
    """The letter as it is now, with why it wasn't signed; where it waits for nobody's signature, the letter itself."""
    desk = letter_desk.at(request, *desk.address)
    version, party = desk.open, _party(desk)
    if version is None or party is None:
        messages.error(request, refusal)
        return _nothing_to_sign(request, desk)
    typed: Mapping[str, str] = {name: form.data.get(name, "") for name in ("name", "post")}
    fresh = SignForm(initial={**typed, "seen": canonical.fingerprint(version)})
    return _page(request, desk, version, party, fresh, refused=refusal, status=409)


def _page(
    request: HttpRequest,
    desk: Desk,
    version: LetterVersion,
    party: str,
    form: SignForm,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    text = letter_text.read(version)
    context = {
        "desk": desk,
        "version": version,
        "text": text,
        "amendment": letter_text.amendment(text),
        "form": form,
        "refused": refused,
        "for_city": party == Party.CITY,
        "may_decline": Step.DECLINE in desk.steps,
    }
    return render(request, "commitments/letter_sign.html", context, status=status)


@require_safe
def letter_receipt(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """Who signed what and when, the proof, and what happens next; for everybody who may read the version."""
    desk = letter_desk.at(request, code, year)
    version = desk.number(number)
    if version.state in (LetterState.DRAFT, LetterState.ISSUED):
        raise Http404
    signatures: list[LetterSignature] = list(version.signatures.select_related("signer"))
    own = next((each for each in reversed(signatures) if each.signer == desk.user), signatures[-1])
    context = {"desk": desk, "version": version, "signature": own, **proof(version)}
    return render(request, "commitments/letter_receipt.html", context)
