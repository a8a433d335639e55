"""A quarter's bulletin 通报. Published, it keeps what it said; later corrections stand beside it."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

KEEP_PUBLISHED = """
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published bulletin never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Bulletin(models.Model):
    """Until it is published its figures and sentences are computed when it is looked at; only `outlook` is typed."""

    campaign = models.ForeignKey(
        "commitments.Campaign", models.PROTECT, related_name="bulletins", verbose_name=_("campaign")
    )
    quarter = models.ForeignKey("portal.Quarter", models.PROTECT, verbose_name=_("quarter"))
    number = models.PositiveSmallIntegerField(_("number in the year"))
    outlook = models.TextField(
        _("what comes next"), blank=True, help_text=_("In the administrator's own words, after the computed sentences.")
    )
    # Canonical JSON, UTF-8: {"figures": …, "zh-hans": {sections}, "en": {sections}} (commitments/bulletin.py).
    content = models.TextField(_("content"), blank=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    published_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("published by")
    )
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    # By the database's own clock, which no demo shifts: the history of the register carries the same.
    recorded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        ordering = ["-quarter__year", "-quarter__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "quarter"],
                name="bulletin_once_a_quarter",
                violation_error_message=_("This quarter has its bulletin already."),
            ),
            models.UniqueConstraint(
                fields=["campaign", "number"],
                name="bulletin_number_once",
                violation_error_message=_("This number has been given to a bulletin of the campaign already."),
            ),
            models.CheckConstraint(
                condition=Q(published_at=None, published_by=None, content="", sha256="")
                | Q(published_at__isnull=False, published_by__isnull=False, sha256__regex="^[0-9a-f]{64}$")
                & ~Q(content=""),
                name="bulletin_published_has_who_when_and_seal",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_published", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEEP_PUBLISHED
            ),
            pgtrigger.Trigger(
                name="begin_unpublished",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__published_at__isnull=False),
                func="RAISE EXCEPTION 'a bulletin begins unpublished' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Protect(
                name="published_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.quarter}"
