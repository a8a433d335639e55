"""The only clock of views, tasks and commands.

In demo mode it is shifted back by whole weeks, so that the first start of the demo falls in the week of
2022-04-04 and a Monday at 08:00 stays a Monday at 08:00. Sessions, tokens and one-time codes stay on real time.
"""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEMO_WEEK = datetime(2022, 4, 4, tzinfo=SHANGHAI)


def shift(started_at: datetime) -> timedelta:
    """Whole weeks between the demo's week and the week of its first start."""
    return timedelta(weeks=(started_at - DEMO_WEEK) // timedelta(weeks=1))


@cache
def _demo_shift() -> timedelta:
    from portal.models import DemoStart

    started_at = DemoStart.objects.values_list("started_at", flat=True).first()
    return shift(started_at or timezone.now())


def now() -> datetime:
    """The portal's time; in demo mode, the demo's."""
    return timezone.now() - _demo_shift() if settings.DEMO else timezone.now()


def by_the_database(at: datetime) -> datetime:
    """A moment of the portal's as the database's own clock has it, which no demo shifts and the history carries."""
    return at + _demo_shift() if settings.DEMO else at


def today() -> date:
    """The portal's day in Asia/Shanghai, by which every deadline is kept."""
    return now().astimezone(SHANGHAI).date()


def forget() -> None:
    """Read the demo's start anew: it has just been set."""
    _demo_shift.cache_clear()
