"""Requests made to trick the site: addresses, headers, tokens, codes and bodies that nobody honest sends."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail
from django.http import QueryDict
from django.test import Client, override_settings
from django.urls import reverse

from portal.models import Unit
from projects import drafting, lifecycle
from projects.models import Remark, Report, ReportLine
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import PASSWORD, at, signed_in

DAY = at("2022-04-05")
ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]
CROOKED = [
    "..%2F..%2Fetc%2Fpasswd",
    "%00",
    "%F0%9F%92%A9",
    "%E2%80%AE",
    "'%20OR%201=1--",
    "9" * 400,
    "%0d%0aSet-Cookie:x=1",
]
LISTS = [
    "dashboard",
    "league",
    "lines",
    "project_list",
    "situation",
    "suggestions",
    "quarter_tasks_home",
]
LOOKING = ["__getitem__", "__contains__", "get", "getlist"]
STRANGE = ["a\x00b", "\u202eabc", "😀", "x" * 3_000_000]


@pytest.fixture
def report(town: City) -> Report:
    return world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_sign_in_never_leads_to_another_site(town: City, target: str) -> None:
    credentials = {"login": town.leader.email, "password": PASSWORD, "next": target}
    answer = Client().post(reverse("account_login"), credentials)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))


@pytest.mark.parametrize("target", ELSEWHERE)
def test_choice_of_language_never_leads_to_another_site(town: City, target: str) -> None:
    answer = Client().post(reverse("set_language"), {"language": "en", "next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_admins_sign_in_keeps_next_for_the_portals_own_to_judge(town: City) -> None:
    answer = Client().get("/admin/login/?next=https://evil.example/", follow=True)
    assert not any(url.startswith(("http", "//")) for url, _status in answer.redirect_chain)


def test_unknown_host_is_refused(db: None) -> None:
    assert Client().get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400


def test_links_in_mail_name_our_own_site_whatever_host_was_asked(town: City) -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        Client().post(reverse("account_reset_password"), {"email": town.staff.email}, headers={"host": "evil.example"})
    assert len(mail.outbox) == 1
    assert "evil.example" not in str(mail.outbox[0].message())
    assert settings.SITE_URL in mail.outbox[0].body


def test_reset_says_the_same_whoever_is_known(town: City) -> None:
    pages = []
    for address in (town.staff.email, "nobody@example.test"):
        answer = Client().post(reverse("account_reset_password"), {"email": address}, follow=True)
        text = answer.content.decode().replace(address, "")
        pages.append((answer.redirect_chain, re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", text)))
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] in (
        [[town.staff.email]],
        [[town.staff.email], ["nobody@example.test"]],
    )


def test_sign_in_says_the_same_whoever_is_known(town: City) -> None:
    pages = []
    for address in (town.staff.email, "nobody@example.test"):
        answer = Client().post(reverse("account_login"), {"login": address, "password": "wrong wrong wrong"})
        text = answer.content.decode().replace(address, "")
        pages.append((answer.status_code, re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", text)))
    assert pages[0] == pages[1]


def test_session_gets_a_new_key_at_sign_in(town: City) -> None:
    client = Client()
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    client.post(reverse("account_login"), {"login": town.leader.email, "password": PASSWORD})
    assert client.get(reverse("profile")).status_code == 200
    assert client.session.session_key != session.session_key


def test_session_ends_at_sign_out(town: City) -> None:
    client = signed_in(town.leader)
    kept = str(client.session.session_key)
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert thief.get(reverse("profile")).status_code == 302


def test_every_form_needs_its_token(town: City, report: Report) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.staff)
    unit = {"label": "2022Q1", "code": "430421"}
    places = [
        reverse("set_language"),
        reverse("profile"),
        reverse("suggestion_new"),
        reverse("account_login"),
        reverse("account_logout"),
        reverse("account_change_password"),
        reverse("account_reset_password"),
        reverse("line_form", kwargs={**unit, "project_code": "A1"}),
        reverse("line_keep", kwargs={**unit, "project_code": "A1"}),
        reverse("report_submit", kwargs=unit),
        reverse("report_withdraw", args=[report.pk]),
        reverse("report_correct", args=[report.pk]),
        reverse("admin:projects_report_change", args=[report.pk]),
        reverse("admin:portal_user_add"),
    ]
    assert {place: client.post(place, {}).status_code for place in places} == dict.fromkeys(places, 403)


@pytest.mark.parametrize("code", CROOKED)
def test_crooked_code_in_an_address_is_not_found(town: City, code: str) -> None:
    client = signed_in(town.staff)
    paths = [
        f"/dashboard/{code}/",
        f"/league/{code}/",
        f"/projects/{code}/",
        f"/quarters/{code}/units/430421/",
        f"/quarters/2022Q1/units/{code}/",
        f"/quarters/2022Q1/units/430421/projects/{code}/",
        f"/reports/{code}/",
    ]
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that pages look for in the query of their address, as they do."""
    found: set[str] = set()

    def noting(look: Callable[..., object]) -> Callable[..., object]:
        def noted(query: QueryDict, name: str, *more: object) -> object:
            found.add(name)
            return look(query, name, *more)

        return noted

    for look in LOOKING:
        monkeypatch.setattr(QueryDict, look, noting(getattr(QueryDict, look)))
    return found


