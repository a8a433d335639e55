"""The units that answer for projects, as one tree: a province is only a longer one."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models.naming import TwoNames

if TYPE_CHECKING:
    from portal.models.user import User

SUBTREE = """
    WITH RECURSIVE reach (id) AS (
        SELECT id FROM portal_unit WHERE id = ANY(%s)
        UNION SELECT child.id FROM portal_unit child JOIN reach ON child.parent_id = reach.id
    ) SELECT id FROM reach
"""

ABOVE = """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM portal_unit WHERE id = ANY(%s)
        UNION SELECT upper.id, upper.parent_id FROM portal_unit upper JOIN above ON above.parent_id = upper.id
    ) SELECT id FROM above
"""

# Of the units at which the person holds one of these roles, those that don't stand below another of them.
TOPMOST = """
    WITH RECURSIVE held (id) AS (
        SELECT DISTINCT unit_id FROM portal_membership
        WHERE user_id = %s AND role = ANY(%s)
          AND valid_from <= %s AND (valid_until IS NULL OR valid_until >= %s)
    ),
    above (id, upper_id) AS (
        SELECT unit.id, unit.parent_id FROM portal_unit unit JOIN held USING (id)
        UNION SELECT above.id, upper.parent_id FROM portal_unit upper JOIN above ON upper.id = above.upper_id
    ) SELECT id FROM held WHERE NOT EXISTS (
        SELECT FROM above JOIN held higher ON higher.id = above.upper_id WHERE above.id = held.id)
"""

REACHED = """
    WITH RECURSIVE reach (id) AS (
        SELECT unit_id FROM portal_membership
        WHERE user_id = %s AND role = ANY(%s)
          AND valid_from <= %s AND (valid_until IS NULL OR valid_until >= %s)
        UNION SELECT child.id FROM portal_unit child JOIN reach ON child.parent_id = reach.id
    ) SELECT id FROM reach
"""

# A unit below itself would drop out of every sum above it. One move at a time: of two at the same moment each could put
# its unit below the other's.
MOVES = 0x74726565
STAY_A_TREE = f"""
    PERFORM pg_advisory_xact_lock({MOVES});
    IF EXISTS ({ABOVE.replace("ANY(%s)", "NEW.parent_id")} WHERE id = NEW.id) THEN
        RAISE EXCEPTION 'a unit does not lie below itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_is_not_below_itself';
    END IF;
    RETURN NULL;
"""


class UnitQuerySet(models.QuerySet["Unit"]):
    def within(self, *units: "Unit") -> Self:
        """These units and everything below them."""
        return self.filter(id__in=RawSQL(SUBTREE, [[unit.pk for unit in units]]))

    def above(self, *units: "Unit") -> Self:
        """These units and every unit they belong to, up to the root."""
        return self.filter(id__in=RawSQL(ABOVE, [[unit.pk for unit in units]]))

    def reached_by(self, user: "User", roles: Collection[str], *, on: date) -> Self:
        """The units where this person holds one of these roles that day, or holds it somewhere above."""
        return self.filter(id__in=RawSQL(REACHED, [user.pk, sorted(roles), on, on]))

    def topmost_reached_by(self, user: "User", roles: Collection[str], *, on: date) -> Self:
        """Of `reached_by`, the units that don't stand below another: everything below them is reached."""
        return self.filter(id__in=RawSQL(TOPMOST, [user.pk, sorted(roles), on, on]))

    def given_time_by(self, user: "User", *, on: date) -> Self:
        """Units that this person may grant more days: those administered, their own only at the top.

        Nobody grants their own unit time, but where nobody stands above.
        """
        from portal.models.membership import Membership, Role

        own = Membership.objects.in_force(on=on).filter(user=user, role=Role.ADMINISTRATOR, unit__parent__isnull=False)
        return self.reached_by(user, [Role.ADMINISTRATOR], on=on).exclude(pk__in=own.values("unit"))

    def called(self, text: str) -> Self:
        """Units of whose code or names every word is a part, in either case."""
        found = self
        for word in text.split():
            found = found.filter(Q(code__icontains=word) | Q(name_zh__icontains=word) | Q(name_en__icontains=word))
        return found

    def alive(self, *, on: date) -> Self:
        """Units that exist on this day; valid_until is the last day of a unit."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)


@tracked
class Unit(TwoNames):
    class Kind(models.TextChoices):
        CITY = "city", _("city")
        DISTRICT = "district", _("district")
        COUNTY = "county", _("county")
        COUNTY_CITY = "county_city", _("county-level city")
        PARK = "park", _("park")
        PLATFORM_COMPANY = "platform_company", _("platform company")
        BUREAU = "bureau", _("bureau")

    code = models.CharField(_("code"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    located_in = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("located in"),
    )
    valid_from = models.DateField(_("valid from"), default=date(2000, 1, 1))
    valid_until = models.DateField(
        _("valid until"),
        null=True,
        blank=True,
        help_text=_("The last day of the unit; empty while it exists."),
    )
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )

    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="unit_ends_after_it_begins",
                violation_error_message=_("A unit can't end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(valid_until__isnull=False),
                name="unit_with_a_successor_has_ended",
                violation_error_message=_("Only a unit that ends on a date has a successor."),
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")),
                name="unit_is_not_its_own_parent",
                violation_error_message=_("A unit can't belong to itself."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="stay_a_tree",
                operation=pgtrigger.UpdateOf("parent_id"),
                when=pgtrigger.After,
                condition=pgtrigger.Q(old__parent__df=pgtrigger.F("new__parent")),
                func=STAY_A_TREE,
            )
        ]

    def clean(self) -> None:
        """A successor takes over the day after the last, so it is another unit and exists on that day."""
        super().clean()
        if self.pk and self.parent:
            self._refuse_circle(self.parent)
        if self.pk and self.valid_until and self.predecessors.filter(valid_until__gte=self.valid_until).exists():
            raise ValidationError({"valid_until": _("A unit that this one succeeds ends only on that day or later.")})
        if not self.successor or not self.valid_until:
            return
        ended = self.successor.valid_until
        if self.successor == self or self.successor.valid_from > self.valid_until + timedelta(days=1):
            raise ValidationError({"successor": _("The successor must be another unit that exists by then.")})
        if ended and ended <= self.valid_until:
            raise ValidationError({"successor": _("The successor has ended by then itself.")})

    def _refuse_circle(self, parent: "Unit") -> None:
        if parent == self:
            raise ValidationError({"parent": _("A unit can't belong to itself.")})
        if Unit.objects.within(self).filter(pk=parent.pk).exists():
            below = _("%(unit)s lies below this unit. Move that one first, or choose another.")
            raise ValidationError({"parent": below % {"unit": parent.name}})
