"""Which header means which field: Chinese and English, with and without a unit of measure, or as chosen."""

import pytest
from django.utils import translation

from projects.importing.mapping import FIELDS, MEASURE_LABELS, MEASURES, Kind, Layout, Reads, lay_out
from projects.importing.table import Table, Unreadable
from projects.importing.template import header


def layout(kind: str, *headers: str, **chosen: str) -> Layout:
    return lay_out(
        kind, Table([(1, [*headers]), (2, ["x"])]), {name.replace("__", " "): v for name, v in chosen.items()}
    )


@pytest.mark.parametrize(
    ("heading", "choice"),
    [
        ("项目名称", "name_zh"),
        ("Chinese Name", "name_zh"),
        ("中文名称*", "name_zh"),
        (" 项目 名称 ", "name_zh"),
        ("责任单位", "unit"),
        ("answering unit", "unit"),
        ("tier", "lists"),
        ("重点级别", "lists"),
        ("stage_at_2022_start", "stage"),
        ("总投资（亿元）", "total_investment:100m_cny"),
        ("总投资（万元）", "total_investment:10k_cny"),
        ("总投资(元)", "total_investment:cny"),
        ("total_100m_cny", "total_investment:100m_cny"),
        ("Total investment (CNY million)", "total_investment:cny_million"),
        ("Total investment (CNY billion)", "total_investment:cny_billion"),
        ("Ｔｏｔａｌ（１００ ｍｉｌｌｉｏｎ ＣＮＹ）", "total_investment:100m_cny"),
        ("电话", ""),
        ("", ""),
    ],
)
def test_header_is_recognised(heading: str, choice: str) -> None:
    columns = layout(Kind.PROJECTS, "name", heading).columns
    assert columns[1].choice == choice


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", Kind.values)
def test_headers_of_templates_are_recognised(kind: str, language: str) -> None:
    from django.utils.translation import override

    with override(language):
        found = layout(kind, *[header(field) for field in FIELDS[kind]])
    assert [column.field and column.field.name for column in found.columns] == [field.name for field in FIELDS[kind]]
    assert {column.measure for column in found.columns if column.field and column.field.reads is Reads.MONEY} <= {
        "10k_cny"
    }
    assert found.problems == []


def test_header_may_stand_below_a_title() -> None:
    table = Table([(1, ["衡阳市重点项目表", "", ""]), (3, ["序号", "项目名称", "责任单位"]), (4, ["1", "甲", ""])])
    assert lay_out(Kind.PROJECTS, table).row == 3


def test_missing_column_is_named() -> None:
    [problem] = layout(Kind.PROJECTS, "unit", "tier").problems
    assert "中文名称" in problem.message


def test_money_without_a_unit_of_measure_is_a_problem_and_can_be_chosen() -> None:
    [problem] = layout(Kind.PROJECTS, "name", "总投资").problems
    assert "计量单位" in problem.message
    assert problem.column == "B 总投资"
    chosen = layout(Kind.PROJECTS, "name", "总投资", 总投资="total_investment:100m_cny")
    assert chosen.problems == []
    assert chosen.columns[1].measure == "100m_cny"


def test_two_columns_of_one_field_are_a_problem() -> None:
    [problem] = layout(Kind.PROJECTS, "name", "项目名称").problems
    assert problem.column.startswith("B")


def test_chosen_column_may_be_left_out_or_be_any_field() -> None:
    found = layout(Kind.PROJECTS, "name", "unit", "谁", unit="", 谁="unit")
    assert [column.choice for column in found.columns] == ["name_zh", "", "unit"]


@pytest.mark.parametrize("choice", ["nothing_such", "total_investment:dollars"])
def test_chosen_field_that_does_not_exist_is_refused(choice: str) -> None:
    with pytest.raises(Unreadable, match="字段"):
        layout(Kind.PROJECTS, "name", "x", x=choice)


def test_file_without_any_known_header_says_which_are_expected() -> None:
    with pytest.raises(Unreadable, match="中文名称"):
        layout(Kind.PROJECTS, "foo", "bar")
    with pytest.raises(Unreadable):
        lay_out(Kind.PROJECTS, Table([]))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_unit_of_measure_has_a_name_of_its_own_that_a_header_may_use(language: str) -> None:
    with translation.override(language):
        names = {name: str(label) for name, label in MEASURE_LABELS.items()}
        assert len(set(names.values())) == len(MEASURES)
        for name, label in names.items():
            columns = layout(Kind.PROJECTS, "name", f"Total investment ({label})").columns
            assert columns[1].choice == f"total_investment:{name}"
