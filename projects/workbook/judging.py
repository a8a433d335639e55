"""A row beside its line: what it would change, whether somebody else was faster, and what the rules find in it.

The same rules as for the form: a row becomes the texts of a form, and what would then be saved is checked.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.models import User
from projects import amounts, check, reading
from projects.check import CheckedLine
from projects.conflict import MINE, differences, merged
from projects.entry import Sent
from projects.forms import DAYS, FIELDS, texts_shown
from projects.models import WorkbookRow
from projects.reading import Misread
from projects.validation import EXPLANATION, Finding, Level
from projects.workbook import sentences
from projects.workbook.identity import Known
from projects.workbook.layout import SENTENCE
from projects.workbook.opening import Fault, Opened
from projects.workbook.rows import Told

Outcome = WorkbookRow.Outcome


@dataclass(frozen=True)
class Judged:
    """A line as the row would make it. `texts` are for the form; `base` is what the line says now, sentences too."""

    outcome: str
    texts: Mapping[str, str]
    base: Mapping[str, str]
    checked: CheckedLine
    notes: list[str]


def shown(checked: CheckedLine) -> dict[str, str]:
    """What the workbook shows of a line, by field: the texts of its form, and one text for all sentences."""
    texts = texts_shown(checked)
    return {**texts, SENTENCE: sentences.cell(texts)}


def judged(told: Told, checked: CheckedLine, known: Known | None, *, by: User, at: datetime) -> Judged:
    """What comes of a row; writes nothing. `known` is its line as the workbook began with it, where it says so."""
    theirs, base = texts_shown(checked), _base(checked, known)
    typed = {name: told.texts.get(name, base[name]) for name in FIELDS}
    found = differences(base={name: base[name] for name in FIELDS}, mine=typed, theirs=theirs)
    texts = merged(found, theirs=theirs)
    after = _after(checked, texts, at=at) if found else checked
    said, notes = _answers(told, base, after)
    if said:
        texts |= said
        after = _after(checked, texts, at=at)
    outcome = Outcome.CHANGED if found or said else Outcome.UNCHANGED
    own = known is not None and checked.line.edited_by_id == by.pk and all(each.chosen == MINE for each in found)
    if outcome == Outcome.CHANGED and _is_touched(checked, known, base) and not own:
        outcome = Outcome.CONFLICT
    return Judged(outcome, texts, theirs, after, notes + _left_out(texts, after))


def _base(checked: CheckedLine, known: Known | None) -> dict[str, str]:
    """The texts that the workbook began with; where they are not known, those of the line as it is now."""
    now = shown(checked)
    if known is None or known.texts is None:
        return now
    return {**dict.fromkeys(now, ""), **known.texts}


def _answers(told: Told, base: Mapping[str, str], after: CheckedLine) -> tuple[dict[str, str], list[str]]:
    """What the sentence of a row says to the warnings that the line would have, and what is to be said about it."""
    if told.sentence is None or told.sentence == base[SENTENCE]:
        return {}, []
    theirs = texts_shown(after)
    said = sentences.fields(told.sentence, after.warnings) if told.sentence else sentences.cleared(theirs)
    notes = [] if said or not told.sentence else [_("Nothing here asks for a sentence, so yours is not kept.")]
    return {name: text for name, text in said.items() if theirs.get(name, "") != text}, notes


def _is_touched(checked: CheckedLine, known: Known | None, base: Mapping[str, str]) -> bool:
    """Whether somebody has changed the line since the workbook was made, as far as that is known."""
    if known is None:
        return checked.line.edited_at is not None or bool(checked.line.rejected)
    if known.version == checked.line.version:
        return False
    now = shown(checked)
    return known.texts is None or any(base[name] != now[name] for name in (*FIELDS, SENTENCE))


def _after(checked: CheckedLine, texts: Mapping[str, str], *, at: datetime) -> CheckedLine:
    """The line checked as it would stand once these texts were saved."""
    line = copy(checked.line)
    typed = sent(checked, texts).form(checked).typed()
    typed.put_in(line)
    amounts.settle(line, checked.earlier)
    line.edited_at = at
    return check.again(replace(checked, line=line))


def sent(checked: CheckedLine, texts: Mapping[str, str]) -> Sent:
    """These texts as a window would send them."""
    return Sent(version=checked.line.version, texts=texts, base=texts_shown(checked))


def _left_out(texts: Mapping[str, str], after: CheckedLine) -> list[str]:
    """Days that don't belong to the stage, which the form leaves out as well."""
    words = {
        "started_on": _("By its stage the project has not started, so the start is left out."),
        "finished_on": _("By its stage the project is not completed, so the finish is left out."),
    }
    return [words[name] for name in _idle(texts, after)]


