"""Long lists as files that a worker makes: asked for, made from the very address they were asked by, let go of.

Whoever makes the file is the person who asked: it holds what the list shows them when it is made, and nothing else.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from tempfile import TemporaryFile

from django.core.files import File
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import transaction
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.urls import resolve
from django.utils import translation

from portal import alone, clock, doorbell
from portal.accounts import signed_in
from portal.models import Export, User

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
LOCK = 0x66696C65  # whoever makes a file holds the lock of this number
State = Export.State


def kept_in() -> Storage:
    """Where the files lie: with photos and documents, where every host finds them."""
    return storages["evidence"]


def making(request: HttpRequest) -> alone.Telling | None:
    """How far the file is that this request makes is told to it; null for the request of a browser."""
    return getattr(request, "making", None)


def ask(request: HttpRequest, name: str, *, rows: int) -> Export:
    """Have this address made into a file. Asked again before it is ready, by a double click, it is the same one."""
    person = signed_in(request)
    asked = {
        "person": person,
        "address": request.get_full_path(),
        "language": translation.get_language() or "",
        "state": State.WAITING,
    }
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=person.pk)  # the second click waits for the first
        found = Export.objects.filter(**asked).first()
        if found is None:
            found = Export.objects.create(**asked, name=name[-200:], rows=rows, asked_at=clock.now())
            doorbell.ring("portal.tasks.make_exports")
    return found


def work(*, now: Callable[[], datetime]) -> int:
    """Make whatever waits, one after the other; gives how many files that were.

    One at a time, by one worker: a country's lines as of a past day take minutes. Whoever makes them looks again at
    the end, since the doorbell of what was asked for in the meantime has found nobody free.
    """
    made = 0
    while count := _round(now=now):
        made += count
    return made


def _round(*, now: Callable[[], datetime]) -> int:

    def make(pk: int) -> int:
        return _make(Export.objects.select_related("person").get(pk=pk), now=now)

    return alone.each(Export.objects.waiting(), LOCK, make, one_at_a_time=True, state=State.FAILED)


def _make(export: Export, *, now: Callable[[], datetime]) -> int:
    """Write the file and say so; where the list can't be had any more, that. Gives how many files were made."""
    if export.state != State.WAITING:
        return 0
    try:
        with translation.override(export.language), TemporaryFile() as file, transaction.atomic():
            for block in _asked_again(export):
                file.write(block)
            export.size = file.tell()
            file.seek(0)
            kept_in().delete(export.path)
            kept_in().save(export.path, File(file))
    except Exception:
        logger.exception("the file of %s could not be made", export.address)
        export.state = State.FAILED
    else:
        export.state, export.made_at = State.READY, now()
    export.save(update_fields=["state", "made_at", "size"])
    return 1


def _asked_again(export: Export) -> StreamingHttpResponse:
    """What the address answers to its person, as a worker asks it. Raises ValueError where that is no file."""
    if not export.person.is_active:
        raise ValueError("the account is closed")
    request = HttpRequest()
    request.method, request.user = "GET", export.person
    request.path, _mark, query = export.address.partition("?")
    request.path_info, request.GET = request.path, QueryDict(query)
    request.META["QUERY_STRING"] = query
    request.making = alone.Telling(export)  # type: ignore[attr-defined]
    found = resolve(request.path)
    response = found.func(request, *found.args, **found.kwargs)
    if not isinstance(response, StreamingHttpResponse):  # as an XLSX is, too
        raise ValueError(f"the list answers {response.status_code}")
    return response


def forget(*, at: datetime) -> int:
    """Delete the files of a week ago and what is known of them; gives how many. The file goes before its row."""
    old = Export.objects.filter(asked_at__lt=at - KEPT).exclude(state=State.WAITING)
    for export in old:
        kept_in().delete(export.path)
        export.delete()
    return len(old)
