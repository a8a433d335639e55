"""Rows of figures as they are drawn: what each cell opens, its words in the page's language, nothing unescaped."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest
from django.utils import translation

from commitments.figures import Figures, Row
from commitments.models import PolicyLight
from commitments.templatetags.standing import figure_cells
from commitments.yardstick import Yardstick
from portal.models import Quarter
from projects.selection import Selection
from projects.standings import Coverage, Growth, HowMany, Total
from tests.world import at

TOTAL = Total(
    projects=3, planned=Decimal(20000), large=0, total_investment=Decimal(0), expected_output=Decimal(0),
    year_to_date=Decimal(5000), started=2, completed=0, completed_output=Decimal(0), due_to_start=4, due_started=3,
    flow=Decimal(5000),
    coverage=Coverage(
        owing=HowMany(2), reported=HowMany(1), planned=Decimal(20000), planned_covered=Decimal(10000)
    ),
    growth=Growth(
        now=Decimal(150), before=Decimal(100), projects_now=1, projects_before=1,
        units_now=HowMany(1), units_before=HowMany(1), apart=False,
    ),
    computed_at=at("2022-07-05"),
)  # fmt: skip


class _Judged:
    """A baseline of a quarter and one light, with a name that isn't HTML."""

    baseline = Decimal("0.25")

    def light(self, _rate: Decimal | None) -> PolicyLight:
        return PolicyLight(colour="green", shape="circle", name_zh="<正常>", name_en="<fine>")


def cells(total: Total = TOTAL, *, unit: str = "430421") -> str:
    selection = Selection(quarter=Quarter(year=2022, number=2), units=(unit,))
    figures = Figures(total=total, yardstick=cast("Yardstick", _Judged()))
    return figure_cells(Row(name="A", selection=selection, figures=figures))


def words(cell: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip()


def test_each_figure_opens_its_own_lines() -> None:
    with translation.override("en"):
        shown = cells()
    lines = "/lines/?quarter=2022Q2&amp;unit=430421&amp;measure="
    measures = re.findall(r'href="([^"]+measure=)(\w+)"', shown)
    assert {address for address, _measure in measures} == {lines}
    assert [measure for _address, measure in measures] == [
        *("projects", "planned", "year_to_date", "completion_rate", "completion_rate", "growth"),
        *("start_rate", "start_rate", "reported", "missing"),
    ]
    printed = [words(f"<td{cell}") for cell in shown.split("<td")[1:]]
    assert printed == [
        *("3", "0.2", "0.05", "50.0%", "+25.0 ● <fine>".replace("<", "&lt;").replace(">", "&gt;"), "+50.0%"),
        *("75.0% 3 / 4", "1 of 2 units 50.0% of the plan"),
    ]


@pytest.mark.parametrize(("language", "label", "word"), [("en", "Planned", "fine"), ("zh-hans", "计划", "正常")])
def test_words_are_those_of_the_page_and_escaped(language: str, label: str, word: str) -> None:
    with translation.override(language):
        shown = cells()
    assert re.search(rf'data-label="[^"]*{label}', shown)
    assert f"&lt;{word}&gt;" in shown
    assert f"<{word}>" not in shown


def test_address_is_escaped_once() -> None:
    shown = cells(unit='"><b>&')
    assert "<b>" not in shown
    assert "&amp;amp;" not in shown


def test_what_is_not_known_is_a_dash_and_what_is_not_due_has_a_word() -> None:
    none_due = replace(TOTAL, due_to_start=0, due_started=0)
    silent = replace(TOTAL, year_to_date=None, due_to_start=None, due_started=None)
    with translation.override("en"):
        assert "none due" in cells(none_due)
        assert cells(silent).count("—") == 4


def test_merged_units_growth_is_said_to_be_not_comparable() -> None:
    growth = replace(TOTAL.growth, before=Decimal(0), now=Decimal(0), apart=True)
    with translation.override("en"):
        assert "not comparable" in cells(replace(TOTAL, growth=growth))
