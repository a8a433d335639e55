"""Facts: the register of projects, quarterly progress reports on them, and their rollups."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("Projects and reports")
