"""Policies in the admin: one that has come into force is read, never changed; the next begins as a copy of it.

What a policy would do to the last quarter is shown before it is saved: it is saved, looked at and rolled back.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments import preview
from commitments.admin.policy_rows import (
    NUMBERS,
    GroupForm,
    GroupRows,
    ItemForm,
    ItemRows,
    LightRows,
    PolicyForm,
    PolicyShownAgain,
    kinds_words,
)
from commitments.models import Policy, PolicyGroup, PolicyLight, ScoringItem
from portal import clock
from portal.admin.scope import administers_all

if TYPE_CHECKING:
    PolicyModelAdmin = admin.ModelAdmin[Policy]
    LightTabular = admin.TabularInline[PolicyLight, Policy]
    GroupStacked = admin.StackedInline[PolicyGroup, Policy]
    ItemStacked = admin.StackedInline[ScoringItem, Policy]
else:
    PolicyModelAdmin = admin.ModelAdmin
    LightTabular = admin.TabularInline
    GroupStacked = ItemStacked = admin.StackedInline

# What the pages around the preview send beside the policy itself.
CONFIRMED, BACK = "_confirmed", "_back"
OWN_TO_A_POLICY = ("id", "effective_on", "reason")


class LightInline(LightTabular):
    model = PolicyLight
    formset = LightRows
    extra = 0
    fields = ("name_zh", "name_en", "colour", "shape", "threshold")
    formfield_overrides = NUMBERS


class GroupInline(GroupStacked):
    model = PolicyGroup
    form = GroupForm
    formset = GroupRows
    extra = 0
    fieldsets = [(None, {"fields": (("name_zh", "name_en", "code", "position"), "kinds", "units")})]
    autocomplete_fields = ("units",)

    def get_fieldsets(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        """Where it is only read, kinds stand there in words."""
        if obj is None or self.admin_site.get_model_admin(Policy).has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": (("name_zh", "name_en", "code", "position"), "kinds_in_words", "units")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Policy | None = None) -> tuple[str, ...]:
        return ("kinds_in_words",)

    @admin.display(description=_("kinds of units"))
    def kinds_in_words(self, group: PolicyGroup) -> str:
        return kinds_words(group.kinds)


class ItemInline(ItemStacked):
    model = ScoringItem
    form = ItemForm
    formset = ItemRows
    template = "admin/commitments/policy/items.html"
    extra = 0
    formfield_overrides = NUMBERS
    fieldsets = [
        (
            None,
            {
                "fields": (
                    ("name_zh", "name_en", "code", "position"),
                    ("indicator", "groups", "weight"),
                    ("formula", "reference", "fixed", "as_rate"),
                )
            },
        ),
        (
            _("How the points are made"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("step", "whole_steps", "bonus", "deduction"),
                    ("bands_above", "bands_below", "grades"),
                ),
                "description": _(
                    "Linear: step, points above and below. Bands: step and both rows of bands. Grades and rank points:"
                    " their row. Per count: points above for each step. Share, spread and veto: nothing here."
                ),
            },
        ),
        (
            _("Limits and special cases"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("least", "most", "nothing_below"),
                    ("neutral", "neutral_is_mean", "times"),
                    ("joint", "joint_most", "capped_at"),
                ),
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoringItem]:
        return super().get_queryset(request).select_related("indicator")


@admin.register(Policy)
class PolicyAdmin(PolicyModelAdmin):
    form = PolicyForm
    list_display = ("effective_on", "whose", "baseline_in_words", "lights_in_words", "reason")
    list_select_related = ("campaign",)
    list_per_page = 50
    inlines = (LightInline, GroupInline, ItemInline)
    formfield_overrides = NUMBERS
    change_form_template = "admin/commitments/policy/change_form.html"
    fieldsets = (
        (
            None,
            {
                "fields": ("campaign", "effective_on", "reason"),
                "description": _("A policy whose day has come is not changed: copy it and give the copy its own day."),
            },
        ),
        (
            _("time-proportional progress"),
            {
                "fields": ("baseline_factor", ("baseline_q1", "baseline_q2", "baseline_q3", "baseline_q4")),
                "description": _(
                    "Months elapsed ÷ 12 × the factor; or a curve: all four quarters as shares of the year's plan (0.25"
                    " is 25%). With a curve the factor doesn't count."
                ),
            },
        ),
        (
            _("lights"),
            {
                "fields": ("lights_by",),
                "description": _(
                    "Below, a row for each light: its word, colour and shape, and from where on it shines. The light of"
                    " those who are not behind has no threshold."
                ),
            },
        ),
        (
            _("scores"),
            {
                "fields": (("score_least", "score_most"),),
                "description": _("The total of a unit's items stays within these; the items stand at the page's end."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().get_queryset(request).prefetch_related("lights")

    @admin.display(description=_("campaign"), ordering="campaign")
    def whose(self, policy: Policy) -> str:
        return str(policy.campaign or _("wherever a campaign has none of its own"))

    @admin.display(description=_("time-proportional progress"))
    def baseline_in_words(self, policy: Policy) -> str:
        return policy.baseline_words()

    @admin.display(description=_("lights"))
    def lights_in_words(self, policy: Policy) -> str:
        return policy.lights_words()

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

    # A new policy begins as a copy: of the one that ?copy= names, else of the one in force.

    def _original(self, request: HttpRequest) -> Policy | None:
        wanted = request.GET.get("copy", "")
        named = Policy.objects.filter(pk=wanted).first() if wanted.isdecimal() else None
        return named or Policy.objects.filter(effective_on__lte=clock.today(), campaign=None).first()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        copied = self._original(request) if request.method == "GET" else None
        return super().add_view(request, form_url, {**(extra_context or {}), "copied": copied})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        original = self._original(request)
        copied = model_to_dict(original, exclude=OWN_TO_A_POLICY) if original else {}
        return {**copied, **super().get_changeform_initial_data(request)}

    def get_formset_kwargs(self, request: HttpRequest, obj: Policy, inline: Any, prefix: str) -> dict[str, Any]:
        arguments: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        original = None if request.method == "POST" or obj.pk else self._original(request)
        if original:
            rows = inline.model.objects.filter(policy=original)
            arguments["initial"] = [model_to_dict(row, exclude=["id", "policy"]) for row in rows]
        return arguments

    # Saving: once to look at it, rolled back; and once confirmed.

    def get_form(self, request: HttpRequest, obj: Policy | None = None, change: bool = False, **options: Any) -> Any:
        if BACK in request.POST:
            options["form"] = PolicyShownAgain
        return super().get_form(request, obj, change, **options)

    def response_add(self, request: HttpRequest, obj: Policy, post_url_continue: str | None = None) -> HttpResponse:
        if CONFIRMED in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._previewed(request, obj)

    def response_change(self, request: HttpRequest, obj: Policy) -> HttpResponse:
        return super().response_change(request, obj) if CONFIRMED in request.POST else self._previewed(request, obj)

    def _previewed(self, request: HttpRequest, policy: Policy) -> HttpResponse:
        """What the policy, saved in this transaction, would do; then nothing is saved."""
        posted = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in {"csrfmiddlewaretoken", CONFIRMED, BACK}
        ]
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Effect of this policy"),
            "policy": policy,
            "effect": preview.effect(policy),
            "judged_anew": gettext(", ").join(quarter.name for quarter in preview.judged_anew(policy)),
            "posted": posted,
        }
        page = render(request, "admin/commitments/policy/preview.html", shown)
        transaction.set_rollback(True)
        return page
