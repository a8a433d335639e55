"""Whether a file is what it says: encodings of CSV, and everything that is refused before anything parses it."""

import pytest

from projects.importing.reading import read
from projects.importing.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Unreadable

TEXT = "名称,单位\r\n项目一,430405\r\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_read_csv_understands_what_offices_save(encoding: str) -> None:
    table = read("a.CSV", TEXT.encode(encoding))
    assert table.rows == [(1, ["名称", "单位"]), (2, ["项目一", "430405"])]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_read_csv_finds_the_delimiter(delimiter: str) -> None:
    table = read("a.csv", f"a{delimiter}b\n1{delimiter}2\n".encode())
    assert table.rows[1] == (2, ["1", "2"])


def test_read_csv_numbers_rows_as_a_spreadsheet_and_leaves_blank_ones_out() -> None:
    table = read("a.csv", b'a,b\n"two\nlines",2\n,\n  ,\nx,y\n,,\n\n')
    assert [number for number, _cells in table.rows] == [1, 2, 5]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "空"),
        ("a.csv", b" \r\n ", "空"),
        ("a.csv", PNG, "image/png"),
        ("a.csv", b"PK\x03\x04" + b"\0" * 60, "zip"),
        ("a.csv", b"name,\0\0\0", "不是文本"),
        ("a.csv", b"\xd0\xcf\x11\xe0" + b"x" * 600, "不是文本"),
        ("a.csv", b"name\n\xff\xff\xff\xff", "GB18030"),
        ("a.csv", b"\xff\xfea\0b", "GB18030"),
        ("a.csv", b'name,unit\n"never closed,1\n', "引号"),
        ("a.xlsx", PNG, "image/png"),
        ("a.xlsx", TEXT.encode(), "纯文本"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "密码|加密"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "xlsx"),
        ("a.pdf", b"%PDF-1.7", "xlsx"),
        ("no ending", TEXT.encode(), "xlsx"),
    ],
)
def test_read_refuses_a_file_that_is_not_what_it_says(name: str, content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(name, content)


def test_read_refuses_more_bytes_rows_and_columns_than_it_takes() -> None:
    with pytest.raises(Unreadable, match="MB"):
        read("a.csv", b"x" * (MAX_BYTES + 1))
    with pytest.raises(Unreadable, match=str(MAX_ROWS)):
        read("a.csv", b"name\n" + b"x\n" * 100_000)
    with pytest.raises(Unreadable, match="200"):
        read("a.csv", b"," * MAX_COLUMNS)


def test_read_csv_takes_as_many_rows_as_it_says() -> None:
    assert len(read("a.csv", b"name\n" + b"x\n" * MAX_ROWS).rows) == MAX_ROWS + 1
