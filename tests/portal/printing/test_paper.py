"""How wide a table's columns are, and on which side their cells stand."""

from typing import Any

import pytest

from portal.printing.paper import LINE, columns, ems, moment
from tests.portal.printing import examples


def points(table: dict[str, Any]) -> list[float]:
    """The width of each column's text."""
    how = columns(table)
    return [share * LINE - 2 * how.inset for share in how.shares]


def test_numbers_stand_right_short_words_in_the_middle_and_names_left() -> None:
    how = columns({"head": examples.PROJECT_HEAD, "rows": examples.projects(100)})
    assert how.sides == ("center", "left", "right", "center", "center")
    assert how.numeric == (True, False, True, False, False)
    assert how.size == 10.5
    assert sum(how.shares) == pytest.approx(1)


def test_no_figure_or_short_word_is_broken() -> None:
    rows = [["1", "一个很长的项目名称" * 20, "1,234,567,890.00", "2022年12月", "● 正常"]]
    table = {"head": examples.PROJECT_HEAD, "rows": rows}
    size = columns(table).size
    for place in (0, 2, 3, 4):
        assert points(table)[place] >= ems(rows[0][place]) * size


@pytest.mark.parametrize(
    ("amounts", "size", "tight"), [(5, 10.5, False), (7, 9.0, False), (8, 7.5, False), (14, 7.5, True)]
)
def test_type_grows_smaller_before_figures_are_broken(amounts: int, size: float, tight: bool) -> None:
    how = columns({"head": ["金额"] * amounts, "rows": [["1,250,000.00"] * amounts]})
    assert (how.size, how.tight) == (size, tight)


def test_missing_figures_leave_a_column_numeric() -> None:
    how = columns(
        {"head": ["单位", "完成率（%）"], "rows": [["甲", "—"], ["乙", "-3.5"], ["丙", ""], ["丁", "135.1%"]]}
    )
    assert how.numeric == (False, True)
    assert how.sides[1] == "right"


def test_what_is_given_goes_before_what_is_found() -> None:
    how = columns({"head": ["a", "b"], "rows": [["1", "2"]], "widths": [1, 3], "numeric": [False, True]})
    assert how.shares == (0.25, 0.75)
    assert how.numeric == (False, True)


def test_a_table_without_rows_has_columns_too() -> None:
    assert len(columns({"head": ["a", "b"], "rows": []}).shares) == 2


def test_date_of_a_document_has_whole_seconds_and_a_zone() -> None:
    dated = moment({"dated": "2022-02-07T10:00:00.123456+08:00"})
    assert dated.isoformat() == "2022-02-07T10:00:00+08:00"
    with pytest.raises(ValueError, match="no zone"):
        moment({"dated": "2022-02-07T10:00:00"})
