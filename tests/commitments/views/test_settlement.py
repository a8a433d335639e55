"""Pages of the year-end account: what each role sees and sends, that nothing typed is lost, files and the sheet."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from commitments import relief, settling
from commitments.models import Attachment, LetterVersion, Relief, Settlement, SettlementEntry
from commitments.settling import Own
from portal.models import Quarter, Role
from tests import world
from tests.commitments import files, promises
from tests.commitments.files import upload
from tests.commitments.promises import objects, promise
from tests.commitments.reported import Year, kept_year
from tests.conftest import City
from tests.world import at, signed_in

NOW = at("2023-01-05")
DUE = date(2023, 1, 10)
LIST = "/campaigns/430400/2022/settlement/"
PAGE = "/letters/430421/2022/settlement/"
ASK = "/letters/430421/2022/fulfilment/{}/"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture(scope="module")
def reported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Year]:
    with kept_year(django_db_blocker) as year:
        yield year


@pytest.fixture
def town(db: None, reported: Year) -> City:
    return deepcopy(reported.town)


@pytest.fixture
def version(town: City, reported: Year) -> LetterVersion:
    return deepcopy(reported.version)


@pytest.fixture
def opened(town: City, version: LetterVersion) -> Settlement:
    return settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)[0]


@pytest.fixture
def verified(town: City, opened: Settlement) -> Settlement:
    entries = list(opened.entries.all())
    own = {each.pk: Own(value=promises.decimal("3900"), words="see the list") for each in entries}
    settling.assess(opened, own, seen=settling.fingerprint(entries), by=town.staff, at=NOW)
    settling.hand_in(opened, by=town.staff, at=NOW)
    return settling.verify(opened, by=town.administrator, at=NOW)


def entries(settlement: Settlement) -> list[SettlementEntry]:
    return list(settlement.entries.order_by("pledge__position"))


def state() -> str:
    return Settlement.objects.get().state


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def form(client: Client, **changed: object) -> dict[str, object]:
    """The form as the page shows it, with changes."""
    account = client.get(PAGE).context["account"]
    typed: dict[str, object] = {"seen": account.seen, "step": "save"}
    for line in account.lines:
        typed |= {f"value_{line.entry.pk}": line.text, f"words_{line.entry.pk}": line.words}
    return {**typed, **changed}


def test_settlement_access(town: City, opened: Settlement) -> None:
    assert "/accounts/login" in Client().get(PAGE)["Location"]
    assert [signed_in(who).get(PAGE).status_code for who in (town.stranger, town.leader, town.staff)] == [404, 200, 200]
    assert signed_in(town.stranger).post(PAGE, {"step": "save"}).status_code == 404
    wrong = {"save": town.administrator, "verify": town.staff, "close": town.leader, "object": town.reviewer}
    assert {
        step: signed_in(who).post(PAGE, {"step": step}).status_code for step, who in wrong.items()
    } == dict.fromkeys(wrong, 403)
    assert signed_in(town.staff).post(PAGE, {"step": "delete"}).status_code == 400
    assert state() == "open"


def test_reporter_saves_and_leaves_handing_in_to_an_approver(town: City, opened: Settlement) -> None:
    client = signed_in(world.make_person("reporter", town.county, Role.REPORTER))
    assert "hands it in" in text(client.get(PAGE))
    assert client.post(PAGE, form(client, step="hand_in")).status_code == 403
    assert client.post(PAGE, form(client)).status_code == 302


def test_account_that_is_not_opened_says_so(town: City, version: LetterVersion) -> None:
    client = signed_in(town.staff)
    assert "opened yet" in text(client.get(PAGE))
    assert client.post(PAGE, {"step": "save"}).status_code == 404


def test_administrator_opens_the_accounts_of_a_campaign(town: City, version: LetterVersion) -> None:
    client = signed_in(town.administrator)
    assert client.get(LIST).context["waiting"] == 1
    assert signed_in(town.staff).post(LIST, {"due_on": "2023-01-20"}).status_code == 403
    refused = client.post(LIST, {"due_on": "soon"})
    assert (refused.status_code, 'value="soon"' in text(refused)) == (422, True)
    assert client.post(LIST, {"due_on": "2022-12-01"}).status_code == 422
    assert client.post(LIST, {"due_on": "2023.1.20"}).status_code == 302
    assert Settlement.objects.get().due_on == date(2023, 1, 20)
    [row] = client.get(LIST).context["table"].rows
    assert (row.record.code, row.record.state, row.record.kept) == ("430421", "open", 0)
    assert list(signed_in(town.stranger).get(LIST).context["table"].rows) == []


def test_accounts_are_not_opened_before_the_year_has_ended(town: City, version: LetterVersion) -> None:
    with time_machine.travel(at("2022-12-28")):
        client = signed_in(town.administrator)
        assert not client.get(LIST).context["may_open"]
        assert client.post(LIST, {"due_on": "2023-01-20"}).status_code == 422


def test_unit_saves_figures_words_and_files_and_hands_in(town: City, opened: Settlement) -> None:
    client = signed_in(town.staff)
    first, second = entries(opened)
    typed = {
        f"value_{first.pk}": "３，９００．５",
        f"words_{second.pk}": "done",
        f"file_{first.pk}": upload("list.pdf"),
    }
    assert client.post(PAGE, form(client, **typed)).status_code == 302
    first, second = entries(opened)
    assert (first.own_value, second.own_words, state()) == (promises.decimal("3900.5"), "done", "open")
    assert Attachment.objects.get().entry == first
    assert client.post(PAGE, form(client, step="hand_in")).status_code == 302
    assert state() == "assessed"


def test_what_cannot_be_read_is_shown_at_its_field_and_the_rest_is_saved(town: City, opened: Settlement) -> None:
    client = signed_in(town.staff)
    first, second = entries(opened)
    typed = {
        f"value_{first.pk}": "a lot",
        f"words_{first.pk}": "we built it",
        f"value_{second.pk}": "101",
        f"file_{second.pk}": upload("virus.pdf", b"MZ"),
    }
    answer = client.post(PAGE, form(client, step="hand_in", **typed))
    shown = text(answer)
    assert (answer.status_code, state()) == (422, "open")
    assert 'value="a lot"' in shown
    assert "we built it" in shown
    assert "virus.pdf is no PDF, JPEG or PNG" in shown
    assert "in the meantime" not in shown
    assert [each.own_value for each in entries(opened)] == [None, 101]


def test_pledge_without_a_word_is_named_when_handing_in(town: City, opened: Settlement) -> None:
    client = signed_in(town.staff)
    answer = client.post(PAGE, form(client, step="hand_in", **{f"value_{entries(opened)[0].pk}": "1"}))
    assert (answer.status_code, "年度计划完成率" in text(answer)) == (422, True)
    assert entries(opened)[0].own_value == 1


def test_two_who_write_at_once_both_see_what_the_other_typed(town: City, opened: Settlement) -> None:
    first, second = signed_in(town.staff), signed_in(world.make_person("colleague", town.county, Role.REPORTER))
    entry = entries(opened)[0]
    theirs, ours = form(first, **{f"words_{entry.pk}": "one"}), form(second, **{f"words_{entry.pk}": "two"})
    assert first.post(PAGE, theirs).status_code == 302
    answer = second.post(PAGE, ours)
    assert answer.status_code == 409
    assert ">two</textarea>" in text(answer)
    assert "Saved by somebody else in the meantime: one" in text(answer)
    assert entries(opened)[0].own_words == "one"


def test_draft_of_the_unit_is_shown_to_its_people_only(town: City, opened: Settlement) -> None:
    client = signed_in(town.staff)
    client.post(PAGE, form(client, **{f"words_{entries(opened)[0].pk}": "not for you"}))
    for person in (town.administrator, town.leader):
        assert "not for you" not in text(signed_in(person).get(PAGE))
    client.post(PAGE, form(client, step="hand_in", **{f"value_{entries(opened)[1].pk}": "1"}))
    assert "not for you" in text(signed_in(town.leader).get(PAGE))


def test_verified_results_stand_beside_the_own_figure_with_the_difference(town: City, verified: Settlement) -> None:
    shown = text(signed_in(town.leader).get(PAGE))
    assert "3,900" in shown
    assert "4,000" in shown
    assert ">-100<" in shown
    assert "+3,800" in shown
    assert "111.1%" in shown
    assert 'name="step"' not in shown


def test_objection_answer_and_closing_by_hand(town: City, verified: Settlement) -> None:
    own, city = signed_in(town.staff), signed_in(town.administrator)
    entry = entries(verified)[0]
    empty = own.post(PAGE, {"step": "object", "entry": entry.pk, "words": " "})
    assert empty.status_code == 422
    said = {"step": "object", "entry": entry.pk, "words": "a report is missing", "file": upload("r.png", files.PNG)}
    assert own.post(PAGE, said).status_code == 302
    assert Attachment.objects.get().name == "r.png"
    closed = city.post(PAGE, {"step": "close", "conclusion": "all in all kept"})
    assert (closed.status_code, "all in all kept</textarea>" in text(closed)) == (422, True)
    assert "a report is missing" in text(closed)
    assert city.post(PAGE, {"step": "answer", "entry": entry.pk, "words": "it was late"}).status_code == 302
    late = own.post(PAGE, {"step": "object", "entry": entry.pk, "words": "still"})
    assert late.status_code == 422
    again = city.post(PAGE, {"step": "verify"})
    assert (again.status_code, "Nothing has changed" in text(again)) == (422, True)
    assert city.post(PAGE, {"step": "close", "conclusion": "kept"}).status_code == 302
    shown = text(own.get(PAGE))
    assert state() == "closed"
    assert "Nothing in it changes any more" in shown
    assert "<textarea" not in shown
    gone = own.post(PAGE, {"step": "object", "entry": entry.pk, "words": "too late, but kept"})
    assert gone.status_code == 409
    [row] = city.get(LIST + "?state=closed").context["table"].rows
    assert (row.record.kept, row.record.differing, row.record.unanswered) == (2, 2, 0)


def test_entry_of_another_account_is_not_there(town: City, verified: Settlement) -> None:
    draft = promises.make_draft(verified.version.letter.campaign, town.other)
    promise(draft, "investment", 10)
    promises.put_in_force(draft, by=town.administrator)
    other = settling.open_all(draft.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)[0]
    for key in (entries(other)[0].pk, "x", "9" * 30, ""):
        answer = signed_in(town.staff).post(PAGE, {"step": "object", "entry": key, "words": "w"})
        assert answer.status_code == 404


def test_evidence_is_given_to_who_may_read_it_and_to_be_saved_only(town: City, opened: Settlement) -> None:
    client = signed_in(town.staff)
    client.post(PAGE, form(client, **{f"file_{entries(opened)[0].pk}": upload("证明.pdf")}))
    address = reverse("settlement_evidence", args=["430421", 2022, Attachment.objects.get().pk])
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "application/pdf", files.PDF)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    people = (town.reviewer, town.leader, town.stranger)
    assert [signed_in(who).get(address).status_code for who in people] == [200, 403, 404]


def test_sheet_is_a_pdf_from_the_verification_on(town: City, opened: Settlement) -> None:
    sheet = PAGE + "sheet.pdf"
    assert signed_in(town.leader).get(sheet).status_code == 404
    said = {each.pk: Own(value=None, words="words") for each in opened.entries.all()}
    settling.assess(opened, said, seen=settling.fingerprint(list(opened.entries.all())), by=town.staff, at=NOW)
    settling.hand_in(opened, by=town.staff, at=NOW)
    settling.verify(opened, by=town.administrator, at=NOW)
    for language in ("zh-hans", "en"):
        answer = signed_in(town.leader, language).get(sheet)
        assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert signed_in(town.stranger).get(sheet).status_code == 404


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_list_and_account_cost_the_same_for_one_and_for_many(town: City, version: LetterVersion) -> None:
    client, counted, made = signed_in(town.administrator), [], 1
    settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)
    for number in (1, 3, 300):
        for index in range(made, number):
            draft = promises.make_draft(version.letter.campaign, world.make_unit(f"44{index + 1000}", town.city))
            for code in ("investment", "top500", "large", "planned")[: 1 if number == 3 else 4]:
                promise(draft, code, 1)
            promises.put_in_force(draft, by=town.administrator)
        if number > made:
            settling.open_all(version.letter.campaign, due_on=DUE, by=town.administrator, at=NOW)
        made = number
        counted.append(queries(client, LIST))
    assert counted == [counted[0]] * 3
    pages = [queries(client, f"/letters/{code}/2022/settlement/") for code in ("441001", "441100")]
    assert pages[0] == pages[1]


def test_relief_is_asked_for_by_hand_and_nothing_typed_is_lost(town: City, version: LetterVersion) -> None:
    client, pledge = signed_in(town.staff), version.pledges.get(position=1)
    address = ASK.format(pledge.pk)
    assert "3600" in text(client.get(address))
    typed = {"kind": "adjusted", "from_quarter": "2022Q3", "target": "a few", "target_q1": "1,000", "reason": "flood"}
    wrong = client.post(address, typed)
    assert wrong.status_code == 422
    for kept in ('value="a few"', 'value="1,000"', ">flood</textarea>", 'value="2022Q3" selected'):
        assert kept in text(wrong)
    falling = client.post(address, {**typed, "target": "500"})
    assert (falling.status_code, "cumulative" in text(falling)) == (422, True)
    assert client.post(address, {"kind": "", "from_quarter": "", "reason": ""}).status_code == 422
    assert not Relief.objects.exists()
    assert client.post(address, {**typed, "target": "3500"}).status_code == 302
    asked = Relief.objects.get()
    assert objects(asked.target, asked.target_q1, asked.target_q2, asked.from_quarter.label) == (
        3500,
        1000,
        None,
        "2022Q3",
    )


def test_relief_access(town: City, version: LetterVersion) -> None:
    pledge = version.pledges.get(position=1)
    address = ASK.format(pledge.pk)
    people = (town.staff, town.leader, town.administrator, town.stranger)
    assert [signed_in(who).get(address).status_code for who in people] == [200, 403, 403, 404]
    quarter = Quarter.objects.get(year=2022, number=3)
    asked = relief.ask(pledge, kind="exempt", from_quarter=quarter, reason="flood", by=town.staff, at=NOW)
    decide = f"/letters/430421/2022/relief/{asked.pk}/"
    assert [signed_in(who).get(decide).status_code for who in people] == [403, 403, 200, 404]
    assert [signed_in(who).post(decide, {"decision": "grant"}).status_code for who in people[:2]] == [403, 403]
    assert Relief.objects.get().granted is None


def test_relief_is_decided_by_hand(town: City, version: LetterVersion) -> None:
    client, pledge = signed_in(town.administrator), version.pledges.get(position=1)
    quarter = Quarter.objects.get(year=2022, number=3)
    asked = relief.ask(pledge, kind="exempt", from_quarter=quarter, reason="flood", by=town.staff, at=NOW)
    address = f"/letters/430421/2022/relief/{asked.pk}/"
    assert "flood" in text(client.get(address))
    assert client.post(address, {"decision": "refuse", "answer": ""}).status_code == 422
    unclear = client.post(address, {"decision": "", "answer": "well"})
    assert (unclear.status_code, ">well</textarea>" in text(unclear)) == (422, True)
    assert client.post(address, {"decision": "grant", "answer": "seen"}).status_code == 302
    second = signed_in(world.make_person("second", town.city, Role.ADMINISTRATOR))
    late = second.post(address, {"decision": "refuse", "answer": "I doubt it"})
    assert (late.status_code, "I doubt it" in text(late), Relief.objects.get().granted) == (409, True, True)


def test_relief_of_a_milestone_chooses_a_quarter(town: City, version: LetterVersion) -> None:
    draft = promises.make_draft(version.letter.campaign, town.county)
    milestone = promises.promise_milestone(draft, town.project, "complete", date(2022, 6, 30))
    promises.put_in_force(draft, by=town.administrator)
    client, address = signed_in(town.staff), ASK.format(milestone.pk)
    typed = {"kind": "adjusted", "from_quarter": "2022Q2", "reason": "flood", "target": ""}
    assert client.post(address, typed).status_code == 422
    assert client.post(address, {**typed, "target": "3"}).status_code == 302
    asked = Relief.objects.get()
    assert objects(asked.target_q1, asked.target_q2, asked.target_q3, asked.target) == (None, None, 1, 1)
