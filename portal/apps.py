"""The floor both apps stand on, and the admin site it replaces Django's own with."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")


class ConcentricAdminConfig(AdminConfig):
    default_site = "portal.site.Site"
