"""An old office computer: the page is there, and typed in, before its scripts are."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

SCRIPTS = "**/js/*.js"


@contextmanager
def scripts(page: Page) -> Iterator[None]:
    """Whatever is opened and done within, the scripts come only afterwards; open by `wait_until="commit"`."""
    coming: list[Route] = []
    page.route(SCRIPTS, lambda script: coming.append(script))
    yield
    page.route(SCRIPTS, lambda script: script.continue_())  # of those that are asked for from here on
    for script in coming:
        script.continue_()
