"""Units in the admin: the tree belongs to whoever administers all of it; others read their part."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.admin import scope
from portal.models import Unit

if TYPE_CHECKING:
    UnitModelAdmin = admin.ModelAdmin[Unit]
else:
    UnitModelAdmin = admin.ModelAdmin


@admin.register(Unit)
class UnitAdmin(UnitModelAdmin):
    list_display = ("code", "name_zh", "name_en", "kind", "parent", "valid_from", "valid_until")
    list_display_links = ("code", "name_zh")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    list_per_page = 50
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = _("Code or name")
    autocomplete_fields = ("parent", "located_in", "successor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        return scope.units_seen(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and scope.administers_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Unit | None = None) -> bool:
        return super().has_change_permission(request, obj) and scope.administers_all(request)

    def has_delete_permission(self, request: HttpRequest, obj: Unit | None = None) -> bool:
        return super().has_delete_permission(request, obj) and scope.administers_all(request)
