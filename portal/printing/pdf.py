"""Papers as PDF/A-2b, set by typst from templates/print/; the same content gives the same bytes, on any machine.

Content comes to typst as JSON, never as markup. Nothing is written and nothing fetched; typst lets other threads run
while it sets. Pages go through `printed`, which needs no request and reads no clock.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import typst
from django.utils import translation
from django.utils.translation import gettext as _

from portal.environment import BASE
from portal.printing import qr, typeface
from portal.printing.characters import MISSING, Substitute, code_point, everywhere, visible
from portal.printing.paper import columns

TEMPLATES = BASE / "templates/print"
NAMES = ("letter", "bulletin", "sheet")
LANGUAGES = {"zh": "zh-hans", "en": "en"}


@dataclass(frozen=True)
class Printed:
    """A PDF, and the characters that no typeface holds: printed as 〓, with a note at the end of the document."""

    pdf: bytes
    unprintable: tuple[str, ...]


def printed(template: str, content: Mapping[str, Any]) -> Printed:
    """The paper as PDF/A-2b; template is one of NAMES, content has the shape of that name in paper.py.

    `content["dated"]` is the date in the file's metadata; without one the file has none. Raises ValueError for a
    language or template there isn't, a date without a zone, or a row that isn't as long as its table's head.
    """
    source, missing = _prepared(template, content)
    pdf = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=typeface.fonts(),
        sys_inputs={"paper": json.dumps(source, sort_keys=True)},
        pdf_standards=["a-2b"],
        timestamp=_moment(content),
    )
    return Printed(pdf, tuple(missing))


def pictures(template: str, content: Mapping[str, Any], *, dots_per_inch: float) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    source, _missing = _prepared(template, content)
    pages = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=typeface.fonts(),
        sys_inputs={"paper": json.dumps(source, sort_keys=True)},
        format="png",
        ppi=dots_per_inch,
    )
    return pages if isinstance(pages, list) else [pages]


def _prepared(template: str, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the typst source reads, and the characters it can't print."""
    if template not in NAMES or content["language"] not in LANGUAGES:
        raise ValueError(f"no paper {template!r} in {content['language']!r}")
    substitute = Substitute(typeface.printable())
    source = everywhere(everywhere(content, visible), substitute)
    _set_tables(source)
    if verify := source.get("verify"):
        rows = qr.matrix(content["verify"]["address"])
        verify["code"] = {"side": len(rows), "runs": qr.runs(rows)}
    with translation.override(LANGUAGES[content["language"]]):
        source["words"] = _words()
        source["missing"] = [f"{MISSING} {code_point(sign)}: {place}" for sign, place in substitute.places.items()]
    return source, list(substitute.places)


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


def _words() -> dict[str, str]:
    """Our own words on paper, in the paper's language."""
    return {
        "none": _("None"),
        "number": _("Number"),
        "address": _("Address"),
        "missing": _("Characters that the typeface lacks are printed as 〓:"),
    }


def _moment(content: Mapping[str, Any]) -> datetime | None:
    if not content.get("dated"):
        return None
    moment = datetime.fromisoformat(content["dated"])
    if moment.tzinfo is None:
        raise ValueError(f"{content['dated']} has no zone")
    return moment
