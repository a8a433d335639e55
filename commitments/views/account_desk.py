"""A letter for whoever asks what became of it: their roles decide what opens and whose turn it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.http import Http404, HttpRequest

from commitments.models import Campaign, Letter, LetterVersion, Settlement
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Quarter, Unit, User
from portal.roles import ADMINISTRATORS, EVERYONE


@dataclass(frozen=True, kw_only=True)
class Desk:
    letter: Letter
    user: User
    today: date
    roles: frozenset[str]  # by which the person reaches the unit

    @property
    def unit(self) -> Unit:
        return self.letter.unit

    @property
    def campaign(self) -> Campaign:
        return self.letter.campaign

    @property
    def address(self) -> tuple[str, int]:
        return self.unit.code, self.campaign.year

    @property
    def is_own(self) -> bool:
        """Whether the person is of the unit's people, who ask, assess and object."""
        return bool(self.roles & roles.UNIT_PEOPLE)

    @property
    def may_hand_in(self) -> bool:
        return bool(self.roles & roles.SUBMITTERS)

    @cached_property
    def is_administrator(self) -> bool:
        """Whether the person administers the unit that runs the campaign: they decide, verify and close."""
        return administers(self.user, self.campaign, on=self.today)

    @property
    def reads_files(self) -> bool:
        """Evidence is for the unit's people and for those who administer or audit it."""
        return bool(self.roles & (roles.UNIT_PEOPLE | roles.ADMIN_ROLES))

    @cached_property
    def version(self) -> LetterVersion | None:
        """The version in force."""
        return self.letter.versions.in_force().select_related("letter__unit", "letter__campaign").first()

    @cached_property
    def settlement(self) -> Settlement | None:
        """The letter's account; of several, that of its newest version."""
        found = Settlement.objects.filter(version__letter=self.letter).order_by("-version__number")
        return found.select_related("version__letter__unit", "version__letter__campaign__unit").first()


def at(request: HttpRequest, code: str, year: int) -> Desk:
    """The unit's letter of a year, for whoever reaches the unit by any role; else 404."""
    user, today = signed_in(request), clock.today()
    letters = Letter.objects.filter(unit__code=code, campaign__year=year)
    letter = letters.select_related("unit", "campaign__unit").order_by("campaign__unit__code").first()
    held = roles.at(letter.unit, user, on=today) if letter else frozenset()
    if letter is None or not held:
        raise Http404
    return Desk(letter=letter, user=user, today=today, roles=held)


def campaign_at(request: HttpRequest, code: str, year: int) -> Campaign:
    """The campaign that this unit runs in this year, for whoever stands in it; else 404."""
    visible = Campaign.objects.visible_to(signed_in(request), on=clock.today())
    found = visible.filter(unit__code=code, year=year).select_related("unit").first()
    if found is None:
        raise Http404
    return found


def administers(user: User, campaign: Campaign, *, on: date) -> bool:
    return Unit.objects.reached_by(user, ADMINISTRATORS, on=on).filter(pk=campaign.unit_id).exists()


def reached(user: User, *, on: date) -> Collection[int]:
    """The ids of the units within the person's reach: told, not asked within a query, they mislead no plan."""
    return frozenset(Unit.objects.reached_by(user, EVERYONE, on=on).order_by().values_list("pk", flat=True))


def quarters(campaign: Campaign, label: str, *, on: date) -> tuple[list[Quarter], Quarter | None]:
    """The opened quarters of the campaign's year, the newest first, and the one asked for, without a label the newest.

    Raises Http404 where no opened quarter of the year has the label.
    """
    opened = list(Quarter.objects.opened(on=on).filter(year=campaign.year).order_by("-number"))
    if not label:
        return opened, opened[0] if opened else None
    for quarter in opened:
        if quarter.label == label:
            return opened, quarter
    raise Http404
