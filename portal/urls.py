"""Every address of the site. Higher apps are named by string only."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from portal.views import health, mailbox

urlpatterns = [
    path("", include("commitments.urls")),
    path("", include("projects.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("demo/mail/", mailbox.mail_list, name="mail_list"),
    path("demo/mail/<int:pk>/", mailbox.mail, name="mail"),
    path("demo/mail/<int:pk>/html/", mailbox.mail_html, name="mail_html"),
    path("health/", health.health, name="health"),
]

handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.broken"
