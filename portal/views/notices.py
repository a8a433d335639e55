"""The bell's page: what has happened, the newest first; opening a notice, or a button, marks it as read."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal import bell, clock
from portal.accounts import signed_in
from portal.models import Notice

PER_PAGE = 30


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """One page of the person's notices; the next begins behind the last one shown, however many come meanwhile."""
    person = signed_in(request)
    unread_only = request.GET.get("show") == "unread"
    found = Notice.objects.of(person)
    if unread_only:
        found = found.unread()
    before = request.GET.get("before", "")
    if before:
        found = found.before(get_object_or_404(Notice.objects.of(person), pk=_key(before)))
    shown = list(found[: PER_PAGE + 1])
    context = {
        "notices": [(notice, bell.words(notice)) for notice in shown[:PER_PAGE]],
        "unread_only": unread_only,
        "before": before,
        "next": shown[PER_PAGE - 1].pk if len(shown) > PER_PAGE else None,
        "newest": max((notice.pk for notice in shown), default=None),
        "kept_days": bell.KEPT.days,
    }
    return render(request, "portal/notices.html", context)


def _key(value: str) -> int:
    """A key in an address; raises BadRequest for anything that can be none."""
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise BadRequest
    return int(value)


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes on to what the notice is about; by that it is read."""
    found = get_object_or_404(Notice.objects.of(signed_in(request)), pk=pk)
    if request.method == "GET":
        Notice.objects.filter(pk=found.pk).mark_read(at=clock.now())
    return redirect(found.link)


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Notice.objects.of(signed_in(request)), pk=pk)
    Notice.objects.filter(pk=found.pk).mark_read(at=clock.now())
    return _back(request)


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """All up to the newest that the page showed: what came afterwards has been seen by nobody."""
    seen = Notice.objects.of(signed_in(request)).filter(pk__lte=_key(request.POST.get("newest", "")))
    count = seen.mark_read(at=clock.now())
    words = ngettext("%(count)s notice marked as read.", "%(count)s notices marked as read.", count)
    messages.success(request, words % {"count": count})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    page = redirect("notices")
    if request.POST.get("show") == "unread":
        page["Location"] += "?show=unread"
    return page
