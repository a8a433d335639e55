"""Hands out photos and documents of lines, to those who see the line; for everybody else they aren't there."""

import logging
import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts import signed_in
from projects.models import Evidence, StoredFile
from projects.models.evidence import kept_in

# Whatever it holds, a browser that opens it by itself loads and runs nothing.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

log = logging.getLogger(__name__)


@require_safe
def evidence_file(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """The photo, to be looked at, or the document, to be saved: a sandbox would not let it be shown."""
    file = _file(request, key)
    return _handed_out(request, file, file.path, "image/jpeg" if file.is_photo else "application/pdf")


@require_safe
def evidence_thumbnail(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """The small photo."""
    file = _file(request, key)
    if not file.is_photo:
        raise Http404
    return _handed_out(request, file, file.thumbnail_path, "image/jpeg")


def _file(request: HttpRequest, key: uuid.UUID) -> StoredFile:
    visible = Evidence.objects.visible_to(signed_in(request), on=clock.today()).select_related("file")
    return get_object_or_404(visible, key=key).file


def _handed_out(request: HttpRequest, file: StoredFile, path: str, content_type: str) -> HttpResponseBase:
    """The file; a browser that has it asks each time whether it may still show it."""
    etag = f'"{path}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = FileResponse(kept_in().open(path), content_type=content_type)
        except FileNotFoundError:
            log.error("%s is missing where evidence is kept", path)
            raise Http404(_("This file is missing on the server. Tell the administrator.")) from None
        except OSError as error:
            log.error("%s could not be fetched from where evidence is kept: %s", path, error)
            words = _("This file can't be fetched at the moment. Try again in a minute; nothing is lost.")
            return HttpResponse(words, content_type="text/plain; charset=utf-8", status=503)
        response["Content-Disposition"] = content_disposition_header(not file.is_photo, file.name) or "attachment"
        response["Content-Security-Policy"] = SANDBOX
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response
