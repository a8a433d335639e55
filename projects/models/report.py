"""A report: a unit's quarter in one revision. From submission on its content never changes; only its state moves."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from portal.models.unit import Unit
from projects.models.marking import MARK_ACCEPTED

if TYPE_CHECKING:
    from portal.models import User


class ReportState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    WITHDRAWN = "withdrawn", _("withdrawn")
    ACCEPTED = "accepted", _("accepted")
    SUPERSEDED = "superseded", _("superseded")


# The table of transitions; the trigger below is made from it.
TRANSITIONS = {
    (ReportState.DRAFT, ReportState.SUBMITTED),
    (ReportState.SUBMITTED, ReportState.RETURNED),
    (ReportState.SUBMITTED, ReportState.WITHDRAWN),
    (ReportState.SUBMITTED, ReportState.ACCEPTED),
    (ReportState.ACCEPTED, ReportState.SUPERSEDED),
}
# What a submission counts once, so that a queue of thousands reads it instead of counting.
COUNTERS = ("line_count", "warning_count", "unexplained_count", "changed_count", "year_to_date", "planned")
FROZEN = [
    "unit_id",
    "quarter_id",
    "revision",
    "based_on_id",
    "reason",
    "due_on",
    "preparer_ids",
    "submitted_by_id",
    "submitted_at",
    "is_late",
    "receipt",
    "answers",
    *COUNTERS,
]

KEEP_FROZEN = f"""
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN
        ({", ".join(sorted(f"'{old}>{new}'" for old, new in TRANSITIONS))}) THEN
        RAISE EXCEPTION 'a report does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'draft' AND ({", ".join("NEW." + name for name in FROZEN)})
        IS DISTINCT FROM ({", ".join("OLD." + name for name in FROZEN)}) THEN
        RAISE EXCEPTION 'the content of a submitted report never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.reviewed_at IS NOT NULL AND (NEW.reviewed_by_id, NEW.reviewed_at)
        IS DISTINCT FROM (OLD.reviewed_by_id, OLD.reviewed_at) THEN
        RAISE EXCEPTION 'who decided on a report, and when, never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'returned' AND OLD.state <> 'returned' AND NOT EXISTS
        (SELECT FROM projects_remark WHERE report_id = NEW.id) THEN
        RAISE EXCEPTION 'a return says what is to be mended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> Self:
        """The draft or submitted revision: there is at most one for a unit and quarter."""
        return self.filter(state__in=[ReportState.DRAFT, ReportState.SUBMITTED])

    def accepted(self) -> Self:
        return self.filter(state=ReportState.ACCEPTED)

    def handed_in(self) -> Self:
        """Every revision that has left the draft: what a reviewer may see."""
        return self.exclude(state=ReportState.DRAFT)

    def decided_before(self, report: "Report") -> Self:
        """The revision that a reviewer decided on last before this one: what its changes are told against.

        One withdrawn in between was decided on by nobody.
        """
        decided = [ReportState.RETURNED, ReportState.ACCEPTED, ReportState.SUPERSEDED]
        same = self.filter(unit=report.unit_id, quarter=report.quarter_id, state__in=decided)
        return same.filter(revision__lt=report.revision).order_by("-revision")[:1]

    def waiting_for_review(self) -> Self:
        return self.filter(state=ReportState.SUBMITTED)

    def visible_to(self, user: "User", *, on: date) -> Self:
        """A unit's people see all of its reports, everybody else within reach what has left the draft."""
        from portal.roles import EVERYONE, UNIT_PEOPLE

        own = Unit.objects.reached_by(user, UNIT_PEOPLE, on=on)
        reached = Unit.objects.reached_by(user, EVERYONE, on=on)
        return self.filter(Q(unit__in=own) | Q(unit__in=reached) & ~Q(state=ReportState.DRAFT))

    def reviewable_by(self, user: "User", *, on: date) -> Self:
        """Those that wait for review within this person's reach and that they neither prepared nor submitted."""
        from portal.roles import REVIEWERS

        reached = Unit.objects.reached_by(user, REVIEWERS, on=on)
        return (
            self.waiting_for_review()
            .filter(unit__in=reached)
            .exclude(submitted_by=user)
            .exclude(preparer_ids__contains=[user.pk])
        )


