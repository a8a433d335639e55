"""Importing in the admin: hand in a file, look at what it would change, confirm exactly that. Nothing before."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.exports import XLSX
from portal.models import User
from projects.importing import applying, background, template
from projects.importing.applying import Preview, Refused
from projects.importing.background import source_of
from projects.importing.mapping import FIELDS, MEASURE_LABELS, Kind, Reads
from projects.importing.table import MAX_BYTES, MAX_PLAN_BYTES, Problem, Unreadable
from projects.models import ImportFile

if TYPE_CHECKING:
    ImportFileModelAdmin = admin.ModelAdmin[ImportFile]
    ImportFileForm = forms.ModelForm[ImportFile]
else:
    ImportFileModelAdmin = admin.ModelAdmin
    ImportFileForm = forms.ModelForm

SHOWN = 300
PREVIEW = "admin:projects_importfile_change"


class UploadForm(ImportFileForm):
    file = forms.FileField(
        label=gettext_lazy("file"), help_text=gettext_lazy("CSV (UTF-8 or GB18030) or XLSX; headers in the first rows.")
    )

    class Meta:
        model = ImportFile
        fields = ("kind", "file", "in_force_on", "reason")
        widgets = {"in_force_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def clean(self) -> dict[str, Any] | None:
        """Keeps the content on the instance once it has been read; a file that can't be read is not kept at all."""
        values = super().clean() or self.cleaned_data
        upload: UploadedFile[bytes] | None = values.get("file")
        if upload is None or "kind" not in values or "in_force_on" not in values:
            return values
        most = MAX_PLAN_BYTES if values["kind"] == Kind.PLANS else MAX_BYTES
        if (upload.size or 0) > most:
            self.add_error("file", _("The file has more than %(most)s MB.") % {"most": most // 1_000_000})
            return values
        self.instance.name = (upload.name or "")[-200:]
        self.instance.content = upload.read()
        self.instance.digest = hashlib.sha256(self.instance.content).hexdigest()
        self.instance.kind, self.instance.in_force_on = values["kind"], values["in_force_on"]
        try:
            if _is_long(self.instance):
                applying.header(source_of(self.instance))  # a worker reads the rest
            else:
                applying.preview(source_of(self.instance), by=None)
        except Unreadable as unreadable:
            self.add_error("file", str(unreadable))
        return values


def _is_long(sent: ImportFile) -> bool:
    """Whether a worker reads the file while a page says how far it is."""
    return sent.kind == Kind.PLANS and len(sent.content) > background.SMALL


@admin.register(ImportFile)
class ImportFileAdmin(ImportFileModelAdmin):
    list_display = ("name", "kind", "in_force_on", "uploaded_by", "uploaded_at", "standing", "applied_at", "outcome")
    list_select_related = ("uploaded_by",)
    list_filter = ("kind",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content", "found")

    @admin.display(description=gettext_lazy("state"))
    def standing(self, sent: ImportFile) -> str:
        """What a file that a worker reads waits for."""
        return "" if sent.state == ImportFile.State.OPEN else sent.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("template/<str:kind>/", self.admin_site.admin_view(template_file), name="import_template"),
            path("<int:pk>/progress/", self.admin_site.admin_view(import_progress), name="import_progress"),
        ]
        return [*own, *super().get_urls()]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ImportFile | None = None) -> bool:
        return may_import(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def has_change_permission(self, request: HttpRequest, obj: ImportFile | None = None) -> bool:
        return may_import(request)

    def has_delete_permission(self, request: HttpRequest, obj: ImportFile | None = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require_import(request)
        form = UploadForm(request.POST or None, request.FILES or None, initial={"in_force_on": clock.today()})
        if request.method == "POST" and form.is_valid():
            form.instance.uploaded_by, form.instance.uploaded_at = signed_in(request), clock.now()
            sent = form.instance
            if _is_long(sent):
                background.keep(sent)
            else:
                sent.save()
            return redirect(PREVIEW, sent.pk)
        return self._page(request, "upload", {"form": form, "kinds": Kind.choices, "title": _("Import a file")})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        require_import(request)
        if not object_id.isdecimal():
            raise Http404
        asked = ImportFile.objects.select_related("uploaded_by", "applied_by").defer("content")
        sent = get_object_or_404(asked, pk=object_id)
        if sent.applied_at:
            return self._page(request, "applied", {"sent": sent, "title": sent.name})
        if sent.state != ImportFile.State.OPEN:
            return self._long(request, sent)
        person = signed_in(request)
        if request.method == "POST" and "columns" in request.POST:
            sent.columns = _columns_chosen(request, sent)
            sent.save(update_fields=["columns"])
            return redirect(PREVIEW, sent.pk)
        if request.method == "POST":
            found = _confirm(request, sent, by=person)
            if found is None:
                return redirect(PREVIEW, sent.pk)
        else:
            found = applying.preview(source_of(sent), by=person)
        return self._page(request, "preview", _shown(sent, found))

    def _long(self, request: HttpRequest, sent: ImportFile) -> HttpResponse:
        """A file that a worker reads: how far it is, what was found, and by POST the confirmation."""
        if request.method == "POST" and not sent.is_busy:
            if "columns" in request.POST:
                sent.columns = _columns_chosen(request, sent)
                sent.save(update_fields=["columns"])
                background.hand_over(sent)
            elif not background.confirm(sent, by=signed_in(request), seen=request.POST.get("fingerprint", "")):
                messages.warning(request, _("The file has been dealt with meanwhile. Look at it again."))
            return redirect(PREVIEW, sent.pk)
        if sent.is_busy:
            return self._page(request, "progress", {"title": sent.name, "sent": sent, "progress": progress_words(sent)})
        if sent.state == ImportFile.State.UNREADABLE:
            return self._page(request, "unreadable", {"title": sent.name, "sent": sent, **(sent.found or {})})
        if (sent.found or {}).get("is_stale"):
            messages.warning(request, _("The register has changed since this preview was made. Look at it again."))
        return self._page(request, "preview", _kept(sent))

    def _page(self, request: HttpRequest, name: str, context: Mapping[str, object]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return render(request, f"admin/projects/importfile/{name}.html", {**frame, **context})


def may_import(request: HttpRequest) -> bool:
    """A file may touch any project, so it takes an administrator of the whole tree."""
    return request.user.has_perm("projects.add_importfile") and scope.administers_all(request)


def require_import(request: HttpRequest) -> None:
    if not may_import(request):
        raise PermissionDenied


def template_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The workbook to fill in for this kind of file."""
    require_import(request)
    if kind not in Kind.values:
        raise Http404
    name = f"{Kind(kind).label}.xlsx"
    response = HttpResponse(template.workbook(kind), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _confirm(request: HttpRequest, sent: ImportFile, *, by: User) -> Preview | None:
    """Apply what was previewed; where the register has changed since, the new preview and a word about it."""
    try:
        with transaction.atomic():
            locked = ImportFile.objects.select_for_update(of=("self",)).get(pk=sent.pk)
            if locked.applied_at is None:  # else: a double click, or somebody else was faster
                found = applying.apply(source_of(locked), by=by, seen=request.POST.get("fingerprint", ""))
                background.record(locked, found, by=by, at=clock.now())
                locked.save(update_fields=["applied_by", "applied_at", "state", "outcome"])
                messages.success(request, _("The file was imported: %(outcome)s.") % {"outcome": locked.outcome})
    except Refused as refused:
        messages.warning(request, _("The register has changed since this preview was made. Look at it again."))
        return refused.preview
    except IntegrityError:
        messages.warning(request, _("Somebody changed the register at the same moment. Look at it again."))
    return None


def _columns_chosen(request: HttpRequest, sent: ImportFile) -> dict[str, str]:
    """What was chosen for each column; a choice the page didn't offer is left out."""
    offered = {value for value, _label in _choices(sent.kind)}
    if sent.found and "columns" in sent.found:  # as a worker has read them
        columns = [(column["index"], column["header"]) for column in sent.found["columns"]]
    else:
        columns = [(column.index, column.header) for column in applying.header(source_of(sent)).columns]
    chosen = {header: request.POST.get(f"column-{index}", "") for index, header in columns if header}
    return {header: choice for header, choice in chosen.items() if choice in offered}


def _choices(kind: str) -> list[tuple[str, str]]:
    """Every way to read a column: not at all, as a field, as money in a unit of measure."""
    choices = [("", _("not read"))]
    for field in FIELDS[kind]:
        if field.reads is Reads.MONEY:
            choices += [(f"{field.name}:{name}", f"{field.label} ({label})") for name, label in MEASURE_LABELS.items()]
        else:
            choices.append((field.name, str(field.label)))
    return choices


def _shown(sent: ImportFile, found: Preview) -> dict[str, object]:
    comparison = found.comparison
    return {
        "title": sent.name,
        "sent": sent,
        "preview": found,
        "comparison": comparison,
        "choices": _choices(sent.kind),
        "columns": [column for column in found.layout.columns if column.header],
        "problems": comparison.problems[:SHOWN],
        "changes": comparison.changes[:SHOWN],
        "problems_left": max(0, len(comparison.problems) - SHOWN),
        "changes_left": max(0, comparison.new + comparison.changed - SHOWN),
    }


def _kept(sent: ImportFile) -> dict[str, object]:
    """The same of a file that a worker has read."""
    found = sent.found or {}
    return {
        "title": sent.name,
        "sent": sent,
        "preview": {"may_be_applied": found["may_be_applied"]},
        "comparison": {**found["counts"], "notes": found["notes"], "fingerprint": found["fingerprint"]},
        "choices": _choices(sent.kind),
        "columns": found["columns"],
        "problems": [Problem(*each) for each in found["problems"]],
        "changes": found["changes"],
        "problems_left": found["problems_left"],
        "changes_left": found["changes_left"],
    }


def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is: what the page's script asks for while one waits."""
    require_import(request)
    sent = get_object_or_404(ImportFile.objects.defer("content", "found"), pk=pk)
    words = progress_words(sent)
    return JsonResponse({"busy": sent.is_busy, "done": sent.done, "rows": sent.rows, "words": words})


def progress_words(sent: ImportFile) -> str:
    if not sent.done:
        return _("Waiting for its turn.")
    if sent.done >= sent.rows * 0.99:
        return _("All rows are read; what they say is compared with the register.")
    return _("%(done)s of about %(rows)s rows read") % {"done": f"{sent.done:,}", "rows": f"{sent.rows:,}"}
