"""The outbox: one row for each e-mail, written before it is sent, so that none is sent twice or lost unseen."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """One e-mail to one person, as it was worded when its cause was written.

    waiting → sending (claimed, committed before the mail server hears of it) → sent. A crash in between leaves
    it at sending, which the admin shows as uncertain: it is never sent a second time by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("sending, outcome unknown")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    class Kind(models.TextChoices):
        """One a folder of templates/emails/; letters with one-time links are not kept here."""

        OPENED = "opened", _("quarter opened")
        RETURNED = "returned", _("report returned")
        ACCEPTED = "accepted", _("report accepted")
        REMINDED = "reminded", _("reminder to report")
        EXTENSION_DECIDED = "extension_decided", _("extension decided")
        WEEKLY = "weekly", _("weekly e-mail")
        LETTER_ISSUED = "letter_issued", _("letter to be signed")
        LETTER_REMINDER = "letter_reminder", _("reminder to sign a letter")
        RELIEF_DECIDED = "relief_decided", _("adjustment decided")
        SETTLEMENT_OPENED = "settlement_opened", _("settlement opened")
        SETTLEMENT_VERIFIED = "settlement_verified", _("results verified")

    kind = models.CharField(_("kind"), max_length=40, choices=Kind)
    period = models.CharField(
        _("period"),
        max_length=60,
        help_text=_("What the e-mail is about, such as 2022-W14."),
    )
    recipient = models.ForeignKey("portal.User", models.CASCADE, verbose_name=_("recipient"))
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    html = models.TextField("HTML", blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("created at"))
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "period", "recipient"],
                name="message_once_for_each_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state="waiting"),
                name="message_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
