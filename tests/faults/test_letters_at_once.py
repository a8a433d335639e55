"""Two people, or one who clicks twice, take a step with the same letter at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from commitments import canonical, lifecycle, settling
from commitments.models import LetterEvent, LetterState, LetterVersion, Settlement
from portal.models import Message, Role
from tests import world
from tests.commitments.letters import SIGNED, Campaigning, campaigning
from tests.faults.test_at_once import PATIENCE, at_once, in_turn, wait_until_blocked

__all__ = ["campaigning"]

pytestmark = pytest.mark.django_db(transaction=True)
YEAR_OVER = world.at("2023-01-05")


def state(version: LetterVersion) -> str:
    return LetterVersion.objects.get(pk=version.pk).state


def test_two_principals_signing_at_once_leave_one_signature(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    second = world.make_person("second", campaigning.town.county, Role.PRINCIPAL)
    outcomes = at_once(
        version.letter,
        lambda: campaigning.sign(version, campaigning.principal),
        lambda: campaigning.sign(version, second),
    )
    assert sorted(isinstance(outcome, lifecycle.StepTaken) for outcome in outcomes) == [False, True]
    assert version.signatures.count() == 1
    assert canonical.verify(str(version.serial)).status == "signed"


def test_signing_by_a_double_click_gives_the_same_twice(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    outcomes = at_once(
        version.letter,
        lambda: campaigning.sign(version, campaigning.principal),
        lambda: campaigning.sign(version, campaigning.principal),
    )
    assert outcomes == [version, version]
    assert version.signatures.count() == 1
    assert version.events.filter(verb="sign").count() == 1


def test_signing_and_taking_back_at_once_one_wins_and_the_other_is_told(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    outcomes = at_once(
        version.letter,
        lambda: campaigning.sign(version, campaigning.principal),
        lambda: lifecycle.take_back(version, by=campaigning.town.administrator, at=SIGNED, reason="r"),
    )
    told = [isinstance(outcome, lifecycle.StepTaken) for outcome in outcomes]
    assert sorted(told) == [False, True]
    assert state(version) == (LetterState.DRAFT if told[0] else LetterState.SIGNED)


def test_countersigning_and_declining_at_once_one_wins(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    seen = canonical.fingerprint(version)
    outcomes = at_once(
        version.letter,
        lambda: lifecycle.countersign(version, by=campaigning.mayor, at=SIGNED, name="mayor", post="p", seen=seen),
        lambda: lifecycle.decline(version, by=campaigning.town.administrator, at=SIGNED, reason="r"),
    )
    told = [isinstance(outcome, lifecycle.StepTaken) for outcome in outcomes]
    assert sorted(told) == [False, True]
    assert state(version) == (LetterState.DECLINED if told[0] else LetterState.IN_FORCE)


def test_two_reminders_at_once_send_one(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    Message.objects.all().delete()
    town = campaigning.town
    outcomes = at_once(
        version.letter,
        *(
            lambda: lifecycle.remind(campaigning.campaign, [town.county], by=town.administrator, at=SIGNED)
            for _click in range(2)
        ),
    )
    assert sorted(len(outcome.sent) for outcome in outcomes if isinstance(outcome, lifecycle.Reminded)) == [0, 1]
    assert Message.objects.count() == 1
    assert LetterEvent.objects.filter(letter=version.letter, verb="remind").count() == 1


def test_two_drafts_begun_at_once_are_one(campaigning: Campaigning) -> None:
    town = campaigning.town
    outcomes = at_once(campaigning.campaign, lambda: campaigning.begun(), lambda: campaigning.begun())
    assert outcomes[0] == outcomes[1]
    assert LetterVersion.objects.filter(letter__unit=town.county).count() == 1


def test_two_amendments_begun_at_once_are_one(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    outcomes = at_once(
        version.letter,
        lambda: lifecycle.amend(version, by=campaigning.town.staff, at=SIGNED, reason="a"),
        lambda: lifecycle.amend(version, by=campaigning.town.staff, at=SIGNED, reason="b"),
    )
    assert sorted(isinstance(outcome, lifecycle.StepRefused) for outcome in outcomes) == [False, True]
    assert LetterVersion.objects.count() == 2


def open_account(campaigning: Campaigning) -> list[Settlement]:
    by = campaigning.town.administrator
    return settling.open_all(campaigning.campaign, due_on=YEAR_OVER.date(), by=by, at=YEAR_OVER)


@pytest.fixture
def year(campaigning: Campaigning) -> LetterVersion:
    """The county's letter in force, at the end of its year."""
    for number in (2, 3, 4):
        world.make_quarter(f"2022Q{number}")
    return campaigning.in_force()


