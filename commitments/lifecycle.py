"""The only writer of a letter's state: one verb, one transaction.

draft → issued → signed → in force → superseded. Each verb locks the letter, checks role and step and writes the event;
triggers hold what was issued and signed. `at` and `by` are given. A step taken twice by the same person, as by a double
click, gives the same result.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from unicodedata import normalize

from django.db import transaction
from django.utils.translation import gettext as _

from commitments import canonical, drafting, notices, plan, validation
from commitments.drafting import Draft, DraftPledge, findings
from commitments.models import (
    Campaign,
    Letter,
    LetterEvent,
    LetterProject,
    LetterSignature,
    LetterState,
    LetterTemplate,
    LetterVersion,
    Pledge,
    Policy,
)
from commitments.models.letter import OPEN, UNSIGNED
from commitments.steps import (
    DraftRefused,
    LetterTaken,
    NameDiffers,
    in_state,
    is_principal,
    locked,
    not_settled,
    reaches,
    reason_given,
    record,
    require,
    versions,
)
from portal.models import Unit, User
from portal.roles import ADMINISTRATORS, UNIT_PEOPLE
from projects.lifecycle import StepRefused, StepTaken, local_day
from projects.validation import Level

# What the pages of letters take from here; DraftRefused, LetterTaken and NameDiffers are StepRefused.
__all__ = [
    "Draft",
    "DraftPledge",
    "DraftRefused",
    "LetterTaken",
    "NameDiffers",
    "Reminded",
    "StepRefused",
    "StepTaken",
    "amend",
    "begin",
    "begin_all",
    "countersign",
    "decline",
    "findings",
    "is_principal",
    "issue",
    "remind",
    "save_draft",
    "sign",
    "take_back",
    "versions",
]

ONE_REMINDER = timedelta(hours=24)
# Digits and capitals that nobody takes for another: no 0, O, 1 or I.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
Verb = LetterEvent.Verb
Party = LetterSignature.Party


@dataclass(frozen=True, kw_only=True)
class Reminded:
    """The units to whose people an e-mail goes, and those left out with the reason, in the order they were given."""

    sent: tuple[Unit, ...]
    skipped: tuple[tuple[Unit, str], ...]


def begin(campaign: Campaign, unit: Unit, *, by: User, at: datetime) -> LetterVersion:
    """The open version of the unit's letter; where it has none yet, its first draft from the template and the register.

    An administrator of the unit begins it. Raises StepRefused where the unit isn't below the campaign's, has ended, has
    no template for its kind, or has a letter that is signed already: that one is amended.
    """
    require(by, ADMINISTRATORS, unit, at=at)
    with transaction.atomic():
        begun, skipped = _begin(campaign, [unit], by=by, at=at)
        if begun:
            return begun[0]
        found = versions().filter(state__in=OPEN, letter__campaign=campaign, letter__unit=unit).first()
        if found is None:
            raise StepRefused(skipped[0][1])
        return found


def begin_all(campaign: Campaign, *, by: User, at: datetime) -> tuple[list[LetterVersion], list[tuple[Unit, str]]]:
    """A first draft for every unit below the campaign's that exists that day, and the units left out, each with why.

    Takes the same number of queries for any number of units. Raises StepRefused where the person doesn't administer
    the campaign's unit.
    """
    require(by, ADMINISTRATORS, campaign.unit, at=at)
    units = Unit.objects.within(campaign.unit).alive(on=local_day(at)).exclude(pk=campaign.unit_id)
    with transaction.atomic():
        return _begin(campaign, list(units), by=by, at=at)


def _begin(
    campaign: Campaign, units: list[Unit], *, by: User, at: datetime
) -> tuple[list[LetterVersion], list[tuple[Unit, str]]]:
    Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    templates = drafting.templates(campaign)
    reasons = _not_to_begin(campaign, units, templates, at=at)
    new = [unit for unit in units if unit.pk not in reasons]
    policy = Policy.objects.in_force(on=plan.in_year(local_day(at), campaign.year), campaign=campaign)
    plans = plan.read(new, campaign.year, on=local_day(at), policy=policy)
    letters = Letter.objects.bulk_create([Letter(campaign=campaign, unit=unit) for unit in new])
    versions, projects, pledges = [], [], []
    for letter in letters:
        template, its = templates[letter.unit.kind], plans[letter.unit_id]
        version = drafting.first_version(template, unit=letter.unit, plan=its)
        version.letter = letter
        versions.append(version)
        projects += drafting.put_into(version, drafting.listed(its))
        pledges += drafting.put_into(version, drafting.first_pledges(template, its))
    LetterVersion.objects.bulk_create(versions)
    LetterProject.objects.bulk_create(projects)
    Pledge.objects.bulk_create(pledges)
    LetterEvent.objects.bulk_create(
        [LetterEvent(letter=each.letter, version=each, verb=Verb.BEGIN, by=by, at=at) for each in versions]
    )
    return versions, [(unit, reasons[unit.pk]) for unit in units if unit.pk in reasons]


def _not_to_begin(
    campaign: Campaign, units: list[Unit], templates: dict[str, LetterTemplate], *, at: datetime
) -> dict[int, str]:
    """Why no letter is begun, by the ids of the units that this holds for."""
    alive = Unit.objects.within(campaign.unit).alive(on=local_day(at)).exclude(pk=campaign.unit_id)
    there = set(alive.values_list("pk", flat=True))
    having = set(Letter.objects.filter(campaign=campaign, unit__in=units).values_list("unit_id", flat=True))
    reasons = {}
    for unit in units:
        if unit.pk not in there:
            reasons[unit.pk] = _("Not one of the units that sign in this campaign.")
        elif unit.pk in having:
            reasons[unit.pk] = _("It has a letter in this campaign already; a signed one is amended.")
        elif unit.kind not in templates:
            reasons[unit.pk] = _("The campaign has no template for units of this kind.")
    return reasons


def save_draft(version: LetterVersion, draft: Draft, *, edition: int, by: User, at: datetime) -> LetterVersion:
    """Write what was typed into a draft, faults and all; `edition` is the one that was shown.

    The unit's people write within the frame (`drafting.beyond_the_frame`), administrators everything. Raises
    LetterTaken where somebody else has saved since, DraftRefused where the database could hold no such pledge,
    StepRefused for what goes beyond the frame. Saving the same again, by a double click, changes nothing.
    """
    with transaction.atomic():
        version = locked(version, LetterState.DRAFT)
        unit = version.letter.unit
        is_free = reaches(by, ADMINISTRATORS, unit, at=at)
        if not is_free:
            require(by, UNIT_PEOPLE, unit, at=at)
        said = Draft.of(version)
        if version.edition != edition:
            if version.edited_by == by and said == replace(draft, takes_register=False):
                return version
            raise LetterTaken(version)
        listed = set(version.projects.values_list("project_id", flat=True))
        beyond = "" if is_free else drafting.beyond_the_frame(said, draft, listed)
        if beyond:
            raise StepRefused(beyond)
        return _write(version, draft, by=by, at=at)


def _write(version: LetterVersion, draft: Draft, *, by: User, at: datetime) -> LetterVersion:
    kept = {pledge.key for pledge in Draft.of(version).pledges}
    basis = None
    if draft.takes_register or any(pledge.key not in kept for pledge in draft.pledges):
        basis = drafting.basis_now(version, at=at)
    if basis and draft.takes_register:
        version.projects.all().delete()
        LetterProject.objects.bulk_create(drafting.put_into(version, drafting.listed(basis.plan)))
    pledges = drafting.pledges_of(version, draft, basis=basis)
    refused = validation.unsavable(drafting.written(version, draft, pledges))
    if refused:
        raise DraftRefused(refused)
    version.pledges.all().delete()
    Pledge.objects.bulk_create(pledges)
    for name in drafting.TEXTS:
        setattr(version, name, getattr(draft, name))
    version.edition += 1
    version.edited_by, version.edited_at = by, at
    version.save()
    return version


def issue(version: LetterVersion, *, by: User, at: datetime) -> LetterVersion:
    """Give a draft without faults its number and hand it to the unit to be signed; its principals get an e-mail.

    An administrator of the unit issues it. A number once given stays, also when the letter is taken back and issued
    anew. Raises StepRefused where something is still missing or wrong.
    """
    with transaction.atomic():
        version = locked(version, LetterState.DRAFT, LetterState.ISSUED)
        require(by, ADMINISTRATORS, version.letter.unit, at=at)
        if version.state == LetterState.ISSUED:
            return version
        faults = [finding for finding in findings(version) if finding.level == Level.ERROR]
        if faults:
            raise StepRefused(_("To be mended before the letter can be issued: %(count)s.") % {"count": len(faults)})
        version.serial = version.serial or _serial(version)
        version.state = LetterState.ISSUED
        version.issued_by, version.issued_at = by, at
        version.save()
        record(version, Verb.ISSUE, by=by, at=at)
        notices.issued(version, at=at)
        return version


def _serial(version: LetterVersion) -> str:
    """Such as 430400-2022-430421-1-7KQ4M9: the campaign's unit and year, the unit, the version, six signs by chance.

    Nobody finds another letter's number by counting. Where codes are long the campaign's unit is left out.
    """
    letter = version.letter
    chance = "".join(secrets.choice(SIGNS) for _sign in range(6))
    parts = [letter.campaign.unit.code, str(letter.campaign.year), letter.unit.code, str(version.number), chance]
    whole = "-".join(parts)
    return canonical.as_number(whole if len(whole) <= 40 else "-".join(parts[1:]))


def take_back(version: LetterVersion, *, by: User, at: datetime, reason: str) -> LetterVersion:
    """Make an issued letter a draft again, before the unit has signed it."""
    with transaction.atomic():
        version = locked(version, LetterState.ISSUED)
        require(by, ADMINISTRATORS, version.letter.unit, at=at)
        version.state = LetterState.DRAFT
        version.save()
        record(version, Verb.TAKE_BACK, by=by, at=at, reason=reason_given(reason))
        notices.withdrawn(version, at=at)
        return version


def sign(version: LetterVersion, *, by: User, at: datetime, name: str, post: str, seen: str) -> LetterVersion:
    """Sign an issued letter for its unit, as a principal of that very unit; from now on nothing of it ever changes.

    `seen` is the fingerprint of what the page showed: raises StepTaken where the letter has changed since; NameDiffers
    where `name` isn't the person's. The page has asked for the password (`portal.accounts.confirm_password`).
    """
    with transaction.atomic():
        version = locked(version)
        if _has_signed(version, Party.UNIT, by):
            return version
        in_state(version, LetterState.ISSUED)
        if not is_principal(by, version.letter.unit, at=at):
            raise StepRefused(_("Only a principal of this very unit signs its letter."))
        signature = _signature(version, Party.UNIT, by=by, at=at, name=name, post=post, seen=seen)
        version.canonical = canonical.of_unit(version, signature)
        version.sha256 = canonical.hashed(version.canonical)
        version.state = LetterState.SIGNED
        _add(signature, version.sha256)
        version.save()
        record(version, Verb.SIGN, by=by, at=at)
        notices.signed(version, at=at)
        return version


def countersign(version: LetterVersion, *, by: User, at: datetime, name: str, post: str, seen: str) -> LetterVersion:
    """Sign for the city, as a principal of the campaign's unit; it comes into force, and the one before is superseded.

    Raises as `sign` does, and StepRefused for whoever has signed for the unit, or where the year-end account of an
    earlier version is open.
    """
    with transaction.atomic():
        version = locked(version)
        if _has_signed(version, Party.CITY, by):
            return version
        in_state(version, LetterState.SIGNED)
        if not is_principal(by, version.letter.campaign.unit, at=at):
            raise StepRefused(_("Only a principal of the unit that runs the campaign counter-signs."))
        if _has_signed(version, Party.UNIT, by):
            raise StepRefused(_("You have signed for the unit: somebody else counter-signs."))
        not_settled(version.letter)
        signature = _signature(version, Party.CITY, by=by, at=at, name=name, post=post, seen=seen)
        _add(signature, canonical.hashed(canonical.of_city(version.canonical, signature)))
        for earlier in LetterVersion.objects.in_force().filter(letter=version.letter_id):
            earlier.state = LetterState.SUPERSEDED
            earlier.save()
        version.state = LetterState.IN_FORCE
        version.save()
        record(version, Verb.COUNTERSIGN, by=by, at=at)
        notices.in_force(version, at=at)
        return version


def _has_signed(version: LetterVersion, party: str, user: User) -> bool:
    return version.signatures.filter(party=party, signer=user).exists()


def _signature(
    version: LetterVersion, party: str, *, by: User, at: datetime, name: str, post: str, seen: str
) -> LetterSignature:
    """The signature to be, without its hash and seal; raises where what was typed or seen doesn't hold."""
    if seen != canonical.fingerprint(version):
        raise StepTaken(_("The letter has changed since you opened this page. Read it again, then sign."))
    if _as_compared(name) != _as_compared(by.name):
        raise NameDiffers(_("Type your name as it is kept here: %(name)s.") % {"name": by.name})
    if not post.strip():
        raise StepRefused(_("Give the post in which you sign."))
    return LetterSignature(
        version=version, party=party, signer=by, name=name.strip()[:100], post=post.strip()[:100], signed_at=at
    )


