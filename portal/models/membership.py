"""Who holds which role at which unit, from when until when. A role reaches the unit's whole subtree."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models.unit import Unit


class Role(models.TextChoices):
    REPORTER = "reporter", _("reporter")
    APPROVER = "approver", _("approver")
    PRINCIPAL = "principal", _("principal")
    REVIEWER = "reviewer", _("reviewer")
    ADMINISTRATOR = "administrator", _("administrator")
    AUDITOR = "auditor", _("auditor")
    LEADER = "leader", _("leader")
    VIEWER = "viewer", _("viewer")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, *, on: date) -> Self:
        """Memberships that hold on this day; valid_until is the last day."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)

    def reaching(self, unit: Unit) -> Self:
        """Memberships at this unit or at one above it."""
        return self.filter(unit__in=Unit.objects.above(unit))


@tracked
class Membership(models.Model):
    user = models.ForeignKey("portal.User", models.CASCADE, verbose_name=_("person"))
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    valid_from = models.DateField(_("valid from"), default=date(2000, 1, 1))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["unit__code", "role", "user__email"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role", "valid_from"],
                name="membership_once",
                violation_error_message=_("This person holds this role at this unit from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="membership_ends_after_it_begins",
                violation_error_message=_("A membership can't end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.unit} · {self.get_role_display()}"
