"""How long it is until a deadline, in words and with a shape, by the server's clock; static/js/countdown.js goes on."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock
from portal.clock import SHANGHAI

register = template.Library()

SOON, URGENT = 3, 1  # days: amber from three on, red from one on and when it is late
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Countdown:
    """Until the end of a day in Shanghai, as it stands at this moment."""

    due_on: date
    now: datetime

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.due_on + timedelta(days=1), time(), tzinfo=SHANGHAI)

    @property
    def days(self) -> int:
        """Days from today to the due date; 0 on the day itself, below zero once it is late."""
        return (self.due_on - self.now.astimezone(SHANGHAI).date()).days

    @property
    def level(self) -> str:
        """The status that shows it (static/css/site.css): each has a shape of its own."""
        if self.days > SOON:
            return "calm"
        return "warn" if self.days > URGENT else "bad"

    @property
    def words(self) -> str:
        if self.days > 0:
            return ngettext("%(count)s day left", "%(count)s days left", self.days) % {"count": self.days}
        if self.days < 0:
            return ngettext("%(count)s day late", "%(count)s days late", -self.days) % {"count": -self.days}
        hours = (self.ends_at - self.now) // HOUR
        if not hours:
            return _("due today, less than an hour left")
        words = ngettext("due today, %(count)s hour left", "due today, %(count)s hours left", hours)
        return words % {"count": hours}


@register.inclusion_tag("components/_countdown.html")
def countdown(due_on: date) -> dict[str, Countdown]:
    return {"countdown": Countdown(due_on, clock.now())}


@register.inclusion_tag("components/_countdown_words.html")
def countdown_words() -> dict[str, dict[str, str]]:
    """What the script says as time goes by: the same sentences, with # for the number."""
    number = {"count": "#"}
    return {
        "words": {
            "day": ngettext("%(count)s day left", "%(count)s days left", 1) % number,
            "days": ngettext("%(count)s day left", "%(count)s days left", 2) % number,
            "hour": ngettext("due today, %(count)s hour left", "due today, %(count)s hours left", 1) % number,
            "hours": ngettext("due today, %(count)s hour left", "due today, %(count)s hours left", 2) % number,
            "last": _("due today, less than an hour left"),
            "late": ngettext("%(count)s day late", "%(count)s days late", 1) % number,
            "lates": ngettext("%(count)s day late", "%(count)s days late", 2) % number,
        }
    }
