"""Which project is on which list, from which day until which."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from projects.models.dated import DatedRow
from projects.models.marking import mark_changes


class ListEntryQuerySet(models.QuerySet["ListEntry"]):
    def in_force(self, *, on: date) -> Self:
        """Entries that stand on this day; delisted_on is the first day off the list."""
        return self.filter(Q(delisted_on=None) | Q(delisted_on__gt=on), listed_on__lte=on)


@tracked
class ListEntry(DatedRow):
    list = models.ForeignKey("projects.ProjectList", models.PROTECT, verbose_name=_("list"))
    listed_on = models.DateField(_("listed on"))
    delisted_on = models.DateField(
        _("delisted on"),
        null=True,
        blank=True,
        help_text=_("The first day off the list; empty while it is on it."),
    )
    delist_reason = models.CharField(_("reason for delisting"), max_length=300, blank=True)
    batch = models.CharField(_("batch"), max_length=60, blank=True)

    objects = ListEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("list entry")
        verbose_name_plural = _("list entries")
        ordering = ["project__code", "listed_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delisted_on=None) | Q(delisted_on__gt=F("listed_on")),
                name="list_entry_ends_after_it_begins",
                violation_error_message=_("A project can't leave a list before the day after it was put on it."),
            ),
            ExclusionConstraint(
                name="list_entry_no_overlap",
                expressions=[
                    ("project", RangeOperators.EQUAL),
                    ("list", RangeOperators.EQUAL),
                    (
                        Func(
                            "listed_on",
                            "delisted_on",
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("The project is on this list in these days already."),
            ),
        ]
        triggers = mark_changes("listed_on")

    def __str__(self) -> str:
        return f"{self.project} · {self.list}"
