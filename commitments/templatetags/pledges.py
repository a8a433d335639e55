"""How a pledge looks on every page: figures in its own unit of measure, what became of it as a word and a shape."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commitments.behind import lines
from commitments.fulfilment import Fulfilment
from commitments.models import PledgeState, Settlement
from portal.models import Quarter, Unit
from portal.rounding import rounded
from portal.templatetags.figures import NOT_KNOWN

register = template.Library()

LOOKS = {
    PledgeState.KEPT: "status-good",
    PledgeState.ON_TRACK: "status-open",
    PledgeState.BEHIND: "status-warn",
    PledgeState.MISSED: "status-bad",
}

ACCOUNTS = {
    Settlement.State.OPEN: "status-warn",
    Settlement.State.ASSESSED: "status-open",
    Settlement.State.VERIFIED: "status-open",
    Settlement.State.CLOSED: "status-good",
}


@register.filter
def in_its_unit(value: Decimal | None) -> str:
    """A target or an actual figure in the pledge's unit of measure, to two decimals at most; null is a dash."""
    return NOT_KNOWN if value is None else _number(value)


@register.simple_tag
def lines_behind(found: Fulfilment, unit: Unit, quarter: Quarter) -> str:
    """The address of the lines that a derived figure of this unit is made of; "" for readings and milestones."""
    indicator = found.pledge.indicator
    return lines(indicator, unit, quarter) if indicator else ""


@register.filter
def signed(value: Decimal | None) -> str:
    """A difference in the pledge's unit of measure, with its sign; null is a dash."""
    if value is None:
        return NOT_KNOWN
    return f"+{_number(value)}" if rounded(value, 2) > 0 else _number(value)


def _number(value: Decimal) -> str:
    text = f"{rounded(value, 2):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


@register.filter
def pledge_state(state: str) -> SafeString:
    """What has become of a pledge, as a word and a shape."""
    found = PledgeState(state)
    return format_html('<span class="status {}">{}</span>', LOOKS.get(found, ""), found.label)


@register.filter
def counted(counts: dict[str, int], state: str) -> int:
    """The number of pledges in a state."""
    return counts.get(state, 0)


@register.filter
def account_state(state: str) -> SafeString:
    """How far a year's account has come, as a word and a shape."""
    found = Settlement.State(state)
    return format_html('<span class="status {}">{}</span>', ACCOUNTS.get(found, ""), found.label)
