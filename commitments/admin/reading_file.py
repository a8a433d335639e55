"""Files of readings in the admin: hand one in, look at what it would load, confirm exactly that. Nothing before."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import reading_import, readings
from commitments.admin.reading import QuarterField, loaded, loads
from commitments.models import ReadingFile
from commitments.reading_import import Preview, Refused
from commitments.reading_template import workbook
from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.exports import XLSX
from portal.models import Quarter, User
from projects.importing.table import MAX_BYTES, Unreadable

if TYPE_CHECKING:
    ReadingFileModelAdmin = admin.ModelAdmin[ReadingFile]
    ReadingFileForm = forms.ModelForm[ReadingFile]
else:
    ReadingFileModelAdmin = admin.ModelAdmin
    ReadingFileForm = forms.ModelForm

SHOWN = 300
OFFERED = 8  # quarters for which a workbook is offered
PREVIEW = "admin:commitments_readingfile_change"


def ended() -> list[Quarter]:
    """The quarters whose figures can be known, the newest first."""
    today = clock.today()
    return [each for each in Quarter.objects.order_by("-year", "-number") if each.ends_on < today]


class UploadForm(ReadingFileForm):
    file = forms.FileField(
        label=gettext_lazy("file"), help_text=gettext_lazy("CSV (UTF-8 or GB18030) or XLSX; headers in the first rows.")
    )

    quarter = QuarterField(label=gettext_lazy("quarter"), queryset=Quarter.objects.none())

    class Meta:
        model = ReadingFile
        fields = ("quarter", "source", "published_on", "file")
        widgets = {"published_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *arguments: Any, person: User, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.person = person
        offered = [quarter.pk for quarter in ended()]
        quarter = self.fields["quarter"]
        assert isinstance(quarter, QuarterField)  # noqa: S101 - narrows the type
        quarter.queryset = Quarter.objects.filter(pk__in=offered).order_by("-year", "-number")

    def clean(self) -> dict[str, Any] | None:
        """Keeps the content on the instance once it has been read; a file that can't be read is not kept at all."""
        values = super().clean() or self.cleaned_data
        upload: UploadedFile[bytes] | None = values.get("file")
        if values.get("quarter") and values.get("published_on"):
            for field, message in readings.untimely(values["quarter"], values["published_on"], on=clock.today()):
                self.add_error(field, message)
        if upload is None or self.errors:
            return values
        if (upload.size or 0) > MAX_BYTES:
            self.add_error("file", _("The file has more than %(most)s MB.") % {"most": MAX_BYTES // 1_000_000})
            return values
        sent = self.instance
        sent.name, sent.content = (upload.name or "")[-200:], upload.read()
        sent.digest = hashlib.sha256(sent.content).hexdigest()
        sent.quarter, sent.published_on, sent.source = values["quarter"], values["published_on"], values["source"]
        try:
            reading_import.preview(sent, by=self.person, at=clock.now(), on=clock.today())
        except Unreadable as unreadable:
            self.add_error("file", str(unreadable))
        return values


@admin.register(ReadingFile)
class ReadingFileAdmin(ReadingFileModelAdmin):
    list_display = ("name", "in_quarter", "uploaded_by", "uploaded_at", "applied_at", "outcome")
    list_select_related = ("quarter", "uploaded_by")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReadingFile]:
        """One's own; whoever administers all sees what the bureaus handed in."""
        files = super().get_queryset(request).defer("content")
        return files if scope.administers_all(request) else files.filter(uploaded_by=signed_in(request))

    def get_urls(self) -> list[URLPattern]:
        own = [path("template/<str:label>/", self.admin_site.admin_view(template), name="reading_template")]
        return [*own, *super().get_urls()]

    @admin.display(description=gettext_lazy("quarter"), ordering="quarter")
    def in_quarter(self, sent: ReadingFile) -> str:
        return sent.quarter.name

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ReadingFile | None = None) -> bool:
        return may_load(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_load(request)

    def has_change_permission(self, request: HttpRequest, obj: ReadingFile | None = None) -> bool:
        return may_load(request)

    def has_delete_permission(self, request: HttpRequest, obj: ReadingFile | None = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require_loading(request)
        person = signed_in(request)
        quarters = ended()
        first = {"quarter": quarters[0].pk} if quarters else {}
        form = UploadForm(request.POST or None, request.FILES or None, person=person, initial=first)
        if request.method == "POST" and form.is_valid():
            form.instance.uploaded_by, form.instance.uploaded_at = person, clock.now()
            return redirect(PREVIEW, form.save().pk)
        shown = {"form": form, "quarters": quarters[:OFFERED], "title": _("Load a file of readings")}
        return self._page(request, "upload", shown)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        require_loading(request)
        if not object_id.isdecimal():
            raise Http404
        files = self.get_queryset(request).select_related("quarter", "uploaded_by", "applied_by")
        sent = get_object_or_404(files, pk=object_id)
        if sent.applied_at:
            return self._page(request, "applied", {"sent": sent, "title": sent.name})
        person = signed_in(request)
        if request.method == "POST":
            sent.change_reason = request.POST.get("change_reason", "").strip()[:300]
            found = _confirm(request, sent, by=person)
            if found is None:
                return redirect(PREVIEW, sent.pk)
        else:
            found = reading_import.preview(sent, by=person, at=clock.now(), on=clock.today())
        return self._page(request, "preview", _shown(request, sent, found))

    def _page(self, request: HttpRequest, name: str, context: Mapping[str, object]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return render(request, f"admin/commitments/readingfile/{name}.html", {**frame, **context})


def may_load(request: HttpRequest) -> bool:
    """Whoever may load one reading may load many."""
    return request.user.has_perm("commitments.add_reading") and loads(request)


def require_loading(request: HttpRequest) -> None:
    if not may_load(request):
        raise PermissionDenied


def template(request: HttpRequest, label: str) -> HttpResponse:
    """The workbook of this quarter, with a row for each of the person's indicators and each unit."""
    require_loading(request)
    quarter = next((each for each in ended() if each.label == label), None)
    if quarter is None:
        raise Http404
    response = HttpResponse(workbook(list(loaded(request).select_related("bureau")), quarter), content_type=XLSX)
    name = f"{_('Readings')}-{quarter.label}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _confirm(request: HttpRequest, sent: ReadingFile, *, by: User) -> Preview | None:
    """Load what was previewed; where a reason is wanting, or figures have changed since, the preview again."""
    seen = request.POST.get("fingerprint", "")
    try:
        with transaction.atomic():
            locked = ReadingFile.objects.select_for_update(of=("self",)).get(pk=sent.pk)
            if locked.applied_at is None:  # else: a double click, or somebody else was faster
                locked.change_reason = sent.change_reason
                found = reading_import.apply(locked, by=by, at=clock.now(), on=clock.today(), seen=seen)
                _record(locked, found, by=by)
                messages.success(request, _("The readings are loaded: %(outcome)s.") % {"outcome": locked.outcome})
    except Refused as refused:
        if seen != refused.preview.comparison.fingerprint:
            messages.warning(request, _("Readings have changed since this preview was made. Look at it again."))
        return refused.preview
    except IntegrityError:
        messages.warning(request, _("Somebody loaded one of these readings at the same moment. Look at it again."))
    return None


def _record(sent: ReadingFile, found: Preview, *, by: User) -> None:
    sent.applied_by, sent.applied_at = by, clock.now()
    sent.outcome = _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged") % {
        "new": found.comparison.new,
        "changed": found.comparison.changed,
        "unchanged": found.comparison.unchanged,
    }
    sent.save(update_fields=["applied_by", "applied_at", "outcome", "change_reason"])


def _shown(request: HttpRequest, sent: ReadingFile, found: Preview) -> dict[str, object]:
    comparison = found.comparison
    return {
        "title": sent.name,
        "sent": sent,
        "preview": found,
        "comparison": comparison,
        "reason_missing": request.method == "POST" and found.restates and not sent.change_reason,
        "columns": [column for column in found.layout.columns if column.header],
        "problems": comparison.problems[:SHOWN],
        "changes": comparison.changes[:SHOWN],
        "problems_left": max(0, len(comparison.problems) - SHOWN),
        "changes_left": max(0, len(comparison.changes) - SHOWN),
    }
