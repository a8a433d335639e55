"""Rulings on scores in the admin: made with a reason by who administers the campaign; ended, never changed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Field, ForeignKey, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.models import Campaign, ScoringItem, ScoringRuling
from portal import clock
from portal.accounts import signed_in
from portal.admin import scope

if TYPE_CHECKING:
    RulingModelAdmin = admin.ModelAdmin[ScoringRuling]
    CampaignChoiceField = forms.ModelChoiceField[Campaign]
else:
    CampaignChoiceField = forms.ModelChoiceField
    RulingModelAdmin = admin.ModelAdmin

MADE = ("campaign", "unit", "kind", "item_code", "from_quarter", "reason", "made_by", "made_at")


class CampaignField(CampaignChoiceField):
    """Campaigns with their year: they keep their name from one to the next."""

    def label_from_instance(self, campaign: Campaign) -> str:
        return f"{campaign.year} · {campaign.unit} · {campaign}"


@admin.register(ScoringRuling)
class ScoringRulingAdmin(RulingModelAdmin):
    list_display = ("unit", "campaign", "kind", "item_code", "from_quarter", "until_quarter", "reason", "made_at")
    list_select_related = ("unit", "campaign", "from_quarter", "until_quarter")
    list_filter = ("kind",)
    list_per_page = 50
    search_fields = ("unit__code", "unit__name_zh", "unit__name_en", "reason")
    fields = ("campaign", "unit", "kind", "item_code", "from_quarter", "until_quarter", "reason")
    autocomplete_fields = ("unit",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoringRuling]:
        return super().get_queryset(request).filter(unit__in=scope.units_seen(request))

    def get_readonly_fields(self, request: HttpRequest, obj: ScoringRuling | None = None) -> tuple[str, ...]:
        return MADE if obj else ()

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "campaign":
            options |= {"queryset": _campaigns(request).select_related("unit"), "form_class": CampaignField}
        if db_field.name == "unit":
            options["queryset"] = scope.units_administered(request)
        if db_field.name == "until_quarter":
            options["help_text"] = _(
                "The last quarter in which it holds; empty: to the year's end. All else of a ruling stays as it was"
                " made; a quarter before the first one takes it back altogether."
            )
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        """Codes are chosen, not typed: one that no policy has would excuse from nothing."""
        if db_field.name != "item_code":
            return super().formfield_for_dbfield(db_field, request, **options)
        items = {item.code: f"{item.name} ({item.code})" for item in ScoringItem.objects.order_by("policy_id")}
        choices = [("", "---------"), *sorted(items.items())]
        return forms.ChoiceField(choices=choices, required=False, label=_("item"))

    def save_model(
        self, request: HttpRequest, obj: ScoringRuling, form: "ModelForm[ScoringRuling]", change: bool
    ) -> None:
        if not change:
            obj.made_by, obj.made_at = signed_in(request), clock.now()
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        if not super().has_add_permission(request):
            return False
        return scope.administers_all(request) or _campaigns(request).exists()

    def has_change_permission(self, request: HttpRequest, obj: ScoringRuling | None = None) -> bool:
        """To end it: by who administers the campaign that it is about."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _campaigns(request).filter(pk=obj.campaign_id).exists())

    def has_delete_permission(self, request: HttpRequest, obj: ScoringRuling | None = None) -> bool:
        return False


def _campaigns(request: HttpRequest) -> QuerySet[Campaign]:
    """Campaigns whose league tables are this person's to rule on: of units that they administer."""
    return Campaign.objects.filter(unit__in=scope.units_administered(request))
