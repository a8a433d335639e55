"""The bell: one row for each person and thing that has happened, read or not. The sentence is made where it is read."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from portal.models.user import User

COUNTED_UP_TO = 100  # more are shown as 99+, and none is counted
UNREAD = """
    SELECT count(*) FROM (
        SELECT FROM portal_notice WHERE recipient_id = "portal_user"."id" AND read_at IS NULL LIMIT %s
    ) unread
"""


def unread() -> RawSQL:
    """How many notices a person of a query on people has not read, counted up to COUNTED_UP_TO by a small index."""
    return RawSQL(UNREAD, [COUNTED_UP_TO], output_field=models.IntegerField())


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, user: "User") -> Self:
        return self.filter(recipient=user)

    def before(self, notice: "Notice") -> Self:
        """Those that come after it in a list that begins with the newest."""
        return self.filter(Q(created_at__lt=notice.created_at) | Q(created_at=notice.created_at, pk__lt=notice.pk))

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def mark_read(self, *, at: datetime) -> int:
        return self.unread().update(read_at=at)

    def to_be_pruned(self, *, read_before: datetime) -> Self:
        """Those read before then; what nobody has read stays."""
        return self.filter(read_at__lt=read_before)


class Notice(models.Model):
    """What happened, as a kind and its facts; portal/bell.py makes the sentence in the language of who reads it."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("quarter opened")
        DUE_SOON = "due_soon", _("due soon")
        OVERDUE = "overdue", _("overdue")
        REMINDED = "reminded", _("reminder to report")
        SUBMITTED = "submitted", _("report submitted")
        RESUBMITTED = "resubmitted", _("report submitted again")
        WITHDRAWN = "withdrawn", _("report withdrawn")
        RETURNED = "returned", _("report returned")
        ACCEPTED = "accepted", _("report accepted")
        EXTENSION_ASKED = "extension_asked", _("extension asked for")
        EXTENSION_GRANTED = "extension_granted", _("extension granted")
        EXTENSION_REFUSED = "extension_refused", _("extension refused")
        LETTER_ISSUED = "letter_issued", _("letter to be signed")
        LETTER_SIGNED = "letter_signed", _("letter to be counter-signed")
        LETTER_IN_FORCE = "letter_in_force", _("letter in force")
        LETTER_REMINDER = "letter_reminder", _("reminder to sign a letter")
        RELIEF_DECIDED = "relief_decided", _("adjustment decided")
        SETTLEMENT_OPENED = "settlement_opened", _("settlement opened")
        SETTLEMENT_VERIFIED = "settlement_verified", _("results verified")
        FIGURES_REPAIRED = "figures_repaired", _("figures repaired")

    recipient = models.ForeignKey(
        "portal.User", models.CASCADE, related_name="notices", verbose_name=_("recipient"), db_index=False
    )
    # Without `choices`: a further kind is a sentence in portal/bell.py, not a migration.
    kind = models.CharField(_("kind"), max_length=40)
    about = models.CharField(_("about"), max_length=120, help_text=_("What it tells of, such as a receipt number."))
    facts = models.JSONField(_("facts"), default=dict)
    link = models.CharField(_("link"), max_length=300)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "kind", "about"], name="notice_once_for_each_person"),
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
            # By what it begins with, for what is done by now: portal/bell.py settles it for everybody.
            models.Index(
                OpClass("about", name="text_pattern_ops"), condition=Q(read_at=None), name="notice_unread_about"
            ),
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.about}"
