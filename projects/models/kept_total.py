"""Sums of cells as they were last asked for: read again while nothing that they are made of has changed."""

from django.db import models


class KeptTotals(models.Model):
    """What a quarter's cells add up to for some units, with all below them, by branch, list, category and chain.

    Not a second truth: `revision` says of which state of the cells, units and lists it speaks, and of another state it
    is never read (portal/models/change.py). Whoever finds it outdated makes it anew.
    """

    quarter = models.ForeignKey("portal.Quarter", models.CASCADE, related_name="+")
    tops = models.CharField(max_length=400)
    revision = models.TextField()
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quarter", "tops"], name="kept_totals_once")]

    def __str__(self) -> str:
        return f"{self.quarter_id} · {self.tops}"
