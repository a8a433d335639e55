"""The addresses of many pages that differ in the last part they name: reversed once for all of them."""

from collections.abc import Callable
from urllib.parse import quote

from django.urls import reverse
from django.utils.http import RFC3986_SUBDELIMS

SOME = "*"  # stands for that part; nothing behind it in an address has this sign


def of_each(name: str, *parts: str) -> Callable[[str], str]:
    """Gives what `reverse(name, args=[*parts, last])` gives for any last part, a text without a stroke."""
    before, _some, after = reverse(name, args=[*parts, SOME]).rpartition(SOME)
    return lambda last: f"{before}{quote(last, safe=f'{RFC3986_SUBDELIMS}~:@')}{after}"
