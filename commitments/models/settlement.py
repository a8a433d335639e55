"""The year-end settlement of a letter 年底交总账: verified results beside the unit's own account. Closed, it stays."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commitments.models.letter import LetterVersion
from commitments.models.pledge import Pledge


class PledgeState(models.TextChoices):
    """What has become of a pledge at a quarter's end (commitments/fulfilment.py)."""

    KEPT = "kept", _("kept")
    ON_TRACK = "on_track", _("on track")
    BEHIND = "behind", _("behind")
    MISSED = "missed", _("missed")
    EXEMPT = "exempt", _("exempt for force majeure")
    MISSING = "missing", _("not reported")


KEEP_CLOSED = """
    IF OLD.state = 'closed' THEN
        RAISE EXCEPTION 'a closed settlement never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# The account is locked before its state is looked at: a row written beside a closing waits for it.
KEEP_ENTRY = """
    PERFORM id FROM commitments_settlement WHERE id IN (NEW.settlement_id, OLD.settlement_id) FOR SHARE;
    IF EXISTS (
        SELECT FROM commitments_settlement
        WHERE id IN (NEW.settlement_id, OLD.settlement_id) AND state = 'closed') THEN
        RAISE EXCEPTION 'a closed settlement never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
KEEP_EVIDENCE = """
    PERFORM settlement.id FROM commitments_settlemententry entry
    JOIN commitments_settlement settlement ON settlement.id = entry.settlement_id
    WHERE entry.id = NEW.entry_id FOR SHARE OF settlement;
    IF EXISTS (
        SELECT FROM commitments_settlemententry entry
        JOIN commitments_settlement settlement ON settlement.id = entry.settlement_id
        WHERE entry.id = NEW.entry_id AND settlement.state = 'closed') THEN
        RAISE EXCEPTION 'a closed settlement never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Settlement(models.Model):
    """open (the unit assesses itself) → assessed → verified (the unit may object) → closed."""

    class State(models.TextChoices):
        OPEN = "open", _("self-assessment awaited")
        ASSESSED = "assessed", _("to be verified")
        VERIFIED = "verified", _("verified, open to objections")
        CLOSED = "closed", _("closed")

    version = models.OneToOneField(
        LetterVersion, models.PROTECT, related_name="settlement", verbose_name=_("version in force")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    due_on = models.DateField(_("self-assessment due on"))
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    conclusion = models.TextField(_("conclusion"), blank=True)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="settlement_closed_has_its_time",
            )
        ]
        triggers = [
            pgtrigger.Trigger(name="keep_closed", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEEP_CLOSED),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.get_state_display()}"


class SettlementEntry(models.Model):
    """One pledge in the account: what the unit says, what was verified, its objection and the answer to it.

    Values in the pledge's unit of measure; null is "not reported". What was verified is a copy of what was computed
    then: later corrections of reports restate the live figures and leave it alone.
    """

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="entries", verbose_name=_("settlement"))
    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="+", verbose_name=_("pledge"))
    own_value = models.DecimalField(_("own figure"), max_digits=18, decimal_places=4, null=True, blank=True)
    own_words = models.TextField(_("own account"), blank=True)
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=4, null=True)
    verified_value = models.DecimalField(_("verified result"), max_digits=18, decimal_places=4, null=True)
    verified_rate = models.DecimalField(_("verified rate"), max_digits=12, decimal_places=6, null=True)
    verified_state = models.CharField(_("verified as"), max_length=10, choices=PledgeState, blank=True)
    objection = models.TextField(_("objection"), blank=True)
    objected_at = models.DateTimeField(_("objected at"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("entry of a settlement")
        verbose_name_plural = _("entries of a settlement")
        ordering = ["settlement", "pledge__position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["settlement", "pledge"], name="settlement_entry_once"),
            models.CheckConstraint(
                condition=Q(answer="") | ~Q(objection=""), name="settlement_answer_answers_an_objection"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_closed",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=KEEP_ENTRY,
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.settlement} · {self.pledge}"


class Attachment(models.Model):
    """A file beside a letter: the scan of the signed paper, or evidence for the settlement. Only ever added.

    Kept in the database, so that a backup holds it and every web process has it.
    """

    LARGEST = 10 * 1024 * 1024  # bytes

    class Kind(models.TextChoices):
        SCAN = "scan", _("scan of the paper letter")
        EVIDENCE = "evidence", _("evidence")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    version = models.ForeignKey(LetterVersion, models.PROTECT, related_name="attachments", verbose_name=_("version"))
    entry = models.ForeignKey(
        SettlementEntry, models.PROTECT, null=True, related_name="evidence", verbose_name=_("entry of the settlement")
    )
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=60)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField("SHA-256", max_length=64)
    added_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="scan", entry=None) | Q(kind="evidence", entry__isnull=False),
                name="attachment_belongs_to_its_kind",
            ),
            models.UniqueConstraint(
                fields=["version", "entry", "sha256"], nulls_distinct=False, name="attachment_once"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_closed", operation=pgtrigger.Insert, when=pgtrigger.Before, func=KEEP_EVIDENCE
            ),
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name
