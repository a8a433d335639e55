"""A file of readings handed in: what was sent, by whom, and whether it was applied."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReadingFile(models.Model):
    """Kept as it came, so that what is confirmed is what was previewed. Nothing is loaded until `applied_at`."""

    name = models.CharField(_("file name"), max_length=200)
    content = models.BinaryField(_("content"))
    digest = models.CharField("SHA-256", max_length=64)
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, verbose_name=_("quarter"))
    source = models.CharField(
        _("where the figures were published"),
        max_length=200,
        help_text=_("For rows of the file that don't name a source of their own."),
    )
    published_on = models.DateField(
        _("published on"), help_text=_("For rows of the file that don't give a day of their own.")
    )
    # Why figures that had been loaded before were changed; blank where the file holds new ones only.
    change_reason = models.CharField(_("why figures change"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    applied_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("applied by")
    )
    applied_at = models.DateTimeField(_("applied at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("file of readings")
        verbose_name_plural = _("files of readings")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(applied_by=None, applied_at=None)
                | models.Q(applied_by__isnull=False, applied_at__isnull=False),
                name="reading_file_applied_has_who_and_when",
            )
        ]

    def __str__(self) -> str:
        return self.name
