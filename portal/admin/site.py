"""The admin site: whom it opens to, and the sign-in it shares with the portal."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Site(AdminSite):
    site_header = site_title = _("Concentric administration")
    index_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("portal.enter_admin")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """The portal's own sign-in; a person who is signed in and may not enter is told so."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))
