"""Rollups of what was accepted: cells in three grains, and the marks that say which of them to recompute."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Grain(models.TextChoices):
    UNIT = "unit", _("unit")
    CLASS = "class", _("lists and category")
    CHAIN = "chain", _("industry chain")


class Cell(models.Model):
    """A unit's quarter in one grain and key, recomputed as a whole and never added to. Money in 万元.

    A figure reads one grain and sums over units, never over grains. The population is the projects that the unit
    answers for on the quarter's last day with a plan for the year in force on that day. Standings are never summed
    over quarters.
    """

    # No foreign keys in the database and no index for each: what a cell names stands in rows of the register that have
    # them, and looking each up again would cost more than the sums.
    grain = models.CharField(max_length=5, choices=Grain)
    unit = models.ForeignKey("portal.Unit", models.CASCADE, db_constraint=False, db_index=False)
    quarter = models.ForeignKey("portal.Quarter", models.CASCADE, db_constraint=False, db_index=False)
    # Its quarter's: cells lie in a partition a year (migration 0020).
    year = models.PositiveSmallIntegerField(editable=False)
    # The exact set of lists, as sorted codes joined by commas, so that a project is in exactly one cell of its grain.
    # However many they are: a drainer that couldn't write the one cell would write none.
    list_set = models.TextField(blank=True)
    category = models.ForeignKey("projects.Category", models.CASCADE, null=True, db_constraint=False, db_index=False)
    chain = models.ForeignKey("projects.Chain", models.CASCADE, null=True, db_constraint=False, db_index=False)

    # Coverage. is_reported: the unit's report for the quarter is accepted. is_covered: and so is, for each of these
    # projects, every earlier quarter of the year that owed a line, so that the year to date is known.
    lines_expected = models.PositiveIntegerField()
    lines_reported = models.PositiveIntegerField()
    is_reported = models.BooleanField()
    is_covered = models.BooleanField()

    # Flow: null where the report isn't accepted.
    flow = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    # Standing at the quarter's end, from accepted lines: null where the unit isn't covered.
    year_to_date = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    started = models.PositiveIntegerField(null=True)
    newly_started = models.PositiveIntegerField(
        null=True
    )  # of them, those whose start the year's own lines state first
    completed = models.PositiveIntegerField(null=True)
    due_started = models.PositiveIntegerField(null=True)
    completed_output = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    # Standing at the quarter's end, from the register.
    projects = models.PositiveIntegerField()
    planned = models.DecimalField(max_digits=18, decimal_places=2)
    planned_to_date = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    due_to_start = models.PositiveIntegerField()
    due_to_finish = models.PositiveIntegerField()
    large = models.PositiveIntegerField()
    total_investment = models.DecimalField(max_digits=18, decimal_places=2)
    expected_output = models.DecimalField(max_digits=18, decimal_places=2)

    computed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["unit", "quarter"], name="cell_unit_quarter"),
            # A league table's: by the others PostgreSQL would read a quarter's cells of all grains.
            models.Index(fields=["quarter", "unit"], condition=Q(grain="unit"), name="cell_of_units"),
            # Which sets of lists a quarter has, found without reading all of its cells.
            models.Index(fields=["quarter", "list_set"], condition=Q(grain="class"), name="cell_by_lists"),
        ]
        verbose_name = _("rollup cell")
        verbose_name_plural = _("rollup cells")
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "quarter", "unit", "list_set", "category", "chain", "year"],
                name="cell_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(lines_reported__lte=models.F("lines_expected")),
                name="cell_reports_no_more_than_expected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grain} · {self.unit_id} · {self.quarter_id}"


class Mark(models.Model):
    """This unit's quarter is to be recomputed. Marks are only ever appended, and deleted by the drainer.

    Who changes a figure marks the units that they see answering for the project. They don't see a unit to which it is
    passing at the same moment: so who passes a project on marks with `passes_on`, and where others who have marked are
    still under way when the drainer takes such a mark, it leaves another, to be taken when those have ended.
    """

    unit = models.ForeignKey("portal.Unit", models.CASCADE, db_constraint=False, db_index=False)
    quarter = models.ForeignKey("portal.Quarter", models.CASCADE, db_constraint=False, db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    passes_on = models.BooleanField(db_default=False)
    # The transactions that were under way when the mark was left; null for a mark that may be taken at once.
    after = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        verbose_name = _("recompute mark")
        verbose_name_plural = _("recompute marks")

    def __str__(self) -> str:
        return f"{self.unit_id} · {self.quarter_id}"
