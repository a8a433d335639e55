"""A page that the browser has kept is not built again while nothing that it shows has changed: it answers 304.

    @revisited(_topics)
    def dashboard(request: HttpRequest) -> HttpResponse: …

`_topics` gets what the view gets and names the topics (portal/models/change.py) that the page is made of; null: build
it anew, whatever the browser has. A topic too many costs a page built for nothing, one too few shows an old figure.
What it has read itself, and the page shows, it names as one of them: that is older than the revision.
What every page shows is looked after here: person, roles, bell, language, day, session, the address and the version of
the portal itself. The revision is asked before the page is read: a page may be newer than its tag says, never older.
"""

from collections.abc import Callable, Collection
from functools import cache, wraps
from hashlib import sha256
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from portal import clock
from portal.accounts import signed_in
from portal.models import Role, change
from portal.serve.places import CHECKOUT

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Topics = Callable[..., Collection[str] | None]
EVERYWHERE = frozenset({"units", "people", "calendar"})
MADE_OF = ("**/*.py", "**/*.html", "**/*.po", "**/*.css", "**/*.js")


def revisited(topics: Topics) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            asked = topics(request, *args, **kwargs)
            etag = None if asked is None else _tag(request, EVERYWHERE | set(asked))
            kept = get_conditional_response(request, etag=etag) if etag else None
            answer = kept or view(request, *args, **kwargs)
            answer.headers.setdefault("Cache-Control", "private, no-cache")
            if etag and answer.status_code in (200, 304):
                answer.headers["ETag"] = etag
                patch_vary_headers(answer, ["Cookie", "Accept-Language"])
            return answer

        return inner

    return decorate


def _tag(request: HttpRequest, topics: Collection[str]) -> str | None:
    """Null where the page can't be the same twice: something is to be said once, or its forms need a new token."""
    token = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    if not token or request.session.get(SessionStorage.session_key):
        return None
    person, today = signed_in(request), clock.today()
    if Role.ADMINISTRATOR in person.roles(on=today):
        return None  # what waits for a worker is told on every page, from one minute to the next
    told = (
        *(version(), request.get_full_path(), get_language(), today, settings.DEMO, token),
        *(person.pk, str(person), person.unread, sorted(person.roles(on=today)), sorted(request.session.items())),
        *(sorted(topics), change.revision(topics)),
    )
    return f'W/"{sha256(repr(told).encode()).hexdigest()[:32]}"'


@cache
def version() -> str:
    """Of the portal's texts and looks, the same on every host: another one shows another page of the same figures."""
    digest = sha256()
    for folder in ("portal", "projects", "commitments", "templates", "static", "locale"):
        for path in sorted(path for pattern in MADE_OF for path in (CHECKOUT / folder).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
