"""From the issue of a letter to its amendment: each step, who may take it, when it is refused, and a second click."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commitments import canonical, lifecycle
from commitments.lifecycle import Draft, NameDiffers, StepRefused, StepTaken
from commitments.models import LetterEvent, LetterState, LetterVersion, Settlement
from portal.models import Membership, Message, Role
from tests import world
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning, changed

__all__ = ["campaigning"]


def events(version: LetterVersion) -> list[str]:
    return list(LetterEvent.objects.filter(letter=version.letter).order_by("pk").values_list("verb", flat=True))


def state(version: LetterVersion) -> str:
    return LetterVersion.objects.get(pk=version.pk).state


# Issue and take back.


def test_issuing_gives_a_number_and_tells_the_principal(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    assert version.serial is not None
    assert version.serial.startswith("430400-2022-430421-1-")
    assert (version.state, version.issued_by, version.issued_at) == ("issued", campaigning.town.administrator, DAY)
    message = Message.objects.get()
    assert (message.kind, message.recipient) == ("letter_issued", campaigning.principal)
    assert version.serial in message.text
    assert events(version) == ["begin", "issue"]


def test_issuing_twice_gives_the_same_number(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    again = lifecycle.issue(version, by=campaigning.town.administrator, at=DAY)
    assert again.serial == version.serial
    assert events(version) == ["begin", "issue"]


def test_letter_with_a_fault_is_not_issued(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    with pytest.raises(StepRefused):
        lifecycle.issue(version, by=campaigning.town.administrator, at=DAY)
    assert state(version) == LetterState.DRAFT


def test_number_stays_when_the_letter_is_taken_back_and_issued_anew(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    back = lifecycle.take_back(version, by=campaigning.town.administrator, at=DAY, reason="figures")
    assert back.state == LetterState.DRAFT
    again = lifecycle.issue(back, by=campaigning.town.administrator, at=DAY + timedelta(hours=1))
    assert again.serial == version.serial
    assert Message.objects.filter(kind="letter_issued").count() == 2
    assert events(version) == ["begin", "issue", "take_back", "issue"]


def test_taking_back_needs_a_reason_and_a_letter_not_yet_signed(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    with pytest.raises(StepRefused):
        lifecycle.take_back(version, by=campaigning.town.administrator, at=DAY, reason="  ")
    campaigning.signed(version)
    with pytest.raises(StepTaken):
        lifecycle.take_back(version, by=campaigning.town.administrator, at=DAY, reason="r")


def test_issued_letter_is_not_edited(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    with pytest.raises(StepTaken):
        lifecycle.save_draft(
            version, Draft.of(version), edition=version.edition, by=campaigning.town.administrator, at=DAY
        )


# Sign and counter-sign.


def test_principal_signs_and_the_content_is_sealed(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    signature = version.signatures.get()
    assert (version.state, version.sha256) == ("signed", canonical.hashed(version.canonical))
    assert (signature.party, signature.signer, signature.name, signature.post, signature.signed_at) == (
        "unit",
        campaigning.principal,
        "principal",
        "县长",
        SIGNED,
    )
    assert signature.sha256 == version.sha256
    assert canonical.is_sealed(signature.seal, version.sha256, "unit")


def test_signing_twice_gives_the_same(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    seen = canonical.fingerprint(version)
    for _click in range(2):
        campaigning.sign(version, campaigning.principal, seen=seen)
    assert version.signatures.count() == 1
    assert events(version) == ["begin", "issue", "sign"]


@pytest.mark.parametrize("person", ["staff", "stranger", "reviewer", "administrator", "leader"])
def test_only_a_principal_signs(campaigning: Campaigning, person: str) -> None:
    version = campaigning.issued()
    with pytest.raises(StepRefused):
        campaigning.sign(version, getattr(campaigning.town, person))
    assert state(version) == LetterState.ISSUED


def test_principal_above_or_of_another_unit_or_of_yesterday_does_not_sign(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    other = world.make_person("other", campaigning.town.other, Role.PRINCIPAL)
    Membership.objects.filter(user=campaigning.principal).update(valid_until=SIGNED.date() - timedelta(days=1))
    for person in (campaigning.mayor, other, campaigning.principal):
        with pytest.raises(StepRefused):
            campaigning.sign(version, person)


def test_name_must_be_ones_own_whatever_its_spaces_and_width(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    for wrong in ("", "  ", "mayor"):
        with pytest.raises(NameDiffers):
            campaigning.sign(version, campaigning.principal, name=wrong)
    assert campaigning.sign(version, campaigning.principal, name=" ｐｒｉｎ ｃｉｐａｌ　").state == LetterState.SIGNED


def test_signing_needs_the_post(campaigning: Campaigning) -> None:
    with pytest.raises(StepRefused):
        campaigning.sign(campaigning.issued(), campaigning.principal, post=" ")


def test_signing_a_letter_that_has_changed_since_is_refused(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    seen = canonical.fingerprint(version)
    town = campaigning.town
    back = lifecycle.take_back(version, by=town.administrator, at=DAY, reason="more")
    draft = changed(Draft.of(back), campaigning.tourism, target=Decimal(130))
    lifecycle.save_draft(back, draft, edition=back.edition, by=town.administrator, at=DAY)
    lifecycle.issue(back, by=town.administrator, at=DAY)
    with pytest.raises(StepTaken):
        campaigning.sign(version, campaigning.principal, seen=seen)
    with pytest.raises(StepTaken):
        campaigning.sign(version, campaigning.principal, seen="")


def test_draft_is_not_signed(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    with pytest.raises(StepTaken):
        campaigning.sign(version, campaigning.principal)


def test_countersigned_letter_is_in_force(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    assert version.state == LetterState.IN_FORCE
    city = version.signatures.get(party="city")
    assert city.sha256 == canonical.hashed(canonical.of_city(version.canonical, city))
    assert events(version) == ["begin", "issue", "sign", "countersign"]
    again = lifecycle.countersign(version, by=campaigning.mayor, at=SIGNED, name="", post="", seen="")
    assert again.state == LetterState.IN_FORCE
    assert version.signatures.count() == 2


def test_only_a_principal_of_the_campaigns_unit_countersigns(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    seen = canonical.fingerprint(version)
    for person in (campaigning.principal, campaigning.town.administrator, campaigning.town.leader):
        with pytest.raises(StepRefused):
            lifecycle.countersign(version, by=person, at=SIGNED, name=person.name, post="p", seen=seen)


def test_nobody_countersigns_what_they_signed_for_the_unit(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    Membership.objects.create(user=campaigning.principal, unit=campaigning.town.city, role=Role.PRINCIPAL)
    seen = canonical.fingerprint(version)
    with pytest.raises(StepRefused, match="另一人"):
        lifecycle.countersign(version, by=campaigning.principal, at=SIGNED, name="principal", post="p", seen=seen)


def test_letter_is_not_countersigned_before_the_unit_has_signed(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    seen = canonical.fingerprint(version)
    with pytest.raises(StepTaken):
        lifecycle.countersign(version, by=campaigning.mayor, at=SIGNED, name="mayor", post="p", seen=seen)


def test_signing_by_two_principals_keeps_the_first(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    second = world.make_person("second", campaigning.town.county, Role.PRINCIPAL)
    with pytest.raises(StepTaken):
        campaigning.sign(version, second)


# Decline and amend.


def test_declined_letter_is_amended_from_there(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    declined = lifecycle.decline(version, by=campaigning.mayor, at=SIGNED, reason="too little")
    assert declined.state == LetterState.DECLINED
    draft = lifecycle.amend(declined, by=campaigning.town.staff, at=SIGNED, reason="raised")
    assert (draft.number, draft.state, draft.based_on) == (2, "draft", declined)
    assert events(version) == ["begin", "issue", "sign", "decline", "amend"]


def test_declining_is_for_the_citys_principals_and_administrators_and_needs_a_reason(
    campaigning: Campaigning,
) -> None:
    version = campaigning.signed()
    town = campaigning.town
    own = world.make_person("county-administrator", town.county, Role.ADMINISTRATOR)
    for person in (campaigning.principal, town.staff, town.reviewer, own):
        with pytest.raises(StepRefused):
            lifecycle.decline(version, by=person, at=SIGNED, reason="r")
    with pytest.raises(StepRefused):
        lifecycle.decline(version, by=town.administrator, at=SIGNED, reason="")
    assert lifecycle.decline(version, by=town.administrator, at=SIGNED, reason="r").state == LetterState.DECLINED


def test_amendment_is_a_copy_and_supersedes_when_both_have_signed(campaigning: Campaigning) -> None:
    first = campaigning.in_force()
    draft = lifecycle.amend(first, by=campaigning.town.staff, at=SIGNED, reason="计划调整")
    assert (draft.number, draft.reason, draft.based_on, draft.serial) == (2, "计划调整", first, None)
    assert Draft.of(draft) == Draft.of(first)
    assert list(draft.projects.values_list("name", "planned_investment", "position")) == list(
        first.projects.values_list("name", "planned_investment", "position")
    )
    assert state(first) == LetterState.IN_FORCE
    issued = lifecycle.issue(draft, by=campaigning.town.administrator, at=SIGNED)
    second = campaigning.in_force(issued)
    assert second.serial is not None
    assert second.serial != first.serial
    assert (state(first), state(second)) == ("superseded", "in_force")


def test_amendment_under_way_does_not_come_into_force_over_an_open_account(campaigning: Campaigning) -> None:
    first = campaigning.in_force()
    second = campaigning.signed(campaigning.amended(first))
    Settlement.objects.create(version=first, due_on=SIGNED.date(), opened_at=SIGNED)
    seen = canonical.fingerprint(second)
    with pytest.raises(StepRefused, match="年底结账"):
        lifecycle.countersign(second, by=campaigning.mayor, at=SIGNED, name="mayor", post="市长", seen=seen)
    assert (state(first), state(second)) == ("in_force", "signed")


def test_amending_twice_gives_the_same_draft_and_another_is_refused_while_one_is_open(
    campaigning: Campaigning,
) -> None:
    version = campaigning.in_force()
    town = campaigning.town
    draft = lifecycle.amend(version, by=town.staff, at=SIGNED, reason="r")
    assert lifecycle.amend(version, by=town.staff, at=SIGNED, reason="r") == draft
    with pytest.raises(StepRefused):
        lifecycle.amend(version, by=town.administrator, at=SIGNED, reason="another")


def test_amending_needs_a_reason_and_a_version_that_both_have_signed(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    with pytest.raises(StepTaken):
        lifecycle.amend(version, by=campaigning.town.staff, at=SIGNED, reason="r")
    version = campaigning.in_force(version)
    with pytest.raises(StepRefused):
        lifecycle.amend(version, by=campaigning.town.staff, at=SIGNED, reason=" ")
    for person in (campaigning.town.stranger, campaigning.town.reviewer, campaigning.town.leader):
        with pytest.raises(StepRefused):
            lifecycle.amend(version, by=person, at=SIGNED, reason="r")


# Remind.


def test_reminder_goes_to_principals_of_issued_letters_and_to_all_people_of_drafts(campaigning: Campaigning) -> None:
    town = campaigning.town
    version = campaigning.issued()
    campaigning.begun(town.other)
    Message.objects.all().delete()
    reminded = lifecycle.remind(campaigning.campaign, [town.county, town.other], by=town.administrator, at=SIGNED)
    assert reminded.sent == (town.county, town.other)
    assert reminded.skipped == ()
    told = Message.objects.filter(kind="letter_reminder")
    assert set(told.values_list("recipient__name", flat=True)) == {"principal", "stranger"}
    assert events(version)[-1] == "remind"


def test_reminder_goes_once_in_24_hours_whoever_asks(campaigning: Campaigning) -> None:
    town = campaigning.town
    campaigning.issued()
    Message.objects.all().delete()
    another = world.make_person("another", town.county, Role.ADMINISTRATOR)
    day = timedelta(hours=24)
    for by, when, count in (
        (town.administrator, SIGNED, 1),
        (another, SIGNED + day - timedelta(minutes=1), 1),
        (another, SIGNED + day, 2),
    ):
        reminded = lifecycle.remind(campaigning.campaign, [town.county], by=by, at=when)
        assert Message.objects.count() == count
        assert bool(reminded.sent) == (when != SIGNED + day - timedelta(minutes=1))


def test_reminder_never_goes_to_who_has_signed_or_has_no_letter(campaigning: Campaigning) -> None:
    town = campaigning.town
    version = campaigning.signed()
    Message.objects.all().delete()
    for _step in range(2):
        reminded = lifecycle.remind(campaigning.campaign, [town.county, town.other], by=town.administrator, at=SIGNED)
        assert reminded.sent == ()
        assert [unit for unit, _reason in reminded.skipped] == [town.county, town.other]
        version = campaigning.in_force(version) if _step == 0 else version
    assert not Message.objects.exists()


def test_reminder_says_where_nobody_could_be_written_to(campaigning: Campaigning) -> None:
    campaigning.principal.wants_notices = False
    campaigning.principal.save()
    version = campaigning.issued()
    town = campaigning.town
    reminded = lifecycle.remind(campaigning.campaign, [town.county], by=town.administrator, at=SIGNED)
    assert reminded.sent == ()
    assert "remind" not in events(version)


def test_only_administrators_remind(campaigning: Campaigning) -> None:
    campaigning.issued()
    town = campaigning.town
    for person in (town.staff, town.reviewer, town.leader, campaigning.principal):
        assert lifecycle.remind(campaigning.campaign, [town.county], by=person, at=SIGNED).sent == ()
