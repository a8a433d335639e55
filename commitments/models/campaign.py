"""A year's campaign: its city targets, the template of its letters, and what a target is made of."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from portal.models import Unit
from portal.models.naming import TwoNames

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from portal.models import User


def figure(
    name: "StrPromise", help_text: "StrPromise | str" = ""
) -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(name, max_digits=18, decimal_places=4, null=True, blank=True, help_text=help_text)


class Target(models.Model):
    """A year's target, and how much of it is to be reached by the end of Q1 to Q3; at the end of Q4 it is the target.

    In the indicator's unit of measure. The quarters are cumulative, whenever in the year the letter was signed; null
    where nothing is promised by then.
    """

    target = figure(_("target of the year"))
    target_q1 = figure(_("to the end of Q1"))
    target_q2 = figure(_("to the end of Q2"))
    target_q3 = figure(_("to the end of Q3"))

    class Meta:
        abstract = True

    def to_date(self, number: int) -> Decimal | None:
        """What is to be reached by the end of this quarter of the year; null where nothing is promised by then."""
        return (self.target_q1, self.target_q2, self.target_q3, self.target)[number - 1]


QUARTERS_DO_NOT_FALL = (
    (Q(target_q1=None) | Q(target_q2=None) | Q(target_q2__gte=F("target_q1")))
    & (Q(target_q1=None) | Q(target_q3=None) | Q(target_q3__gte=F("target_q1")))
    & (Q(target_q2=None) | Q(target_q3=None) | Q(target_q3__gte=F("target_q2")))
    & (Q(target_q1=None) | Q(target=None) | Q(target__gte=F("target_q1")))
    & (Q(target_q2=None) | Q(target=None) | Q(target__gte=F("target_q2")))
    & (Q(target_q3=None) | Q(target=None) | Q(target__gte=F("target_q3")))
)
TARGETS_FALL = _("Targets are cumulative: no quarter's can be below the one before it, or above the year's.")


# Units above those at which a person holds a role that day, and these themselves.
STOOD_IN = """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT unit.id, unit.parent_id FROM portal_unit unit JOIN portal_membership held ON held.unit_id = unit.id
        WHERE held.user_id = %s AND held.valid_from <= %s AND (held.valid_until IS NULL OR held.valid_until >= %s)
        UNION SELECT upper.id, upper.parent_id FROM portal_unit upper JOIN above ON above.parent_id = upper.id
    ) SELECT id FROM above
"""


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user: "User", *, on: date) -> Self:
        """Campaigns that the person stands in: of a unit above or at one of their roles' units, or within its reach."""
        from portal.roles import EVERYONE

        reached = Unit.objects.reached_by(user, EVERYONE, on=on)
        stood_in = Unit.objects.filter(id__in=RawSQL(STOOD_IN, [user.pk, on, on]))
        return self.filter(Q(unit__in=reached) | Q(unit__in=stood_in))

    def of(self, unit: Unit, year: int) -> "Campaign | None":
        """The campaign of this year that the unit stands in: its own, or that of the nearest unit above it."""
        above = {each.pk: each for each in Unit.objects.above(unit)}
        found = {campaign.unit_id: campaign for campaign in self.filter(year=year, unit__in=above)}
        step: Unit | None = unit
        while step is not None and step.pk not in found:
            step = above.get(step.parent_id) if step.parent_id else None
        return found[step.pk] if step else None


@tracked
class Campaign(TwoNames):
    """A year's campaign of a unit, to which everything below it signs. 衡阳 2022: 聚力中心化攻坚年."""

    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit that runs it"))
    year = models.PositiveSmallIntegerField(_("year"))
    launched_on = models.DateField(_("launched on"), null=True, blank=True)
    sign_by = models.DateField(_("letters to be signed by"), null=True, blank=True)
    issuer_zh = models.CharField(_("issuing office, Chinese"), max_length=100, blank=True)
    issuer_en = models.CharField(_("issuing office, English"), max_length=100, blank=True)
    cloned_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("cloned from")
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-year", "unit__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year"],
                name="campaign_once_a_year",
                violation_error_message=_("This unit has a campaign of this year already."),
            )
        ]


@tracked
class CityTarget(Target):
    """What the campaign as a whole is to reach, judged over all units of the campaign."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets", verbose_name=_("campaign"))
    indicator = models.ForeignKey("commitments.Indicator", models.PROTECT, verbose_name=_("indicator"))
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_over = models.BooleanField(
        _("to be passed"), default=False, help_text=_("“over 12%” rather than “at least 12%”")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("target of the campaign")
        verbose_name_plural = _("targets of the campaign")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "indicator"],
                name="city_target_once",
                violation_error_message=_("The campaign has a target for this indicator already."),
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False),
                name="city_target_has_a_figure",
                violation_error_message=_("Give the target of the year."),
            ),
            models.CheckConstraint(
                condition=QUARTERS_DO_NOT_FALL,
                name="city_target_quarters_do_not_fall",
                violation_error_message=TARGETS_FALL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.indicator}"

    @property
    def name(self) -> str:
        return self.indicator.name

    @property
    def unit_of_measure(self) -> str:
        return self.indicator.unit_of_measure


@tracked
class LetterTemplate(models.Model):
    """What a letter begins with, by kind of unit. Opening and closing are the frame: a unit writes in between."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="templates", verbose_name=_("campaign"))
    kinds = ArrayField(models.CharField(max_length=20, choices=Unit.Kind), verbose_name=_("for these kinds of units"))
    title = models.CharField(_("title"), max_length=200)
    addressee = models.CharField(_("addressed to"), max_length=200, blank=True)
    opening = models.TextField(
        _("opening"),
        help_text=_("Stands before the pledges. {unit}, {year}, {projects} and {planned} are filled in."),
    )
    measures = models.TextField(_("measures"), blank=True, help_text=_("Where the unit begins its own words."))
    closing = models.TextField(_("closing"), help_text=_("Stands after the unit's own words."))

    class Meta:
        verbose_name = _("template of letters")
        verbose_name_plural = _("templates of letters")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


@tracked
class TemplatePledge(models.Model):
    """A pledge that every letter of this template begins with. Without a target it is filled from the unit's plan."""

    template = models.ForeignKey(LetterTemplate, models.CASCADE, related_name="pledges", verbose_name=_("template"))
    indicator = models.ForeignKey("commitments.Indicator", models.PROTECT, verbose_name=_("indicator"))
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2, default=Decimal(0))
    target = figure(_("target of the year"), _("Empty: from the unit's plan, where the indicator is derived."))

    class Meta:
        verbose_name = _("pledge of a template")
        verbose_name_plural = _("pledges of a template")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "indicator"],
                name="template_pledge_once",
                violation_error_message=_("This template has a pledge on this indicator already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator}"
