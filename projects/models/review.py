"""What is said about a report and what becomes of it: remarks, settlements and events. All are only ever added."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Remark(models.Model):
    """A reviewer's remark on a report, on one of its lines, or on a field of a line.

    The first one on a matter begins a thread, which the remarks of later rounds name; the unit's answers stand in the
    line, or in the report, that it hands in (`answers`).
    """

    class Field(models.TextChoices):
        FLOW = "flow", _("this quarter")
        YEAR_TO_DATE = "year_to_date", _("year to date")
        STAGE = "stage", _("stage")
        STARTED_ON = "started_on", _("actual start")
        FINISHED_ON = "finished_on", _("actual finish")
        PROGRESS = "progress", _("physical progress")
        OBSTACLE = "obstacle", _("what holds it up")

    report = models.ForeignKey(
        "projects.Report",
        models.PROTECT,
        related_name="remarks",
        verbose_name=_("report"),
    )
    line = models.ForeignKey(
        "projects.ReportLine",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="remarks",
        db_constraint=False,  # but one of the line and its year
        verbose_name=_("line"),
    )
    field = models.CharField(_("field"), max_length=20, blank=True, choices=Field)
    thread = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replies",
        verbose_name=_("begun by"),
    )
    text = models.TextField(_("remark"))
    made_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering = ["made_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="remark_says_something"),
            models.CheckConstraint(condition=Q(field="") | Q(line__isnull=False), name="remark_on_a_field_has_a_line"),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text[:60]


class Settlement(models.Model):
    """A reviewer's word that the matter of a thread is settled, said when this report was decided on. 销号."""

    remark = models.OneToOneField(
        Remark,
        models.PROTECT,
        related_name="settlement",
        verbose_name=_("remark"),
        help_text=_("The one that began the thread."),
    )
    report = models.ForeignKey("projects.Report", models.PROTECT, related_name="+", verbose_name=_("report"))
    made_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("settled remark")
        verbose_name_plural = _("settled remarks")
        ordering = ["made_at", "id"]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.remark)


class ReportEvent(models.Model):
    """One step of a report: who, when, why."""

    class Verb(models.TextChoices):
        BEGIN = "begin", _("begun")
        SUBMIT = "submit", _("submitted")
        WITHDRAW = "withdraw", _("withdrawn")
        OPEN = "open", _("opened for review")
        RETURN = "return", _("returned")
        ACCEPT = "accept", _("accepted")
        SUPERSEDE = "supersede", _("superseded")
        CORRECT = "correct", _("correction begun")

    report = models.ForeignKey(
        "projects.Report",
        models.PROTECT,
        related_name="events",
        verbose_name=_("report"),
    )
    verb = models.CharField(_("step"), max_length=10, choices=Verb)
    by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))
    reason = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("step of a report")
        verbose_name_plural = _("steps of reports")
        ordering = ["at", "id"]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.report} · {self.get_verb_display()}"
