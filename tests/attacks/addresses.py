"""Every address of the site as the URLconf has it, and how each is asked for in the tests of this folder."""

from collections.abc import Iterator

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


class Visitor:
    """Somebody's browser, and what came of the pages that it was led to.

    Many addresses lead to the same page, such as the admin's first one, and reading changes nothing: it is asked once.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.landings: dict[str, str] = {}

    def get(self, path: str) -> str:
        """What comes of it in the end: a status, "sign-in", or "→" and the name of the page one is led to."""
        answer = self.client.get(path)
        if "Location" not in answer:
            return str(answer.status_code)
        return self._landed(answer["Location"])

    def post(self, path: str, **posted: str) -> str:
        """The same of a form that is sent."""
        answer = self.client.post(path, posted)
        if "Location" not in answer:
            return str(answer.status_code)
        self.landings.clear()
        return self._landed(answer["Location"])

    def _landed(self, location: str) -> str:
        place = location.partition("?")[0]
        found = self.landings.get(place) or self.landings.get(location)
        if found is None:
            answer = self.client.get(location, follow=True)
            chain = [step for step, _status in answer.redirect_chain]
            found = self._named((chain or [location])[-1].partition("?")[0], answer.status_code)
            # A sign-in answers the same whatever would come after it, unless it leads there.
            self.landings[place if found in {SIGN_IN, "403"} else location] = found
        return found

    def _named(self, last: str, status: int) -> str:
        if last == reverse("account_login"):
            return SIGN_IN
        if status != 200:
            return str(status)
        try:
            return f"→ {resolve(last).view_name}"
        except Resolver404:
            return f"→ {last}"
