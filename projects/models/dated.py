"""What every dated row of the register has: a project, a reason and who wrote it.

A live project row never decides a closed quarter; these rows do, by what is in force on the quarter's last day.
Each has its own day: listed_on, from_on, in_force_on.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DatedRow(models.Model):
    project = models.ForeignKey("projects.Project", models.PROTECT, verbose_name=_("project"))
    reason = models.CharField(_("reason"), max_length=300)
    recorded_by = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    class Meta:
        abstract = True
