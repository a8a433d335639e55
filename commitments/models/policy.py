"""The policy in force from a day on: baseline (序时进度), lights, comparison groups and scoring.

All of it is dated rows, never constants (domain.md, Figures). A policy belongs to a campaign; those of no campaign hold
wherever a campaign has set none of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models import Unit
from portal.models.naming import TwoNames
from portal.templatetags.figures import percent

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from commitments.models.campaign import Campaign


class PolicyQuerySet(models.QuerySet["Policy"]):
    def in_force(self, *, on: date, campaign: "Campaign | None" = None) -> "Policy":
        """The policy of this day, the campaign's own where it has one by then.

        Raises Policy.DoesNotExist where none has begun: the first row, of no campaign, begins in 2000.
        """
        begun = self.filter(effective_on__lte=on).filter(Q(campaign=None) | Q(campaign=campaign))
        return begun.order_by(F("campaign").asc(nulls_last=True), "-effective_on")[:1].get()


def share(name: "StrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(name, max_digits=6, decimal_places=4, null=True, blank=True)


@tracked
class Policy(models.Model):
    """How every quarter that ends on or after `effective_on` is judged, until the next policy's day."""

    class LightsBy(models.TextChoices):
        POINTS = "points", _("percentage points behind the baseline")
        SHARE = "share", _("share of the baseline, in per cent")

    campaign = models.ForeignKey(
        "commitments.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("campaign"),
        help_text=_("Empty: wherever a campaign has no policy of its own."),
    )
    effective_on = models.DateField(_("in force from"))
    reason = models.CharField(_("reason"), max_length=300)

    baseline_factor = models.DecimalField(
        _("baseline: months ÷ 12 ×"),
        max_digits=5,
        decimal_places=3,
        default=Decimal(1),
        help_text=_("1 is months elapsed ÷ 12; 1.2 asks for a fifth more."),
    )
    baseline_q1 = share(_("baseline at the end of Q1"))
    baseline_q2 = share(_("baseline at the end of Q2"))
    baseline_q3 = share(_("baseline at the end of Q3"))
    baseline_q4 = share(_("baseline at the end of Q4"))

    lights_by = models.CharField(_("lights go by"), max_length=10, choices=LightsBy, default=LightsBy.POINTS)

    score_least = models.DecimalField(
        _("lowest score"), max_digits=7, decimal_places=2, null=True, blank=True, default=Decimal(0)
    )
    score_most = models.DecimalField(_("highest score"), max_digits=7, decimal_places=2, null=True, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["-effective_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "effective_on"],
                nulls_distinct=False,
                name="policy_one_from_a_day",
                violation_error_message=_("There is a policy from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(baseline_q1=None, baseline_q2=None, baseline_q3=None, baseline_q4=None)
                | Q(
                    baseline_q1__gte=0,
                    baseline_q2__gte=F("baseline_q1"),
                    baseline_q3__gte=F("baseline_q2"),
                    baseline_q4__gte=F("baseline_q3"),
                ),
                name="policy_baseline_does_not_fall",
                violation_error_message=_(
                    "Give the baseline of all four quarters or of none; no quarter's can be below the one before."
                ),
            ),
            models.CheckConstraint(
                condition=Q(baseline_factor__gt=0),
                name="policy_baseline_factor_is_positive",
                violation_error_message=_("The factor of the baseline must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(score_least=None) | Q(score_most=None) | Q(score_least__lte=F("score_most")),
                name="policy_scores_in_order",
                violation_error_message=_("The lowest score can't be above the highest."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effective_on}"

    def baseline(self, number: int) -> Decimal:
        """Time-proportional progress at the end of this quarter of the year, as a share of the year's plan.

        The quarter's own value where a curve is set, else months elapsed ÷ 12 × the factor; it may pass 1.
        """
        curve = self._curve[number - 1]
        return Decimal(number * 3) / 12 * self.baseline_factor if curve is None else curve

    @property
    def _curve(self) -> tuple[Decimal | None, ...]:
        return (self.baseline_q1, self.baseline_q2, self.baseline_q3, self.baseline_q4)

    def baseline_words(self) -> str:
        """Such as “months ÷ 12 × 1.2”, or the four quarters' shares where a curve is set."""
        if self.baseline_q1 is not None:
            return gettext("by quarter: %(shares)s") % {"shares": " · ".join(percent(each) for each in self._curve)}
        if self.baseline_factor == 1:
            return gettext("months ÷ 12")
        return gettext("months ÷ 12 × %(factor)s") % {"factor": plain(self.baseline_factor)}

    def lights_words(self) -> str:
        """Each light with its shape and from where on it shines, those who are furthest behind last."""
        by_points = self.lights_by == self.LightsBy.POINTS
        wording = gettext("%(light)s (below %(from)s%% of the baseline)")
        if by_points:
            wording = gettext("%(light)s (from %(from)s points)")
        lights = list(self.lights.all())
        said = [light.sign for light in lights if light.threshold is None]
        marked = sorted((light.threshold, light.sign) for light in lights if light.threshold is not None)
        for threshold, sign in marked if by_points else reversed(marked):
            said.append(wording % {"light": sign, "from": plain(threshold)})
        return " · ".join(said)


def plain(value: Decimal) -> str:
    """A number without the noughts that its column adds: 1.2, where the database says 1.200."""
    return f"{value.normalize():f}"


SYMBOLS = {"circle": "●", "triangle": "▲", "diamond": "◆", "square": "■"}


class PolicyLight(TwoNames):
    """A light: a word and a shape, and from how far behind it shines. The first one has no threshold."""

    class Colour(models.TextChoices):
        GREEN = "green", _("green")
        BLUE = "blue", _("blue")
        YELLOW = "yellow", _("yellow")
        RED = "red", _("red")

    class Shape(models.TextChoices):
        CIRCLE = "circle", _("circle ●")
        TRIANGLE = "triangle", _("triangle ▲")
        DIAMOND = "diamond", _("diamond ◆")
        SQUARE = "square", _("square ■")

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="lights", verbose_name=_("policy"))
    colour = models.CharField(_("colour"), max_length=10, choices=Colour)
    shape = models.CharField(_("shape"), max_length=10, choices=Shape)
    threshold = models.DecimalField(
        _("threshold"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_(
            "By points: shines from this many points behind. By share: shines below this many per cent of the baseline."
            " Empty for the light of those who are not behind."
        ),
    )

    class Meta:
        verbose_name = _("light")
        verbose_name_plural = _("lights")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "shape"],
                name="policy_light_own_shape",
                violation_error_message=_("Each light needs a shape of its own: colour alone tells nobody enough."),
            ),
            models.UniqueConstraint(
                fields=["policy", "threshold"],
                nulls_distinct=False,
                name="policy_light_own_threshold",
                violation_error_message=_("Two lights can't begin at the same threshold; one light has none."),
            ),
            models.CheckConstraint(
                condition=Q(threshold=None) | Q(threshold__gte=0),
                name="policy_light_threshold_not_negative",
                violation_error_message=_("A threshold can't be below zero."),
            ),
        ]

    @property
    def symbol(self) -> str:
        """Its shape as a character, such as ▲, to stand before its word."""
        return SYMBOLS.get(self.shape, "")

    @property
    def sign(self) -> str:
        """Its shape and its word, such as “▲ behind”."""
        return f"{self.symbol} {self.name}"

    @property
    def is_behind(self) -> bool:
        """Whether it is the light of somebody who is behind: all but the one without a threshold."""
        return self.threshold is not None


class PolicyGroup(TwoNames):
    """Units that are compared with each other, and never with those of another group (规模榜单制)."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="groups", verbose_name=_("policy"))
    code = models.SlugField(_("code"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Unit.Kind),
        default=list,
        blank=True,
        verbose_name=_("kinds of units"),
    )
    units = models.ManyToManyField(
        "portal.Unit",
        blank=True,
        related_name="+",
        verbose_name=_("units named one by one"),
        help_text=_("Stand in this group whatever their kind."),
    )

    class Meta:
        verbose_name = _("comparison group")
        verbose_name_plural = _("comparison groups")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "code"],
                name="policy_group_code_once",
                violation_error_message=_("This policy has a group with this code already."),
            )
        ]


def group_of(unit: Unit, groups: Sequence[PolicyGroup], named: Mapping[int, int]) -> PolicyGroup | None:
    """The group in which a unit is compared: the one that names it (unit id → group id), else that of its kind."""
    own = named.get(unit.pk)
    for group in groups:
        if group.pk == own if own is not None else unit.kind in group.kinds:
            return group
    return None
