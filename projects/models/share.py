"""Which part of a project's money counts for another unit than the one that answers for it, from which day on."""

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from projects.models.dated import DatedRow
from projects.models.marking import mark_changes

# On each day from which one of the project's shares counts, the shares in force leave the answering unit a part.
LEAVE_A_PART = """
    IF EXISTS (
        SELECT FROM projects_share day
        CROSS JOIN LATERAL (
            SELECT sum(share) AS given FROM (
                SELECT DISTINCT ON (unit_id) share FROM projects_share
                WHERE project_id = day.project_id AND from_on <= day.from_on
                ORDER BY unit_id, from_on DESC) in_force) total
        WHERE day.project_id = NEW.project_id AND total.given >= 1
    ) THEN
        RAISE EXCEPTION 'the shares of a project leave a part to the unit that answers for it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_leaves_a_part';
    END IF;
    RETURN NULL;
"""


@tracked
class Share(DatedRow):
    """A part of what the project is planned to cost, costs and yields; reports stay with the unit that answers for it.

    Amounts in 万元 are divided, so that parts add up to the whole; counts (projects, started, completed, due) are the
    answering unit's alone, since nobody starts 0.4 of a project. The unit's next row takes over; a share of 0 ends it.
    A unit that comes to answer for the project has all that no other unit has, whatever its own share says.
    """

    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("sharing unit"))
    # A fraction: 0.4 is 40%.
    share = models.DecimalField(
        _("share (0.4 is 40%)"),
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal("0.9999"))],
        help_text=_("Of the amounts of money. What no share takes stays with the answering unit; 0 ends a share."),
    )
    from_on = models.DateField(_("from"))

    class Meta:
        verbose_name = _("share of another unit")
        verbose_name_plural = _("shares of other units")
        ordering = ["project__code", "unit__code", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "unit", "from_on"],
                name="share_one_from_a_day",
                violation_error_message=_("This unit has a share from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(share__gte=0) & Q(share__lt=1),
                name="share_is_a_part",
                violation_error_message=_("A share is 0 or more and less than 1."),
            ),
        ]
        indexes = [models.Index(fields=["unit", "project"], name="share_unit")]
        triggers = [
            *mark_changes("from_on", unit="unit_id"),
            pgtrigger.Trigger(
                name="leave_a_part",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=LEAVE_A_PART,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.unit}"
