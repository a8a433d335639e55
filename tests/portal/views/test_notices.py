"""The bell's page: whose it is, what marks a notice as read, how it is paged, what the count costs."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal import bell
from portal.bell import Kind
from portal.models import Notice, User
from portal.views.notices import PER_PAGE
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")


def tell(person: User, count: int = 1) -> None:
    bell.write(
        bell.notice(
            Kind.ACCEPTED,
            str(number),
            person,
            link="/quarters/",
            at=DAY,
            facts={"unit": f"U{number}", "quarter": "2022Q1"},
        )
        for number in range(count)
    )


def page(client: Client, address: str = "/notices/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(("count", "words"), [(0, "none unread"), (1, "1 unread"), (120, "more than 99 unread")])
def test_bell_says_the_count_in_words_on_every_page(town: City, count: int, words: str) -> None:
    tell(town.administrator, count)
    client = signed_in(town.administrator)
    for address in ("/profile/", "/admin/"):
        assert f"Notices: {words}" in page(client, address)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_bell_costs_no_query_and_its_page_one(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tell(town.administrator, count)
    client = signed_in(town.administrator)
    with django_assert_num_queries(2):  # session, person with the count, roles
        client.get("/suggestions/new/")
    with django_assert_num_queries(3):
        client.get("/notices/")


def test_opening_a_notice_goes_to_what_it_is_about_and_reads_it(town: City) -> None:
    tell(town.staff)
    notice, client = Notice.objects.get(), signed_in(town.staff)
    assert client.head(f"/notices/{notice.pk}/").status_code == 302
    assert Notice.objects.unread().exists()
    assert client.get(f"/notices/{notice.pk}/")["Location"] == "/quarters/"
    assert not Notice.objects.unread().exists()
    assert "Notices: none unread" in page(client)


def test_notices_of_somebody_else_are_not_there(town: City) -> None:
    tell(town.staff)
    notice, client = Notice.objects.get(), signed_in(town.stranger)
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
    assert client.post(f"/notices/{notice.pk}/read/").status_code == 404
    client.post("/notices/read/", {"newest": notice.pk})
    assert Notice.objects.unread().count() == 1
    assert "U0" not in page(client)


def test_one_or_all_are_marked_by_a_form(town: City) -> None:
    tell(town.staff, 3)
    client = signed_in(town.staff)
    first = Notice.objects.first()
    assert first is not None
    assert client.get(f"/notices/{first.pk}/read/").status_code == 405
    answer = client.post(f"/notices/{first.pk}/read/", {"show": "unread"})
    assert answer["Location"] == "/notices/?show=unread"
    assert Notice.objects.unread().count() == 2
    client.post("/notices/read/", {"newest": first.pk})
    assert not Notice.objects.unread().exists()


def test_what_came_after_the_page_was_shown_stays_unread(town: City) -> None:
    tell(town.staff, 2)
    newest = Notice.objects.last()
    assert newest is not None
    signed_in(town.staff).post("/notices/read/", {"newest": newest.pk})
    assert Notice.objects.unread().count() == 1


@pytest.mark.parametrize("newest", ["", "x", "9" * 30, "-1"])
def test_crooked_key_is_refused(town: City, newest: str) -> None:
    client = signed_in(town.staff)
    assert client.post("/notices/read/", {"newest": newest}).status_code == 400
    if newest:
        assert client.get("/notices/", {"before": newest}).status_code == 400


def test_pages_follow_each_other_without_gap(town: City) -> None:
    tell(town.staff, PER_PAGE + 5)
    client, seen = signed_in(town.staff), set[int]()
    address: str | None = reverse("notices")
    while address:
        context = client.get(address).context
        seen |= {notice.pk for notice, _words in context["notices"]}
        address = f"/notices/?before={context['next']}" if context["next"] else None
    assert len(seen) == PER_PAGE + 5


def test_unread_are_shown_alone(town: City) -> None:
    tell(town.staff, 2)
    first = Notice.objects.first()
    assert first is not None
    Notice.objects.filter(pk=first.pk).mark_read(at=DAY)
    client = signed_in(town.staff)
    shown = page(client, "/notices/?show=unread")
    assert ("U0" in shown, "U1" in shown) == (True, False)
    Notice.objects.all().mark_read(at=DAY)
    assert "Everything is read." in page(client, "/notices/?show=unread")


def test_page_without_notices_says_so(town: City) -> None:
    assert "Nothing has happened yet that concerns you." in page(signed_in(town.staff))
