"""A browser of the measured database: in this process, through all middleware, signed in, at a day after its year."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import time_machine
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from bench import cluster
from portal.models import User

DAY = datetime(2023, 1, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
CONSTANT = "/constant/"


def constant(_request: HttpRequest) -> HttpResponse:
    """What a page costs that says nothing: middleware and sign-in."""
    return HttpResponse("constant", content_type="text/plain")


urlpatterns = [path("constant/", constant), path("", include("portal.urls"))]


class Visitor:
    """One person's browser at one database."""

    def __init__(self, database: str, person: int) -> None:
        self.database = database
        self.client = Client(headers={"host": "127.0.0.1"})
        cluster.use(database)
        self.client.force_login(User.objects.get(pk=person))

    def tag(self, address: str) -> str:
        self.client.get(address)
        return str(self.client.get(address).headers["ETag"])

    def seconds(self, address: str, *, tag: str = "", status: int = 200) -> float:
        """Of one whole response; with a tag, of one that says that nothing has changed."""
        headers = {"if-none-match": tag} if tag else {}
        begun = time.perf_counter()
        answer = self.client.get(address, headers=headers)
        cost = time.perf_counter() - begun
        if answer.status_code != status:
            raise AssertionError(f"{address} answered {answer.status_code}")
        return cost

    def here(self) -> None:
        """Ask this visitor's database from now on."""
        cluster.use(self.database)


@contextmanager
def open_for_visits() -> Iterator[None]:
    """Files of pages need no collecting, any host may ask, and it is a day in the year after the last."""
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    changed = {"ALLOWED_HOSTS": ["*"], "ROOT_URLCONF": "bench.visitor", "STORAGES": {**settings.STORAGES, **plain}}
    with override_settings(**changed), time_machine.travel(DAY, tick=True):
        yield
