"""The press: a process of its own that sets one document with typst and ends.

typst keeps what it has set in memory (800 MB after thirty letters, measured), can't be told to let go of it, and can't
be stopped half-way; a process can, and costs 50 ms. Python runs this file by its path: no Django, only typst.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

import typst


class Job(TypedDict):
    """What the press needs to know; plain data, since it comes through a pipe."""

    source: str  # the file to set
    fonts: list[str]  # folders; the system's own fonts are not looked at
    paper: Any
    at: str  # the document's date, ISO 8601 with a zone


def pressed(job: Job) -> bytes:
    """The document as PDF/A-2b. Raises typst.TypstError, with the place in the source."""
    moment = datetime.fromisoformat(job["at"])
    pdf: bytes = typst.compile(Path(job["source"]), **_material(job), pdf_standards=["a-2b"], timestamp=moment)
    return pdf


def pictured(job: Job, *, dots_per_inch: float) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    pages: Any = typst.compile(Path(job["source"]), **_material(job), format="png", ppi=dots_per_inch)
    return pages if isinstance(pages, list) else [pages]


def _material(job: Job) -> dict[str, Any]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=job["fonts"])
    return {
        "root": Path(job["source"]).parent,
        "font_paths": fonts,
        "sys_inputs": {"paper": json.dumps(job["paper"])},
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(pressed(json.load(sys.stdin)))
