"""What is said about a report and what becomes of it: remarks and events. Both are only ever added."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Remark(models.Model):
    """A reviewer's remark on a report, or on one of its lines."""

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
        verbose_name=_("line"),
    )
    text = models.TextField(_("remark"))
    made_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering = ["made_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="remark_says_something")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text[:60]


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
