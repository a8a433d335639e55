"""Our own few words on paper, in the paper's language, whatever the reader's."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

LANGUAGES = {"zh": "zh-hans", "en": "en"}


def words(language: str) -> dict[str, str]:
    """The words for "zh" or "en"; raises ValueError for another language."""
    if language not in LANGUAGES:
        raise ValueError(f"no paper in {language!r}")
    with translation.override(LANGUAGES[language]):
        return {
            "none": pgettext("on paper", "None"),
            "number": pgettext("on paper", "Number"),
            "address": pgettext("on paper", "Address"),
            "missing": _("Characters that the typeface lacks, printed as 〓:"),
        }