def _as_compared(name: str) -> str:
    """A name without spaces, in half width: "张　三" is 张三."""
    return "".join(normalize("NFKC", name).split()).casefold()


def _add(signature: LetterSignature, sha256: str) -> None:
    signature.sha256, signature.seal = sha256, canonical.seal(sha256, signature.party)
    signature.save()


def decline(version: LetterVersion, *, by: User, at: datetime, reason: str) -> LetterVersion:
    """Refuse to counter-sign a letter; a version in force before stays in force. The unit may amend what was declined.

    A principal or an administrator of the campaign's unit declines.
    """
    with transaction.atomic():
        version = locked(version, LetterState.SIGNED)
        city = version.letter.campaign.unit
        if not is_principal(by, city, at=at):
            require(by, ADMINISTRATORS, city, at=at)
        version.state = LetterState.DECLINED
        version.save()
        record(version, Verb.DECLINE, by=by, at=at, reason=reason_given(reason))
        notices.withdrawn(version, at=at)
        return version


def amend(version: LetterVersion, *, by: User, at: datetime, reason: str) -> LetterVersion:
    """Begin the next version as a copy of the one in force, or of one that was declined; the unit goes on from there.

    The one in force stays so until the amendment is counter-signed. Gives the draft that was begun for the same version
    by the same person already, as by a double click; raises StepRefused where another version is open, and once the
    year-end account is.
    """
    with transaction.atomic():
        version = locked(version, LetterState.IN_FORCE, LetterState.DECLINED)
        require(by, UNIT_PEOPLE | ADMINISTRATORS, version.letter.unit, at=at)
        not_settled(version.letter)
        reason = reason_given(reason)
        found = versions().filter(state__in=OPEN, letter=version.letter_id).first()
        if found and found.based_on_id == version.pk and found.reason == reason:
            return found
        if found:
            raise StepRefused(
                _("Version %(number)s is under way already: go on with that one.") % {"number": found.number}
            )
        draft = _copy(version, reason)
        record(draft, Verb.AMEND, by=by, at=at, reason=reason)
        return draft


