"""How a unit's score is made: the policy's items, each a formula over one indicator; and what is ruled by hand.

Values are in the indicator's own unit of measure: percentages as 135.1, money in 万元. Points are Decimal(7,2).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments import scoring_faults
from portal.history import tracked
from portal.models import Quarter, Unit
from portal.models.naming import TwoNames

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from commitments.models.campaign import Campaign


def points(
    name: "StrPromise", help_text: "StrPromise | str" = ""
) -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(name, max_digits=9, decimal_places=4, null=True, blank=True, help_text=help_text)


class ScoringItem(TwoNames):
    """One item of a policy's scoring, worked out in commitments/formulas.py.

    LINEAR: `weight` at the reference; for each `step` better `bonus` more, for each worse `deduction` less.
    BANDS: the same, with points for a step that change from band to band with the distance from the reference.
    GRADES: the points of the best line of `grades` reached; with a reference other than the fixed value, lines are
    distances to the better side of it (0:20, -5:15: up to 5 behind, 15), with `as_rate` per cent of it.
    RANK: `grades` by place within the group, then `deduction` less for each further place (without one: the fewest
    points); without `grades` the first place gets `weight`. Ties share place and points.
    COUNT: `bonus` for each `step` of the value. SHARE: `weight` × value ÷ reference; where less is better, reference ÷
    value. SPREAD: from `least` for the group's worst to `weight` for its best. VETO: a value worse than `fixed`.

    "Above" and "below" mean better and worse: where less is better, above the reference is below it in figures.
    Then, in this order: `nothing_below`, `least` and `most`, `times`, and `joint_most` over the items of one `joint`.
    """

    class Formula(models.TextChoices):
        LINEAR = "linear", _("linear: so many points for each step above or below the reference")
        BANDS = "bands", _("bands: successive steps above and below the reference, each with its own points")
        GRADES = "grades", _("grades: from this value on so many points")
        RANK = "rank", _("rank points: by the place within the group")
        COUNT = "count", _("points per count, up to a ceiling")
        SHARE = "share", _("share: the weight times value ÷ reference")
        SPREAD = (
            "spread",
            _("spread: from the fewest points for the worst of the group to the full points for its best"),
        )
        VETO = "veto", _("veto: beyond the fixed value the score is capped or the unit is out of the ranking")

    class Reference(models.TextChoices):
        FIXED = "fixed", _("the fixed value")
        BASELINE = "baseline", _("time-proportional progress, in per cent")
        TARGET = "target", _("the unit's own pledged target to date")
        MEAN = "mean", _("the mean of the group")
        BEST = "best", _("the best of the group")

    policy = models.ForeignKey("commitments.Policy", models.CASCADE, related_name="items", verbose_name=_("policy"))
    code = models.SlugField(_("code"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    indicator = models.ForeignKey("commitments.Indicator", models.PROTECT, verbose_name=_("indicator"))
    groups = models.CharField(
        _("groups"),
        max_length=200,
        blank=True,
        help_text=_("Codes of the groups it counts for, with commas between; empty: all."),
    )
    formula = models.CharField(_("formula"), max_length=10, choices=Formula)
    weight = models.DecimalField(_("full points"), max_digits=7, decimal_places=2, default=Decimal(0))
    reference = models.CharField(_("reference"), max_length=10, choices=Reference, default=Reference.FIXED)
    fixed = models.DecimalField(
        _("fixed value"),
        max_digits=18,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_(
            "What the value is compared with; a veto's line. With a rate of another reference: the per cent at which"
            " full points are given, empty: 100."
        ),
    )
    as_rate = models.BooleanField(
        _("by rate of fulfilment"),
        default=False,
        help_text=_(
            "Value ÷ reference in per cent is what counts: for each percentage point short of the target so many"
            " points off. Steps, grades and lines are then in per cent."
        ),
    )
    step = models.DecimalField(
        pgettext_lazy("scoring", "step"),
        max_digits=18,
        decimal_places=4,
        default=Decimal(1),
        help_text=_("In the indicator's unit of measure: percentage points, projects, 10,000 CNY …"),
    )
    whole_steps = models.BooleanField(_("only whole steps count"), default=False)
    bonus = points(_("points for each step above"))
    deduction = points(_("points off for each step below, or place behind"))
    bands_above = models.CharField(
        _("bands above"),
        max_length=200,
        blank=True,
        help_text=_(
            "Width:points for each step, from the reference outwards; the last may have no width: 5:0.2, 5:0.1, 0.05"
        ),
    )
    bands_below = models.CharField(
        _("bands below"), max_length=200, blank=True, help_text=_("Points off, without a minus sign: 5:0.5, 1")
    )
    grades = models.CharField(
        _("grades or rank points"),
        max_length=300,
        blank=True,
        help_text=_(
            "Grades: 100:20, 90:15, 80:10; beside a reference other than the fixed value the distance from it: 0:20,"
            " -5:15. Rank points, the first place first: 20, 18, 16"
        ),
    )
    nothing_below = models.DecimalField(
        _("nothing below"),
        max_digits=18,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_(
            "A value worse than this gets the fewest points; for shares and rates of fulfilment in per cent of the"
            " reference."
        ),
    )
    least = points(_("fewest points"), _("Empty: 0."))
    most = points(_("most points"), _("Empty: the full points."))
    neutral = points(
        _("neutral points"), _("Where there is nothing to judge, as with nothing due to start. Empty: the full points.")
    )
    neutral_is_mean = models.BooleanField(
        _("neutral points are the mean of the group"),
        default=False,
        help_text=_("Where there is nothing to judge, the mean of the points of the group's other units."),
    )
    times = models.DecimalField(
        _("share in the score"),
        max_digits=6,
        decimal_places=4,
        default=Decimal(1),
        help_text=_("The points are multiplied by this: 0.4 for an item that makes up 40% of a score of 100."),
    )
    joint = models.SlugField(
        _("joint ceiling"),
        max_length=40,
        blank=True,
        help_text=_("A word of your choice: items with the same word are capped together, such as all bonus items."),
    )
    joint_most = points(_("most points together"), _("The same for all items of one joint ceiling."))
    capped_at = points(_("veto: score capped at"), _("Empty: the unit is out of the ranking."))

    class Meta:
        verbose_name = _("scoring item")
        verbose_name_plural = _("scoring items")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "code"],
                name="scoring_item_code_once",
                violation_error_message=_("This policy has an item with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(step__gt=0),
                name="scoring_item_step_is_positive",
                violation_error_message=_("A step must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(least__lte=F("most")),
                name="scoring_item_caps_in_order",
                violation_error_message=_("The fewest points can't be above the most."),
            ),
            models.CheckConstraint(
                condition=Q(joint="", joint_most=None) | ~Q(joint="") & Q(joint_most__isnull=False),
                name="scoring_item_joint_ceiling_is_whole",
                violation_error_message=_("A joint ceiling has a word and its most points."),
            ),
        ]

    def clean(self) -> None:
        """Scales are written as they are kept; what is missing or contradictory is said at its field."""
        super().clean()
        found = scoring_faults.read_scales(self)
        if not found and self._can_be_judged():
            found = scoring_faults.faults(self)
        messages: dict[str, list[str]] = {}
        for name, message in found:
            messages.setdefault(name, []).append(message)
        if messages:
            raise ValidationError(messages)

    def _can_be_judged(self) -> bool:
        """Whether what every formula needs is there; what isn't has been refused by its own field already."""
        is_chosen = self.formula in self.Formula.values and self.reference in self.Reference.values
        numbers: tuple[Decimal | None, ...] = (self.times, self.weight, self.step)
        return bool(self.indicator_id) and is_chosen and None not in numbers and self.step > 0


