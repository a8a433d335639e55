"""Notes from every page in the admin, where administrators answer them; the server writes who answered and when."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import signed_in
from portal.admin.scope import people_seen
from portal.models import Suggestion

if TYPE_CHECKING:
    SuggestionModelAdmin = admin.ModelAdmin[Suggestion]
else:
    SuggestionModelAdmin = admin.ModelAdmin


@admin.register(Suggestion)
class SuggestionAdmin(SuggestionModelAdmin):
    list_display = ("text_start", "page", "made_by", "made_at", "answered_by", "answered_at")
    list_filter = (("answer", admin.EmptyFieldListFilter),)
    list_select_related = ("made_by", "answered_by")
    list_per_page = 50
    search_fields = ("text", "answer", "page")
    readonly_fields = ("page", "text", "made_by", "made_at", "answered_by", "answered_at")
    fields = ("page", "text", "made_by", "made_at", "answer", "answered_by", "answered_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suggestion]:
        """Notes of people within reach: a complaint is not for the staff of another county."""
        return super().get_queryset(request).filter(made_by__in=people_seen(request))

    @admin.display(description=_("suggestion or complaint"), ordering="text")
    def text_start(self, suggestion: Suggestion) -> str:
        return str(suggestion)

    def save_model(self, request: HttpRequest, obj: Suggestion, form: "ModelForm[Suggestion]", change: bool) -> None:
        answered = bool(obj.answer)
        obj.answered_by = signed_in(request) if answered else None
        obj.answered_at = clock.now() if answered else None
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the link on every page is the way

    def has_delete_permission(self, request: HttpRequest, obj: Suggestion | None = None) -> bool:
        return False
