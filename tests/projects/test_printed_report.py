"""The paper of a report says what was submitted, in the language of the page, and nothing of a draft."""

from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.utils.translation import override
from pypdf import PdfReader

from projects import check, drafting, lifecycle, printed_report
from projects.models import Report
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


@pytest.fixture
def report(town: City) -> Report:
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in draft.lines.all():
        world.fill(line, 1500, by=town.staff, when=DAY, progress="主体 #封顶 *粗*")
    return draft


def test_paper_says_what_was_submitted(town: City, report: Report, client: Client) -> None:
    client.force_login(town.leader)
    lifecycle.submit(report, by=town.staff, at=DAY)
    with time_machine.travel(DAY, tick=False):
        answer = client.get(f"/reports/{report.pk}/pdf/", headers={"accept-language": "zh-hans"})
    assert answer["Content-Type"] == "application/pdf"
    assert "2022Q1-430421-1.pdf" in answer["Content-Disposition"]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    for word in ("2022Q1-430421-1", "2022-04-05 10:00", "3,000", "1,500", "#封顶 *粗*", "审签人", "staff", "A1"):
        assert word in text


def test_content_holds_every_line_and_each_warning_with_its_sentence(town: City, report: Report) -> None:
    report = lifecycle.submit(report, by=town.staff, at=DAY)
    with override("en"):
        paper = printed_report.content(check.report(report))
    figures, words = (section["tables"][0] for section in paper["sections"])
    assert [row[3] for row in figures["rows"]] == ["1,500", "1,500"]
    sentences = [set(line.explanations.values()) for line in report.lines.all()]
    assert any(sentences)
    for said, row in zip(sentences, words["rows"], strict=True):
        assert all(sentence in row[-1] for sentence in said)
    assert ["Completed this quarter (10,000 CNY)", "3,000"] in paper["facts"]


def test_draft_has_no_paper(town: City, report: Report, client: Client) -> None:
    client.force_login(town.staff)
    with time_machine.travel(DAY, tick=False):
        assert client.get(f"/reports/{report.pk}/pdf/").status_code == 404
    with pytest.raises(ValueError, match="no receipt"):
        printed_report.content(check.report(report))
