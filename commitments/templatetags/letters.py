"""How letters look on every page: a state is a word and a shape, a figure stands in its own unit of measure."""

from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Direction, Indicator, LetterState, Pledge
from commitments.roll import Standing
from portal.rounding import rounded
from portal.templatetags.figures import NOT_KNOWN, money_large

register = template.Library()

LOOKS = {
    Standing.NONE.value: "status-bad",
    LetterState.ISSUED.value: "status-warn",
    LetterState.SIGNED.value: "status-open",
    LetterState.IN_FORCE.value: "status-good",
    LetterState.DECLINED.value: "status-bad",
}


@register.filter
def letter_state_words(state: str) -> str:
    """The state of a letter's version in words; "none" where no letter has been begun."""
    return str(Standing.NONE.label if state == Standing.NONE else LetterState(state).label)


@register.filter
def letter_state(state: str) -> SafeString:
    """The state of a letter's version as a word and a shape."""
    return format_html('<span class="status {}">{}</span>', LOOKS.get(state, ""), letter_state_words(state))


@register.filter
def quantity(value: Decimal | None) -> str:
    """A figure in its own unit of measure, with the decimals it has (at most four); null is a dash."""
    if value is None:
        return NOT_KNOWN
    text = f"{rounded(value, 4):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _english() -> bool:
    return (get_language() or "").startswith("en")


@register.filter
def pledge_name(pledge: Pledge) -> str:
    """The copy that was signed, in the language of the page; the Chinese one where there is no English."""
    return pledge.name_en if _english() and pledge.name_en else pledge.name_zh


@register.filter
def measured_in(pledge: Pledge) -> str:
    """The unit of measure that was signed, in the language of the page."""
    return pledge.unit_of_measure_en if _english() and pledge.unit_of_measure_en else pledge.unit_of_measure_zh


@register.filter
def floor_words(pledge: Pledge) -> str:
    """What the plan asks for: "by the plan at least 125,000 (CNY 1.25 billion)"."""
    figure = _("%(figure)s %(unit)s") % {"figure": quantity(pledge.floor), "unit": measured_in(pledge)}
    if pledge.indicator and pledge.indicator.kind == Indicator.Kind.MONEY:
        large = {"figure": quantity(pledge.floor), "large": money_large(pledge.floor)}
        figure = _("%(figure)s (CNY %(large)s billion)") % large
    if pledge.direction == Direction.LESS:
        return _("by the plan at most %(figure)s") % {"figure": figure}
    return _("by the plan at least %(figure)s") % {"figure": figure}


@register.filter
def paragraphs(text: str) -> SafeString:
    """A text as it is typed, each line a paragraph of its own, as in an official document."""
    return format_html_join("", "<p>{}</p>", ([line.strip()] for line in text.splitlines() if line.strip()))
