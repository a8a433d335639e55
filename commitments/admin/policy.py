"""Policies in the admin: one that has come into force is read, never changed; the next is a row of its own."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.models import Policy
from portal import clock
from portal.admin.scope import administers_all

if TYPE_CHECKING:
    PolicyModelAdmin = admin.ModelAdmin[Policy]
else:
    PolicyModelAdmin = admin.ModelAdmin


@admin.register(Policy)
class PolicyAdmin(PolicyModelAdmin):
    list_display = ("effective_on", "baseline_q1", "baseline_q2", "baseline_q3", "baseline_q4", "reason")
    fieldsets = (
        (
            None,
            {
                "fields": ("effective_on", "reason"),
                "description": _("A policy whose day has come is not changed: add a new one with its own day."),
            },
        ),
        (
            _("time-proportional progress"),
            {
                "fields": ("baseline_q1", "baseline_q2", "baseline_q3", "baseline_q4"),
                "description": _("Shares of the year's plan: 0.25 is 25%. By default months elapsed ÷ 12."),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A policy judges every unit, so only who administers all of them sets one."""
        return super().has_add_permission(request) and administers_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        allowed = super().has_change_permission(request, obj) and administers_all(request)
        return allowed and not self._is_in_force(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        """Only what hasn't begun: quarters are judged by what was in force."""
        allowed = super().has_delete_permission(request, obj) and administers_all(request)
        return allowed and not self._is_in_force(obj)

    def _is_in_force(self, policy: Policy | None) -> bool:
        return policy is not None and policy.effective_on <= clock.today()