def _copy(version: LetterVersion, reason: str) -> LetterVersion:
    newest = LetterVersion.objects.filter(letter=version.letter_id).order_by("-number")[0]
    texts = {name: getattr(version, name) for name in drafting.TEXTS}
    draft = LetterVersion.objects.create(
        letter=version.letter, number=newest.number + 1, based_on=version, reason=reason, **texts
    )
    LetterProject.objects.bulk_create(drafting.copies(draft, version.projects.all()))
    Pledge.objects.bulk_create(drafting.copies(draft, version.pledges.all()))
    return draft


def remind(campaign: Campaign, units: Sequence[Unit], *, by: User, at: datetime) -> Reminded:
    """Write to the people of units whose letter isn't signed yet: the principals; of a draft also those who write it.

    At most once a letter and 24 hours, whoever asks, and never to a unit that has signed. The administrator of the
    units reminds. Takes a few queries for each unit that is written to, else the same for any number.
    """
    with transaction.atomic():
        waiting = _waiting(campaign, units)
        reasons = _not_to_remind(units, waiting, by=by, at=at)
        people = {
            state: notices.at_units([unit.pk for unit in units], roles, on=local_day(at))
            for state, roles in notices.AWAITED.items()
        }
        sent, skipped = [], []
        for unit in units:
            version = waiting.get(unit.pk)
            told = people[LetterState(version.state)][unit.pk] if version else []
            if version is None or unit.pk in reasons:
                skipped.append((unit, reasons[unit.pk]))
            elif not told:
                skipped.append((unit, _("Nobody of this unit who could be written to: check its memberships.")))
            else:
                notices.reminder(version, told, at=at)
                record(version, Verb.REMIND, by=by, at=at)
                sent.append(unit)
        return Reminded(sent=tuple(sent), skipped=tuple(skipped))


