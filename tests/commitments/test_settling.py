"""The year-end account: who takes which step when, what is copied, and that what is closed never changes."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from commitments import attachments, relief, settling
from commitments.fulfilment import fulfilments
from commitments.lifecycle import amend
from commitments.models import Attachment, Campaign, LetterEvent, LetterVersion, Settlement, SettlementEntry
from commitments.settling import Own
from portal.models import Membership, Message, Quarter, Role
from portal.uploads import File
from projects import lifecycle, rollups
from projects.lifecycle import StepRefused, StepTaken
from projects.models import Report
from tests import world
from tests.commitments import files, promises
from tests.commitments.promises import objects, promise
from tests.commitments.reported import Year, kept_year
from tests.conftest import City
from tests.world import at

NOW = at("2023-01-05")
LATER = at("2023-01-12")
DUE = date(2023, 1, 10)


@pytest.fixture(scope="module")
def reported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Year]:
    with kept_year(django_db_blocker) as year:
        yield year


@pytest.fixture
def town(db: None, reported: Year) -> City:
    return deepcopy(reported.town)


@pytest.fixture
def year(town: City, reported: Year) -> list[Quarter]:
    return deepcopy(reported.quarters)


@pytest.fixture
def version(town: City, reported: Year) -> LetterVersion:
    return deepcopy(reported.version)


@pytest.fixture
def opened(town: City, version: LetterVersion) -> Settlement:
    return settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)[0]


def entry(settlement: Settlement, position: int = 1) -> SettlementEntry:
    return settlement.entries.select_related("settlement__version", "pledge").get(pledge__position=position)


def said(settlement: Settlement, town: City, value: object = 3900, words: str = "see the list") -> None:
    entries = list(settlement.entries.select_related("pledge"))
    own = {each.pk: Own(value=promises.decimal(value), words=words) for each in entries}
    settling.assess(settlement, own, seen=settling.fingerprint(entries), by=town.staff, at=NOW)


@pytest.fixture
def assessed(town: City, opened: Settlement) -> Settlement:
    said(opened, town)
    return settling.hand_in(opened, by=town.staff, at=NOW)


@pytest.fixture
def verified(town: City, assessed: Settlement) -> Settlement:
    return settling.verify(assessed, by=town.administrator, at=LATER)


def test_opened_with_an_entry_a_pledge_and_an_e_mail(town: City, version: LetterVersion) -> None:
    campaign = version.letter.campaign
    opened = settling.open_all(campaign, due_on=DUE, by=town.administrator, at=NOW)
    assert [(each.version, each.state, each.due_on, each.opened_at) for each in opened] == [(version, "open", DUE, NOW)]
    rows = opened[0].entries.values_list("pledge__position", "target", "own_value", "verified_state")
    assert objects(*rows) == ((1, 3600, None, ""), (2, 100, None, ""))
    message = Message.objects.get(kind="settlement_opened")
    assert message.recipient == town.staff
    assert "/letters/430421/2022/settlement/" in message.text
    with pytest.raises(StepRefused):
        settling.open_all(campaign, due_on=DUE, by=town.administrator, at=NOW)
    assert LetterEvent.objects.filter(verb="open_settlement", letter=version.letter).count() == 1


@pytest.mark.parametrize(("day", "due_on"), [("2022-12-31", DUE), ("2023-01-11", DUE)])
def test_not_opened_before_the_year_has_ended_or_due_in_the_past(
    town: City, version: LetterVersion, day: str, due_on: date
) -> None:
    with pytest.raises(StepRefused):
        settling.open_all(version.letter.campaign, due_on=due_on, by=town.administrator, at=at(day))
    assert not Settlement.objects.exists()


def test_draft_or_superseded_letters_have_no_account(town: City, version: LetterVersion) -> None:
    promises.make_draft(version.letter.campaign, town.other)
    amended = promises.make_draft(version.letter.campaign, town.county)
    promise(amended, "investment", 4000)
    promises.put_in_force(amended, by=town.administrator)
    opened = settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)
    assert [each.version for each in opened] == [amended]


def test_letter_is_not_amended_once_its_account_is_open(town: City, version: LetterVersion) -> None:
    """The account would stay with the version before, and the new one could get a second."""
    settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)
    with pytest.raises(StepRefused, match="年底结账"):
        amend(version, by=town.staff, at=LATER, reason="the flood")
    assert version.letter.versions.count() == 1


def test_opening_takes_as_many_queries_for_many_letters(town: City, opened: Settlement) -> None:
    counted = []
    for number in (1, 3):
        campaign = Campaign.objects.get(unit=town.city)
        for index in range(number):
            unit = world.make_unit(f"43{number}{index}", town.city)
            draft = promises.make_draft(campaign, unit)
            promise(draft, "investment", 10)
            promises.put_in_force(draft, by=town.administrator)
        with CaptureQueriesContext(connection) as queries:
            assert len(settling.open_all(campaign, due_on=DUE, by=town.administrator, at=NOW)) == number
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_unit_assesses_itself_and_hands_in(town: City, opened: Settlement) -> None:
    said(opened, town, "3900.5", "see the list")
    handed_in = settling.hand_in(opened, by=town.staff, at=NOW)
    assert (handed_in.state, entry(opened).own_value, entry(opened).own_words) == (
        "assessed",
        Decimal("3900.5"),
        "see the list",
    )
    assert settling.hand_in(opened, by=town.staff, at=NOW) == handed_in
    assert LetterEvent.objects.filter(verb="assess").count() == 1
    with pytest.raises(StepTaken):
        said(opened, town, 1)


def test_pledge_without_a_figure_or_a_word_is_not_handed_in(town: City, opened: Settlement) -> None:
    first = entry(opened)
    seen = settling.fingerprint(list(opened.entries.all()))
    settling.assess(opened, {first.pk: Own(value=Decimal(0), words="")}, seen=seen, by=town.staff, at=NOW)
    with pytest.raises(StepRefused, match="年度计划完成率"):
        settling.hand_in(opened, by=town.staff, at=NOW)


def test_who_writes_at_once_is_told_and_overwrites_nothing(town: City, opened: Settlement) -> None:
    seen = settling.fingerprint(list(opened.entries.all()))
    first = entry(opened)
    settling.assess(opened, {first.pk: Own(value=None, words="one")}, seen=seen, by=town.staff, at=NOW)
    settling.assess(opened, {first.pk: Own(value=None, words="one")}, seen=seen, by=town.staff, at=NOW)  # again
    with pytest.raises(StepTaken):
        settling.assess(opened, {first.pk: Own(value=None, words="two")}, seen=seen, by=town.staff, at=NOW)
    assert entry(opened).own_words == "one"


def test_results_are_copied_from_accepted_figures(town: City, assessed: Settlement) -> None:
    verified = settling.verify(assessed, by=town.administrator, at=LATER)
    assert verified.state == "verified"
    rows = verified.entries.values_list("target", "verified_value", "verified_rate", "verified_state")
    assert objects(*rows) == ((3600, 4000, Decimal("1.111111"), "kept"), (100, 100, 1, "kept"))
    message = Message.objects.get(kind="settlement_verified")
    assert (message.recipient, "核定" in message.subject) == (town.staff, True)


def test_corrections_leave_the_account_alone_until_it_is_verified_again(
    town: City, verified: Settlement, year: list[Quarter]
) -> None:
    with pytest.raises(StepRefused):
        settling.verify(verified, by=town.administrator, at=LATER)
    accepted = Report.objects.get(quarter=year[3], state="accepted")
    when = at("2023-01-12")
    draft = lifecycle.correct(accepted, by=town.staff, at=when, reason="counted twice")
    for line in draft.lines.all():
        world.fill(line, 200, by=town.staff, when=when)
    world.accepted(lifecycle.submit(draft, by=town.staff, at=when), by=town.reviewer, when=when)
    with pytest.raises(StepTaken):  # the figures are still to be recomputed
        settling.verify(verified, by=town.administrator, at=LATER)
    rollups.drain(at=when)
    assert entry(verified).verified_value == 4000
    settling.verify(verified, by=town.administrator, at=LATER)
    assert objects(entry(verified).verified_value, entry(verified).verified_state) == (3400, "missed")
    assert LetterEvent.objects.filter(verb="verify").count() == 2


def test_adjusted_pledge_is_settled_by_its_new_target(town: City, version: LetterVersion, year: list[Quarter]) -> None:
    asked = relief.ask(
        version.pledges.get(position=1),
        kind="adjusted",
        from_quarter=year[3],
        targets=relief.Targets(target=Decimal(4500)),
        reason="more was built",
        by=town.staff,
        at=NOW,
    )
    opened = settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)[0]
    said(opened, town)
    settling.hand_in(opened, by=town.staff, at=NOW)
    relief.decide(asked, granted=True, answer="", by=town.administrator, at=NOW)
    settling.verify(opened, by=town.administrator, at=LATER)
    assert objects(entry(opened).target, entry(opened).verified_state) == (4500, "missed")


def test_account_that_is_not_handed_in_is_verified_after_its_day(town: City, opened: Settlement) -> None:
    with pytest.raises(StepRefused, match="2023-01-10"):
        settling.verify(opened, by=town.administrator, at=at("2023-01-10", 23))
    assert settling.verify(opened, by=town.administrator, at=at("2023-01-11")).state == "verified"


def test_objection_is_answered_before_the_account_is_closed(town: City, verified: Settlement) -> None:
    settling.object_to(entry(verified), " too low ", by=town.staff, at=LATER)
    settling.object_to(entry(verified), "too low", by=town.staff, at=LATER)
    assert (entry(verified).objection, entry(verified).objected_at) == ("too low", LATER)
    with pytest.raises(StepRefused, match="1"):
        settling.close(verified, conclusion="settled", by=town.administrator, at=LATER)
    settling.answer(entry(verified), "checked: right", by=town.administrator, at=LATER)
    with pytest.raises(StepTaken):
        settling.answer(entry(verified), "no", by=town.administrator, at=LATER)
    with pytest.raises(StepRefused):
        settling.object_to(entry(verified), "still too low", by=town.staff, at=LATER)
    with pytest.raises(StepRefused):
        settling.close(verified, conclusion=" ", by=town.administrator, at=LATER)
    closed = settling.close(verified, conclusion="settled", by=town.administrator, at=LATER)
    assert (closed.state, closed.conclusion, closed.closed_at) == ("closed", "settled", LATER)
    assert settling.close(verified, conclusion="settled", by=town.administrator, at=LATER) == closed
    assert list(LetterEvent.objects.order_by("pk").values_list("verb", flat=True))[-3:] == ["object", "answer", "close"]


def test_answer_without_objection_and_objection_without_words_are_refused(town: City, verified: Settlement) -> None:
    with pytest.raises(StepRefused):
        settling.answer(entry(verified), "yes", by=town.administrator, at=LATER)
    with pytest.raises(StepRefused):
        settling.object_to(entry(verified), " ", by=town.staff, at=LATER)


def test_evidence_is_kept_beside_its_entry(town: City, opened: Settlement) -> None:
    file = File("验收单.pdf", files.PDF)
    found = settling.attach(entry(opened), file, by=town.staff, at=NOW)
    assert settling.attach(entry(opened), file, by=town.staff, at=NOW) == found
    assert (found.kind, found.version, found.entry) == ("evidence", opened.version, entry(opened))
    assert LetterEvent.objects.filter(verb="attach").count() == 1
    with pytest.raises(attachments.FileRefused):
        settling.attach(entry(opened), File("a.pdf", b"no"), by=town.staff, at=NOW)
    said(opened, town)
    settling.hand_in(opened, by=town.staff, at=NOW)
    with pytest.raises(StepTaken):
        settling.attach(entry(opened), File("b.png", files.PNG), by=town.staff, at=NOW)


Step = Callable[[Settlement, City, object], object]
STEPS: dict[str, Step] = {
    "assess": lambda found, town, by: settling.assess(found, {}, seen="", by=by, at=NOW),  # type: ignore[arg-type]
    "hand_in": lambda found, town, by: settling.hand_in(found, by=by, at=NOW),  # type: ignore[arg-type]
    "attach": lambda found, town, by: settling.attach(entry(found), File("a", files.PDF), by=by, at=NOW),  # type: ignore[arg-type]
    "verify": lambda found, town, by: settling.verify(found, by=by, at=LATER),  # type: ignore[arg-type]
    "object": lambda found, town, by: settling.object_to(entry(found), "o", by=by, at=LATER),  # type: ignore[arg-type]
    "answer": lambda found, town, by: settling.answer(entry(found), "a", by=by, at=LATER),  # type: ignore[arg-type]
    "close": lambda found, town, by: settling.close(found, conclusion="c", by=by, at=LATER),  # type: ignore[arg-type]
}
OF_THE_UNIT = ("assess", "hand_in", "attach", "object")


@pytest.mark.parametrize("name", STEPS)
def test_step_is_refused_to_whoever_may_not_take_it(town: City, opened: Settlement, name: str) -> None:
    state = {"assess": "open", "hand_in": "open", "attach": "open", "verify": "assessed"}.get(name, "verified")
    Settlement.objects.update(state=state)
    wrong = [town.stranger, town.leader, town.reviewer]
    wrong.append(town.administrator if name in OF_THE_UNIT else town.staff)
    for person in wrong:
        with pytest.raises(StepRefused):
            STEPS[name](opened, town, person)
    opened.refresh_from_db()
    assert opened.state == state


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("assess", "assessed"),
        ("hand_in", "verified"),
        ("attach", "assessed"),
        ("object", "assessed"),
        ("answer", "assessed"),
        ("close", "assessed"),
        *((name, "closed") for name in STEPS),
    ],
)
def test_step_out_of_turn_is_told(town: City, opened: Settlement, name: str, state: str) -> None:
    Settlement.objects.update(state=state, closed_at=NOW if state == "closed" else None)
    by = town.staff if name in OF_THE_UNIT else town.administrator
    with pytest.raises(StepTaken):
        STEPS[name](opened, town, by)


def test_nobody_verifies_or_closes_what_they_handed_in(town: City, opened: Settlement) -> None:
    Membership.objects.create(user=town.staff, unit=town.city, role=Role.ADMINISTRATOR)
    said(opened, town)
    settling.hand_in(opened, by=town.staff, at=NOW)
    with pytest.raises(StepRefused):
        settling.verify(opened, by=town.staff, at=LATER)
    settling.verify(opened, by=town.administrator, at=LATER)
    with pytest.raises(StepRefused):
        settling.close(opened, conclusion="fine", by=town.staff, at=LATER)


def test_no_adjustment_once_the_account_is_closed(town: City, verified: Settlement, year: list[Quarter]) -> None:
    pledge = verified.version.pledges.get(position=1)
    asked = relief.ask(pledge, kind="exempt", from_quarter=year[3], reason="flood", by=town.staff, at=LATER)
    settling.close(verified, conclusion="settled", by=town.administrator, at=LATER)
    with pytest.raises(StepRefused):
        relief.decide(asked, granted=True, answer="", by=town.administrator, at=LATER)
    with pytest.raises(StepRefused):
        relief.ask(
            verified.version.pledges.get(position=2),
            kind="exempt",
            from_quarter=year[3],
            reason="flood",
            by=town.staff,
            at=LATER,
        )


CHANGES = [
    "UPDATE commitments_settlement SET state = 'verified', closed_at = NULL",
    "UPDATE commitments_settlement SET conclusion = 'other' WHERE state = 'closed'",
    "DELETE FROM commitments_settlement",
    "UPDATE commitments_settlemententry SET verified_value = 1",
    "UPDATE commitments_settlemententry SET own_words = 'other'",
    "UPDATE commitments_settlemententry SET settlement_id = {open}",
    "DELETE FROM commitments_settlemententry",
    "INSERT INTO commitments_settlemententry (settlement_id, pledge_id, own_words, verified_state, objection, answer)"
    " SELECT {closed}, pledge_id, '', '', '', '' FROM commitments_settlemententry WHERE settlement_id = {open}",
    "INSERT INTO commitments_attachment"
    " (kind, version_id, entry_id, name, content_type, content, sha256, added_by_id, added_at)"
    " SELECT kind, version_id, entry_id, 'b', content_type, content, 'other', added_by_id, added_at"
    " FROM commitments_attachment",
    "UPDATE commitments_attachment SET name = 'other'",
    "DELETE FROM commitments_attachment",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_closed_account_never_changes_by_any_sql(town: City, opened: Settlement, statement: str) -> None:
    settling.attach(entry(opened), File("a.pdf", files.PDF), by=town.staff, at=NOW)
    said(opened, town)
    settling.hand_in(opened, by=town.staff, at=NOW)
    settling.verify(opened, by=town.administrator, at=LATER)
    settling.close(opened, conclusion="settled", by=town.administrator, at=LATER)
    draft = promises.make_draft(opened.version.letter.campaign, town.other)
    promise(draft, "investment", 10)
    promises.put_in_force(draft, by=town.administrator)
    other = settling.open_all(draft.letter.campaign, due_on=date(2023, 2, 1), by=town.administrator, at=LATER)[0]
    before = _everything(opened)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(open=other.pk, closed=opened.pk))
    assert _everything(opened) == before


def _everything(settlement: Settlement) -> list[object]:
    rows = Settlement.objects.filter(pk=settlement.pk), settlement.entries.order_by("pk"), Attachment.objects.all()
    return [list(each.values_list()) for each in rows]


def test_enormous_rate_fits_its_column(town: City, version: LetterVersion) -> None:
    entry = SettlementEntry()
    found = fulfilments(list(version.pledges.all()), settling.last_quarter(version.letter.campaign))
    one = next(iter(found.values()))
    settling._copy(entry, type(one)(**{**vars(one), "rate": Decimal("123456789.5")}))
    assert entry.verified_rate == 999999
