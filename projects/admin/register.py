"""The register in the admin: projects with their dated rows, and how projects are sorted."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import CharField, Field, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import yesno
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.admin.long import is_for_a_file
from portal.extract import Cell, Choice, Text
from portal.models import Quarter
from portal.models.naming import localized
from projects import tasks
from projects.models import (
    AnnualPlan,
    Assignment,
    Category,
    Chain,
    ListEntry,
    Project,
    ProjectList,
    ReportLine,
    Share,
    Stage,
    Valuation,
)
from projects.models.dated import DatedRow
from projects.models.project import SEARCHED, ProjectQuerySet

if TYPE_CHECKING:
    Inline = admin.TabularInline[DatedRow, Project]
    StackedRows = admin.StackedInline[DatedRow, Project]
    ProjectModelAdmin = admin.ModelAdmin[Project]
    SortingModelAdmin = admin.ModelAdmin[Category]
    Rows = BaseInlineFormSet[DatedRow, Project, forms.ModelForm[DatedRow]]
    EntryModelForm = forms.ModelForm[ListEntry]
else:
    Inline = admin.TabularInline
    StackedRows = admin.StackedInline
    ProjectModelAdmin = SortingModelAdmin = admin.ModelAdmin
    Rows = BaseInlineFormSet
    EntryModelForm = forms.ModelForm

# So that a row of an inline fits a screen.
SHORT: "Mapping[type[Field[Any, Any]], Mapping[str, Any]]" = {
    CharField: {"widget": forms.TextInput(attrs={"size": "16"})}
}
# What the last accepted report decides, once there is one.
REPORTED = ("stage", "started_on", "finished_on")
DAYS = ("from_on", "listed_on", "delisted_on", "in_force_on")


class DatedRows(Rows):
    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        return _("Two of these rows hold from the same day. Give one of them another day.")


class AssignmentInline(Inline):
    model = Assignment
    formset = DatedRows
    extra = 0
    fields = ("unit", "from_on", "reason", "recorded_by")
    autocomplete_fields = ("unit",)
    formfield_overrides = SHORT
    readonly_fields = ("recorded_by",)


class ShareRows(DatedRows):
    def clean(self) -> None:
        """What the database holds for every day, said where it can be mended."""
        super().clean()
        typed = [getattr(form, "cleaned_data", {}) for form in self.forms]
        rows = [each for each in typed if each.get("unit") and each.get("from_on") and not each.get("DELETE")]
        for day in sorted({row["from_on"] for row in rows}):
            in_force = {row["unit"]: row["share"] for row in sorted(rows, key=_since) if row["from_on"] <= day}
            if sum(in_force.values()) >= 1:
                raise ValidationError(
                    _("From %(day)s on the shares leave nothing to the answering unit. Together they are less than 1.")
                    % {"day": day}
                )


def _since(row: Mapping[str, Any]) -> date:
    day: date = row["from_on"]
    return day


class ShareInline(Inline):
    model = Share
    formset = ShareRows
    extra = 0
    fields = ("unit", "share", "from_on", "reason", "recorded_by")
    autocomplete_fields = ("unit",)
    formfield_overrides = SHORT
    readonly_fields = ("recorded_by",)


class EntryForm(EntryModelForm):
    def clean(self) -> dict[str, Any] | None:
        values = super().clean() or self.cleaned_data
        if values.get("delisted_on") and not values.get("delist_reason"):
            self.add_error("delist_reason", _("Say why the project leaves the list."))
        return values


class EntryRows(DatedRows):
    def clean(self) -> None:
        """Rows typed together are compared with each other here; with those on file, by the database's constraint."""
        super().clean()
        spans: list[tuple[ProjectList, date, date]] = []
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            if not values.get("listed_on") or not values.get("list") or values.get("DELETE"):
                continue
            listed, first, last = values["list"], values["listed_on"], values.get("delisted_on") or date.max
            if any(listed == other and first < until and since < last for other, since, until in spans):
                raise ValidationError(
                    _("Two of these rows put the project on “%(list)s” in the same days.") % {"list": listed}
                )
            spans.append((listed, first, last))


class EntryInline(Inline):
    model = ListEntry
    form = EntryForm  # type: ignore[assignment] # its own model, where the base says any dated row
    formset = EntryRows
    extra = 0
    fields = ("list", "listed_on", "delisted_on", "batch", "reason", "delist_reason", "recorded_by")
    formfield_overrides = SHORT
    readonly_fields = ("recorded_by",)


class ValuationInline(Inline):
    model = Valuation
    formset = DatedRows
    extra = 0
    fields = ("version", "from_on", "total_investment", "expected_annual_output", "reason", "recorded_by")
    formfield_overrides = SHORT
    readonly_fields = ("recorded_by",)


class PlanInline(StackedRows):
    model = AnnualPlan
    formset = DatedRows
    extra = 0
    readonly_fields = ("recorded_by",)
    fieldsets = [
        (
            None,
            {
                "fields": (
                    ("year", "in_force_on"),
                    "planned_investment",
                    ("cumulative_q1", "cumulative_q2", "cumulative_q3"),
                    ("category", "chain", "batch"),
                    "content",
                    ("start_due_on", "finish_due_on"),
                    ("reason", "recorded_by"),
                )
            },
        )
    ]