def _waiting(campaign: Campaign, units: Sequence[Unit]) -> dict[int, LetterVersion]:
    """The version that waits for its unit, by the unit's id; all the letters are locked, so that nobody signs now."""
    letters = Letter.objects.filter(campaign=campaign, unit__in=units).order_by("pk")
    ids = [letter.pk for letter in letters.select_for_update(no_key=True)]
    found = versions().filter(letter__in=ids, state__in=UNSIGNED)
    return {version.letter.unit_id: version for version in found}


def _not_to_remind(
    units: Sequence[Unit], waiting: Mapping[int, LetterVersion], *, by: User, at: datetime
) -> dict[int, str]:
    """Why a unit isn't reminded, by its id."""
    reached = set(Unit.objects.reached_by(by, ADMINISTRATORS, on=local_day(at)).values_list("pk", flat=True))
    letters = [version.letter_id for version in waiting.values()]
    lately = LetterEvent.objects.filter(letter__in=letters, verb=Verb.REMIND, at__gt=at - ONE_REMINDER)
    reminded = set(lately.values_list("letter__unit_id", flat=True))
    reasons = {}
    for unit in units:
        if unit.pk not in reached:
            reasons[unit.pk] = _("Your role at this unit doesn't allow this step.")
        elif unit.pk not in waiting:
            reasons[unit.pk] = _("It has no letter that waits for its signature.")
        elif unit.pk in reminded:
            reasons[unit.pk] = _("It was reminded within the last 24 hours.")
    return reasons
