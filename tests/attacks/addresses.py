"""Every address of the site as the URLconf has it, and how each is asked for in the tests of this folder."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.urls.exceptions import Resolver404

SIGN_IN = "sign-in"


def names() -> list[str]:
    """The names of all addresses, such as report_detail or admin:index; those without a name by their route."""
    return sorted(set(_walk(get_resolver())))


def _walk(resolver: URLResolver, route: str = "", space: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}" if pattern.name else here


@dataclass(frozen=True)
class Asked:
    """One address to ask for."""

    path: str

    def by(self, client: Client, method: str = "get", **posted: str) -> str:
        """What comes of it in the end: a status, "sign-in", or "→" and the name of the page one is led to."""
        ask = client.post if method == "post" else client.get
        answer = ask(self.path, posted, follow=True)
        if not answer.redirect_chain:
            return str(answer.status_code)
        last = answer.redirect_chain[-1][0].partition("?")[0]
        if last == reverse("account_login"):
            return SIGN_IN
        if answer.status_code != 200:
            return str(answer.status_code)
        try:
            return f"→ {resolve(last).view_name}"
        except Resolver404:
            return f"→ {last}"
