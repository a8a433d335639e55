"""What an e-mail looks like when it is written, and that there is one for a kind, period and person."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from portal.mail import outbox
from portal.models import Message, Quarter, User
from tests import world
from tests.world import at

NIGHT = at("2022-04-05", 1)  # the 4th in UTC


def letters(quarter: Quarter, *people: User) -> list[outbox.Letter]:
    return [(person, {"quarter": quarter, "owed": []}) for person in people]


@pytest.fixture
def quarter(db: None) -> Quarter:
    return world.make_quarter("2022Q1")


def test_outbox_writes_one_message_a_kind_period_and_person(quarter: Quarter) -> None:
    li, wang = world.make_person("li"), world.make_person("wang")
    outbox.write("opened", "2022Q1", letters(quarter, li), at=NIGHT)
    outbox.write("opened", "2022Q1", letters(quarter, li, wang), at=NIGHT)
    outbox.write("opened", "2022Q2", letters(quarter, li), at=NIGHT)
    written = Message.objects.values_list("period", "recipient__name").order_by("period", "recipient__name")
    assert list(written) == [("2022Q1", "li"), ("2022Q1", "wang"), ("2022Q2", "li")]


def test_outbox_words_it_in_the_language_of_each_person(quarter: Quarter) -> None:
    li, smith = world.make_person("li"), world.make_person("smith", language="en")
    outbox.write("opened", "2022Q1", letters(quarter, li, smith), at=NIGHT)
    chinese, english = (Message.objects.get(recipient=person) for person in (li, smith))
    assert chinese.subject.endswith("进度填报已开始，截止日期2022年4月10日")
    assert english.subject == "Q1 2022 is open for reporting; due on April 10, 2022"
    assert 'lang="zh-hans"' in chinese.html
    assert 'lang="en"' in english.html


def test_outbox_prints_times_of_beijing_and_whole_addresses_and_no_style_sheet(
    quarter: Quarter, settings: Settings
) -> None:
    settings.SITE_URL = "https://portal.example.cn"
    outbox.write("opened", "2022Q1", letters(quarter, world.make_person("smith", language="en")), at=NIGHT)
    message = Message.objects.get()
    for body in (message.text, message.html):
        assert "2022-04-05 01:00" in body
        assert "https://portal.example.cn/" in body
        assert 'href="/' not in body
    assert "<style" not in message.html
    assert 'style="' in message.html


def test_outbox_escapes_what_people_wrote_in_html_and_not_in_text(quarter: Quarter) -> None:
    person = world.make_person("smith", language="en")
    person.name = "Smith & <Sons>"
    person.save()
    outbox.write("opened", "2022Q1", letters(quarter, person), at=NIGHT)
    message = Message.objects.get()
    assert "Smith & <Sons>" in message.text
    assert "Smith &amp; &lt;Sons&gt;" in message.html


@pytest.mark.parametrize("count", [1, 3, 300])
def test_outbox_writes_to_any_number_of_people_in_one_statement(
    quarter: Quarter, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [world.make_person(f"p{number}") for number in range(count)]
    with django_assert_num_queries(1):
        outbox.write("opened", "2022Q1", letters(quarter, *people), at=NIGHT)
    assert Message.objects.count() == count
