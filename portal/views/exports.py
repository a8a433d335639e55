"""Long lists as files: those that a person has asked for, how far one is, and the file itself once it is made."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import prepared
from portal.accounts import signed_in
from portal.exports import TYPES
from portal.models import Export

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase


@require_safe
def export_list(request: HttpRequest) -> HttpResponse:
    """The person's files of the last week, the newest first."""
    found = Export.objects.of(signed_in(request))
    return render(request, "portal/export_list.html", {"exports": found, "kept_days": prepared.KEPT.days})


def _own(request: HttpRequest, key: UUID) -> Export:
    return get_object_or_404(Export.objects.of(signed_in(request)), key=key)


@require_safe
def export(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far the file is; once it is made, where to take it."""
    found = _own(request, key)
    context = {"export": found, "progress": progress_words(found), "kept_days": prepared.KEPT.days}
    return render(request, "portal/export.html", context)


@require_safe
def export_progress(request: HttpRequest, key: UUID) -> JsonResponse:
    """What the page's script asks for while one waits."""
    found = _own(request, key)
    return JsonResponse({"busy": found.is_busy, "done": found.done, "rows": found.rows, "words": progress_words(found)})


def progress_words(found: Export) -> str:
    if not found.tries:
        return _("Waiting for its turn.")
    if not found.done:
        return _("Being computed: the first rows are yet to come.")
    return _("%(done)s rows written, of about %(rows)s") % {"done": f"{found.done:,}", "rows": f"{found.rows:,}"}


@require_safe
def export_file(request: HttpRequest, key: UUID) -> "HttpResponseBase":
    """The file, for whom it was made."""
    found = _own(request, key)
    if found.state != Export.State.READY or not prepared.kept_in().exists(found.path):
        raise Http404
    file = prepared.kept_in().open(found.path)
    return FileResponse(file, as_attachment=True, filename=f"{found.name}.{found.kind}", content_type=TYPES[found.kind])
