"""The calendar in the admin, and more days for one unit: granted once, with a reason, by who stands above the unit."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.admin.long import holding
from portal.models import Extension, Quarter, Unit

if TYPE_CHECKING:
    QuarterModelAdmin = admin.ModelAdmin[Quarter]
    ExtensionModelAdmin = admin.ModelAdmin[Extension]
else:
    QuarterModelAdmin = ExtensionModelAdmin = admin.ModelAdmin


@admin.register(Quarter)
class QuarterAdmin(QuarterModelAdmin):
    list_display = ("in_words", "opens_on", "due_on", "closes_on", "announced_at")
    ordering = ("-year", "-number")
    fields = ("year", "number", "opens_on", "due_on", "closes_on")
    search_fields = ("year",)

    def get_readonly_fields(self, request: HttpRequest, obj: Quarter | None = None) -> tuple[str, ...]:
        """Lines lie by the year of their quarter, so that one that is reported on keeps it."""
        return ("year",) if obj is not None and any(rows.exists() for rows in holding(obj)) else ()

    def get_form(
        self, request: HttpRequest, obj: Quarter | None = None, change: bool = False, **options: Any
    ) -> "type[ModelForm[Quarter]]":
        options["help_texts"] = {
            "year": _("It can't be changed once a unit has begun its report on the quarter, or has more days for it.")
        }
        return super().get_form(request, obj, change, **options)

    @admin.display(description=_("quarter"))
    def in_words(self, quarter: Quarter) -> str:
        return quarter.name

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and scope.administers_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Quarter | None = None) -> bool:
        return super().has_change_permission(request, obj) and scope.administers_all(request)

    def has_delete_permission(self, request: HttpRequest, obj: Quarter | None = None) -> bool:
        return super().has_delete_permission(request, obj) and scope.administers_all(request)


@admin.register(Extension)
class ExtensionAdmin(ExtensionModelAdmin):
    list_display = ("unit", "quarter", "until", "reason", "granted_by", "granted_at")
    list_select_related = ("unit", "quarter", "granted_by")
    list_per_page = 50
    search_fields = ("unit__code", "unit__name_zh", "unit__name_en", "reason")
    autocomplete_fields = ("unit",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Extension]:
        return super().get_queryset(request).filter(unit__in=scope.units_seen(request))

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "unit":
            options["queryset"] = Unit.objects.given_time_by(signed_in(request), on=clock.today())
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Extension, form: "ModelForm[Extension]", change: bool) -> None:
        obj.granted_by, obj.granted_at = signed_in(request), clock.now()
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Extension | None = None) -> bool:
        return False  # granted is granted; more days are another row with its own reason

    def has_delete_permission(self, request: HttpRequest, obj: Extension | None = None) -> bool:
        return False
