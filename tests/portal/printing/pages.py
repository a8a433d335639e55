"""What a test sees of a PDF: its text, and its pages as grey dots, without any library of images."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from typing import Any

from pypdf import PdfReader

from portal.printing import pdf, press

DOT = b"\x01"
DARK = bytes(dot < 128 for dot in range(256))


@dataclass(frozen=True)
class Picture:
    """Rows of dots from 0 (black) to 255, one byte each."""

    rows: list[bytes]
    per_millimetre: float

    def dark(self, x: float, y: float) -> bool:
        """Whether it is dark at this point, in millimetres from the left and the top."""
        return self.rows[int(y * self.per_millimetre)][int(x * self.per_millimetre)] < 128

    def ink(self) -> tuple[float, float, float, float]:
        """How far the print reaches: left, top, right, bottom, in millimetres."""
        marks = [row.translate(DARK) for row in self.rows]
        down = [number for number, row in enumerate(marks) if DOT in row]
        left = min(marks[number].find(DOT) for number in down)
        right = max(marks[number].rfind(DOT) for number in down)
        scale = self.per_millimetre
        return left / scale, down[0] / scale, (right + 1) / scale, (down[-1] + 1) / scale

    def cut(self, top: float, bottom: float) -> "Picture":
        begin, end = int(top * self.per_millimetre), int(bottom * self.per_millimetre)
        return Picture(self.rows[begin:end], self.per_millimetre)


def texts(template: str, content: dict[str, Any]) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in reader(template, content).pages]


def reader(template: str, content: dict[str, Any]) -> PdfReader:
    return PdfReader(BytesIO(pdf.printed(template, content).pdf))


def pictures(template: str, content: dict[str, Any], *, per_millimetre: float = 4) -> list[Picture]:
    pages = press.pictured(pdf.job_of(template, content)[0], dots_per_inch=per_millimetre * 25.4)
    return [Picture(_grey(page), per_millimetre) for page in pages]


def _grey(png: bytes) -> list[bytes]:
    """The rows of a PNG of eight bits in red, green, blue and opacity, as typst writes it (PNG, section 9)."""
    at, packed, width = 8, b"", 0
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, _height, depth, colour = struct.unpack_from(">IIBB", body)
            assert (depth, colour) == (8, 6)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    dots, wide = zlib.decompress(packed), width * 4 + 1
    rows, above = [], bytes(width)
    for start in range(0, len(dots), wide):  # each colour is packed by itself; the green of a dot is grey enough
        above = _unfiltered(dots[start], dots[start + 2 : start + wide : 4], above)
        rows.append(above)
    return rows


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == 0:
        return row
    if kind == 1:
        return bytes(dot & 255 for dot in accumulate(row))
    if kind == 2:
        return bytes((dot + up) & 255 for dot, up in zip(row, above, strict=True))
    out, left, corner = bytearray(), 0, 0
    for dot, up in zip(row, above, strict=True):
        left = (dot + ((left + up) // 2 if kind == 3 else _paeth(left, up, corner))) & 255
        out.append(left)
        corner = up
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    return min((left, up, corner), key=lambda near: abs(left + up - corner - near))
