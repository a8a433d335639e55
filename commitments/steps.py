"""What every step of a letter begins with: its letter locked, the state it must be in, and who may take it."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commitments.models import Letter, LetterEvent, LetterVersion, Settlement
from portal.clock import SHANGHAI
from portal.models import Membership, Role, Unit, User
from projects.lifecycle import StepRefused, StepTaken, local_day
from projects.validation import Finding


class LetterTaken(StepTaken):
    """Somebody has saved the draft in the meantime; `version` is as they left it."""

    def __init__(self, version: LetterVersion) -> None:
        self.version = version
        time = version.edited_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if version.edited_at else ""
        super().__init__(
            _("%(who)s saved this letter at %(time)s. Compare, then save again.")
            % {"who": version.edited_by, "time": time}
        )


class DraftRefused(StepRefused):
    """Not even a draft can be kept like this; `findings` say where and why, at the fields they belong to."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(" ".join(dict.fromkeys(finding.message for finding in findings)))


class NameDiffers(StepRefused):
    """The name typed under the letter isn't that of the person who is signed in."""


def locked(version: LetterVersion, *states: str) -> LetterVersion:
    """The version as it is now, its letter locked; raises StepTaken where it is in none of these states any more."""
    Letter.objects.select_for_update(no_key=True).get(pk=version.letter_id)
    found = versions().get(pk=version.pk)
    return in_state(found, *states) if states else found


def versions() -> QuerySet[LetterVersion]:
    return LetterVersion.objects.select_related("letter__unit", "letter__campaign__unit", "edited_by")


def in_state(version: LetterVersion, *states: str) -> LetterVersion:
    if version.state not in states:
        raise StepTaken(
            _("This letter is “%(state)s” by now: somebody has dealt with it in the meantime.")
            % {"state": version.get_state_display()}
        )
    return version


def not_settled(letter: Letter) -> None:
    """The year-end account settles one version for good: no other comes into force once it is open."""
    if Settlement.objects.filter(version__letter=letter).exists():
        raise StepRefused(
            _("The year-end account of this letter is open, and settles it as it is: it can't be amended any more.")
        )


def reaches(user: User, roles: frozenset[str], unit: Unit, *, at: datetime) -> bool:
    return Unit.objects.reached_by(user, roles, on=local_day(at)).filter(pk=unit.pk).exists()


def require(user: User, roles: frozenset[str], unit: Unit, *, at: datetime) -> None:
    if not reaches(user, roles, unit, at=at):
        raise StepRefused(_("Your role at this unit doesn't allow this step."))


def is_principal(user: User, unit: Unit, *, at: datetime) -> bool:
    """Whether the person is a principal 主要负责人 of this very unit that day: nobody signs by a role held above."""
    members = Membership.objects.in_force(on=local_day(at))
    return members.filter(user=user, role=Role.PRINCIPAL, unit=unit).exists()


def record(version: LetterVersion, verb: str, *, by: User, at: datetime, reason: str = "") -> None:
    LetterEvent.objects.create(letter_id=version.letter_id, version=version, verb=verb, by=by, at=at, reason=reason)


def reason_given(reason: str) -> str:
    if not reason.strip():
        raise StepRefused(_("Give a reason."))
    return reason.strip()
