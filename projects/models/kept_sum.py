"""Sums of cells up the tree of units, kept for each unit and quarter; and what says that they must be made again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

WHOLE = ""  # the part that is all of it
ITSELF = "itself"  # only what the unit answers for itself, without the units below it


class KeptSum(models.Model):
    """What a unit's cells of a quarter and those of everything below it add up to: the whole, or one part.

    Not a second truth: sums are made of cells and of the sums of the units right below, and are never read while the
    quarter's KeptQuarter doesn't hold or a ChangedUnit waits (projects/kept_sums.py). Parts, by lists, category and
    chain, are kept for units that have units below them. Money in 万元; null is "not reported".
    """

    quarter = models.ForeignKey(
        "portal.Quarter", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    unit = models.ForeignKey("portal.Unit", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    part = models.TextField(blank=True)

    # What all the units of the row have in common: since the year before they became part of this one, or are it. Null
    # for units that were not merged. `family` are all that there are of it, `members` those of this row: only in a
    # total that has all of it, and where all its reports are known, is a family compared.
    heir = models.ForeignKey(
        "portal.Unit", models.DO_NOTHING, related_name="+", null=True, db_constraint=False, db_index=False
    )
    family = models.IntegerField(null=True)
    members = models.IntegerField()
    is_known = models.BooleanField(null=True)
    was_known = models.BooleanField(null=True)

    # Over the covered units.
    year_to_date = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    planned_covered = models.DecimalField(max_digits=20, decimal_places=2)

    # Coverage: distinct units that owe a line, and those of them whose report counts.
    planned = models.DecimalField(max_digits=20, decimal_places=2)
    owing = models.IntegerField()
    reported = models.IntegerField()

    # Growth, over the units whose reports count in both years; of a family as if it were compared.
    now = models.DecimalField(max_digits=20, decimal_places=2)
    before = models.DecimalField(max_digits=20, decimal_places=2)
    is_new = models.BooleanField()  # it has projects of a tier that last year's register held nothing of
    projects_now = models.BigIntegerField()
    projects_before = models.BigIntegerField()
    units_now = models.IntegerField()
    units_before = models.IntegerField()

    # As in cells.
    projects = models.BigIntegerField()
    large = models.BigIntegerField()
    total_investment = models.DecimalField(max_digits=20, decimal_places=2)
    expected_output = models.DecimalField(max_digits=20, decimal_places=2)
    started = models.BigIntegerField(null=True)
    completed = models.BigIntegerField(null=True)
    completed_output = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    due_to_start = models.BigIntegerField(null=True)
    due_started = models.BigIntegerField(null=True)
    flow = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    computed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["quarter", "unit", "part"], name="kept_sum_of_unit"),
            # A league table's: some thousand units, the whole of each.
            models.Index(fields=["quarter", "unit"], condition=models.Q(part=WHOLE), name="kept_sum_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_id} · {self.unit_id} · {self.part}"


class KeptQuarter(models.Model):
    """The quarter's sums are kept, of the tree, the lists and the tiers new to the register as they were then."""

    quarter = models.OneToOneField(
        "portal.Quarter", models.DO_NOTHING, related_name="+", db_constraint=False, primary_key=True
    )
    structure = models.TextField()  # the revision of calendar, units and lists (portal/models/change.py)
    fresh = models.TextField()  # sets of lists of a tier that the register held nothing of a year before
    # The id of the quarter a year before, 0 for none; who lies below whom and was merged with whom; and the parts
    # (projects/reshaping.py). Null where it isn't known.
    year_before = models.BigIntegerField(null=True)
    units = ArrayField(models.TextField(), null=True)
    parts = ArrayField(models.TextField(), null=True)

    def __str__(self) -> str:
        return str(self.quarter_id)


class ChangedUnit(models.Model):
    """The unit's cells, of the quarter or of a year before, were written after the quarter's sums were made.

    Appended by triggers in the transaction that writes the cells; null for so many units that all sums are made again.
    """

    unit = models.ForeignKey(
        "portal.Unit", models.DO_NOTHING, related_name="+", null=True, db_constraint=False, db_index=False
    )
    quarter = models.ForeignKey("portal.Quarter", models.DO_NOTHING, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"{self.unit_id} · {self.quarter_id}"
