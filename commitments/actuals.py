"""What each indicator has come to at a quarter's end: derived from cells and accepted lines, or read by its bureau."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Known(models.TextChoices):
    KNOWN = "known", _("known")
    MISSING = "missing", _("not reported")
    NOTHING = "nothing", _("nothing to judge")
