"""What the audit of the rollups found wrong, and has repaired, for the administrator to see."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RollupAlarm(models.Model):
    """A cell that was not what its lines add up to, or a kept sum that was not what its cells add up to.

    found is null where it was missing, expected where it was too many.
    """

    unit = models.ForeignKey("portal.Unit", models.CASCADE, verbose_name=_("unit"))
    quarter = models.ForeignKey("portal.Quarter", models.CASCADE, verbose_name=_("quarter"))
    found = models.JSONField(_("found"), null=True)
    expected = models.JSONField(_("expected"), null=True)
    raised_at = models.DateTimeField(_("raised at"))

    class Meta:
        verbose_name = _("rollup alarm")
        verbose_name_plural = _("rollup alarms")
        ordering = ["-raised_at", "-id"]

    def __str__(self) -> str:
        return f"{self.unit} · {self.quarter}"
