"""A version of a letter as one reads it, in four queries: projects, pledges, who has signed and what was changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments import letter_changes
from commitments.letter_changes import Change
from commitments.models import LetterProject, LetterSignature, LetterVersion, Pledge

Party = LetterSignature.Party


@dataclass(frozen=True, kw_only=True)
class Text:
    version: LetterVersion
    projects: Sequence[LetterProject]
    pledges: Sequence[Pledge]
    signed: dict[str, LetterSignature]  # by party

    @property
    def planned(self) -> Decimal:
        """Annual planned investment of the projects together, in 万元."""
        return sum((each.planned_investment for each in self.projects), Decimal())

    @property
    def signatures(self) -> list[tuple[str, str, LetterSignature | None]]:
        """Party, the words above its signature, and the signature; null where it is still to come."""
        letter = self.version.letter
        parties = (
            (Party.UNIT, _("For %(unit)s, the principal") % {"unit": letter.unit.name}),
            (Party.CITY, _("For %(unit)s") % {"unit": letter.campaign.unit.name}),
        )
        return [(party.value, label, self.signed.get(party)) for party, label in parties]


def read(version: LetterVersion) -> Text:
    return Text(
        version=version,
        projects=list(version.projects.order_by("position")),
        pledges=list(version.pledges.order_by("position", "pk").select_related("indicator")),
        signed={each.party: each for each in version.signatures.all()},
    )


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """What a version changed of the one that it is based on."""

    base: LetterVersion
    pledges: Sequence[Change]
    projects: Sequence[Change]
    texts: Sequence[tuple[str, str, str]]  # which part, as it was, as it is

    @property
    def is_empty(self) -> bool:
        return not (self.pledges or self.projects or self.texts)


def amendment(text: Text) -> Amendment | None:
    """Null where the version is based on no other."""
    base, version = text.version.based_on, text.version
    if base is None:
        return None
    old = read(base)
    return Amendment(
        base=base,
        pledges=letter_changes.of_pledges(old.pledges, text.pledges),
        projects=letter_changes.of_projects(old.projects, text.projects),
        texts=[
            (str(label), getattr(base, name), getattr(version, name))
            for name, label in letter_changes.TEXT
            if getattr(base, name) != getattr(version, name)
        ],
    )