@admin.register(Project)
class ProjectAdmin(ProjectModelAdmin):
    list_display = ("code", "name_zh", "answering_unit", "stage", "category", "made_up")
    list_display_links = ("code", "name_zh")
    list_filter = ("stage", "is_demonstration", "category")
    list_select_related = ("category",)
    list_only = ("code", "name_zh", "stage", "is_demonstration", "category__name_zh", "category__name_en")
    list_per_page = 50
    search_fields = SEARCHED
    search_help_text = gettext_lazy("Name, code or investor")
    sortable_by = ("code",)  # the other columns have no index to be sorted by
    autocomplete_fields = ("location",)
    actions = None  # a project is deleted one at a time, and seldom
    inlines = (AssignmentInline, ShareInline, EntryInline, ValuationInline, PlanInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """The projects of the units within reach; those that nobody answers for belong to who administers all."""
        today = clock.today()
        projects = Project.objects.with_unit_name(on=today)
        if is_for_a_file(request):
            projects = projects.annotate(filed_under=localized("category__"))
        everything = scope.administers_all(request)
        if everything and scope.sees_everything(request):
            return projects
        if everything:
            return projects.with_unit(on=today).filter(Q(unit_id__in=scope.units_seen(request)) | Q(unit_id=None))
        return projects.answered_within(scope.about_units_seen(request, "unit"), on=today)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Project], search_term: str
    ) -> tuple[QuerySet[Project], bool]:
        """As every page searches for projects."""
        return cast("ProjectQuerySet", queryset).saying(search_term), False

    def cells(self) -> Mapping[str, Cell]:
        """What a file of all projects says in the list's columns."""
        return {
            "code": Text('"code"'),
            "name_zh": Text('"name_zh"'),
            "answering_unit": Text("COALESCE(\"unit_name\", '—')"),
            "stage": Choice('"stage"', dict(Stage.choices)),
            "category": Text('"filed_under"'),
            "made_up": Choice('"is_demonstration"', {"true": str(yesno(True)), "false": str(yesno(False))}),
        }

    @admin.display(description=gettext_lazy("answering unit"), ordering="unit_name")
    def answering_unit(self, project: Project) -> str:
        return getattr(project, "unit_name", None) or "—"

    @admin.display(description=gettext_lazy("demonstration data"), ordering="is_demonstration")
    def made_up(self, project: Project) -> str:
        return str(yesno(project.is_demonstration))

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        if obj is not None and ReportLine.objects.accepted().filter(project=obj).exists():
            return REPORTED
        return ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and scope.administers_all(request)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        project = self.get_object(request, object_id)
        if (
            project
            and self.has_delete_permission(request, project)
            and ReportLine.objects.filter(project=project).exists()
        ):
            messages.error(
                request,
                _("Reports or drafts name %(project)s, so it can't be deleted. Take it off its lists instead.")
                % {"project": project.name},
            )
            return redirect("admin:projects_project_change", project.pk)
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The dated rows go with a project that nobody ever reported on; what they said stays in the history."""
        deleted, counts, forbidden, rows = super().get_deleted_objects(objs, request)
        return [*deleted, rows], counts, forbidden, []

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        for rows in (
            AnnualPlan,
            Valuation,
            ListEntry,
            Share,
            Assignment,
        ):  # marks are made by who answers, so that goes last
            rows.objects.filter(project=obj).delete()
        super().delete_model(request, obj)
        tasks.ring()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Dated rows are recorded by whoever saves them; what that restates is said."""
        rows = formset.save(commit=False)
        days = [getattr(row, name, None) for row in [*rows, *formset.deleted_objects] for name in DAYS]
        days += [each.initial.get(name) for each in formset.initial_forms if each.has_changed() for name in DAYS]
        for row in rows:
            row.recorded_by = signed_in(request)
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        since = min((day for day in days if day), default=None)
        if since:
            tasks.ring()
            tell_restated(request, form.instance, since)


def tell_restated(request: HttpRequest, project: Project, since: date) -> None:
    """Name the accepted quarters that a change from this day on restates."""
    lines = ReportLine.objects.accepted().filter(project=project)
    quarters = Quarter.objects.filter(pk__in=lines.values("quarter")).order_by("year", "number")
    touched = [quarter.name for quarter in quarters if quarter.ends_on >= since]
    if touched:
        messages.warning(
            request,
            _("This restates the figures of accepted quarters: %(quarters)s. The history keeps what stood before.")
            % {"quarters": ", ".join(touched)},
        )


@admin.register(Category, Chain)
class SortingAdmin(SortingModelAdmin):
    """Codes stand in files and figures; whoever administers all edits them."""

    list_display: tuple[str, ...] = ("code", "name_zh", "name_en", "position")
    list_display_links = ("code", "name_zh")
    search_fields = ("code", "name_zh", "name_en")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and scope.administers_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and scope.administers_all(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and scope.administers_all(request)


@admin.register(ProjectList)
class ProjectListAdmin(SortingAdmin):
    list_display = ("code", "name_zh", "name_en", "tier", "position")
