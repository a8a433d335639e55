"""Bulletins from begin to print: who sees and publishes them, and what was corrected afterwards beside them."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from docx import Document
from pytest_django import DjangoAssertNumQueries

from commitments import bulletin as wording
from commitments import publishing, restated
from commitments.models import Bulletin, Campaign
from portal.models import Extension, Role
from projects import facts, kept_sums, lifecycle, rollups
from projects.facts import MEASURES
from projects.lifecycle import StepRefused, StepTaken
from projects.models import AnnualPlan
from projects.standings import WHOLE
from tests import world
from tests.conftest import City
from tests.projects.history import stamp
from tests.world import at, signed_in

NOW = at("2022-04-15")
PAGE = "/campaigns/430400/2022/bulletins/1/"


@dataclass
class Reported:
    """The county's report of the first quarter is accepted: 500 of 4,000 万元; the other county is silent."""

    town: City
    campaign: Campaign


@pytest.fixture
def reported(town: City) -> Iterator[Reported]:
    world.make_project("B1", town.other, planned=2000)
    world.make_quarter("2022Q2")
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=at("2022-04-06"))
    rollups.rebuild(at=at("2022-04-06"))
    campaign = Campaign.objects.create(unit=town.city, year=2022, name_zh="攻坚年", name_en="Breakthrough")
    with time_machine.travel(NOW):
        yield Reported(town, campaign)


def published(reported: Reported) -> Bulletin:
    town = reported.town
    begun = publishing.begin(reported.campaign, town.quarter, by=town.administrator, at=NOW)
    return publishing.publish(begun, by=town.administrator, at=NOW)


def corrected(reported: Reported, flow: int) -> None:
    """The county's report, corrected after its quarter had closed, to this flow a line."""
    town = reported.town
    Extension.objects.create(
        unit=town.county,
        quarter=town.quarter,
        until=date(2022, 6, 1),
        reason="final accounts",
        granted_by=town.administrator,
        granted_at=at("2022-05-01"),
    )
    accepted = town.county.report_set.get(state="accepted")
    draft = lifecycle.correct(accepted, by=town.staff, at=at("2022-05-02"), reason="audited down")
    for line in draft.lines.all():
        world.fill(line, flow, by=town.staff, when=at("2022-05-02"))
    again = lifecycle.submit(draft, by=town.staff, at=at("2022-05-02"))
    lifecycle.accept(again, by=town.reviewer, at=at("2022-05-03"))
    rollups.drain(at=at("2022-05-03"))


def test_administrator_begins_notes_and_publishes_by_hand(reported: Reported) -> None:
    client = signed_in(reported.town.administrator)
    listed = client.get("/campaigns/430400/2022/bulletins/").content.decode()
    assert "Begin this bulletin" in listed
    assert client.post(f"{PAGE}begin/").headers["Location"] == PAGE
    client.post(PAGE, {"step": "note", "outlook": "Weekly meetings until June.\nSite visits in May."})
    draft = client.get(PAGE)
    text = draft.content.decode()
    assert "<p>Site visits in May.</p>" in text
    assert "2 projects with an annual planned investment" not in text  # both counties have projects
    assert "3 projects with an annual planned investment" in text
    assert "Not reported, or not accepted yet: Unit 430422." in text
    client.post(PAGE, {"step": "publish", "seen": draft.context["seal"]})
    page = client.get(PAGE).content.decode()
    assert "Published. From now on the bulletin keeps what it says." in page
    found = Bulletin.objects.get()
    assert found.sha256 in page
    assert "No figure has been corrected since" in page
    assert "Site visits in May." in page


def test_published_bulletin_is_read_by_whoever_stands_in_the_campaign_and_a_draft_by_administrators(
    reported: Reported,
) -> None:
    town = reported.town
    begun = publishing.begin(reported.campaign, town.quarter, by=town.administrator, at=NOW)
    outsider = world.make_person("outsider", world.make_unit("430500", kind="city"), Role.LEADER)
    for person, status in ((town.administrator, 200), (town.reviewer, 404), (town.stranger, 404), (outsider, 404)):
        assert signed_in(person).get(PAGE).status_code == status
    publishing.publish(begun, by=town.administrator, at=NOW)
    for person, status in ((town.reviewer, 200), (town.stranger, 200), (outsider, 404)):
        assert signed_in(person).get(PAGE).status_code == status
        assert signed_in(person).get(f"{PAGE[:-1]}.pdf").status_code == status
    assert Client().get(PAGE).status_code == 302


