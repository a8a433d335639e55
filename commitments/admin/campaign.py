"""Campaigns in the admin: a year's targets and templates of letters, its calendar, and the way into the next year."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import campaigns
from commitments.admin.letter_template import IndicatorChoice, LetterTemplateInline, may_change
from commitments.admin.policy_rows import NUMBERS
from commitments.models import Campaign, CityTarget, Letter
from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.models import Quarter
from projects.lifecycle import StepRefused

if TYPE_CHECKING:
    CampaignModelAdmin = admin.ModelAdmin[Campaign]
    TargetTabular = admin.TabularInline[CityTarget, Campaign]
else:
    CampaignModelAdmin = admin.ModelAdmin
    TargetTabular = admin.TabularInline

OWN = [
    (None, {"fields": ("unit", "year", ("name_zh", "name_en"))}),
    (gettext_lazy("days"), {"fields": (("launched_on", "sign_by"),)}),
    (gettext_lazy("who issues the letters"), {"fields": (("issuer_zh", "issuer_en"),)}),
]
KEPT = (gettext_lazy("calendar"), {"fields": ("calendar", "cloned_from")})


class CityTargetInline(TargetTabular):
    model = CityTarget
    extra = 0
    fields = ("position", "indicator", "measure", "target_q1", "target_q2", "target_q3", "target", "is_over", "note")
    readonly_fields = ("measure",)
    formfield_overrides = NUMBERS

    def get_queryset(self, request: HttpRequest) -> QuerySet[CityTarget]:
        return super().get_queryset(request).select_related("indicator")

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "indicator":
            options["form_class"] = IndicatorChoice
        return super().formfield_for_foreignkey(db_field, request, **options)

    @admin.display(description=gettext_lazy("unit of measure"))
    def measure(self, target: CityTarget) -> str:
        return target.indicator.unit_of_measure if target.indicator_id else "—"


@admin.register(Campaign)
class CampaignAdmin(CampaignModelAdmin):
    list_display = ("year", "unit", "its_name", "launched_on", "sign_by")
    list_display_links = ("year", "its_name")
    list_select_related = ("unit",)
    list_per_page = 50
    autocomplete_fields = ("unit",)
    inlines = (CityTargetInline, LetterTemplateInline)
    change_form_template = "admin/commitments/campaign/change_form.html"

    @admin.display(description=gettext_lazy("campaign"))
    def its_name(self, campaign: Campaign) -> str:
        return campaign.name

    @admin.display(description=gettext_lazy("quarters"))
    def calendar(self, campaign: Campaign) -> SafeString | str:
        """The quarters of its year, each leading to its own page, where its days are changed."""
        quarters = Quarter.objects.filter(year=campaign.year)
        if not quarters:
            return _("The calendar has no quarter of %(year)s yet.") % {"year": campaign.year}
        words = _("%(quarter)s: opens %(opens)s, due %(due)s, closes %(closes)s")
        rows = [
            (
                reverse("admin:portal_quarter_change", args=[each.pk]),
                words % {"quarter": each.name, "opens": each.opens_on, "due": each.due_on, "closes": each.closes_on},
            )
            for each in quarters
        ]
        return format_html('<ul class="calendar">{}</ul>', format_html_join("", '<li><a href="{}">{}</a></li>', rows))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        """Those that the person stands in or administers."""
        return Campaign.objects.visible_to(signed_in(request), on=clock.today())

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        return OWN if obj is None else [*OWN, KEPT]

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> tuple[str, ...]:
        """Letters are numbered by their campaign's year, so with the first of them it stands still."""
        kept = ("calendar", "cloned_from")
        has_letters = obj is not None and Letter.objects.filter(campaign=obj).exists()
        return ("unit", "year", *kept) if has_letters else kept

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "unit":
            options["queryset"] = scope.units_administered(request)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_change(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_change(request, obj))

    def get_urls(self) -> list[URLPattern]:
        clone = path(
            "<int:object_id>/clone/", self.admin_site.admin_view(self.clone_view), name="commitments_campaign_clone"
        )
        return [clone, *super().get_urls()]

    def clone_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What is carried over into the next year, to be confirmed; then the new campaign's own page."""
        campaign = get_object_or_404(self.get_queryset(request).select_related("unit"), pk=object_id)
        if not self.has_change_permission(request, campaign):
            raise PermissionDenied
        if request.method == "POST":
            return self._clone(request, campaign)
        return self._clone_page(request, campaign)

    def _clone(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        try:
            new = campaigns.clone(campaign, by=signed_in(request), at=clock.now())
        except StepRefused as refused:
            messages.error(request, str(refused))
            return self._clone_page(request, campaign, status=409)
        self.log_addition(request, new, _("cloned from %(year)s") % {"year": campaign.year})
        words = _("The campaign of %(year)s is there. Look at its targets, and set its days.")
        messages.success(request, words % {"year": new.year})
        return redirect("admin:commitments_campaign_change", new.pk)

    def _clone_page(self, request: HttpRequest, campaign: Campaign, status: int = 200) -> HttpResponse:
        following = Campaign.objects.filter(unit=campaign.unit_id, year=campaign.year + 1).first()
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Clone into %(year)s") % {"year": campaign.year + 1},
            "campaign": campaign,
            "following": following,
            "next_year": campaign.year + 1,
            "targets": campaign.targets.select_related("indicator"),
            "templates": campaign.templates.prefetch_related("pledges__indicator"),
            "policy": campaigns.policy_of(campaign),
            "has_quarters": Quarter.objects.filter(year=campaign.year + 1).exists(),
        }
        return render(request, "admin/commitments/campaign/clone.html", shown, status=status)