def test_account_opened_before_an_amendment_refuses_it(campaigning: Campaigning, year: LetterVersion) -> None:
    opened, amended = in_turn(
        year.letter,
        lambda: open_account(campaigning),
        lambda: lifecycle.amend(year, by=campaigning.town.staff, at=YEAR_OVER, reason="the flood"),
    )
    assert isinstance(opened, list)
    assert isinstance(amended, lifecycle.StepRefused)
    assert [account.version for account in Settlement.objects.all()] == [year]
    assert LetterVersion.objects.get() == year


def test_amendment_begun_before_the_account_never_replaces_what_the_account_is_about(
    campaigning: Campaigning, year: LetterVersion
) -> None:
    amended, opened = in_turn(
        year.letter,
        lambda: lifecycle.amend(year, by=campaigning.town.staff, at=YEAR_OVER, reason="the flood"),
        lambda: open_account(campaigning),
    )
    assert isinstance(amended, LetterVersion)
    assert isinstance(opened, list)
    with pytest.raises(lifecycle.StepRefused):
        campaigning.in_force(lifecycle.issue(amended, by=campaigning.town.administrator, at=YEAR_OVER))
    assert [account.version for account in Settlement.objects.all()] == [year]
    assert state(year) == LetterState.IN_FORCE


@pytest.mark.parametrize("first", ["countersign", "open"])
def test_account_is_of_the_version_in_force_however_its_amendment_races(
    campaigning: Campaigning, year: LetterVersion, first: str
) -> None:
    """The amendment waits for nothing but its counter-signature."""
    amended = campaigning.signed(campaigning.amended(year))
    seen = canonical.fingerprint(amended)
    steps: dict[str, Callable[[], object]] = {
        "countersign": lambda: lifecycle.countersign(
            amended, by=campaigning.mayor, at=YEAR_OVER, name="mayor", post="市长", seen=seen
        ),
        "open": lambda: open_account(campaigning),
    }
    told = dict(
        zip((first, *steps.keys() - {first}), in_turn(year.letter, steps.pop(first), *steps.values()), strict=True)
    )
    assert isinstance(told["open"], list)
    assert isinstance(told["countersign"], lifecycle.StepRefused) == (first == "open")
    assert [account.version for account in Settlement.objects.all()] == [amended if first == "countersign" else year]
    assert state(year) == (LetterState.SUPERSEDED if first == "countersign" else LetterState.IN_FORCE)


def test_row_written_beside_an_issue_waits_for_it_and_is_refused(campaigning: Campaigning) -> None:
    """By plain SQL, past every verb: it sees a draft when it begins, and the draft is issued before it is done."""
    version = campaigning.begun(campaigning.town.other)
    statement = "DELETE FROM commitments_pledge WHERE version_id = %s"
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            LetterVersion.objects.filter(pk=version.pk).update(
                state="issued", serial="X", issued_by=campaigning.town.administrator, issued_at=SIGNED
            )
            other = pool.submit(execute, statement, version.pk)
            wait_until_blocked(1, [other])
        assert "never changes" in str(other.result(PATIENCE))
    assert version.pledges.count() == 1


def execute(statement: str, key: int) -> DatabaseError | None:
    """What PostgreSQL says to this statement, over a connection of its own."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, [key])
    except DatabaseError as refused:
        return refused
    finally:
        connection.close()
    return None
