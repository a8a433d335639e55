"""The filters of the queue. What they ask for is stored on the report: nothing is counted for a list."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import signed_in
from portal.admin.scope import NAMED, units_seen
from portal.models import Membership, Quarter, Unit
from portal.roles import ADMIN_ROLES
from projects.models import Report, ReportState

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices
    from django_stubs_ext import StrPromise

    Choices = list[tuple[str, str | StrPromise]]

EVERY = "every"
DECIDED = [ReportState.RETURNED, ReportState.ACCEPTED, ReportState.WITHDRAWN, ReportState.SUPERSEDED]
# As units are ranked: a county with a county, never with a park.
GROUPS = {
    "counties": [Unit.Kind.DISTRICT, Unit.Kind.COUNTY, Unit.Kind.COUNTY_CITY],
    "parks": [Unit.Kind.PARK],
    "companies": [Unit.Kind.PLATFORM_COMPANY],
}


def key(value: str) -> int:
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
        return queryset.filter(quarter=key(value)) if value else queryset


class GroupFilter(admin.SimpleListFilter):
    title = _("group")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: object) -> "Choices":
        return [
            ("counties", _("districts and counties")),
            ("parks", _("parks")),
            ("companies", _("platform companies")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        value = self.value()
        return queryset.filter(unit__kind__in=GROUPS[value]) if value in GROUPS else queryset


class UnitFilter(admin.SimpleListFilter):
    """One level of the tree at a time, so that a province doesn't list its three thousand units."""

    title = _("unit")
    parameter_name = "unit"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        value = self.value()
        if value:
            shown = units_seen(request).filter(Q(pk=key(value)) | Q(parent=key(value)))
        else:
            own = Membership.objects.filter(user=signed_in(request), role__in=ADMIN_ROLES).in_force(on=clock.today())
            shown = Unit.objects.filter(parent__in=own.values("unit"))
        return [(str(unit.pk), unit.name) for unit in shown.only("name_zh", "name_en")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        """Few units are named: so the right index is taken."""
        value = self.value()
        if not value:
            return queryset
        below = Unit.objects.within(Unit(pk=key(value))).order_by().values_list("pk", flat=True)
        few = list(below[: NAMED + 1])
        return queryset.filter(unit__in=few if len(few) <= NAMED else below)


class FindingsFilter(admin.SimpleListFilter):
    """What was found at submission. No report with an error is handed in, so there is none to filter."""

    title = _("findings")
    parameter_name = "findings"

    def lookups(self, request: HttpRequest, model_admin: object) -> "Choices":
        return [
            ("clean", _("clean")),
            ("warnings", _("with warnings")),
            ("unexplained", _("with warnings that lack a sentence")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        asked = {
            "clean": Q(warning_count=0),
            "warnings": Q(warning_count__gt=0),
            "unexplained": Q(unexplained_count__gt=0),
        }
        return queryset.filter(asked.get(self.value() or "", Q()))


class ResubmittedFilter(admin.SimpleListFilter):
    title = _("resubmitted")
    parameter_name = "resubmitted"

    def lookups(self, request: HttpRequest, model_admin: object) -> "Choices":
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() == "yes":
            return queryset.filter(revision__gt=1)
        return queryset.filter(revision=1) if self.value() == "no" else queryset
