"""The queue of reports in the admin: what waits for review comes first. Nothing is added, edited or deleted here."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import signed_in
from portal.models import Membership, Quarter, Unit
from portal.roles import ADMIN_ROLES
from portal.templatetags.figures import money, percent
from projects import review
from projects.models import Report, ReportState
from projects.views.review import report_review

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices
    from django_stubs_ext import StrPromise

    Choices = list[tuple[str, str | StrPromise]]
    ReportModelAdmin = admin.ModelAdmin[Report]
else:
    ReportModelAdmin = admin.ModelAdmin

EVERY = "every"
DECIDED = [ReportState.RETURNED, ReportState.ACCEPTED, ReportState.WITHDRAWN, ReportState.SUPERSEDED]


def _key(value: str) -> int:
    """The key in an address; a crooked one sends the admin back to its plain list."""
    try:
        return int(value)
    except ValueError as wrong:
        raise IncorrectLookupParameters from wrong


class StateFilter(admin.SimpleListFilter):
    """Begins with what waits for review: "all" is a choice, not the beginning."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> "Choices":
        return [
            (ReportState.SUBMITTED, _("waiting for review")),
            *((state, state.label) for state in DECIDED),
            (EVERY, _("every state")),
        ]

    def choices(self, changelist: ChangeList) -> Iterator["_ListFilterChoices"]:
        for value, label in self.lookup_choices:
            yield {
                "selected": value == (self.value() or ReportState.SUBMITTED),
                "query_string": changelist.get_query_string({"state": value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        state = self.value() or ReportState.SUBMITTED
        return queryset if state == EVERY else queryset.filter(state=state)


class QuarterFilter(admin.SimpleListFilter):
    title = _("quarter")
    parameter_name = "quarter"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        opened = Quarter.objects.opened(on=clock.today()).order_by("-year", "-number")
        return [(str(quarter.pk), quarter.name) for quarter in opened]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        value = self.value()
        return queryset.filter(quarter=_key(value)) if value else queryset


class UnitFilter(admin.SimpleListFilter):
    """One level of the tree at a time, so that a province doesn't list its three thousand units."""

    title = _("unit")
    parameter_name = "unit"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        user = signed_in(request)
        reached = Unit.objects.reached_by(user, ADMIN_ROLES, on=clock.today())
        value = self.value()
        if value:
            shown = reached.filter(Q(pk=_key(value)) | Q(parent=_key(value)))
        else:
            own = Membership.objects.filter(user=user, role__in=ADMIN_ROLES).in_force(on=clock.today())
            shown = reached.filter(parent__in=own.values("unit"))
        return [(str(unit.pk), unit.name) for unit in shown]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        value = self.value()
        return queryset.filter(unit__in=Unit.objects.within(Unit(pk=_key(value)))) if value else queryset


class ResubmittedFilter(admin.SimpleListFilter):
    title = _("resubmitted")
    parameter_name = "resubmitted"

    def lookups(self, request: HttpRequest, model_admin: object) -> "Choices":
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() == "yes":
            return queryset.filter(revision__gt=1)
        return queryset.filter(revision=1) if self.value() == "no" else queryset


class Queue(ChangeList):
    """Adds up the lines of the reports on this page in one query, however many reports there are."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        shown = list(self.result_list)
        added_up = review.sums(report.pk for report in shown)
        for report in shown:
            report.sums = added_up.get(report.pk, review.Sums())


if TYPE_CHECKING:

    class Queued(Report):
        """A report as the queue has completed it."""

        sums: review.Sums


@admin.register(Report)
class ReportAdmin(ReportModelAdmin):
    list_display = (
        "unit",
        "quarter_name",
        "revision",
        "submitted",
        "state",
        "line_count",
        "year_to_date",
        "share",
    )
    list_filter = (StateFilter, QuarterFilter, UnitFilter, "is_late", ResubmittedFilter)
    list_select_related = ("unit", "quarter")
    list_per_page = 50
    search_fields = ("unit__code", "unit__name_zh", "unit__name_en", "receipt")
    ordering = ("submitted_at", "pk")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def get_urls(self) -> list[URLPattern]:
        """The queue and the review of one report; nothing else of what the admin offers for a model."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="projects_report_changelist"),
            path("<int:object_id>/change/", view(report_review), name="projects_report_change"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return Report.objects.visible_to(signed_in(request), on=clock.today()).handed_in()

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return Queue

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _("Reports for review")})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    @admin.display(description=_("quarter"))
    def quarter_name(self, report: Report) -> str:
        return report.quarter.name

    @admin.display(description=_("submitted at"), ordering="submitted_at")
    def submitted(self, report: Report) -> str:
        """Lateness with a word and a shape: the admin's tick and cross would call it right and punctuality wrong."""
        time = f"{localtime(report.submitted_at):%Y-%m-%d %H:%M}"
        return f"{time} ◆ {gettext('late')}" if report.is_late else time

    @admin.display(description=_("lines"))
    def line_count(self, report: "Queued") -> int:
        return report.sums.lines

    @admin.display(description=format_lazy("{} ({})", _("year to date"), _("CNY million")))
    def year_to_date(self, report: "Queued") -> str:
        return money(report.sums.year_to_date)

    @admin.display(description=_("share of the year's plan"))
    def share(self, report: "Queued") -> str:
        return percent(report.sums.share)