@pytest.mark.parametrize("who", ["reviewer", "leader", "staff"])
def test_nobody_else_publishes(reported: Reported, who: str) -> None:
    published(reported)
    person = getattr(reported.town, who)
    assert signed_in(person).post(PAGE, {"step": "publish"}).status_code == 403
    assert signed_in(person).post(f"{PAGE}begin/").status_code == 403
    with pytest.raises(StepRefused):
        publishing.begin(reported.campaign, reported.town.quarter, by=person, at=NOW)


def test_administrator_of_a_county_does_not_publish_for_the_city(reported: Reported) -> None:
    town = reported.town
    person = world.make_person("county-admin", town.county, Role.ADMINISTRATOR)
    begun = publishing.begin(reported.campaign, town.quarter, by=town.administrator, at=NOW)
    with pytest.raises(StepRefused):
        publishing.publish(begun, by=person, at=NOW)
    assert signed_in(person).get(PAGE).status_code == 404


def test_a_quarter_that_has_not_ended_or_nobody_has_reported_is_not_published(reported: Reported) -> None:
    town = reported.town
    second = town.quarter.__class__.objects.get(year=2022, number=2)
    with pytest.raises(StepRefused, match="2022-06-30"):
        publishing.begin(reported.campaign, second, by=town.administrator, at=NOW)
    later = publishing.begin(reported.campaign, second, by=town.administrator, at=at("2022-07-02"))
    with pytest.raises(StepRefused, match="审核通过"):
        publishing.publish(later, by=town.administrator, at=at("2022-07-02"))


def test_figures_that_moved_while_one_was_reading_are_looked_at_again(reported: Reported) -> None:
    town = reported.town
    begun = publishing.begin(reported.campaign, town.quarter, by=town.administrator, at=NOW)
    client = signed_in(town.administrator)
    seal = client.get(PAGE).context["seal"]
    corrected(reported, 300)
    answer = client.post(PAGE, {"step": "publish", "seen": seal}, follow=True).content.decode()
    assert "A figure has moved since you opened this page." in answer
    begun.refresh_from_db()
    assert begun.published_at is None


def test_figures_that_are_still_to_be_recomputed_are_not_published(reported: Reported) -> None:
    """Else the bulletin would keep a figure that its lines, as known when it came out, don't add up to."""
    town = reported.town
    begun = publishing.begin(reported.campaign, town.quarter, by=town.administrator, at=NOW)
    late = world.submitted(town.other, town.quarter, 70, by=town.stranger, when=NOW)
    world.accepted(late, by=town.reviewer, when=NOW)
    with pytest.raises(StepTaken):
        publishing.publish(begun, by=town.administrator, at=NOW)
    rollups.drain(at=NOW)
    stamp(at("2022-03-01"))
    figures = json.loads(publishing.publish(begun, by=town.administrator, at=NOW).content)["figures"]
    opened = facts.read(town.quarter, [town.county.pk, town.other.pk], WHOLE, known_at=NOW)
    assert Decimal(figures["430400"]["year_to_date"]) == MEASURES["year_to_date"].value(opened) == 570


def test_publishing_twice_changes_nothing_and_noting_afterwards_is_refused(reported: Reported) -> None:
    first = published(reported)
    again = publishing.publish(first, by=reported.town.administrator, at=at("2022-05-01"))
    assert (again.published_at, again.sha256) == (first.published_at, first.sha256)
    with pytest.raises(StepTaken):
        publishing.note(first, "more", by=reported.town.administrator, at=NOW)


