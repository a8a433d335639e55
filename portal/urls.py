"""Every address of the site. Higher apps are named by string only."""

from django.contrib import admin
from django.urls import include, path

from portal.views import health, language, profile, suggestions

urlpatterns = [
    path("", include("commitments.urls")),
    path("", include("projects.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("language/", language.choose, name="set_language"),
    path("profile/", profile.profile, name="profile"),
    path("suggestions/", suggestions.suggestions, name="suggestions"),
    path("suggestions/new/", suggestions.suggestion_new, name="suggestion_new"),
    path("health/", health.health, name="health"),
]

handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.broken"
