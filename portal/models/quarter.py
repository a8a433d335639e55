"""The calendar of reporting quarters: when each opens, is due and closes, and for whom it stays open longer."""

from datetime import date, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked


def parts(label: str) -> tuple[int, int] | None:
    """Year and number of a label such as 2022Q1; null where it names no quarter."""
    year, _q, number = label.partition("Q")
    if not (len(year) == 4 and len(number) == 1 and (year + number).isascii() and (year + number).isdecimal()):
        return None
    return (int(year), int(number)) if number in "1234" else None


class QuarterQuerySet(models.QuerySet["Quarter"]):
    def opened(self, *, on: date) -> Self:
        """Quarters whose reports may be prepared on this day, or could be once."""
        return self.filter(opens_on__lte=on)

    def current(self, *, on: date) -> "Quarter | None":
        """The latest quarter that has opened."""
        return self.opened(on=on).order_by("year", "number").last()

    def labelled(self, label: str) -> Self:
        """The quarter that addresses call 2022Q1; none where the label is no quarter's."""
        found = parts(label)
        return self.filter(year=found[0], number=found[1]) if found else self.none()


@tracked
class Quarter(models.Model):
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveSmallIntegerField(_("number"))
    opens_on = models.DateField(_("opens on"))
    due_on = models.DateField(_("due on"), help_text=_("The last day on time, by the clock of Beijing."))
    closes_on = models.DateField(_("closes on"), help_text=_("The last day on which a late report is taken."))
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True, editable=False)

    objects = QuarterQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarter")
        verbose_name_plural = _("quarters")
        ordering = ["year", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "number"],
                name="quarter_once",
                violation_error_message=_("This quarter stands in the calendar already."),
            ),
            # A quarter of no day that there is would hold off every figure that comes after it.
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2999),
                name="quarter_of_a_year",
                violation_error_message=_("A year has four digits, such as 2022."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=4),
                name="quarter_of_four",
                violation_error_message=_("A year has the quarters 1 to 4."),
            ),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("due_on"), due_on__lte=F("closes_on")),
                name="quarter_opens_is_due_closes",
                violation_error_message=_(
                    "A quarter opens, then is due, then closes: put the three days in this order."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """As in addresses: 2022Q1."""
        return f"{self.year}Q{self.number}"

    @property
    def name(self) -> str:
        """As on pages, in the language of the page."""
        return _("Q%(number)s %(year)s") % {"number": self.number, "year": self.year}

    @property
    def starts_on(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def ends_on(self) -> date:
        """Its last day: what is in force on it decides the quarter."""
        following = date(self.year + self.number // 4, self.number % 4 * 3 + 1, 1)
        return following - timedelta(days=1)


@tracked
class Extension(models.Model):
    """More days for one unit's quarter: within them a report is on time, and taken even after the quarter has closed.

    Also the leave to correct an accepted report by then.
    """

    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, verbose_name=_("quarter"))
    until = models.DateField(_("until"), help_text=_("The last day."))
    reason = models.CharField(_("reason"), max_length=500)
    granted_by = models.ForeignKey("portal.User", models.PROTECT, editable=False, verbose_name=_("granted by"))
    granted_at = models.DateTimeField(_("granted at"), editable=False)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["-granted_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="extension_has_a_reason",
                violation_error_message=_("Say why the unit gets more days."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.quarter} · {self.until}"

    def clean(self) -> None:
        super().clean()
        until: date | None = self.until  # nothing, where the form could not read it
        if self.quarter_id and until is not None and until <= self.quarter.due_on:
            late = _("%(quarter)s is due on %(day)s for everybody: choose a later day.")
            raise ValidationError({"until": late % {"quarter": self.quarter.name, "day": self.quarter.due_on}})
