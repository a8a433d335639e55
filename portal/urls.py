"""Every address of the site. Higher apps are named by string only."""

from allauth.account import views as allauth
from django.contrib import admin
from django.urls import include, path, re_path

from portal.views import exports, health, language, mailbox, notices, profile, suggestions, units

# allauth's pages, less those by which people would register or change addresses by themselves.
accounts = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

urlpatterns = [
    path("", include("commitments.urls")),
    path("", include("projects.urls")),
    path("accounts/", include(accounts)),
    path("admin/", admin.site.urls),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/<uuid:key>/", exports.export, name="export"),
    path("exports/<uuid:key>/progress/", exports.export_progress, name="export_progress"),
    path("exports/<uuid:key>/file/", exports.export_file, name="export_file"),
    path("language/", language.choose, name="set_language"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/<int:pk>/read/", notices.notice_read, name="notice_read"),
    path("profile/", profile.profile, name="profile"),
    path("suggestions/", suggestions.suggestions, name="suggestions"),
    path("suggestions/new/", suggestions.suggestion_new, name="suggestion_new"),
    path("units/", units.unit_choices, name="unit_choices"),
    path("demo/mail/", mailbox.mail_list, name="mail_list"),
    path("demo/mail/<int:pk>/", mailbox.mail, name="mail"),
    path("demo/mail/<int:pk>/html/", mailbox.mail_html, name="mail_html"),
    path("health/", health.health, name="health"),
]

handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.broken"
