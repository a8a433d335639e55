"""The bell: once a person, worded in the reader's language, settled when it is done, thrown away when it is old."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from portal import bell
from portal.bell import Kind
from portal.models import Notice, User
from portal.models.notice import COUNTED_UP_TO
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def tell(town: City, *people: User, about: str = "2022Q1/430421/1", kind: Kind = Kind.DUE_SOON) -> None:
    facts = {"unit": town.county, "quarter": town.quarter, "day": town.quarter.due_on}
    bell.tell(kind, about, people, link="/quarters/", at=DAY, facts=facts)


def test_notice_is_worded_in_the_language_of_the_page(town: City) -> None:
    tell(town, town.staff)
    notice = Notice.objects.get()
    with translation.override("en"):
        assert bell.words(notice) == (
            "Unit 430421, Q1 2022: the report is due on 2022-04-10 and has not been submitted."
        )
    with translation.override("zh-hans"):
        assert bell.words(notice) == "单位4304212022年第1季度报告2022-04-10截止，尚未报送。"


def test_every_kind_has_a_sentence() -> None:
    assert set(bell.SENTENCES) == set(Kind)


def test_sentence_of_an_older_row_without_a_fact_is_still_made(town: City) -> None:
    bell.tell(Kind.RETURNED, "1", [town.staff], link="/", at=DAY)
    with translation.override("en"):
        assert "The report of — for — is returned" in bell.words(Notice.objects.get())


def test_kind_that_is_gone_is_told_by_what_it_was_about(town: City) -> None:
    notice = Notice(kind="no_longer", about="2022Q1/430421/1", recipient=town.staff, link="/", created_at=DAY)
    assert bell.words(notice) == "2022Q1/430421/1"


def test_person_is_told_once_whoever_tells(town: City) -> None:
    tell(town, town.staff, town.stranger)
    tell(town, town.staff)
    assert Notice.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(
            kind=Kind.DUE_SOON, about="2022Q1/430421/1", recipient=town.staff, link="/", created_at=DAY
        )


def test_what_is_done_counts_as_read_for_everybody_and_nothing_else_does(town: City) -> None:
    tell(town, town.staff, town.stranger)
    tell(town, town.staff, about="2022Q1/4304211/1")
    tell(town, town.staff, kind=Kind.OVERDUE)
    assert bell.settle({Kind.DUE_SOON}, "2022Q1/430421/", at=DAY) == 2
    assert set(Notice.objects.unread().values_list("kind", "about")) == {
        ("due_soon", "2022Q1/4304211/1"),
        ("overdue", "2022Q1/430421/1"),
    }


def test_read_notices_go_after_a_while_and_unread_ones_stay(town: City) -> None:
    tell(town, town.staff, town.stranger)
    Notice.objects.of(town.staff).mark_read(at=DAY)
    assert bell.prune(at=DAY + bell.KEPT) == 0
    assert bell.prune(at=DAY + bell.KEPT + timedelta(seconds=1)) == 1
    assert Notice.objects.get().recipient == town.stranger


def test_unread_are_counted_for_each_person_and_not_beyond_a_hundred(town: City) -> None:
    for number in range(COUNTED_UP_TO + 5):
        tell(town, town.staff, about=str(number))
    tell(town, town.stranger)
    assert User.objects.get(pk=town.staff.pk).unread == COUNTED_UP_TO
    assert User.objects.get(pk=town.stranger.pk).unread == 1
    assert User.objects.get(pk=town.leader.pk).unread == 0
