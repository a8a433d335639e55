"""The demo's mailbox: what would have been sent, to be read by whoever is signed in to the demo, and nowhere else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from portal.models import MailboxMessage

# An e-mail may open a page of ours in the whole window, and nothing else: no scripts, no forms.
SANDBOX = "allow-top-navigation-by-user-activation"

View = Callable[..., HttpResponseBase]
Decorator = Callable[[View], View]
may_frame_our_own: Decorator = csp_update({"frame-src": [SELF]})
for_an_email: Decorator = csp(
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "form-action": [NONE],
        "sandbox": [SANDBOX],
    }
)


def demo_only(view: View) -> View:
    @wraps(view)
    def found_in_the_demo(request: HttpRequest, **of_the_address: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, **of_the_address)

    return found_in_the_demo


@require_safe
@demo_only
def mail_list(request: HttpRequest) -> HttpResponse:
    messages = MailboxMessage.objects.defer("text", "html")
    wanted = request.GET.get("to", "").strip()
    if wanted:
        messages = messages.filter(recipient__icontains=wanted)
    page = Paginator(messages, 50).get_page(request.GET.get("page"))
    return render(request, "portal/mail_list.html", {"page": page, "wanted": wanted})


@require_safe
@demo_only
@may_frame_our_own
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(MailboxMessage, pk=pk)
    return render(request, "portal/mail.html", {"message": message, "sandbox": SANDBOX})


@require_safe
@demo_only
@xframe_options_sameorigin
@for_an_email
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The e-mail alone, as a page of its own that the other one frames; its links open in the whole window."""
    message = get_object_or_404(MailboxMessage.objects.exclude(html=""), pk=pk)
    return HttpResponse(message.html.replace("<head>", '<head><base target="_top">', 1))
