"""Which role may do what. A role reaches its unit's subtree; whatever isn't listed here is closed."""

import rules

from portal import clock
from portal.models import Role, User

PREPARERS = frozenset({Role.REPORTER, Role.APPROVER})
SUBMITTERS = frozenset({Role.APPROVER, Role.PRINCIPAL})
# Those who see a unit's drafts, because they are its people.
UNIT_PEOPLE = frozenset({Role.REPORTER, Role.APPROVER, Role.PRINCIPAL})
REVIEWERS = frozenset({Role.REVIEWER, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
# The admin site opens to these and to nobody else; an auditor reads and changes nothing.
ADMIN_ROLES = frozenset({Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR})
LEADERS = frozenset({Role.LEADER})
EVERYONE = frozenset(Role)


@rules.predicate
def enters_admin(user: User) -> bool:
    return bool(user.is_active and user.roles(on=clock.today()) & ADMIN_ROLES)


@rules.predicate
def administers(user: User) -> bool:
    return bool(user.is_active and user.roles(on=clock.today()) & ADMINISTRATORS)


rules.add_perm("portal.enter_admin", enters_admin)
