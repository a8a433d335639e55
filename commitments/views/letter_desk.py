"""A letter for whoever asks for it: their roles decide what opens and whose turn it is. A foreign unit is a 404."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from commitments.models import Campaign, Letter, LetterSignature, LetterState, LetterVersion
from commitments.models.letter import OPEN
from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Membership, Role, Unit, User

Party = LetterSignature.Party


class Step(StrEnum):
    """What may be done next with a letter, as it stands in addresses."""

    EDIT = "edit"
    ISSUE = "issue"
    REMIND = "remind"
    TAKE_BACK = "take-back"
    SIGN = "sign"
    COUNTERSIGN = "countersign"
    DECLINE = "decline"
    AMEND = "amend"


@dataclass(frozen=True, kw_only=True)
class Desk:
    letter: Letter
    user: User
    today: date
    roles: frozenset[str]  # by which the person reaches the unit
    versions: Sequence[LetterVersion]  # those that the person may read, the newest first

    @property
    def unit(self) -> Unit:
        return self.letter.unit

    @property
    def year(self) -> int:
        return self.letter.campaign.year

    @property
    def address(self) -> tuple[str, int]:
        return self.unit.code, self.year

    @property
    def is_own(self) -> bool:
        """Whether the person is of the unit's people, who write its draft."""
        return bool(self.roles & roles.UNIT_PEOPLE)

    @property
    def is_administrator(self) -> bool:
        return bool(self.roles & roles.ADMINISTRATORS)

    @property
    def reads_files(self) -> bool:
        """Scans and evidence are for the unit's people and for those who administer it."""
        return bool(self.roles & (roles.UNIT_PEOPLE | roles.ADMIN_ROLES))

    @property
    def adds_files(self) -> bool:
        return self.is_own or self.is_administrator

    @property
    def newest(self) -> LetterVersion | None:
        return self.versions[0] if self.versions else None

    @property
    def open(self) -> LetterVersion | None:
        return next((each for each in self.versions if each.state in OPEN), None)

    @property
    def in_force(self) -> LetterVersion | None:
        return next((each for each in self.versions if each.state == LetterState.IN_FORCE), None)

    def number(self, number: int) -> LetterVersion:
        found = next((each for each in self.versions if each.number == number), None)
        if found is None:
            raise Http404
        return found

    def signatories(self, party: str) -> Sequence[User]:
        """Who may sign for the unit or for the city today."""
        place = self.unit.pk if party == Party.UNIT else self.letter.campaign.unit_id
        return [each.user for each in self._principals if each.unit_id == place]

    @property
    def unit_signatories(self) -> Sequence[User]:
        return self.signatories(Party.UNIT)

    @property
    def city_signatories(self) -> Sequence[User]:
        return self.signatories(Party.CITY)

    @cached_property
    def _principals(self) -> Sequence[Membership]:
        places = [self.unit.pk, self.letter.campaign.unit_id]
        held = Membership.objects.in_force(on=self.today).filter(role=Role.PRINCIPAL, unit__in=places)
        return list(held.filter(user__is_active=True).select_related("user"))

    @cached_property
    def steps(self) -> frozenset[Step]:
        """What this person may do next with the letter; the lifecycle decides anew when it is done."""
        version = self.open
        if version is None:
            return frozenset({Step.AMEND}) if self.might(Step.AMEND) and self.versions else frozenset()
        found: set[Step] = set()
        if version.state == LetterState.DRAFT:
            found |= {Step.EDIT} if self.is_own else set()
            found |= {Step.EDIT, Step.ISSUE, Step.REMIND} if self.is_administrator else set()
        elif version.state == LetterState.ISSUED:
            found |= {Step.SIGN} if self.user in self.signatories(Party.UNIT) else set()
            found |= {Step.TAKE_BACK, Step.REMIND} if self.is_administrator else set()
        else:
            found |= {step for step in (Step.COUNTERSIGN, Step.DECLINE) if self.might(step)}
        return frozenset(found)

    def might(self, step: Step) -> bool:
        """Whether the person's role allows this step at all, in whatever state the letter is."""
        if step == Step.SIGN:
            return self.user in self.signatories(Party.UNIT)
        if step == Step.COUNTERSIGN:
            return self.user in self.signatories(Party.CITY)
        if step == Step.DECLINE:
            return self.user in self.signatories(Party.CITY) or self._administers_the_campaign
        return self.is_administrator or (step in (Step.EDIT, Step.AMEND) and self.is_own)

    @cached_property
    def _administers_the_campaign(self) -> bool:
        held = roles.at(self.letter.campaign.unit, self.user, on=self.today)
        return bool(held & roles.ADMINISTRATORS)

    @property
    def shown(self) -> LetterVersion | None:
        """The version on which this person has something to do; else the one in force, else the newest."""
        return (self.open if self.steps else None) or self.in_force or self.newest


def campaign_at(request: HttpRequest, code: str, year: int) -> Campaign:
    """The campaign that this unit runs in this year, for whoever stands in it."""
    seen = Campaign.objects.visible_to(signed_in(request), on=clock.today())
    return get_object_or_404(seen.select_related("unit"), unit__code=code, year=year)


def at(request: HttpRequest, code: str, year: int) -> Desk:
    """The unit's letter of a year, for whoever reaches the unit by any role."""
    user, today = signed_in(request), clock.today()
    letters = Letter.objects.filter(unit__code=code, campaign__year=year)
    letter = letters.select_related("unit", "campaign__unit").order_by("campaign__unit__code").first()
    held = roles.at(letter.unit, user, on=today) if letter else frozenset()
    if letter is None or not held:
        raise Http404
    seen = LetterVersion.objects.visible_to(user, on=today).filter(letter=letter)
    people = ("based_on", "edited_by", "issued_by")
    versions = list(seen.select_related(*people).defer("canonical", "based_on__canonical").order_by("-number"))
    for version in versions:
        version.letter = letter
    return Desk(letter=letter, user=user, today=today, roles=held, versions=versions)


def own(request: HttpRequest, code: str, year: int) -> Desk:
    """The same for the unit's people and its administrators only: drafts are theirs."""
    desk = at(request, code, year)
    if not (desk.is_own or desk.is_administrator):
        raise PermissionDenied
    return desk
