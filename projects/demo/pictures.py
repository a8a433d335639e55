"""Photos and a document at some lines of the demo: drawn here, and every one of them says that it is made up."""

import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from portal.models import User
from portal.uploads import File
from projects import attaching
from projects.cleaning import Made, document, photo
from projects.models import Evidence, Report, ReportLine, Stage, StoredFile

SIZE = (800, 600)
MADE_UP = ("演示数据", "demonstration data")
SKY, GROUND, WALL, CRANE, INK = (196, 216, 232), (170, 148, 116), (150, 158, 168), (214, 158, 46), (40, 48, 58)
LINES = 2  # of a report have photos
Purpose = Evidence.Purpose
CAPTIONS = {
    Purpose.START: "开工现场",
    Purpose.PROGRESS: "施工现场",
    Purpose.COMPLETION: "竣工现场",
}
PERMIT = "施工许可证（样张）"


def attach(report: Report, *, by: User, at: datetime) -> None:
    """A photo at some lines of a draft, at the first of them another one and a document."""
    under_way = report.lines.filter(flow__gt=0, stage__in=[Stage.NEWLY_STARTED, Stage.CONTINUING, Stage.COMPLETED])
    lines = list(under_way.select_related("project", "report").order_by("-flow", "project__code")[:LINES])
    for number, line in enumerate(lines):
        for storeys in (3, 6)[: 2 - number]:
            _attach(line, f"IMG_{20220320 + storeys}.jpg", drawn(storeys, line.project.code), by=by, at=at)
        if number == 0:
            _attach(line, "permit.pdf", paper(line.project.code), caption=PERMIT, by=by, at=at)


def _attach(line: ReportLine, name: str, content: bytes, *, caption: str = "", by: User, at: datetime) -> None:
    purpose = {Stage.NEWLY_STARTED: Purpose.START, Stage.COMPLETED: Purpose.COMPLETION}.get(
        Stage(line.stage), Purpose.PROGRESS
    )
    file = File(name=name, content=content)
    found, _new = attaching.attach(line, file, purpose=purpose, by=by, at=at, make=_made_here)
    attaching.describe(found, purpose=purpose, caption=caption or CAPTIONS[purpose], by=by, at=at)


def _made_here(content: bytes, kind: str) -> Made:
    return photo.made_anew(content) if kind == StoredFile.Kind.PHOTO else document.made_anew(content)


def drawn(storeys: int, code: str) -> bytes:
    """A building of so many storeys with a crane beside it."""
    picture = Image.new("RGB", SIZE, SKY)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 480, *SIZE), fill=GROUND)
    for storey in range(storeys):
        below = 480 - storey * 55
        draw.rectangle((140, below - 50, 460, below), fill=WALL, outline=INK, width=3)
        for window in range(160, 440, 60):
            draw.rectangle((window, below - 38, window + 32, below - 14), fill=SKY, outline=INK)
    draw.line((600, 480, 600, 90), fill=CRANE, width=14)
    draw.line((380, 110, 720, 110), fill=CRANE, width=10)
    draw.line((420, 110, 420, 480 - storeys * 55 - 20), fill=INK, width=3)
    _write(draw, (24, 520), (*MADE_UP, code), 28)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


def paper(code: str) -> bytes:
    """A page that looks like a permit."""
    page = Image.new("RGB", (595, 842), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((30, 30, 565, 812), outline=INK, width=3)
    _write(draw, (60, 80), (PERMIT, code, *MADE_UP), 32)
    file = io.BytesIO()
    page.save(file, "PDF", resolution=72)
    return file.getvalue()


def _write(draw: ImageDraw.ImageDraw, place: tuple[int, int], words: Sequence[str], size: int) -> None:
    draw.text(place, " · ".join(words) if place[1] > 200 else "\n\n".join(words), fill=INK, font=_font(size))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The type that documents are printed in."""
    found = [file for folder in settings.TYPE_FOLDERS for file in sorted(Path(folder).glob("*.ttf"))]
    return ImageFont.truetype(str(found[-1]), size) if found else ImageFont.load_default(size)
