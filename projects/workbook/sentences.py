"""The one cell in which a workbook answers all warnings of a line, and what it says to each of them."""

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import override

from projects.validation import BY_CODE, EXPLAINED, EXPLANATION, Finding


def cell(texts: Mapping[str, str]) -> str:
    """The sentences of a line as one text: what all warnings share as it is, else each after the warning's label."""
    said = {name.removeprefix(EXPLANATION): text for name, text in texts.items() if name.startswith(EXPLANATION)}
    said = {code: text for code, text in said.items() if text}
    if len(set(said.values())) < 2:
        return next(iter(said.values()), "")
    return "\n".join(f"{BY_CODE[code].label}: {' '.join(text.split())}" for code, text in said.items())


def fields(text: str, warnings: Iterable[Finding]) -> dict[str, str]:
    """By form field, what this cell says to those of the warnings that are answered by a sentence of their own.

    Lines that begin with a warning's label are for it alone, everything else is for all.
    """
    asked = [finding.code for finding in warnings if finding.sentence_field.startswith(EXPLANATION)]
    own, common = {}, []
    for line in text.split("\n"):
        code = next((code for code in asked for label in _labels(code) if _begins(line, label)), None)
        if code is None:
            common.append(line)
        else:
            own[code] = re.split("[:：]", line, maxsplit=1)[1].strip()
    rest = "\n".join(common).strip()
    return {EXPLANATION + code: own.get(code, rest) for code in asked}


def cleared(texts: Mapping[str, str]) -> dict[str, str]:
    """Every sentence of the line taken back."""
    return {name: "" for name in texts if name.startswith(EXPLANATION)}


def _begins(line: str, label: str) -> bool:
    return line.startswith((f"{label}:", f"{label}："))


def _labels(code: str) -> list[str]:
    labels = []
    for language in ("zh-hans", "en"):
        with override(language):
            labels.append(str(BY_CODE[code].label))
    return labels if code in EXPLAINED else []
