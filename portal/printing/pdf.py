"""Papers as PDF/A-2b, set by typst from templates/print/; the same content gives the same bytes, on any machine.

Content comes to typst as JSON, never as markup. Nothing is written to disk, nothing fetched, no clock is read.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings

from portal.environment import BASE
from portal.printing import press, qr, typeface
from portal.printing.characters import Substitute, everywhere, visible
from portal.printing.paper import columns, moment
from portal.printing.words import words

TEMPLATES = BASE / "templates/print"
NAMES = ("letter", "bulletin", "sheet")
SECONDS = 60  # a hundred projects take a quarter of a second, a thousand one
AT_ONCE = BoundedSemaphore(2)  # a press takes 70 MB for a page and 300 for a thousand projects


class NotPrinted(Exception):
    """The press failed or took too long: a fault of ours or of the machine, never of what somebody typed."""


@dataclass(frozen=True)
class Printed:
    """A PDF, and the characters that no typeface holds: printed as 〓, with a note at the end of the document."""

    pdf: bytes
    unprintable: tuple[str, ...]


def printed(template: str, content: Mapping[str, Any]) -> Printed:
    """The paper as PDF/A-2b; template is one of NAMES, content has the shape of that name in paper.py.

    Raises ValueError for a template or language there isn't, a date without a zone or a row that isn't as long as its
    table's head, and NotPrinted where the press fails.
    """
    job, unprintable = job_of(template, content)
    command = [sys.executable, "-I", press.__file__]
    with AT_ONCE:
        try:
            ended = subprocess.run(  # noqa: S603 - our own file, by our own Python
                command, input=json.dumps(job).encode(), capture_output=True, timeout=SECONDS, check=True
            )
        except subprocess.TimeoutExpired as late:
            raise NotPrinted(f"{template} took longer than {SECONDS} seconds") from late
        except subprocess.CalledProcessError as failed:
            raise NotPrinted(f"{template}: {failed.stderr.decode(errors='replace')}") from failed
    return Printed(ended.stdout, unprintable)


def job_of(template: str, content: Mapping[str, Any]) -> tuple[press.Job, tuple[str, ...]]:
    """What the press is told, and the characters that will be printed as 〓."""
    if template not in NAMES:
        raise ValueError(f"no paper {template!r}")
    substitute = Substitute(typeface.printable())
    paper = everywhere(everywhere(content, visible), substitute)
    _set_tables(paper)
    if verify := paper.get("verify"):
        rows = qr.matrix(content["verify"]["address"])
        verify["code"] = {"side": len(rows), "runs": qr.runs(rows)}
    paper["words"] = words(content["language"])
    paper["missing"] = substitute.notes
    return {
        "source": str(TEMPLATES / f"{template}.typ"),
        "fonts": list(map(str, settings.TYPE_FOLDERS)),
        "paper": paper,
        "at": moment(content).isoformat(),
    }, substitute.characters


def _set_tables(part: Any) -> None:
    """Give each table in the content its columns."""
    if isinstance(part, list):
        for inner in part:
            _set_tables(inner)
    elif isinstance(part, dict):
        if "head" in part:
            part["columns"] = asdict(columns(part))
        for inner in part.values():
            _set_tables(inner)
