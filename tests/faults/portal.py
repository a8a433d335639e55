"""A portal whose parts can be taken away: web and worker as processes of their own."""

import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from portal import clock
from portal.models import User
from portal.serve import processes
from projects import drafting
from projects.models import Report
from tests import children, smtp, world
from tests.conftest import City

NO_REDIS = "unix:///nowhere/redis.sock"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_about: object) -> None:
        """What a step answers is the redirect; where it leads is not asked."""


@dataclass(frozen=True)
class Browser:
    """A person's session with a web process; cookies are those of the test's database."""

    address: str
    cookie: str

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.address + path))[1]

    def post(self, path: str, **fields: str) -> int:
        """Send the form of this page; the answer's status."""
        page = self.get(fields.pop("page", path))
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        seen = dict(re.findall(r'name="(seen)" value="([^"]*)"', page))
        body = urlencode({"csrfmiddlewaretoken": token, **seen, **fields}).encode()
        return self._open(urllib.request.Request(self.address + path, data=body))[0]

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        request.add_header("Cookie", self.cookie)
        request.add_header("Referer", self.address)
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            return refused.code, refused.read().decode()


@contextmanager
def web(folder: Path, **environment: str) -> Iterator[str]:
    """The portal's web process, with these settings; gives its address."""
    port = smtp.free_port()
    address = f"http://127.0.0.1:{port}"
    command = ("manage.py", "runserver", "--noreload", "--nothreading", f"127.0.0.1:{port}")
    told = {"CONCENTRIC_URL": address, "CONCENTRIC_DEBUG": "1", **environment}
    with children.running(*command, log=folder / "web.log", **told):
        assert processes.until(lambda: _answers(f"{address}/health/"), 60), (folder / "web.log").read_text()
        yield address


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def browser(address: str, user: User) -> Browser:
    client = Client()
    client.force_login(user)
    client.get("/profile/")  # sets the token's cookie
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return Browser(address, "; ".join(f"{name}={client.cookies[name].value}" for name in names))


def drafted_today(town: City) -> Report:
    """The county's report of a quarter that is open now, each line filled in."""
    today = clock.today()
    town.quarter.opens_on, town.quarter.due_on = today, today
    town.quarter.closes_on = today + timedelta(days=1)
    town.quarter.save()
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=clock.now())
    for line in draft.lines.all():
        world.fill(line, 250, by=town.staff, when=clock.now())
    return draft
