"""Lists: filtered, sorted, paged, at one query count; and taken along as files that hold no formula."""

import io
from datetime import date
from urllib.parse import unquote

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from portal.models import Suggestion, User
from tests.conftest import City
from tests.world import at

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1+1", 'say "hi", twice', "两行\n文字"]
ADDRESS = "/suggestions/"


def notes(by: User, texts: list[str]) -> None:
    for text in texts:
        Suggestion.objects.create(page="/", text=text, made_by=by, made_at=at("2022-04-05"))


def body(response: HttpResponseBase) -> bytes:
    assert response.streaming
    return b"".join(response)


@pytest.fixture
def reader(client: Client, town: City) -> Client:
    client.force_login(town.staff)
    return client


def test_csv_opens_as_chinese_and_runs_no_formula(reader: Client, town: City) -> None:
    notes(town.staff, NASTY)
    response = reader.get(ADDRESS, {"export": "csv", "sort": "made_at"})
    text = body(response).decode("utf-8")
    assert text.startswith("\ufeff")
    for start in ("=1", "+1", "-1", "@S", "\tx", "\rx", "＝1"):
        assert f",{start}" not in text
        assert f"'{start}" in text
    assert '"say ""hi"", twice"' in text
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_export_is_named_in_chinese_by_rfc_6266(reader: Client, town: City) -> None:
    town.staff.language = "zh-hans"
    town.staff.save()
    for kind in ("csv", "xlsx"):
        named = reader.get(ADDRESS, {"export": kind})["Content-Disposition"]
        assert named.isascii()
        assert unquote(named.partition("filename*=utf-8''")[2]).startswith("意见建议-20")


def test_xlsx_holds_text_as_text_and_dates_as_dates(reader: Client, town: City) -> None:
    notes(town.staff, NASTY)
    response = reader.get(ADDRESS, {"export": "xlsx"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(response)))
    head, *rows = book.get_sheet_by_index(0).to_python()
    assert len(head) == 6
    assert {row[3] for row in rows} >= {"=1+1", "+1", "-1", "@SUM(A1)"}
    assert {row[0].date() for row in rows} == {date(2022, 4, 5)}  # type: ignore[union-attr]


def test_export_holds_what_the_filter_leaves(reader: Client, town: City) -> None:
    notes(town.staff, ["the red lamp", "the green lamp"])
    text = body(reader.get(ADDRESS, {"export": "csv", "text": "red"})).decode()
    assert "the red lamp" in text
    assert "the green lamp" not in text


def test_export_goes_past_the_page(reader: Client, town: City) -> None:
    notes(town.staff, [f"note {number}" for number in range(120)])
    assert body(reader.get(ADDRESS, {"export": "csv", "page": "2"})).decode().count("note ") == 120


def test_page_holds_fifty_and_leads_to_the_next(reader: Client, town: City) -> None:
    notes(town.staff, [f"note {number:03}" for number in range(120)])
    first = reader.get(ADDRESS, {"sort": "text", "text": "note"}).content.decode()
    assert first.count("note 0") == 50
    assert "sort=text&amp;text=note&amp;page=2" in first
    last = reader.get(ADDRESS, {"sort": "text", "page": "99"}).content.decode()
    assert last.count("note 1") == 20


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_costs_the_same_queries_whatever_its_length(
    reader: Client, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    notes(town.staff, [f"note {number}" for number in range(count)])
    with django_assert_num_queries(4):  # session, person, roles, count, rows
        reader.get(ADDRESS)
