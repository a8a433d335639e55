"""Which pages a person finds in the navigation, by the roles they hold today."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from portal import clock, roles
from portal.models import Role, User


@dataclass(frozen=True)
class Entry:
    """One link of the navigation; `current` where the page shown stands under it."""

    href: str
    label: str
    current: bool


# In reading order: URL name, label, who finds it there. The pages themselves decide who may open them.
PLACES = (
    ("home", _("Home"), roles.EVERYONE),
    ("quarter_tasks_home", _("Reports"), roles.UNIT_PEOPLE),
    ("dashboard", _("Dashboard"), roles.EVERYONE),
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
        if name == "home" or held & {Role(role) for role in audience}:
            try:
                href = reverse(name)
            except NoReverseMatch:
                continue
            current = request.path == href if name == "home" else request.path.startswith(href)
            found.append(Entry(href, str(label), current))
    return found
