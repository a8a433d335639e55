"""That a page's figures are what their lines add up to: each link is followed, and what it opens is compared."""

import html
import re
from decimal import Decimal

from django.test import Client

from commitments.templatetags.standing import change
from portal.templatetags.figures import money_large, percent, points
from projects import facts
from projects.facts import MEASURES, Fact

NUMBER = re.compile(r"[-+]?\d[\d.]*%?")
TAG = re.compile(r"<[^>]*>")
LINK = re.compile(r'<a[^>]*href="(/lines/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def figures(page: str) -> list[tuple[str, str]]:
    """The address of each link to lines, and the figure that it stands on."""
    return [
        (html.unescape(address), " ".join(TAG.sub("", html.unescape(text)).replace(",", "").split()))
        for address, text in LINK.findall(page)
    ]


def numbers(text: str) -> set[str]:
    """Every number in a text such as "1 of 2 units, 40.0% of the plan"."""
    return {number.rstrip(".,") for number in NUMBER.findall(text)}


def made_of_its_lines(client: Client, address: str, *, baseline: Decimal) -> set[str]:
    """Every number that the lines at this address make, printed as pages print it, with its sign and without.

    The figure itself, and what pages tell beside it: what a rate divides, how many projects or units are in it, the
    share of the plan, and the gap to the policy's baseline.
    """
    shown = client.get(address).context
    measure, now, before = shown["measure"], shown["made"], shown["before"]
    made = [
        len(now.taken),
        len(owing(now.taken)),
        len(owing(now.all)),
        *(part for _label, part, _money in shown["divided"]),
    ]
    if before:
        said = [change(shown["growth"]), str(len(before.taken))]
    elif measure.kind == "money":
        said = [money_large(now.value)]
    elif measure.kind == "share":
        said = [percent(now.value), points(None if now.value is None else now.value - baseline)]
    else:
        said = [] if now.value is None else [str(now.value)]
    if measure in (MEASURES["reported"], MEASURES["missing"]):
        share = now.value / facts.total(now.all, "planned")
        said.append(percent(share if measure is MEASURES["reported"] else 1 - share))
    said += [str(number) for number in made]
    return {text.replace(",", "") for text in said} | {text.replace(",", "").lstrip("+-") for text in said}


def owing(found: list[Fact]) -> set[int]:
    return {fact.unit_id for fact in found if fact.is_expected}
