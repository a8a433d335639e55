"""Which role may do what. A role reaches its unit's subtree; whatever isn't listed here is closed."""

from datetime import date

from portal.kept_plans import Kept
from portal.models import Role, Unit, User
from portal.models.unit import ABOVE
from portal.replicas import connection

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


# What each action on a model asks for where GRANTS doesn't name the permission itself.
ACTIONS = {"view": ADMIN_ROLES, "add": ADMINISTRATORS, "change": ADMINISTRATORS, "delete": ADMINISTRATORS}
GRANTS = {
    "portal.send_again_message": ADMINISTRATORS,
    "portal.enter_admin": ADMIN_ROLES,
    # Of the indicators that their bureau answers for: commitments/admin/reading.py asks that too.
    "commitments.add_reading": REVIEWERS,
    "commitments.change_reading": REVIEWERS,
}


def may(user: User, permission: str, *, on: date) -> bool:
    """Whether one of the roles this person holds on this day grants a permission such as projects.change_project."""
    action = permission.partition(".")[2].partition("_")[0]
    granted = GRANTS.get(permission, ACTIONS.get(action, frozenset()))
    return bool(user.is_active and user.roles(on=on) & granted)


# From the unit upwards: a person's reach downwards may be a whole country.
REACHING = f"""
    SELECT DISTINCT role FROM portal_membership
    WHERE unit_id IN ({ABOVE % "%(units)s"}) AND user_id = %(user)s
      AND valid_from <= %(day)s AND (valid_until IS NULL OR valid_until >= %(day)s)
"""
# Of one unit: PostgreSQL counts the members of a list that is written out, and of no other.
HELD = Kept(REACHING.replace("%(units)s", "ARRAY[%(unit)s]"), unit="bigint", user="bigint", day="date")


def at(unit: Unit, user: User, *, on: date) -> frozenset[str]:
    """The roles by which this person reaches the unit on this day; none: the unit is foreign to them."""
    with connection.cursor() as cursor:
        HELD.run(cursor, {"unit": unit.pk, "user": user.pk, "day": on})
        return frozenset(role for (role,) in cursor.fetchall())
