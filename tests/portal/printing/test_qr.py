"""The QR code on paper: a phone reads the address from it."""

import pytest
import segno
import zxingcpp

from portal.printing import qr
from tests.portal.printing import examples
from tests.portal.printing.pages import Picture, pictures

MODULE = 0.7  # millimetres, in templates/print/official.typ
LONG = "https://chengnuoshu.hengyang.example.gov.cn/verify/HENGYANG-2022-430422-0001-0002"


def page_with_code(address: str) -> Picture:
    verify = {"words": "扫描二维码核验", "address": address, "sha256": examples.SHA256}
    return pictures("letter", examples.letter(verify=verify), per_millimetre=6)[-1]


def corner(page: Picture) -> tuple[float, float]:
    """Where the code's first module stands: four modules of quiet from the edge, and seven dark ones along and down."""
    left = 28 + 4 * MODULE
    steps = [(step + 0.5) * MODULE for step in range(7)]
    for top in (height / 6 for height in range(6 * 37, 6 * 250)):
        along = all(page.dark(left + step, top) for step in steps)
        if along and all(page.dark(left + MODULE / 2, top + step) for step in steps):
            return left, top
    raise AssertionError("no code on this page")


@pytest.mark.parametrize("address", [examples.ADDRESS, LONG])
def test_the_code_on_the_page_is_read_as_the_address(address: str) -> None:
    page = page_with_code(address)
    dots = memoryview(b"".join(page.rows)).cast("B", (len(page.rows), len(page.rows[0])))
    assert [found.text for found in zxingcpp.read_barcodes(dots)] == [address]


def test_the_code_is_drawn_module_for_module_with_quiet_around_it() -> None:
    page = page_with_code(examples.ADDRESS)
    wanted = segno.make(examples.ADDRESS, error="m", micro=False).matrix
    left, top = corner(page)
    for row in range(-4, len(wanted) + 4):
        for column in range(-4, len(wanted) + 4):
            inside = 0 <= row < len(wanted) and 0 <= column < len(wanted)
            dark = page.dark(left + (column + 0.5) * MODULE, top + (row + 0.5) * MODULE)
            assert dark == bool(inside and wanted[row][column]), (row, column)


def test_runs_hold_every_dark_module_once() -> None:
    rows = qr.matrix(examples.ADDRESS)
    dark = {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module == "1"}
    drawn = [(left + step, y) for left, y, length in qr.runs(rows) for step in range(length)]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == dark
