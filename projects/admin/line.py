"""Report lines in the admin, as handed in: to be found by quarter, unit, project and state, and never edited here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.admin import scope
from portal.admin.long import is_for_a_file
from portal.extract import Cell, Choice, Moment, Money, Number, Text
from portal.models import Quarter
from portal.models.naming import localized
from portal.templatetags.figures import money
from projects.admin import report_filters as filters
from projects.models import Project, ReportLine, ReportState, Stage
from projects.models.project import SEARCHED

if TYPE_CHECKING:
    ReportLineModelAdmin = admin.ModelAdmin[ReportLine]
else:
    ReportLineModelAdmin = admin.ModelAdmin

HANDED_IN = [(state.value, state.label) for state in ReportState if state != ReportState.DRAFT]


class StateFilter(admin.SimpleListFilter):
    """Of the report that the line stands in."""

    title = _("state of the report")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> "filters.Choices":
        return list(HANDED_IN)

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReportLine]) -> QuerySet[ReportLine]:
        value = self.value()
        return queryset.filter(report__state=value) if value in dict(HANDED_IN) else queryset


class QuarterFilter(filters.QuarterFilter):
    """Names the year, too: the lines of a quarter lie in one partition, and none of the others is gone through."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        quarter = Quarter.objects.filter(pk=filters.key(value)).first() if value else None
        if quarter is None:
            return queryset.none() if value else queryset
        return queryset.filter(quarter=quarter, year=quarter.year)


@admin.register(ReportLine)
class ReportLineAdmin(ReportLineModelAdmin):
    """The newest first. A line leads to the report that it stands in."""

    list_display = (
        "project",
        "unit",
        "quarter_name",
        "revision",
        "state",
        "flow_in_million",
        "year_to_date_in_million",
        "stage",
        "edited_by",
        "edited_at",
    )
    list_select_related = ("project", "unit", "quarter", "report", "edited_by")
    list_only = (
        *("flow", "year_to_date", "stage", "edited_at", "report__revision", "report__state"),
        *("project__name_zh", "project__name_en", "unit__name_zh", "unit__name_en"),
        *("quarter__year", "quarter__number", "edited_by__name", "edited_by__email"),
    )
    list_filter = (QuarterFilter, filters.UnitFilter, StateFilter, "stage")
    list_per_page = 50
    search_fields = tuple(f"project__{field}" for field in SEARCHED)
    search_help_text = _("Name, code or investor")
    ordering = ("-pk",)
    sortable_by = ()
    actions = None
    exclude = ("rejected", "explanations", "answers", "version")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportLine]:
        """Of reports that have left the draft, of units within reach; with the names that a file of them asks for."""
        handed_in = ReportLine.objects.exclude(report__state=ReportState.DRAFT)
        handed_in = handed_in.filter(scope.about_units_seen(request, "unit"))
        if not is_for_a_file(request):  # a join of a million projects, of which a page shows fifty
            return handed_in
        return handed_in.annotate(project_name=localized("project__"), unit_name=localized("unit__"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ReportLine], search_term: str
    ) -> tuple[QuerySet[ReportLine], bool]:
        """The lines of the projects that such a search finds."""
        if not search_term.split():
            return queryset, False
        return queryset.filter(project__in=Project.objects.saying(search_term).values("pk")), False

    def cells(self) -> Mapping[str, Cell]:
        """What a file of all lines says in the list's columns."""
        return {
            "project": Text('"project_name"'),
            "unit": Text('"unit_name"'),
            "quarter_name": Choice('"quarter"', {str(each.pk): each.name for each in Quarter.objects.all()}),
            "revision": Number('"report__revision"'),
            "state": Choice('"report__state"', dict(ReportState.choices)),
            "flow_in_million": Money('"flow"'),
            "year_to_date_in_million": Money('"year_to_date"'),
            "stage": Choice('"stage"', dict(Stage.choices)),
            "edited_by": Text('"edited_by__name"'),
            "edited_at": Moment('"edited_at"'),
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ReportLine | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ReportLine | None = None) -> bool:
        return False

    @admin.display(description=_("quarter"))
    def quarter_name(self, line: ReportLine) -> str:
        return line.quarter.name

    @admin.display(description=_("revision"))
    def revision(self, line: ReportLine) -> int:
        return line.report.revision

    @admin.display(description=_("state of the report"))
    def state(self, line: ReportLine) -> str:
        return str(ReportState(line.report.state).label)

    @admin.display(description=format_lazy("{} ({})", _("completed this quarter"), _("CNY million")))
    def flow_in_million(self, line: ReportLine) -> str:
        return money(line.flow)

    @admin.display(description=format_lazy("{} ({})", _("year to date"), _("CNY million")))
    def year_to_date_in_million(self, line: ReportLine) -> str:
        return money(line.year_to_date)