def _idle(texts: Mapping[str, str], after: CheckedLine) -> list[str]:
    rejected = after.line.rejected or {}
    return [name for name in DAYS if texts.get(name) and getattr(after.line, name) is None and name not in rejected]


def _no_days(opened: Opened, told: Told, found: Judged) -> Iterator[Fault]:
    """Texts that are no day, in a day that its stage leaves out: the form drops them, a workbook's person is told."""
    for name in _idle(found.texts, found.checked):
        try:
            reading.day(found.texts[name])
        except Misread as error:
            yield Fault(told.number, *opened.column(name), found.texts[name][:60], str(error))


def row(opened: Opened, told: Told, found: Judged | None) -> WorkbookRow | None:
    """What is kept of a row; null where it changes nothing and is in order. `found` is null where it has no line."""
    said = [_of_fault(fault) for fault in told.faults]
    silent = {_field(opened, fault) for fault in told.faults}
    checked = found.checked if found else None
    if found and checked and not (found.outcome == Outcome.UNCHANGED and checked.status == "not_started"):
        said += [
            _of_finding(opened, each, checked)
            for each in checked.findings
            if each.field not in silent and not (each.level == Level.WARNING and each.sentence)
        ]
    if found:
        said += [_of_fault(fault) for fault in _no_days(opened, told, found)]
        said += [note(words) for words in found.notes]
    is_faulty = any(each["level"] == Level.ERROR and not each["missing"] for each in said)
    outcome = Outcome.FAULTY if is_faulty or found is None else found.outcome
    if outcome == Outcome.UNCHANGED and not said:
        return None
    return WorkbookRow(
        number=told.number,
        code=told.code,
        name=found.checked.line.project.name if found else told.name,
        outcome=outcome,
        version=found.checked.line.version if found else 0,
        texts=dict(found.texts) if found else {},
        base=dict(found.base) if found else {},
        findings=said,
        asking=sum(each["level"] == Level.WARNING for each in said),
        lacking=sum(bool(each["missing"]) for each in said),
    )


def _of_fault(fault: Fault) -> dict[str, Any]:
    return {**vars(fault), "level": Level.ERROR, "code": "cell", "missing": False, "field": ""}


def _of_finding(opened: Opened, finding: Finding, checked: CheckedLine) -> dict[str, Any]:
    """At the cell that mends it: for a warning the sentence's, where the workbook has such a column."""
    name = finding.field
    if finding.level == Level.WARNING:
        name = SENTENCE if finding.sentence_field.startswith(EXPLANATION) else finding.sentence_field
    column, header = opened.column(name)
    text = (checked.line.rejected or {}).get(finding.field) or texts_shown(checked).get(finding.field, "")
    return {
        "column": column,
        "header": header,
        "text": text[:60],
        "level": finding.level,
        "code": finding.code,
        "message": finding.message,
        "missing": finding.missing,
        "field": name,
    }


def note(message: str, *, level: str = Level.HINT, code: str = "note") -> dict[str, Any]:
    """Something to be said of a row, at none of its cells."""
    place = dict.fromkeys(("column", "header", "text", "field"), "")
    return {**place, "level": level, "code": code, "message": message, "missing": False}


def _field(opened: Opened, fault: Fault) -> str:
    return next((name for name in opened.places if opened.column(name)[0] == fault.column), "")
