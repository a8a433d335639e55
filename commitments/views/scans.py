"""Scans of the paper letter: added by the unit's people and its administrators, read by them and by who reviews."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from commitments import attachments, scans
from commitments.models import Attachment
from commitments.views import letter_desk
from portal import clock
from portal.uploads import File
from projects.lifecycle import StepRefused

AT_ONCE = 10  # files


def scan_upload(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """Add files to a version; by GET, as after a sign-in in between, back to it."""
    desk = letter_desk.at(request, code, year)
    version = desk.number(number)
    if request.method == "POST":
        if not desk.adds_files:
            raise PermissionDenied
        try:
            added = scans.attach(version, _posted(request), by=desk.user, at=clock.now())
        except StepRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = ngettext("%(count)s scan added.", "%(count)s scans added.", len(added)) % {"count": len(added)}
            messages.success(request, words if added else _("The letter has this scan already."))
    return redirect("letter_version", *desk.address, version.number)


def _posted(request: HttpRequest) -> list[File]:
    """The files of the form; raises StepRefused for too many."""
    posted = request.FILES.getlist("scan")
    if len(posted) > AT_ONCE:
        raise StepRefused(_("At most %(count)s files at a time.") % {"count": AT_ONCE})
    return attachments.posted(posted)


@require_safe
def scan(request: HttpRequest, code: str, year: int, pk: int) -> HttpResponse:
    """The file itself, to be saved: never shown inside the portal's own address, whatever it holds."""
    desk = letter_desk.at(request, code, year)
    if not desk.reads_files:
        raise PermissionDenied
    found = get_object_or_404(Attachment, pk=pk, kind=Attachment.Kind.SCAN, version__in=desk.versions)
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