@pytest.mark.parametrize("value", [*CROOKED, "-1", "", "99999999999999999999"])
@pytest.mark.parametrize("page", LISTS)
def test_crooked_query_never_breaks_a_page(town: City, names: set[str], page: str, value: str) -> None:
    """Whatever name the page looks for, and one that it doesn't."""
    client, answers = signed_in(town.leader), dict[str, int]()
    names.add("nothing")
    while untried := sorted(names - answers.keys()):
        answers |= {name: client.get(f"{reverse(page)}?{name}={value}").status_code for name in untried}
    assert len(answers) > 1 or page == "quarter_tasks_home"  # which looks for none
    assert {name: status for name, status in answers.items() if status >= 500} == {}


def test_form_takes_no_field_it_does_not_show(town: City) -> None:
    """unit, quarter, state and the rest of a report are never read from a form."""
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    line = draft.lines.get(project=town.project)
    planted = {
        "report": "999",
        "unit": town.other.pk,
        "unit_id": town.other.pk,
        "project": town.second.pk,
        "quarter": "999",
        "state": "accepted",
        "edited_by": town.leader.pk,
        "confirmed_amount": "9",
        "preparer_ids": "1",
    }
    typed = {"flow": "5", "stage": "continuing", "progress": "x", "version": str(line.version)}
    address = reverse("line_form", kwargs={"label": "2022Q1", "code": "430421", "project_code": "A1"})
    signed_in(town.staff).post(address, {**typed, **planted})
    line.refresh_from_db()
    draft.refresh_from_db()
    assert (line.report, line.unit, line.project, line.quarter) == (draft, town.county, town.project, town.quarter)
    assert (draft.state, draft.unit, draft.submitted_by) == ("draft", town.county, None)
    assert line.edited_by in {None, town.staff}


def test_profile_gives_nobody_a_role_or_another_address(town: City) -> None:
    planted = {"email": "evil@example.test", "is_active": "", "role": "administrator", "is_staff": "on"}
    signed_in(town.leader).post(reverse("profile"), {"name": "L", "language": "en", **planted})
    town.leader.refresh_from_db()
    assert (town.leader.email, town.leader.is_active) == ("leader@example.test", True)
    assert town.leader.roles(on=DAY.date()) == {"leader"}


def test_remark_reaches_only_lines_of_its_own_report(town: City, report: Report) -> None:
    world.make_project("B1", town.other)
    theirs = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=DAY).lines.get()
    address = reverse("admin:projects_report_change", args=[report.pk])
    planted = {"step": "return", "remark": "r", f"line_{theirs.pk}": "planted"}
    signed_in(town.reviewer).post(address, planted)
    assert list(Remark.objects.values_list("report", "text")) == [(report.pk, "r")]


def test_lifecycle_itself_drops_a_remark_on_another_reports_line(town: City, report: Report) -> None:
    world.make_project("B1", town.other)
    theirs = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=DAY).lines.get()
    lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="r", notes=[Note(line=theirs.pk, text="planted")])
    assert not Remark.objects.filter(line=theirs).exists()


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_taken_or_refused_and_never_breaks_a_form(town: City, report: Report, text: str) -> None:
    client = signed_in(town.reviewer)
    address = reverse("admin:projects_report_change", args=[report.pk])
    answers = [
        client.post(address, {"step": "return", "remark": text}).status_code,
        client.post(reverse("suggestion_new"), {"text": text, "page": text}).status_code,
        client.post(reverse("profile"), {"name": text}).status_code,
        Client().post(reverse("account_login"), {"login": text, "password": text}).status_code,
        Client().post(reverse("account_reset_password"), {"email": text}).status_code,
    ]
    assert [status for status in answers if status >= 500] == []


@pytest.mark.parametrize("text", ["a\x00b", "９" * 400, "1e999", "NaN", "Infinity", "-0", "=1+1", "１２３．４５"])
def test_strange_amount_is_taken_or_refused_and_never_breaks_the_form(town: City, text: str) -> None:
    drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    address = reverse("line_form", kwargs={"label": "2022Q1", "code": "430421", "project_code": "A1"})
    typed = {"flow": text, "year_to_date": text, "stage": text, "progress": text, "started_on": text, "version": text}
    assert signed_in(town.staff).post(address, typed).status_code < 500
    assert ReportLine.objects.filter(flow__lt=0).count() == 0


def test_body_of_many_megabytes_is_refused(town: City) -> None:
    body = b"remark=" + b"x" * 20_000_000
    answer = signed_in(town.staff).post(
        reverse("suggestion_new"), data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in {400, 413}
    assert Unit.objects.count() == 3