def test_correction_afterwards_stands_beside_what_was_published_with_its_cause(reported: Reported) -> None:
    before = published(reported)
    corrected(reported, 350)
    found = Bulletin.objects.get()
    assert found.content == before.content
    ground = wording.Ground.read(reported.campaign, found.quarter, on=date(2022, 5, 4))
    changed = restated.differences(found, json.loads(found.content)["figures"], ground.figures)
    county = {each.measure: (each.published, each.now) for each in changed if each.unit == reported.town.county}
    assert county[restated.Measure.YEAR_TO_DATE] == (Decimal(500), Decimal(700))
    assert county[restated.Measure.COMPLETION_RATE] == (Decimal("0.125"), Decimal("0.175"))
    page = signed_in(reported.town.stranger).get(PAGE).content.decode()
    assert "Unit 430421: report of Q1 2022, revision 2, accepted on 2022-05-03 (audited down)" in page
    assert "figures have been corrected since" in page
    assert "CNY 0.005 billion" in before.content  # the sentence keeps what it said …
    assert "CNY 0.005 billion completed to date" in page


@pytest.mark.django_db(transaction=True)  # the history goes by the time of transactions
def test_plan_changed_afterwards_is_named_as_the_cause(reported: Reported) -> None:
    found = published(reported)
    plan = AnnualPlan.objects.get(project=reported.town.project)
    plan.pk, plan.in_force_on, plan.planned_investment = None, date(2022, 3, 1), Decimal(2000)
    plan.reason = "cut by the council"
    plan.save()
    rollups.drain(at=at("2022-05-03"))
    ground = wording.Ground.read(reported.campaign, found.quarter, on=date(2022, 5, 4))
    changed = restated.differences(found, json.loads(found.content)["figures"], ground.figures)
    words = {cause.words for each in changed if each.unit == reported.town.county for cause in each.causes}
    assert len(words) == 1
    assert "cut by the council" in words.pop()


def test_published_bulletin_is_changed_by_no_sql(reported: Reported) -> None:
    found = published(reported)
    for statement in (
        "UPDATE commitments_bulletin SET content = '{}'",
        "UPDATE commitments_bulletin SET outlook = 'x'",
        "UPDATE commitments_bulletin SET published_at = NULL, published_by_id = NULL, content = '', sha256 = ''",
        "DELETE FROM commitments_bulletin",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Bulletin.objects.get().content == found.content


def test_bulletin_says_the_same_figures_in_both_languages_and_its_hash_is_that_of_its_text(reported: Reported) -> None:
    found = published(reported)
    said = json.loads(found.content)
    assert wording.canonical(said) == (found.content, found.sha256)
    chinese, english = said["zh-hans"], said["en"]
    assert chinese["number"] == "〔2022〕第1期"
    assert [len(each["tables"]) for each in chinese["sections"]] == [
        len(each["tables"]) for each in english["sections"]
    ]
    assert chinese["sections"][0]["heading"] == "一、总体情况"
    assert english["sections"][0]["heading"] == "1. Overview"
    table = english["sections"][1]["tables"][0]
    assert table["rows"][0][:2] == ["1", "Unit 430421"]
    assert table["rows"][1][0] == "—"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_files_hold_what_was_published_and_are_the_same_each_time(reported: Reported, language: str) -> None:
    found = published(reported)
    client = signed_in(reported.town.leader, language)
    answer = client.get(f"{PAGE[:-1]}.docx")
    assert answer.content == client.get(f"{PAGE[:-1]}.docx").content
    paragraphs = "\n".join(each.text for each in Document(io.BytesIO(answer.content)).paragraphs)
    for section in json.loads(found.content)[language]["sections"]:
        assert section["heading"] in paragraphs
        for text in section["paragraphs"]:
            assert text in paragraphs
    pdf = client.get(f"{PAGE[:-1]}.pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert client.get(f"{PAGE[:-1]}.exe").status_code == 404


@pytest.mark.parametrize("units", [1, 3, 12])
def test_bulletin_costs_the_same_queries_for_more_units(
    reported: Reported, units: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    published(reported)
    for number in range(units):
        world.make_project(f"P{number}", world.make_unit(f"4306{number:02}", reported.town.city))
    rollups.rebuild(at=NOW)
    kept_sums.make_changed()
    client = signed_in(reported.town.leader)
    with django_assert_num_queries(52):
        client.get(PAGE)


def test_a_campaign_without_bulletins_says_so(reported: Reported) -> None:
    page = signed_in(reported.town.leader).get("/campaigns/430400/2022/bulletins/").content.decode()
    assert "No bulletin of this campaign has been published yet." in page
