"""What waits for a worker longer than it should: figures to be computed, e-mails to be sent, workbooks to be read.

A doorbell wakes the worker within a second and beat within a minute, so what has waited longer says that the worker
doesn't run, or can't. Administrators see it on every page (components/_queues_late.html).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal import prepared

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

PATIENCE = timedelta(minutes=1)
ASKED_EVERY = 10.0  # seconds: a page may tell what was so a moment ago, and asking costs a page nothing

WORDS: "dict[str, StrPromise]" = {
    "figures": _("changes of figures, to be computed"),
    "mail": _("e-mails, to be sent"),
    "workbooks": _("filled workbooks, to be read or applied"),
    "exports": _("long lists, to be written as files"),
}
# The oldest of each kind and for how many seconds it has waited. Marks carry the database's own time, which no demo
# clock shifts, all else the portal's. An e-mail that the mail server has put off waits for its time, not for a worker;
# a long list behind another that is being made waits for that.
OLDEST = """
    SELECT 'figures', extract(epoch FROM now() - made_at)
    FROM (SELECT made_at FROM projects_mark ORDER BY id LIMIT 1) mark
    UNION ALL
    SELECT 'mail', extract(epoch FROM %(at)s - GREATEST(created_at, not_before))
    FROM (SELECT created_at, not_before FROM portal_message
          WHERE state = 'waiting' AND (not_before IS NULL OR not_before <= %(at)s) ORDER BY id LIMIT 1) message
    UNION ALL
    SELECT 'workbooks', extract(epoch FROM %(at)s - min(COALESCE(claimed_at, confirmed_at, uploaded_at)))
    FROM projects_workbook WHERE state IN ('waiting', 'applying')
    UNION ALL
    SELECT 'exports', extract(epoch FROM %(at)s - min(asked_at))
    FROM portal_export WHERE state = 'waiting' AND NOT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %(making)s AND objid = 0 AND objsubid = 2)
"""


@dataclass(frozen=True)
class Late:
    """Something that has waited since then, by the portal's clock."""

    kind: str
    since: datetime

    @property
    def words(self) -> str:
        return str(WORDS[self.kind])


class _Asked:
    """The last answer of this process, and until when it is good enough."""

    until = 0.0
    late: tuple[Late, ...] = ()


def late(*, at: datetime) -> tuple[Late, ...]:
    """What has waited for longer than PATIENCE; one query, whatever waits and however much."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, {"at": at, "making": prepared.LOCK})
        ages = [(kind, timedelta(seconds=float(age))) for kind, age in cursor.fetchall() if age is not None]
    return tuple(Late(kind, at - age) for kind, age in ages if age > PATIENCE)


def known_late(*, at: datetime) -> tuple[Late, ...]:
    """The same, as this process has asked it within the last seconds."""
    if monotonic() >= _Asked.until:
        _Asked.late, _Asked.until = late(at=at), monotonic() + ASKED_EVERY
    return _Asked.late


def forget() -> None:
    """Ask anew."""
    _Asked.until = 0.0
