"""The queue of reports in the admin: what waits for review comes first. Nothing is added, edited or deleted here."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import signed_in
from portal.admin.long import LongList
from portal.roles import REVIEWERS
from portal.templatetags.figures import money, percent
from projects.admin import report_filters as filters
from projects.models import Report
from projects.views import batch
from projects.views.review import report_keys, report_review

if TYPE_CHECKING:
    ReportModelAdmin = admin.ModelAdmin[Report]
else:
    ReportModelAdmin = admin.ModelAdmin


class Order(ChangeList):
    """The queue as it is filtered, searched and sorted, without its pages: for going from one report to the next."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count = self.full_result_count = 0
        self.result_list = self.queryset.none()
        self.can_show_all, self.multi_page = True, False


@admin.action(description=_("Accept the selected clean reports…"))
def accept_clean(model_admin: "ReportAdmin", request: HttpRequest, reports: QuerySet[Report]) -> HttpResponse:
    """First the preview: which of them will be accepted, and which not and why."""
    return batch.preview(request, reports, filters=request.GET.urlencode())


@admin.register(Report)
class ReportAdmin(ReportModelAdmin):
    list_display = (
        "unit",
        "quarter_name",
        "revision",
        "submitted",
        "state",
        "line_count",
        "warnings",
        "changed",
        "summed_up",
        "share",
    )
    list_filter = (
        filters.StateFilter,
        filters.QuarterFilter,
        filters.GroupFilter,
        filters.UnitFilter,
        filters.FindingsFilter,
        "is_late",
        filters.ResubmittedFilter,
    )
    list_select_related = ("unit", "quarter")
    list_per_page = 50
    list_max_show_all = batch.MOST
    search_fields = ("unit__code", "unit__name_zh", "unit__name_en", "receipt")
    ordering = ("submitted_at", "pk")
    actions = (accept_clean,)
    actions_on_bottom = False
    change_list_template = "admin/projects/report/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """The queue, the review of one report and of several; nothing else of what the admin offers for a model."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="projects_report_changelist"),
            path("<int:object_id>/change/", view(report_review), name="projects_report_change"),
            path("accept/", view(batch.reports_accept), name="projects_report_accept"),
            path("keys/", view(report_keys), name="projects_report_keys"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return Report.objects.visible_to(signed_in(request), on=clock.today()).handed_in()

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return Order if getattr(request, "asks_order", False) else LongList

    def in_queue(self, request: HttpRequest, asked: str) -> QuerySet[Report]:
        """The reports that the queue shows by these filters (as in its address), in its order; without crooked ones."""
        alone = HttpRequest()
        alone.user, alone.META, alone.path = request.user, request.META, request.path
        alone.asks_order = True  # type: ignore[attr-defined]
        alone.GET = QueryDict(asked)
        try:
            changes = self.get_changelist_instance(alone)
        except (IncorrectLookupParameters, SuspiciousOperation):
            alone.GET = QueryDict()
            changes = self.get_changelist_instance(alone)
        reports: QuerySet[Report] = changes.queryset
        return reports

    def get_actions(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        """For those who review somewhere; an auditor only reads."""
        reviews = signed_in(request).roles(on=clock.today()) & REVIEWERS
        return super().get_actions(request) if reviews else {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        added = {"title": _("Reports for review"), "uses_keys": signed_in(request).uses_keys}
        return super().changelist_view(request, {**(extra_context or {}), **added})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    @admin.display(description=_("quarter"), ordering="quarter")
    def quarter_name(self, report: Report) -> str:
        return report.quarter.name

    @admin.display(description=_("submitted at"), ordering="submitted_at")
    def submitted(self, report: Report) -> str:
        """Lateness with a word and a shape: the admin's tick and cross would call it right and punctuality wrong."""
        time = f"{localtime(report.submitted_at):%Y-%m-%d %H:%M}"
        return f"{time} ◆ {gettext('late')}" if report.is_late else time

    @admin.display(description=_("warnings"), ordering="warning_count")
    def warnings(self, report: Report) -> str:
        """A word beside the count where a sentence is missing; a shape where there is anything to look at."""
        if not report.warning_count:
            return gettext("none")
        shown = f"▲ {report.warning_count}"
        if not report.unexplained_count:
            return shown
        return f"{shown} ({gettext('without a sentence: %(count)s') % {'count': report.unexplained_count}})"

    @admin.display(description=_("changed"), ordering="changed_count")
    def changed(self, report: Report) -> str:
        return "—" if report.changed_count is None else f"✎ {report.changed_count}"

    @admin.display(description=format_lazy("{} ({})", _("year to date"), _("CNY million")), ordering="year_to_date")
    def summed_up(self, report: Report) -> str:
        return money(report.year_to_date)

    @admin.display(description=_("share of the year's plan"))
    def share(self, report: Report) -> str:
        return percent(report.share_of_plan)
