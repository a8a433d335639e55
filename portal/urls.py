"""Every address of the site. Higher apps are named by string only."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from portal.views import health

urlpatterns = [
    path("", include("commitments.urls")),
    path("", include("projects.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("health/", health.health, name="health"),
]

handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.broken"
