"""Markup and formulas typed wherever people type: on every page they are words, in every file they are text."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from commitments.models import Campaign, PolicyGroup, ScoringRuling
from portal import bell, clock
from portal.bell import Kind
from portal.models import ExtensionRequest, Membership, Role, Suggestion, User
from projects import drafting, extensions, lifecycle, rollups
from projects.models import Report
from projects.threads import Note, Threads
from projects.typed import Typed
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
MARK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7*7 }}"
RAW = ("<img src=x", "<script>alert")
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def marked(town: City) -> Report:
    """Every text that a person or the register can bring holds markup; the report is returned and handed in again."""
    for unit in (town.city, town.county):
        unit.name_zh = unit.name_en = MARK
        unit.save()
    for project in (town.project, town.second):
        project.name_zh = project.name_en = project.investor = MARK
        project.save()
    campaign = Campaign.objects.create(unit=town.city, year=2022, name_zh=MARK, name_en=MARK)
    ruled = {"kind": "disqualified", "from_quarter": town.quarter, "made_by": town.administrator, "made_at": DAY}
    ScoringRuling.objects.create(campaign=campaign, unit=town.county, reason=MARK, **ruled)
    PolicyGroup.objects.update(name_zh=MARK, name_en=MARK)
    rollups.drain(at=DAY)
    User.objects.update(name=MARK, post=MARK)
    town.staff.refresh_from_db()
    town.reviewer.refresh_from_db()
    answered = {"answer": MARK, "answered_by": town.administrator, "answered_at": DAY}
    Suggestion.objects.create(page=MARK, text=MARK, made_by=town.staff, made_at=DAY, **answered)
    extensions.ask(town.county, town.quarter, until=date(2022, 4, 15), reason=MARK, by=town.staff, at=DAY)
    bell.tell(Kind.WITHDRAWN, "1", [town.leader], link="/", at=DAY, facts={"who": MARK, "unit": MARK, "words": MARK})
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 250, by=town.staff, when=DAY, progress=MARK, obstacle=MARK)
    lifecycle.submit(report, by=town.staff, at=DAY)
    remarks = [Note(line=line.pk, text=MARK) for line in report.lines.all()]
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark=MARK, notes=remarks)
    threads = Threads.of_report(draft)
    drafting.answer(draft, {threads.on_report[0].pk: MARK}, {}, by=town.staff, at=DAY)
    for line in draft.lines.all():
        answers = {str(thread.pk): MARK for thread in threads.of(line.project_id)}
        typed = Typed(values={"progress": f"{MARK} and {MARK}"}, answers=answers)
        world.save_line(line, typed, version=0, by=town.staff, at=DAY)
    return lifecycle.submit(draft, by=town.staff, at=DAY)


def pages(report: Report) -> list[str]:
    unit = {"label": "2022Q1", "code": "430421"}
    return [
        reverse("dashboard"),
        reverse("unit_dashboard", args=["430421"]),
        reverse("league"),
        reverse("score_sheet", args=["430421"]),
        reverse("situation"),
        reverse("lines"),
        reverse("project_list"),
        reverse("project_detail", args=["A1"]),
        reverse("quarter_tasks_home"),
        reverse("quarter_tasks", kwargs=unit),
        reverse("line_form", kwargs={**unit, "project_code": "A1"}),
        reverse("report_grid", kwargs=unit),
        reverse("report_check", kwargs=unit),
        reverse("report_detail", args=[report.pk]),
        reverse("home"),
        reverse("notices"),
        reverse("filing_board"),
        reverse("extension_list"),
        reverse("extension", args=[ExtensionRequest.objects.get().pk]),
        reverse("profile"),
        reverse("suggestions"),
        reverse("suggestion_new") + "?page=%22%3E%3Cscript%3Ealert",
        reverse("admin:index"),
        reverse("admin:projects_report_changelist") + "?state=every",
        reverse("admin:projects_report_change", args=[report.pk]),
        reverse("admin:projects_project_changelist"),
        reverse("admin:projects_project_change", args=[report.lines.all()[0].project_id]),
        reverse("admin:portal_unit_changelist"),
        reverse("admin:portal_unit_change", args=[report.unit_id]),
        reverse("admin:portal_user_changelist"),
        reverse("admin:portal_membership_changelist"),
        reverse("admin:portal_message_changelist"),
        reverse("admin:portal_suggestion_changelist"),
    ]


@pytest.mark.parametrize("accepted", [False, True])
def test_markup_is_words_on_every_page(town: City, marked: Report, accepted: bool) -> None:
    if accepted:
        lifecycle.accept(marked, by=town.reviewer, at=DAY)
    for role in (Role.ADMINISTRATOR, Role.REPORTER):
        Membership.objects.create(user=town.leader, unit=town.county, role=role)
    Membership.objects.create(user=town.leader, unit=town.city, role=Role.ADMINISTRATOR)
    client = signed_in(town.leader)
    seen = 0
    for page in pages(marked):
        text = client.get(page, follow=True).content.decode()
        assert [raw for raw in RAW if raw in text] == [], page
        assert "alert(2)</script>49" not in text
        seen += "&lt;script&gt;alert(2)" in text
    assert seen >= 15  # and the markup was really there, escaped


def test_every_page_says_when_it_was_made_and_counts_as_of_when(town: City, marked: Report) -> None:
    for role in (Role.ADMINISTRATOR, Role.REPORTER):
        Membership.objects.create(user=town.leader, unit=town.city, role=role)
    client, made = signed_in(town.leader), f"Page made at {clock.now():%Y-%m-%d}"
    for page in pages(marked):
        text = client.get(page, follow=True).content.decode()
        assert made in text, page
    for page in ("home", "filing_board"):
        text = client.get(reverse(page)).content.decode()
        assert re.search(rf"As of {clock.now():%Y-%m-%d} \d\d:\d\d, Beijing time, straight from the reports", text)


@pytest.mark.parametrize("page", ["report_export", "project_list", "suggestions"])
def test_formula_is_text_in_every_csv(town: City, page: str) -> None:
    for project in (town.project, town.second):
        project.name_zh = project.name_en = FORMULA
        project.save()
    Suggestion.objects.create(page=FORMULA, text=FORMULA, made_by=town.staff, made_at=DAY)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    address = reverse(page, args=[report.pk] if page == "report_export" else [])
    text = b"".join(signed_in(town.staff).get(address + "?export=csv")).decode("utf-8-sig")
    cells = [cell for row in text.splitlines() for cell in row.replace('""', "").split(",")]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell.lstrip('"').startswith("=")] == []


def test_search_term_is_words_in_its_own_answer(town: City) -> None:
    client = signed_in(town.administrator)
    for address in ("project_list", "suggestions", "admin:projects_report_changelist", "admin:portal_user_changelist"):
        for name in ("q", "search", "text", "project"):
            text = client.get(reverse(address), {name: MARK}).content.decode()
            assert [raw for raw in RAW if raw in text] == []


def test_every_page_says_what_may_run_and_be_framed(town: City) -> None:
    for client, address in ((signed_in(town.administrator), "/admin/"), (Client(), "/accounts/login/")):
        answer = client.get(address)
        policy = answer["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
