"""Which pages a person finds in the navigation, by the roles they hold today."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock, roles
from portal.models import User


@dataclass(frozen=True)
class Entry:
    """One link of the navigation; `current` where the page shown stands under it."""

    href: str
    label: str
    current: bool


# In reading order: URL name, label, who finds it there; the portal's own name beside them leads home. The pages
# themselves decide who may open them.
PLACES = (
    ("quarter_tasks_home", _("Reports"), roles.UNIT_PEOPLE),
    ("filing_board", _("Who has reported"), roles.ADMIN_ROLES),
    ("dashboard", _("Dashboard"), roles.EVERYONE),
    ("league", _("League table"), roles.EVERYONE),
    ("campaign_home", _("Campaign"), roles.EVERYONE),
    ("letter_home", _("Letters"), roles.EVERYONE),
    ("project_list", _("Projects"), roles.EVERYONE),
    ("situation", _("Investment situation"), roles.EVERYONE),
    ("admin:index", _("Administration"), roles.ADMIN_ROLES),
)


def entries(request: HttpRequest) -> list[Entry]:
    """The links for the person of this request; none for somebody who isn't signed in."""
    if not isinstance(request.user, User):
        return []
    held = request.user.roles(on=clock.today())
    found = []
    for name, label, audience in PLACES:
        if held & audience:
            href = reverse(name)
            found.append(Entry(href, str(label), request.path.startswith(href)))
    return found