KEEP_RULING = """
    IF (NEW.campaign_id, NEW.unit_id, NEW.kind, NEW.item_code, NEW.from_quarter_id, NEW.reason, NEW.made_by_id,
        NEW.made_at) IS DISTINCT FROM
       (OLD.campaign_id, OLD.unit_id, OLD.kind, OLD.item_code, OLD.from_quarter_id, OLD.reason, OLD.made_by_id,
        OLD.made_at) THEN
        RAISE EXCEPTION 'a ruling is ended, never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ScoringRulingQuerySet(models.QuerySet["ScoringRuling"]):
    def of(self, campaign: "Campaign", quarter: Quarter) -> Self:
        """What holds in this quarter of the campaign: from its first to its last quarter, both included."""
        now = (quarter.year, quarter.number)
        begun = Q(from_quarter__year__lt=now[0]) | Q(from_quarter__year=now[0], from_quarter__number__lte=now[1])
        ended = Q(until_quarter__year__lt=now[0]) | Q(until_quarter__year=now[0], until_quarter__number__lt=now[1])
        lasting = Q(until_quarter=None) | ~ended
        return self.filter(begun, lasting, campaign=campaign).order_by("made_at", "pk")


@tracked
class ScoringRuling(models.Model):
    """What was ruled by hand, with a reason: a unit out of the ranking, or excused from an item by force majeure."""

    class Kind(models.TextChoices):
        DISQUALIFIED = "disqualified", _("out of the ranking")
        EXEMPT = "exempt", _("exempt from an item")

    campaign = models.ForeignKey("commitments.Campaign", models.PROTECT, verbose_name=_("campaign"))
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    kind = models.CharField(_("ruling"), max_length=15, choices=Kind)
    item_code = models.SlugField(_("code of the item"), max_length=40, blank=True)
    from_quarter = models.ForeignKey("portal.Quarter", models.PROTECT, related_name="+", verbose_name=_("from quarter"))
    until_quarter = models.ForeignKey(
        "portal.Quarter",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("until quarter"),
        help_text=_("Empty: to the year's end."),
    )
    reason = models.CharField(_("reason"), max_length=500)
    made_by = models.ForeignKey(
        "portal.User", models.PROTECT, editable=False, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), editable=False)

    objects = ScoringRulingQuerySet.as_manager()

    class Meta:
        verbose_name = _("ruling on a score")
        verbose_name_plural = _("rulings on scores")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="disqualified", item_code="") | Q(kind="exempt") & ~Q(item_code=""),
                name="scoring_ruling_names_its_item",
                violation_error_message=_("An exemption names its item; a unit out of the ranking needs none."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="scoring_ruling_has_a_reason",
                violation_error_message=_("Give a reason."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="keep_ruling", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEEP_RULING),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.get_kind_display()}"

    def clean(self) -> None:
        """A ruling is about a unit that the campaign ranks, in quarters of its year."""
        super().clean()
        if not self.campaign_id:
            return
        if self.unit_id and not Unit.objects.within(self.campaign.unit).filter(pk=self.unit_id).exists():
            raise ValidationError(
                {"unit": _("This unit doesn't stand in the campaign, so its score isn't ranked there.")}
            )
        if self.unit_id == self.campaign.unit_id:
            raise ValidationError({"unit": _("The unit that runs the campaign isn't ranked in it.")})
        if self.from_quarter_id and self.from_quarter.year != self.campaign.year:
            raise ValidationError({"from_quarter": self._of_its_year()})
        if self.until_quarter and self.until_quarter.year > self.campaign.year:
            raise ValidationError({"until_quarter": self._of_its_year()})

    def _of_its_year(self) -> str:
        return _("Choose a quarter of %(year)s, the year of the campaign.") % {"year": self.campaign.year}
