"""Pledges 承诺事项: what a letter promises, and what was granted afterwards without touching the signed text."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from commitments.models.campaign import QUARTERS_DO_NOT_FALL, TARGETS_FALL, Target
from commitments.models.indicator import Direction
from commitments.models.letter import LetterVersion, only_in_a_draft

KEEP_DECISION = """
    IF OLD.decided_at IS NOT NULL THEN
        RAISE EXCEPTION 'what was decided stays decided' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def is_english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


class Pledge(Target):
    """A target on an indicator, or a project's milestone to be reached by a day (target 1).

    Name, unit of measure and direction are copies: what was signed doesn't change with the indicator.
    """

    class Milestone(models.TextChoices):
        START = "start", _("started")
        COMPLETE = "complete", _("completed")

    version = models.ForeignKey(LetterVersion, models.PROTECT, related_name="pledges", verbose_name=_("version"))
    position = models.PositiveSmallIntegerField(_("position"))
    indicator = models.ForeignKey(
        "commitments.Indicator", models.PROTECT, null=True, blank=True, verbose_name=_("indicator")
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("project")
    )
    milestone = models.CharField(_("milestone"), max_length=10, choices=Milestone, blank=True)
    due_on = models.DateField(_("to be reached by"), null=True, blank=True)
    name_zh = models.CharField(_("Chinese name"), max_length=300)
    name_en = models.CharField(_("English name"), max_length=300, blank=True)
    unit_of_measure_zh = models.CharField(_("unit of measure, Chinese"), max_length=40)
    unit_of_measure_en = models.CharField(_("unit of measure, English"), max_length=40, blank=True)
    direction = models.CharField(_("direction"), max_length=5, choices=Direction, default=Direction.MORE)
    # What the plan asks for: a unit may promise more, not less. Null where no plan says anything.
    floor = models.DecimalField(_("at least, by the plan"), max_digits=18, decimal_places=4, null=True, blank=True)
    leader = models.CharField(_("responsible leader"), max_length=100, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["version", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "indicator"],
                name="pledge_indicator_once",
                violation_error_message=_("This letter has a pledge on this indicator already."),
            ),
            models.UniqueConstraint(
                fields=["version", "project", "milestone"],
                name="pledge_milestone_once",
                violation_error_message=_("This letter pledges this milestone of the project already."),
            ),
            models.CheckConstraint(
                condition=Q(indicator__isnull=False, project=None, milestone="", due_on=None)
                | Q(indicator=None, project__isnull=False, due_on__isnull=False) & ~Q(milestone=""),
                name="pledge_is_on_an_indicator_or_a_milestone",
                violation_error_message=_("A pledge is on an indicator, or on a project's milestone with a day."),
            ),
            models.CheckConstraint(
                condition=~Q(unit_of_measure_zh=""),
                name="pledge_has_a_unit_of_measure",
                violation_error_message=_("A target needs a unit of measure."),
            ),
            models.CheckConstraint(
                condition=Q(direction="less") | QUARTERS_DO_NOT_FALL,
                name="pledge_quarters_do_not_fall",
                violation_error_message=TARGETS_FALL,
            ),
        ]
        triggers = only_in_a_draft()

    def __str__(self) -> str:
        return self.name_zh

    @property
    def name(self) -> str:
        """The copy that was signed, in the language of the page; the Chinese one where there is no English."""
        return self.name_en if is_english() and self.name_en else self.name_zh

    @property
    def unit_of_measure(self) -> str:
        """The copy that was signed, in the language of the page; the Chinese one where there is no English."""
        return self.unit_of_measure_en if is_english() and self.unit_of_measure_en else self.unit_of_measure_zh


class Relief(Target):
    """A pledge adjusted (new targets), or exempt by force majeure, from a quarter on: asked for, and granted or not.

    The letter stays as it was signed. An adjustment to less than the quarter asks for needs this row, with a reason.
    """

    class Kind(models.TextChoices):
        ADJUSTED = "adjusted", _("adjusted")
        EXEMPT = "exempt", _("exempt for force majeure")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="reliefs", verbose_name=_("pledge"))
    kind = models.CharField(_("what is asked for"), max_length=10, choices=Kind)
    from_quarter = models.ForeignKey("portal.Quarter", models.PROTECT, related_name="+", verbose_name=_("from quarter"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    granted = models.BooleanField(_("granted"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("adjustment or exemption")
        verbose_name_plural = _("adjustments and exemptions")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pledge"],
                condition=Q(granted=None),
                name="relief_one_asked_at_a_time",
                violation_error_message=_("An answer is still due to what was asked for this pledge before."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="relief_has_a_reason"),
            models.CheckConstraint(
                condition=Q(granted=None, decided_by=None, decided_at=None)
                | Q(granted__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="relief_decided_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")),
                name="relief_not_decided_by_who_asked",
                violation_error_message=_("Nobody decides on what they asked for themselves."),
            ),
            models.CheckConstraint(
                condition=Q(kind="exempt", target=None) | Q(kind="adjusted", target__isnull=False),
                name="relief_adjustment_has_a_target",
                violation_error_message=_("An adjustment gives the new target; an exemption has none."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_decision", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEEP_DECISION
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.pledge} · {self.get_kind_display()}"

    @property
    def wish(self) -> str:
        """What is asked for, granted or not, in the language of the page."""
        return gettext("new targets") if self.kind == self.Kind.ADJUSTED else gettext("exemption for force majeure")
