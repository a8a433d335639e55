"""What tests of every part begin with."""

import gc
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import Client, override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from portal.models import Quarter, Role, Unit, User
from projects import attaching, queues
from projects.cleaning import Made, document, photo
from projects.models import Project
from tests import first_rows, migrated, world
from tests.kept import kept

DEMO = "tests/commitments/demo/"
# What takes longest, so that no worker begins it last; and, where a worker makes the database that the others copy
# (tests/migrated.py), what another can do without one.
FIRST = (
    "tests/journeys/test_accessibility.py",
    "tests/portal/serve/",
    DEMO,
    "tests/attacks/",
    "tests/projects/test_migrating.py",
)

# A busy machine is slow, not wrong.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")


class ByFile(LoadFileScheduling):
    """The tests of a file run on one worker, and all of the folder that looks at the demo: it is built once."""

    def _split_scope(self, nodeid: str) -> str:
        return DEMO if nodeid.startswith(DEMO) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile | None:
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After pytest-django has put tests that commit behind those that don't.

    Of each file, those that begin with standing rows come last, the most last: rows stand from the first of them on.
    """
    files = groupby(items, key=lambda item: item.path)
    items[:] = [item for _, tests in files for item in sorted(tests, key=_standing)]
    items.sort(key=lambda item: next((n for n, path in enumerate(FIRST) if item.nodeid.startswith(path)), len(FIRST)))


def pytest_collection_finish() -> None:
    """What was imported stays until the end: looking for garbage in it was a twelfth of what tests cost."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def _standing(item: pytest.Item) -> int:
    return sum(name.startswith("standing_") for name in _fixtures(item))


def _commits(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db")
    return bool(marked and marked.kwargs.get("transaction")) or not {"transactional_db", "live_server"}.isdisjoint(
        _fixtures(item)
    )


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hashing a password slowly is right for people and a waste in tests, which make hundreds of them."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_sessions() -> Iterator[None]:
    """`force_login` leaves a session as signing in does, by two statements instead of a dozen.

    A browser that has one already keeps what stands in it, as Django has it.
    """
    usual = Client.force_login

    def signed_in(client: Client, user: User) -> None:
        if settings.SESSION_COOKIE_NAME in client.cookies:
            usual(client, user)
            return
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "force_login", signed_in)
        yield


@pytest.fixture(autouse=True, scope="session")
def plain_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pages name their files without hashes, which need `collectstatic`; tests/portal/test_static.py runs that.

    What is uploaded goes into a folder that the run throws away.
    """
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    options = {**settings.STORAGES["evidence"]["OPTIONS"], "location": tmp_path_factory.mktemp("evidence")}
    thrown_away = {"evidence": {**settings.STORAGES["evidence"], "OPTIONS": options}}
    with override_settings(STORAGES={**settings.STORAGES, **plain, **thrown_away}):
        yield


@pytest.fixture(autouse=True, scope="session")
def files_made_here() -> Iterator[None]:
    """A process for each photo is right for what people send and a waste here; tests/projects/cleaning/ starts some."""

    def made_anew(content: bytes, kind: str) -> Made:
        return photo.made_anew(content) if kind == "photo" else document.made_anew(content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attaching, "made_anew", made_anew)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        migrated.provide()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database as pytest-django makes it, with a copy of what migrations put in."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:  # the years of most tests, which would each make the partition anew
            cursor.execute("SELECT projects_make_room(year) FROM generate_series(2019, 2023) AS year")
        first_rows.keep()


@pytest.fixture(autouse=True)
def nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages take it that no queue is late, as they do for seconds at a time; a test that looks asks anew."""
    monkeypatch.setattr(queues._Asked, "late", ())
    monkeypatch.setattr(queues._Asked, "until", float("inf"))


@pytest.fixture(autouse=True)
def first_language() -> Iterator[None]:
    """A page asked for in English leaves English behind in the thread; the next test begins in Chinese again."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)


@dataclass
class City:
    """A city with two counties, the people of the first and of the second, those of the city, and one quarter."""

    city: Unit
    county: Unit
    other: Unit
    staff: User  # reporter and approver of the county
    stranger: User  # the same at the other county
    reviewer: User
    administrator: User
    leader: User
    quarter: Quarter
    project: Project
    second: Project


@pytest.fixture(scope="module")
def standing_town(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[City | None]:
    """The town of a file's tests, built once (tests/kept.py); None where one of them commits."""
    if any(_commits(item) for item in request.session.items if item.path == request.path):
        yield None
        return
    with kept(django_db_blocker):
        town = make_town()
        connection.check_constraints()  # once, and not after each test
        yield town


@pytest.fixture
def town(standing_town: City | None, db: None) -> City:
    return deepcopy(standing_town) or make_town()


def make_town() -> City:
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    county = world.make_unit("430421", city)
    other = world.make_unit("430422", city)
    return City(
        city=city,
        county=county,
        other=other,
        staff=world.make_person("staff", county, Role.REPORTER, Role.APPROVER),
        stranger=world.make_person("stranger", other, Role.REPORTER, Role.APPROVER),
        reviewer=world.make_person("reviewer", city, Role.REVIEWER),
        administrator=world.make_person("administrator", city, Role.ADMINISTRATOR),
        leader=world.make_person("leader", city, Role.LEADER),
        quarter=world.make_quarter("2022Q1"),
        project=world.make_project("A1", county),
        second=world.make_project("A2", county, planned=3000),
    )
