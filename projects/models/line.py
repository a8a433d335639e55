"""A line: what a report says about one project in one quarter. Money in 万元; null is "not reported", 0 is 0."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from projects.models.project import Stage

if TYPE_CHECKING:
    from portal.models import Quarter

SELDOM = tuple(stage.value for stage in Stage if stage != Stage.CONTINUING)
LONGEST = 1000  # characters of each of the two texts, and of the sentence on a warning

# FOR SHARE: a line that is being written holds off the submission of its report, and the other way round.
KEEP_FROZEN = """
    SELECT * INTO report FROM projects_report WHERE id = COALESCE(NEW.report_id, OLD.report_id) FOR SHARE;
    IF report.state <> 'draft' OR (TG_OP = 'UPDATE' AND NEW.report_id <> OLD.report_id) THEN
        RAISE EXCEPTION 'the lines of a submitted report never change' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.unit_id <> report.unit_id OR NEW.quarter_id <> report.quarter_id THEN
        RAISE EXCEPTION 'a line has the unit and quarter of its report' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.year <> OLD.year OR TG_OP = 'INSERT'
        AND NEW.year <> (SELECT year FROM portal_quarter WHERE id = NEW.quarter_id FOR KEY SHARE) THEN
        RAISE EXCEPTION 'a line has the year of its quarter' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ReportLineQuerySet(models.QuerySet["ReportLine"]):
    def accepted(self) -> Self:
        """Lines that count: those of accepted reports."""
        return self.filter(report__state="accepted")

    def counting(self) -> Self:
        """Of the accepted lines on a project's quarter the one that counts: should two units have reported it, the last
        accepted, and of one moment the newer line (rollups.FACT)."""
        same = {name: OuterRef(name) for name in ("project", "quarter", "year")}
        at_once = Q(report__reviewed_at=OuterRef("report__reviewed_at"), pk__gt=OuterRef("pk"))
        newer = ReportLine.objects.accepted().filter(**same)
        newer = newer.filter(Q(report__reviewed_at__gt=OuterRef("report__reviewed_at")) | at_once).order_by()
        # By CASE: of a bare NOT EXISTS PostgreSQL would hold all lines against each other.
        return self.accepted().filter(Case(When(Exists(newer), then=Value(False)), default=Value(True)))

    def before(self, quarter: "Quarter") -> Self:
        """Lines of the quarters before this one, of this and of earlier years."""
        return self.filter(
            Q(quarter__year__lt=quarter.year) | Q(quarter__year=quarter.year, quarter__number__lt=quarter.number)
        )


class ReportLine(models.Model):
    class Typed(models.TextChoices):
        FLOW = "flow", _("this quarter")
        YEAR_TO_DATE = "year_to_date", _("year to date")

    report = models.ForeignKey(
        "projects.Report",
        models.PROTECT,
        related_name="lines",
        verbose_name=_("report"),
    )
    project = models.ForeignKey("projects.Project", models.PROTECT, verbose_name=_("project"))
    # Kept on the line because rollups read lines by unit and quarter; a trigger holds them equal to the report's, whose
    # foreign keys they are.
    unit = models.ForeignKey("portal.Unit", models.PROTECT, db_constraint=False, verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, db_constraint=False, verbose_name=_("quarter"))
    # The quarter's: lines lie in a partition a year (migration 0028). What leads to a line has a column `line_year` in
    # the database, filled by a trigger, for a foreign key of both.
    year = models.PositiveSmallIntegerField(editable=False)
    flow = models.DecimalField(
        _("completed this quarter (10,000 CNY)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
    )
    year_to_date = models.DecimalField(
        _("completed year to date (10,000 CNY)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("As the approver saw it; an earlier quarter may have been corrected since."),
    )
    typed = models.CharField(_("amount typed"), max_length=12, choices=Typed, blank=True)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    started_on = models.DateField(_("actual start"), null=True, blank=True)
    finished_on = models.DateField(_("actual finish"), null=True, blank=True)
    progress = models.TextField(_("physical progress"), blank=True, max_length=LONGEST)
    obstacle = models.TextField(_("what holds it up"), blank=True, max_length=LONGEST)
    # What was typed when it did not pass: {field: text}. The form shows it again; submission refuses it.
    rejected = models.JSONField(null=True, blank=True, editable=False)
    # What was said about each warning, {code of the rule: sentence}. It freezes with the line; a draft keeps a sentence
    # whose warning has gone, in case it comes back, and submission leaves it out.
    explanations = models.JSONField(default=dict, blank=True, editable=False)
    # What the unit says to a reviewer's remark, {id of the remark that began the thread: sentence}.
    answers = models.JSONField(default=dict, blank=True, editable=False)
    edited_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("edited by"),
    )
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    # The photos and documents at the line, by their ids, where projects/report_lines.py read the line.
    evidence_ids: Sequence[int] = ()

    objects = ReportLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("report line")
        verbose_name_plural = _("report lines")
        ordering = ["report", "project__code"]
        constraints = [
            models.UniqueConstraint(fields=["report", "project", "year"], name="line_once_in_a_report"),
            models.CheckConstraint(
                condition=Q(flow=None) | Q(flow__gte=0),
                name="line_flow_not_negative",
                violation_error_message=_("A quarter can't be below zero: correct the earlier quarter instead."),
            ),
            models.CheckConstraint(
                condition=Q(year_to_date=None) | Q(flow=None) | Q(year_to_date__gte=F("flow")),
                name="line_year_to_date_holds_the_quarter",
                violation_error_message=_("The year to date can't be below the quarter."),
            ),
            models.CheckConstraint(
                condition=Q(finished_on=None) | Q(started_on=None) | Q(finished_on__gte=F("started_on")),
                name="line_finishes_after_it_starts",
                violation_error_message=_("The actual finish lies before the actual start."),
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "quarter"], name="line_unit_quarter"),
            # Most lines by far are of projects that continue; the others are looked for by their stage.
            models.Index(fields=["stage"], condition=Q(stage__in=SELDOM), name="line_seldom_stage"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_frozen",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                declare=[("report", "projects_report%ROWTYPE")],
                func=KEEP_FROZEN,
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.quarter}"
