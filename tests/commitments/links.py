"""That a page's figures are what their lines add up to: each link is followed, and what it opens is compared."""

import html
import re
from decimal import Decimal

from django.test import Client

from commitments.templatetags.standing import change
from portal.templatetags.figures import money_large, percent

LINK = re.compile(r'<a[^>]*href="(/lines/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def figures(page: str) -> list[tuple[str, str]]:
    """The address of each link to lines, and the figure that it stands on."""
    return [(html.unescape(address), " ".join(html.unescape(text).split())) for address, text in LINK.findall(page)]


def made_of_its_lines(client: Client, address: str) -> tuple[str, set[int]]:
    """The figure as its lines make it, printed as on the page, and the units whose lines were owed in it."""
    shown = client.get(address).context
    measure, now = shown["measure"], shown["made"]
    value: Decimal | None = shown["growth"] if shown["before"] else now.value
    if shown["before"]:
        printed = change(value)
    elif measure.kind == "money":
        printed = money_large(value)
    elif measure.kind == "share":
        printed = percent(value)
    else:
        printed = "—" if value is None else str(value)
    return printed, {fact.unit_id for fact in now.taken if fact.is_expected}
