"""Complaints and suggestions, one link away on every page, each with its answer."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from portal.models.membership import Membership, Role
from portal.models.unit import Unit

if TYPE_CHECKING:
    from portal.models.user import User


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: "User", *, on: date) -> Self:
        """A person's own notes; administrators, who answer them, see those of people at units within their reach."""
        reached = Unit.objects.reached_by(user, [Role.ADMINISTRATOR], on=on)
        at_them = Membership.objects.filter(user=OuterRef("made_by"), unit__in=reached)
        return self.filter(Q(made_by=user) | Exists(at_them))


class Suggestion(models.Model):
    page = models.CharField(_("page"), max_length=500, help_text=_("Where the person was."))
    text = models.TextField(_("suggestion or complaint"))
    made_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        related_name="suggestions",
        verbose_name=_("made by"),
        editable=False,
    )
    made_at = models.DateTimeField(_("made at"), editable=False)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
        editable=False,
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="suggestion_says_something"),
            models.CheckConstraint(
                condition=models.Q(answer="") | models.Q(answered_by__isnull=False, answered_at__isnull=False),
                name="suggestion_answer_has_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