class Report(models.Model):
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, verbose_name=_("quarter"))
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.DRAFT)
    based_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("based on"),
    )
    reason = models.TextField(_("reason"), blank=True, help_text=_("Why there is a further revision."))
    due_on = models.DateField(
        _("due on"),
        null=True,
        blank=True,
        help_text=_("Own due date of a returned report."),
    )
    preparer_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("prepared by"))
    submitted_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    is_late = models.BooleanField(_("late"), default=False)
    receipt = models.CharField(_("receipt number"), max_length=60, null=True, blank=True, unique=True)
    # What the unit says to remarks on the report as a whole, {id of the remark: sentence}; lines hold those on lines.
    answers = models.JSONField(default=dict, blank=True, editable=False)
    # Counted at submission and frozen with the content; null in a draft. Money in 万元, null where no line gives it.
    line_count = models.PositiveIntegerField(_("lines"), null=True, editable=False)
    warning_count = models.PositiveIntegerField(_("warnings"), null=True, editable=False)
    unexplained_count = models.PositiveIntegerField(_("warnings without a sentence"), null=True, editable=False)
    changed_count = models.PositiveIntegerField(
        _("lines changed"),
        null=True,
        editable=False,
        help_text=_("Since the revision that a reviewer decided on last; empty for the first one."),
    )
    year_to_date = models.DecimalField(
        _("completed year to date (10,000 CNY)"), max_digits=16, decimal_places=2, null=True, editable=False
    )
    planned = models.DecimalField(
        _("annual planned investment (10,000 CNY)"), max_digits=16, decimal_places=2, null=True, editable=False
    )
    opened_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("review opened by"),
    )
    opened_at = models.DateTimeField(_("review opened at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ["-quarter__year", "-quarter__number", "unit__code", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "quarter", "revision"], name="report_revision_once"),
            models.UniqueConstraint(
                fields=["unit", "quarter"],
                condition=Q(state__in=["draft", "submitted"]),
                name="report_one_open_revision",
            ),
            models.UniqueConstraint(
                fields=["unit", "quarter"],
                condition=Q(state="accepted"),
                name="report_one_accepted_revision",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", submitted_by=None, submitted_at=None, receipt=None)
                | ~Q(state="draft")
                & Q(
                    submitted_by__isnull=False,
                    submitted_at__isnull=False,
                    receipt__isnull=False,
                ),
                name="report_submitted_has_who_when_and_receipt",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "submitted", "withdrawn"],
                    reviewed_by=None,
                    reviewed_at=None,
                )
                | Q(
                    state__in=["returned", "accepted", "superseded"],
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                ),
                name="report_reviewed_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None)
                | ~Q(state__in=["accepted", "superseded"])
                | ~Q(reviewed_by=models.F("submitted_by"))
                & Q(
                    RawSQL("NOT reviewed_by_id = ANY(preparer_ids)", [], output_field=models.BooleanField()),
                ),
                name="report_not_accepted_by_who_made_it",
                violation_error_message=_("Nobody accepts a report that they prepared or submitted."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(line_count__isnull=False, warning_count__isnull=False, unexplained_count__isnull=False),
                name="report_submitted_is_counted",
            ),
            models.CheckConstraint(
                condition=Q(revision=1) | ~Q(reason=""),
                name="report_further_revision_has_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=KEEP_FROZEN,
            ),
            pgtrigger.Trigger(
                name="begin_as_draft",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__state__df="draft"),
                func="RAISE EXCEPTION 'a report begins as a draft' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Trigger(
                name="mark_accepted",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                func=MARK_ACCEPTED,
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.quarter} · {self.revision}"

    @property
    def share_of_plan(self) -> Decimal | None:
        """Year to date ÷ plan as counted at submission, uncapped; null where either is not known or nothing planned."""
        return self.year_to_date / self.planned if self.year_to_date is not None and self.planned else None
