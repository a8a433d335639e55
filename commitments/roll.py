"""The roll of a campaign: which units sign a letter in it, and how far each has come."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commitments.models import Campaign, LetterEvent, LetterSignature, LetterState, LetterTemplate, LetterVersion
from portal.models import Unit, User
from portal.models.naming import localized
from portal.roles import EVERYONE


class Standing(TextChoices):
    """How far a letter has come: the state of its version in force or, while there is none, of its newest."""

    NONE = "none", _("no letter yet")
    DRAFT = LetterState.DRAFT.value, LetterState.DRAFT.label
    ISSUED = LetterState.ISSUED.value, LetterState.ISSUED.label
    SIGNED = LetterState.SIGNED.value, LetterState.SIGNED.label
    IN_FORCE = LetterState.IN_FORCE.value, LetterState.IN_FORCE.label
    DECLINED = LetterState.DECLINED.value, LetterState.DECLINED.label


HAVE_SIGNED = (Standing.SIGNED, Standing.IN_FORCE)


class Row(Protocol):
    """A unit as `roll` gives it."""

    code: str
    year: int
    label: str
    standing: str
    amendment: str | None
    post: str | None


def day_of(campaign: Campaign, today: date) -> date:
    """Today within the campaign's year, else the day of that year that lies nearest: units come and go."""
    return min(max(today, date(campaign.year, 1, 1)), date(campaign.year, 12, 31))


def signing(campaign: Campaign, *, on: date) -> QuerySet[Unit]:
    """Units that sign in this campaign: alive that day and of a kind with a template, or with a letter already."""
    kinds = {
        kind
        for those in LetterTemplate.objects.filter(campaign=campaign).values_list("kinds", flat=True)
        for kind in those
    }
    below = Unit.objects.within(campaign.unit).exclude(pk=campaign.unit_id)
    alive = Unit.objects.alive(on=on).filter(kind__in=kinds)
    return below.filter(Q(pk__in=alive.values("pk")) | Q(letter__campaign=campaign)).distinct()


def roll(campaign: Campaign, user: User, *, on: date) -> QuerySet[Unit]:
    """The campaign's units that this person reaches, each with how far its letter has come; asked in one query.

    Adds to a unit `label`, its name, and `year`; `standing`; `amendment`, the state of a version that is to replace the
    one in force, else null; `version`, `serial`, who signed, with which post and when, when the city did, and when the
    unit was last reminded.
    """
    reached = Unit.objects.reached_by(user, EVERYONE, on=on)
    units = signing(campaign, on=day_of(campaign, on)).filter(pk__in=reached.values("pk"))
    versions = LetterVersion.objects.filter(letter__campaign=campaign, letter__unit=OuterRef("pk"))
    standing = versions.order_by(Case(When(state=LetterState.IN_FORCE, then=0), default=1), "-number")
    signed = LetterSignature.objects.filter(version=OuterRef("version_id"))
    by_unit = signed.filter(party=LetterSignature.Party.UNIT)
    by_city = signed.filter(party=LetterSignature.Party.CITY)
    reminders = LetterEvent.objects.filter(
        letter__campaign=campaign, letter__unit=OuterRef("pk"), verb=LetterEvent.Verb.REMIND
    )
    opened = versions.filter(Q(number__gt=1), state__in=[LetterState.DRAFT, LetterState.ISSUED, LetterState.SIGNED])
    return units.annotate(
        label=localized(),
        year=Value(campaign.year),
        version_id=Subquery(standing.values("pk")[:1]),
        version=Subquery(standing.values("number")[:1]),
        serial=Subquery(standing.values("serial")[:1]),
        standing=Coalesce(Subquery(standing.values("state")[:1]), Value(Standing.NONE.value)),
        amendment=Case(When(standing=Standing.IN_FORCE, then=Subquery(opened.values("state")[:1]))),
        signer=Subquery(by_unit.values("name")[:1]),
        post=Subquery(by_unit.values("post")[:1]),
        signed_at=Subquery(by_unit.values("signed_at")[:1]),
        countersigned_at=Subquery(by_city.values("signed_at")[:1]),
        reminded_at=Subquery(reminders.order_by("-at").values("at")[:1]),
    )


@dataclass(frozen=True)
class Tally:
    """How many units stand where; `amending` of those in force have an amendment under way."""

    of: dict[str, int]
    amending: int

    @classmethod
    def count(cls, units: "QuerySet[Any]") -> "Tally":
        found = units.order_by().values("standing").annotate(units=Count("pk"), amended=Count("amendment"))
        rows = list(found)
        return cls({row["standing"]: row["units"] for row in rows}, sum(row["amended"] for row in rows))

    @property
    def units(self) -> int:
        return sum(self.of.values())

    @property
    def signed(self) -> int:
        return sum(self.of.get(standing, 0) for standing in HAVE_SIGNED)

    def parts(self) -> list[tuple[str, int]]:
        """Every standing that a unit has, with the number of units, in the order a letter goes through them."""
        order = [Standing.IN_FORCE, Standing.SIGNED, Standing.ISSUED, Standing.DRAFT, Standing.DECLINED, Standing.NONE]
        return [(standing.value, self.of[standing]) for standing in order if self.of.get(standing)]
