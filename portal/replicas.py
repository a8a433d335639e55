"""Which pages may be read from a streaming replica, and when a person reads from the primary all the same.

REPLICA_URLS names replicas. Pages of READ_HERE ask one of them, if it has replayed what this browser wrote last: each
answer to a write brings that position of the write-ahead log along, in a signed cookie. All else asks the primary:
other pages, the admin, every request that isn't GET, tasks, commands, transactions, and who is signed in.
"""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Dashboards, lists and exports, by the names of their addresses.
READ_HERE = frozenset(
    {
        "bulletin",
        "bulletin_file",
        "bulletin_list",
        "campaign",
        "dashboard",
        "extension_list",
        "filing_board",
        "fulfilment",
        "league",
        "letter_fulfilment",
        "letter_list",
        "lines",
        "project_detail",
        "project_list",
        "report_export",
        "score_sheet",
        "settlement_list",
        "situation",
        "unit_choices",
        "unit_dashboard",
    }
)
# Who somebody is must not lag behind, and these are written beside whatever is asked: none of them is "a write".
ALWAYS_PRIMARY = frozenset({"sessions", "django_cache"})
PEOPLE = frozenset({"portal.user", "portal.membership"})

COOKIE = "written"
SALT = "portal.replicas"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_BEHIND_SECONDS = 30.0  # a replica that is further behind is left alone
LOOK_SECONDS = 5.0
REST_SECONDS = 10.0  # how long one that failed is left alone

# As numbers of bytes since the log began.
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint WHERE pg_is_in_recovery()"

log = logging.getLogger(__name__)


class _Request(threading.local):
    """What this thread's request has decided."""

    replica: str | None = None
    has_written = False


_request = _Request()
_resting: dict[str, float] = {}  # replica → until when
_positions: deque[tuple[float, int]] = deque()  # when, and how far the primary had written


def alias() -> str:
    """The database that is read now."""
    if _request.replica is None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return _request.replica


class _Reading:
    """Like django.db.connection, but of the database that is read now: for statements that models don't write."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[alias()], name)


connection = cast(BaseDatabaseWrapper, _Reading())


class Router:
    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        about = model._meta
        is_primary = about.app_label in ALWAYS_PRIMARY or about.label_lower in PEOPLE
        return DEFAULT_DB_ALIAS if is_primary else alias()

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        if model._meta.app_label not in ALWAYS_PRIMARY:
            _request.has_written = True
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Model, _other: Model, **_hints: Any) -> bool:
        return True  # the same row, wherever it was read

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


class ReadFromReplicas:
    """Chooses the database of a page, remembers what was written, and asks the primary again where a replica fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _forget()
        response = self.get_response(request)
        if _request.has_written or request.method not in SAFE:
            response.set_signed_cookie(
                COOKIE,
                _position_now(),
                salt=SALT,
                max_age=settings.SESSION_COOKIE_AGE,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Sequence[Any], _named: Mapping[str, Any]
    ) -> None:
        match = request.resolver_match
        if request.method in SAFE and match is not None and match.view_name in READ_HERE:
            _request.replica = _choose(_last_written(request))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        match, failed = request.resolver_match, _request.replica
        if failed is None or match is None or not isinstance(error, OperationalError | InterfaceError):
            return None
        _let_rest(failed, error)
        _request.replica = None
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return answer


def _forget(**_about: Any) -> None:
    _request.replica, _request.has_written = None, False


request_finished.connect(_forget)  # a file is still being read when the middleware has long returned


def _last_written(request: HttpRequest) -> int | None:
    """The position that this browser must see; null where the cookie can't be read, and then it reads the primary."""
    if COOKIE not in request.COOKIES:
        return 0
    told = request.get_signed_cookie(COOKIE, default="", salt=SALT)
    return int(told) if told else None


def _position_now() -> str:
    """How far the primary has written, this request's writes among it; where it can't say, nothing that can be read."""
    try:
        return str(_ask(DEFAULT_DB_ALIAS, WRITTEN))
    except DatabaseError as error:
        log.warning("the position of the write-ahead log is not known: %s", error)
        return ""


def _choose(needed: int | None) -> str | None:
    """A replica that has what is needed, if any."""
    if needed is None:
        return None
    known_since, oldest = _oldest_position()
    for name in random.sample(settings.REPLICAS, len(settings.REPLICAS)):
        if _resting.get(name, 0.0) > monotonic():
            continue
        try:
            replayed = _ask(name, REPLAYED)
        except (OperationalError, InterfaceError) as error:
            _let_rest(name, error)
            continue
        if replayed is None:
            _let_rest(name, "it is no replica")
        elif replayed >= max(needed, oldest):
            return name
        elif replayed < oldest and monotonic() - known_since >= MOST_BEHIND_SECONDS:
            _let_rest(name, f"it is more than {MOST_BEHIND_SECONDS:.0f} seconds behind")
    return None


def _oldest_position() -> tuple[float, int]:
    """When and where the primary was MOST_BEHIND_SECONDS ago or, where this process hasn't looked for so long, now."""
    now = monotonic()
    if _positions and now - _positions[-1][0] > MOST_BEHIND_SECONDS:
        _positions.clear()
    if not _positions or now - _positions[-1][0] > LOOK_SECONDS:
        _positions.append((now, _ask(DEFAULT_DB_ALIAS, WRITTEN) or 0))
    while len(_positions) > 1 and now - _positions[1][0] >= MOST_BEHIND_SECONDS:
        _positions.popleft()
    return _positions[0]


def _ask(name: str, statement: str) -> int | None:
    with connections[name].cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None


def _let_rest(name: str, why: object) -> None:
    log.warning("%s is not read for %.0f seconds, the primary is: %s", name, REST_SECONDS, why)
    _resting[name] = monotonic() + REST_SECONDS
    connections[name].close()
