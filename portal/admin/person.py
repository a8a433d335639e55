"""People and their roles in the admin: invited by e-mail, closed instead of deleted, within the reach of a role."""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Field, ForeignKey, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.defaultfilters import yesno
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock, invitations
from portal.admin import scope
from portal.models import Membership, User

if TYPE_CHECKING:
    PersonModelAdmin = admin.ModelAdmin[User]
    MembershipModelAdmin = admin.ModelAdmin[Membership]
    MembershipTabular = admin.TabularInline[Membership, User]
else:
    PersonModelAdmin = MembershipModelAdmin = admin.ModelAdmin
    MembershipTabular = admin.TabularInline


class MembershipInline(MembershipTabular):
    model = Membership
    fields = ("unit", "role", "valid_from", "valid_until")
    autocomplete_fields = ("unit",)
    extra = 0

    def get_min_num(self, request: HttpRequest, obj: User | None = None, **options: Any) -> int:
        """A person is added with a role, else nobody but the top would ever see them again."""
        return 1 if obj is None else 0

    def get_formset(self, request: HttpRequest, obj: User | None = None, **options: Any) -> Any:
        return super().get_formset(request, obj, **{"validate_min": True, **options})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("unit")

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "unit":
            options["queryset"] = scope.units_administered(request)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        """A role begins today, unless another day is typed."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "valid_from" and field:
            field.initial = clock.today
        return field

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or scope.may_change_person(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_add_permission(request, obj) and (obj is None or scope.may_change_person(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or scope.may_change_person(request, obj))


@admin.register(User)
class PersonAdmin(PersonModelAdmin):
    list_display = ("name", "email", "post", "may_sign_in", "invited_at", "last_login")
    list_display_links = ("name", "email")
    list_filter = ("is_active",)
    list_per_page = 50
    search_fields = ("name", "email", "post")
    search_help_text = _("Name, e-mail or post")
    fields = ("name", "email", "post", "language", "wants_weekly", "wants_notices", "is_active", "invited_at")
    readonly_fields = ("invited_at",)
    inlines = (MembershipInline,)
    actions = ("invite_again",)

    @admin.display(description=_("may sign in"), ordering="is_active")
    def may_sign_in(self, person: User) -> str:
        return str(yesno(person.is_active))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return scope.people_seen(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or scope.may_change_person(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # what a person did keeps their name: "may sign in" is taken away instead

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        obj.email = obj.email.strip().lower()
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()  # an old address signs in no more
        if not change:
            transaction.on_commit(lambda: self._invite(request, obj))

    def _invite(self, request: HttpRequest, person: User) -> None:
        """The mail server may be away: the person stays, and the invitation can be repeated."""
        try:
            invitations.send(person, at=clock.now())
        except OSError as error:
            words = gettext("The invitation to %(email)s could not be sent (%(error)s): use “Invite again” later.")
            messages.warning(request, words % {"email": person.email, "error": error})
        else:
            messages.success(request, gettext("An invitation has been sent to %(email)s.") % {"email": person.email})

    @admin.action(description=_("Invite again: a new link to set a password"), permissions=["change"])
    def invite_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset.filter(is_active=True):
            if not scope.may_change_person(request, person):
                raise PermissionDenied
            self._invite(request, person)


@admin.register(Membership)
class MembershipAdmin(MembershipModelAdmin):
    list_display = ("user", "unit", "role", "valid_from", "valid_until")
    list_filter = ("role",)
    list_select_related = ("user", "unit")
    list_per_page = 50
    search_fields = ("user__name", "user__email", "unit__code", "unit__name_zh", "unit__name_en")
    autocomplete_fields = ("user", "unit")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(unit__in=scope.units_seen(request))

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "unit":
            options["queryset"] = scope.units_administered(request)
        if db_field.name == "user":
            options["queryset"] = scope.people_seen(request)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._within_reach(request, obj)

    def _within_reach(self, request: HttpRequest, membership: Membership | None) -> bool:
        return membership is None or scope.units_administered(request).filter(pk=membership.unit_id).exists()
