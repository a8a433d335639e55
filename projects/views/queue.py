"""Where a report stands in the queue that its reviewer came from: what comes before and after it, and how to go on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from portal import clock
from portal.models import User
from projects.models import Report

if TYPE_CHECKING:
    from projects.admin.report import ReportAdmin

# How the admin carries the filters of a list along in the address of one of its records.
FILTERS = "_changelist_filters"


@dataclass(frozen=True, kw_only=True)
class Place:
    """`following` waits for this reviewer and comes next; `before` and `after` are neighbours whatever their state.

    `waiting` counts those of the queue that wait for this reviewer besides this report.
    """

    filters: str
    before: Report | None
    after: Report | None
    following: Report | None
    waiting: int

    @property
    def queue(self) -> str:
        address = reverse("admin:projects_report_changelist")
        return f"{address}?{self.filters}" if self.filters else address

    def address(self, report: Report) -> str:
        page = reverse("admin:projects_report_change", args=[report.pk])
        return f"{page}?{urlencode({FILTERS: self.filters})}" if self.filters else page

    @property
    def before_address(self) -> str:
        return self.address(self.before) if self.before else ""

    @property
    def after_address(self) -> str:
        return self.address(self.after) if self.after else ""

    @property
    def onward(self) -> str:
        """Where to go once this report is decided on: to the next that waits, else back to the queue."""
        return self.address(self.following) if self.following else self.queue

    @property
    def what_next(self) -> str:
        if self.following is None:
            return _("Nothing else in this queue waits for you.")
        return _("Next is %(unit)s, %(quarter)s.") % {
            "unit": self.following.unit.name,
            "quarter": self.following.quarter.name,
        }


def place(request: HttpRequest, report: Report, user: User) -> Place:
    """By the filters in the address, in the order of the list."""
    filters = request.GET.get(FILTERS, "")
    model_admin = cast("ReportAdmin", admin.site.get_model_admin(Report))
    keys = list(model_admin.in_queue(request, filters).values_list("pk", flat=True))
    theirs = Report.objects.reviewable_by(user, on=clock.today()).exclude(pk=report.pk)
    waiting = set(theirs.values_list("pk", flat=True)).intersection(keys)
    here = keys.index(report.pk) if report.pk in keys else -1
    ahead, behind = keys[here + 1 :], keys[: max(here, 0)]
    after, before = next(iter(ahead), None), next(reversed(behind), None)
    following = next((key for key in [*ahead, *behind] if key in waiting), None)
    shown = Report.objects.select_related("unit", "quarter").in_bulk({after, before, following} - {None})
    return Place(
        filters=filters,
        before=shown.get(before),
        after=shown.get(after),
        following=shown.get(following),
        waiting=len(waiting),
    )
