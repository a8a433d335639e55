"""Which unit answers for a project from which day on; the next row ends the one before, so they can't overlap."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from projects.models.dated import DatedRow
from projects.models.marking import mark_changes


@tracked
class Assignment(DatedRow):
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("answering unit"))
    from_on = models.DateField(_("from"))

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["project__code", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "from_on"],
                name="assignment_one_from_a_day",
                violation_error_message=_("The project passes to a unit on this day already."),
            )
        ]
        indexes = [models.Index(fields=["unit", "project"], name="assignment_unit")]
        triggers = mark_changes("from_on", unit="unit_id")

    def __str__(self) -> str:
        return f"{self.project} · {self.unit}"
