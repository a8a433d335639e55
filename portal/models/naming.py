"""Two names, Chinese and English, and which of them a page shows."""

from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def localized(path: str = "") -> Combinable:
    """The name in the language of the page, for queries; `path` leads to the record, such as "location__"."""
    if not (get_language() or "").startswith("en"):
        return F(f"{path}name_zh")
    return Coalesce(NullIf(F(f"{path}name_en"), Value("")), F(f"{path}name_zh"))


def localized_sql(row: str) -> str:
    """The same of a row of a statement."""
    if not (get_language() or "").startswith("en"):
        return f"{row}.name_zh"
    return f"COALESCE(NULLIF({row}.name_en, ''), {row}.name_zh)"


def in_language(chinese: str, english: str) -> str:
    """The name in the language of the page; the Chinese one where there is no English."""
    return english if english and (get_language() or "").startswith("en") else chinese


class TwoNames(models.Model):
    """A record with a Chinese name and, where it has one, an English name."""

    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)
