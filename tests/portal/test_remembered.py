"""What a process remembers: as long as nothing has changed, and not where it can't know."""

from collections.abc import Iterator

import pytest
from django.db import connection

from portal import remembered
from portal.models import Change
from portal.remembered import State

pytestmark = pytest.mark.django_db
TOPICS = {"catalogue", "policy"}


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    Change.objects.all().delete()
    for topic in TOPICS:
        change(topic)
    remembered._states.clear()
    yield
    remembered._states.clear()


def change(topic: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO portal_change (topic, salt) VALUES (%s, (random() * 9e18)::bigint)", [topic])


def asked(told: str, name: str = "its") -> str:
    return State.of(TOPICS).remembered(name, lambda: told)


def test_what_was_read_is_remembered_under_its_name() -> None:
    assert (asked("first"), asked("second"), asked("other", "another")) == ("first", "first", "other")


def test_after_a_change_of_either_topic_it_is_read_again() -> None:
    asked("first")
    change("policy")
    assert asked("second") == "second"
    change("catalogue")
    assert asked("third") == "third"
    change("letters")
    assert asked("fourth") == "third"


def test_topic_without_a_revision_is_never_remembered() -> None:
    Change.objects.filter(topic="policy").delete()
    assert (asked("first"), asked("second")) == ("first", "second")


def test_null_is_remembered_like_anything_else() -> None:
    State.of(TOPICS).remembered("none", lambda: None)
    assert State.of(TOPICS).remembered("none", lambda: "read again") is None


def test_process_keeps_a_few_states_and_a_few_things_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "STATES", 2)
    monkeypatch.setattr(remembered, "NAMES", 3)
    for _number in range(4):
        change("policy")
        for name in "abcd":
            asked("told", name)
    assert [len(kept) for kept in remembered._states.values()] == [1, 1]
