"""The admin site: whom it opens to, what stands in it, and the sign-in it shares with the portal."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

OURS = {"portal", "projects", "commitments"}


class Site(AdminSite):
    site_header = site_title = _("Concentric administration")
    index_title = _("Administration")
    enable_nav_sidebar = False

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: "type[ModelAdmin[Any]] | None" = None,
        **options: Any,
    ) -> None:
        """Our own models only, each list with its files and quick: the groups of packages mean nothing here."""
        from portal.admin.export import Exported
        from portal.admin.long import Long

        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        ours = [model for model in models if model._meta.app_label in OURS]
        base = admin_class or ModelAdmin
        super().register(ours, type(base.__name__, (base, Exported, Long), {"__module__": base.__module__}), **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the way to "any row of any table": no record of ours has a page of its own to be led to."""
        return [each for each in super().get_urls() if getattr(each, "name", None) != "view_on_site"]

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("portal.enter_admin")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Only where a page shows it: Django asks for it on each, for a sidebar that we don't have."""
        found = super().get_app_list
        return cast("list[Any]", SimpleLazyObject(lambda: found(request, app_label)))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """The portal's own sign-in; a person who is signed in and may not enter is told so."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return redirect("account_logout")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")
