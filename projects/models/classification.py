"""How projects are sorted: categories, industry chains and lists. All three are data that the administrator edits."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models.naming import TwoNames
from projects.models.marking import MARK_RENAMED

INDUSTRY = "industry"  # the category whose projects are industrial


class Sorting(TwoNames):
    """A code with two names and a place in the order of lists."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        abstract = True
        ordering = ["position", "code"]


@tracked
class Category(Sorting):
    """产业, 基础设施, 社会民生, 生态环保."""

    class Meta(Sorting.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")


@tracked
class Chain(Sorting):
    """An industry chain 产业链."""

    class Meta(Sorting.Meta):
        verbose_name = _("industry chain")
        verbose_name_plural = _("industry chains")


@tracked
class ProjectList(Sorting):
    """A list that projects are put on: provincial key, municipal key, a quarter's group start …"""

    class Tier(models.TextChoices):
        PROVINCIAL = "provincial", _("provincial-level")
        MUNICIPAL = "municipal", _("municipal-level")
        COUNTY = "county", _("county-level")
        # 三类500强: of the world, of China, of China's private companies; kept as lists, so that they are dated too.
        TOP500 = "top500", _("Top 500 companies")

    tier = models.CharField(_("tier"), max_length=20, choices=Tier)

    class Meta(Sorting.Meta):
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        triggers = [
            pgtrigger.Trigger(
                name="mark_renamed",
                operation=pgtrigger.UpdateOf("code"),
                when=pgtrigger.After,
                condition=pgtrigger.Q(old__code__df=pgtrigger.F("new__code")),
                func=MARK_RENAMED,
            )
        ]
