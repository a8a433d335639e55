"""What stands on a printed letter."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.test import override_settings

from commitments import lifecycle, printed_letter
from commitments.lifecycle import Draft, DraftPledge
from commitments.models import LetterVersion
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning, due

__all__ = ["campaigning"]


def test_signed_letter_stands_on_paper_as_it_was_signed(campaigning: Campaigning) -> None:
    due("A1", start=date(2022, 3, 31), finish=date(2022, 12, 31))
    version = campaigning.in_force()
    with override_settings(SITE_URL="https://portal.example.cn"):
        paper = printed_letter.content(version)
    assert (paper["language"], paper["dated"]) == ("zh", "2022-02-07T10:00:00+08:00")
    assert paper["number"] == version.serial
    assert (paper["title"], paper["to"]) == (version.title, "市委、市政府：")
    assert paper["paragraphs"] == [version.opening]
    assert paper["closing"] == ["以上承诺，请监督。"]
    assert "superseded" not in paper
    assert (paper["projects_heading"], paper["pledges_heading"]) == ("一、重大项目", "二、承诺事项")
    assert "measures" not in paper
    assert paper["projects"] == {
        "head": ["序号", "项目名称", "年度计划投资（万元）", "应开工日期", "应竣工日期"],
        "rows": [
            ["1", "项目A1", "1,000", "2022年3月31日", "2022年12月31日"],
            ["2", "项目A2", "3,000", "—", "—"],
            ["", "合计", "4,000", "", ""],
        ],
        "numeric": [True, False, True, False, False],
    }
    assert paper["pledges"]["head"] == [
        "序号",
        "承诺事项",
        "计量单位",
        "至一季度末",
        "至二季度末",
        "至三季度末",
        "全年目标",
        "权重",
        "责任领导",
    ]
    assert paper["pledges"]["rows"] == [
        ["1", "完成投资", "万元", "1,000", "2,000", "3,000", "4,000", "50", "—"],
        ["2", "指标visitors", "万人次", "—", "—", "—", "120", "50", "王县长"],
    ]
    assert paper["signatures"] == [
        {"party": "承诺单位", "unit": "单位430421", "post": "县长", "name": "principal", "at": "2022年2月7日 10:00"},
        {"party": "会签单位", "unit": "单位430400", "post": "市长", "name": "mayor", "at": "2022年2月7日 10:00"},
    ]
    assert paper["verify"]["address"] == f"https://portal.example.cn/verify/{version.serial}"
    assert paper["verify"]["sha256"] == version.sha256
    json.dumps(paper)


def test_paper_is_the_same_for_everybody_and_whatever_was_renamed_since(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    before = printed_letter.content(version)
    town = campaigning.town
    town.county.name_zh, town.city.name_zh = "新县", "新市"
    town.county.save()
    town.city.save()
    from django.utils import translation

    with translation.override("en"):
        assert printed_letter.content(LetterVersion.objects.get(pk=version.pk)) == before


def test_draft_has_no_number_and_says_what_it_is(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    paper = printed_letter.content(version)
    assert paper["superseded"] == "草稿"
    assert "number" not in paper
    assert "verify" not in paper
    assert [each.get("name") for each in paper["signatures"]] == [None, None]
    issued = campaigning.issued()
    back = lifecycle.take_back(issued, by=campaigning.town.administrator, at=DAY, reason="r")
    assert "number" not in printed_letter.content(back)


def test_whatever_is_not_in_force_says_so_on_every_page(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    assert printed_letter.content(version)["superseded"] == "尚未签署"
    version = campaigning.signed(version)
    assert "会签" in printed_letter.content(version)["superseded"]
    first = campaigning.in_force(version)
    second = campaigning.signed(campaigning.amended(first))
    notes = printed_letter.content(second)["notes"]
    assert any("计划调整" in note for note in notes)
    lifecycle.decline(second, by=campaigning.mayor, at=SIGNED, reason="r")
    assert "superseded" not in printed_letter.content(first)
    assert "会签" in printed_letter.content(LetterVersion.objects.get(pk=second.pk))["superseded"]


def test_tampered_letter_says_so(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    version.opening = "别的"  # as it would be read back
    assert "篡改" in printed_letter.content(version)["superseded"]


def test_letter_written_in_english_is_printed_in_english(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    milestone = DraftPledge(project_id=campaigning.town.project.pk, milestone="complete", due_on=date(2022, 11, 30))
    draft = Draft.of(version)
    draft = replace(
        draft,
        title="Letter of commitment",
        opening="We promise.",
        measures="First.\n\n  Second.",
        closing="",
        pledges=(replace(draft.pledges[0], target=Decimal("4000.1250")), milestone),
    )
    saved = lifecycle.save_draft(version, draft, edition=0, by=campaigning.town.administrator, at=DAY)
    paper = printed_letter.content(saved)
    assert paper["language"] == "en"
    assert paper["superseded"] == "DRAFT"
    assert (paper["measures_heading"], paper["measures"]) == ("3. Measures", ["First.", "Second."])
    assert paper["closing"] == []
    assert paper["pledges"]["rows"] == [
        ["1", "Completed investment", "10,000 CNY", "1,000", "2,000", "3,000", "4,000.125", "50", "—"],
        ["2", "Project A1: completed (by Nov. 30, 2022)", "milestone", "—", "—", "—", "1", "0", "—"],
    ]


def test_letter_without_projects_has_no_table_of_them(campaigning: Campaigning) -> None:
    paper = printed_letter.content(campaigning.begun(campaigning.town.other))
    assert "projects" not in paper
    assert "projects_heading" not in paper
    assert paper["pledges_heading"] == "一、承诺事项"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), ("0", "0"), ("100.0000", "100"), ("1234567.5", "1,234,567.5"), ("-0.25", "-0.25")]
)
def test_figures_stand_as_they_were_pledged(value: str | None, text: str) -> None:
    assert printed_letter.figure(None if value is None else Decimal(value)) == text
