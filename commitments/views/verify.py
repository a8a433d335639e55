"""Whether a letter is genuine, for anybody who holds a print of it: no sign-in, no cookie, no names and no figures."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from commitments import canonical
from commitments.canonical import Status


@login_not_required
@require_safe
def verify_home(request: HttpRequest) -> HttpResponse:
    """A field for the number that stands on the print."""
    typed = request.GET.get("number", "")
    number = canonical.as_number(typed)
    if number:
        query = f"?language={_language(request)}" if "language" in request.GET else ""
        return redirect(reverse("verify", args=[number]) + query)
    return _show(request, {"typed": typed.strip(), "is_empty": "number" in request.GET}, status=200)


@login_not_required
@require_safe
def verify(request: HttpRequest, serial: str) -> HttpResponse:
    """What is to be said of this number, in whatever case, width and spacing it comes."""
    # Nobody finds numbers by trying: so many tries a minute for all who share an address (ACCOUNT_RATE_LIMITS).
    if not ratelimit.consume(request, app="allauth.account", action="verify_letter", limit_get=True):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    found = canonical.verify(serial)
    context = {"number": canonical.as_number(serial), "found": found, "signed": found.signed_on}
    return _show(request, context, status=404 if found.status == Status.UNKNOWN else 200)


def _show(request: HttpRequest, context: dict[str, object], *, status: int) -> HttpResponse:
    """In the language of the address, so that no cookie is needed to change it; else in the browser's."""
    with translation.override(_language(request)):
        answer = render(request, "commitments/verify.html", context, status=status)
    answer["Content-Language"] = _language(request)
    add_never_cache_headers(answer)
    return answer


def _language(request: HttpRequest) -> str:
    chosen = request.GET.get("language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE
