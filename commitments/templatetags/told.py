"""{% told "emails/weekly/_standing.html" standing %}: a standing in an e-mail, where thousands differ by figures alone.

The template gets each figure as it is printed. Where the context brings `made`, as for {% once %}, it is rendered once
in each language with signs in the places of the figures, and for each standing its figures are put there.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language

from commitments.templatetags.standing import change
from portal.templatetags.figures import money, money_large, money_large_unit, money_unit, percent, points

if TYPE_CHECKING:
    from commitments.weekly import Standing

register = template.Library()

FIRST = 0xE100  # the signs are of Unicode's private part: no text has them
PLACE = re.compile("([\ue100-\ue1ff])")


@register.simple_tag(takes_context=True)
def told(context: Context, name: str, standing: "Standing", *, large: bool = False) -> SafeString:
    """The template of this name about this standing; `large` prints money in 亿元 (CNY billion)."""
    made = context.get("made")
    printed = _printed(standing, large=large) if made is None else _printed_once(standing, made, large=large)
    fixed = {
        "unit": money_large_unit() if large else money_unit(),
        "is_comparable": not standing.figures.total.growth.is_not_comparable,
    }
    if made is None:
        return _rendered(context, name, {**fixed, **printed})
    key = (name, *fixed.values(), get_language())
    if key not in made:
        signs = {figure: chr(FIRST + number) for number, figure in enumerate(printed)}
        made[key] = PLACE.split(_rendered(context, name, {**fixed, **signs}))
    pieces = list(made[key])  # every second is a sign
    figures = [conditional_escape(figure) if context.autoescape else figure for figure in printed.values()]
    pieces[1::2] = [figures[ord(sign) - FIRST] for sign in pieces[1::2]]
    return SafeString("".join(pieces))


def _rendered(context: Context, name: str, given: Mapping[str, object]) -> SafeString:
    found = context.template.engine.get_template(name)  # type: ignore[union-attr] # rendering, so there is one
    with context.push(**given):
        return found.render(context)


def _printed_once(standing: "Standing", made: dict[object, Any], *, large: bool) -> dict[str, str]:
    """The same for the text and for the page of an e-mail; the standing is kept, so that no other gets its id."""
    key = ("printed", id(standing), large, get_language())
    if key not in made:
        made[key] = _printed(standing, large=large), standing
    printed: dict[str, str] = made[key][0]
    return printed


def _printed(standing: "Standing", *, large: bool) -> dict[str, str]:
    """What the template names, each as it stands in the e-mail; `light` is nothing where there is none."""
    figures, total = standing.figures, standing.figures.total
    amount, light = money_large if large else money, figures.light
    return {
        "quarter": standing.quarter.name,
        "time": f"{localtime(total.computed_at):%Y-%m-%d %H:%M}" if total.computed_at else "",
        "lines": standing.lines,
        "planned": amount(total.planned),
        "year_to_date": amount(total.year_to_date),
        "completion_rate": percent(total.completion_rate),
        "baseline": percent(figures.baseline),
        "gap": points(figures.gap),
        "light": f" · {light.symbol} {light.name}" if light else "",
        "growth": change(total.growth.rate),
        "reported": str(len(total.coverage.reported)),
        "owing": str(len(total.coverage.owing)),
        "share": percent(total.coverage.share),
    }
