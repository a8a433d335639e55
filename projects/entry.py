"""Lines typed in a table, several at once: read by the form's own rules and kept, in one transaction and few queries.

A line that somebody else has saved meanwhile is not written: it comes back with both texts, to be chosen from.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from django.db import transaction
from django.utils.translation import gettext as _

from portal.models import Quarter, Unit, User
from projects import check, drafting
from projects.check import CheckedLine
from projects.conflict import MINE, THEIRS, Difference, differences, merged
from projects.drafting import Written
from projects.forms import DAYS, LineForm, texts_of, texts_shown
from projects.lifecycle import StepTaken
from projects.models import Report
from projects.typed import Typed

MOST_LINES = 500  # in one request: more than any unit has


class Unreadable(ValueError):
    """What was sent is no line of a table: a window never sends that."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a window sent about one line: its texts, those it had been shown (`base`), and the version they had.

    `hint` is which amount its script saw typed; `undecided` names cells shown with two texts and none chosen.
    """

    version: int
    texts: Mapping[str, str]
    base: Mapping[str, str]
    hint: str = ""
    undecided: frozenset[str] = frozenset()

    @classmethod
    def read(cls, said: Any) -> Self:
        """From the JSON of a window. Raises Unreadable."""
        try:
            version, hint = int(said["version"]), str(said.get("hint") or "")
            texts, base = (_texts(said[part]) for part in ("texts", "base"))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise Unreadable from error
        return cls(version=version, texts=texts_of(texts), base=texts_of(base), hint=hint)

    @classmethod
    def posted(cls, row: Mapping[str, str]) -> Self:
        """From the fields of a posted line, by their names in the form. Raises Unreadable.

        Where a cell had been shown with two texts the one chosen counts. A form of before says less of what it showed.
        """
        shown = {"flow": row.get("shown_flow", ""), "year_to_date": row.get("shown_year_to_date", "")}
        try:
            base = texts_of(_texts(json.loads(row["base"])) if row.get("base") else shown)
        except (ValueError, AttributeError) as error:
            raise Unreadable from error
        version = row.get("version", "")
        chosen = {name: row.get(f"choice_{name}", "") for name in row.get("asked", "").split() if name in row}
        texts = texts_of(row) | {name: base.get(name, "") for name, choice in chosen.items() if choice == THEIRS}
        undecided = frozenset(name for name, choice in chosen.items() if choice not in (MINE, THEIRS))
        return cls(
            version=int(version) if version.isascii() and version.isdecimal() else 0,
            texts=texts,
            base=base,
            hint=row.get("hint", ""),
            undecided=undecided,
        )

    def kept(self) -> dict[str, Any]:
        """As JSON that `read` reads again."""
        return {"version": self.version, "texts": dict(self.texts), "base": dict(self.base), "hint": self.hint}

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save, or still to decide."""
        return bool(self.undecided) or any(text != self.base.get(name, "") for name, text in self.texts.items())

    def form(self, checked: CheckedLine) -> LineForm:
        shown = {"shown_flow": self.base.get("flow", ""), "shown_year_to_date": self.base.get("year_to_date", "")}
        return LineForm({**self.texts, **shown, "hint": self.hint}, checked=checked)


def _texts(said: Any) -> dict[str, str]:
    """Names and texts; raises ValueError or AttributeError where they are none, or hold half a character."""
    texts = {str(name): str(text) for name, text in said.items()}
    "".join(texts.values()).encode()
    return texts


@dataclass(frozen=True)
class Saved:
    """A line as it is kept now, and what was typed otherwise than it is kept: (text, what it was taken for).

    `idle` names days that were left out, since they don't belong to the stage.
    """

    checked: CheckedLine
    understood: Sequence[tuple[str, str]]
    idle: Sequence[str]


@dataclass(frozen=True)
class Taken:
    """A line that somebody else saved: as it is now, what was sent, and the cells to choose in."""

    checked: CheckedLine
    sent: Sent
    differences: list[Difference]

    @property
    def texts(self) -> dict[str, str]:
        """The line as it would be by the choices made so far."""
        return merged(self.differences, theirs=texts_shown(self.checked))


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What came of it. `missing` are codes of projects that the draft has no line for."""

    report: Report
    saved: list[Saved]
    taken: list[Taken]
    missing: list[str]


def enter(
    sent: Mapping[str, Sent], *, unit_code: str, year: int, number: int, by: User, at: datetime
) -> Entered | None:
    """Keep what was typed (project code → what was sent) in the draft of this unit's quarter.

    Null where there is no draft that this person may type into. Four queries, and a fifth when somebody types into a
    draft for the first time, for any number of lines.
    """
    with transaction.atomic():
        report = drafting.hold(unit_code, year, number, by=by, at=at)
        if report is None:
            return None
        codes = [code for code in sent if "\x00" not in code]
        found = {line.line.project.code: line for line in check.some_lines(report, codes)}
        entered = Entered(report=report, saved=[], taken=[], missing=sorted(sent.keys() - found.keys()))
        written = []
        for code, checked in found.items():
            form = sent[code].form(checked)
            typed = form.typed()
            if sent[code].undecided or _is_taken(checked, sent[code], typed, by=by):
                taken = _taken(checked, sent[code])
                if taken.differences:
                    entered.taken.append(taken)
                else:  # both typed the same: there is nothing to choose, and what the others typed beside it stays
                    entered.saved.append(Saved(checked, [], []))
                continue
            if not (typed.stands_in(checked.line) and checked.line.edited_at):
                written.append(Written(checked.line, typed, checked.earlier))
            idle = [name for name in DAYS if sent[code].texts[name] and not _keeps(typed, name)]
            entered.saved.append(Saved(checked, form.understood(), idle))
        drafting.write_lines(report, written, by=by, at=at)
        entered.saved[:] = [replace(each, checked=check.again(each.checked)) for each in entered.saved]
        return entered


def _keeps(typed: Typed, name: str) -> bool:
    return typed.values.get(name) is not None or name in (typed.rejected or {})


def _is_taken(checked: CheckedLine, sent: Sent, typed: Typed, *, by: User) -> bool:
    """Whether somebody else has saved since; the same person sending the same twice has not."""
    line = checked.line
    return line.version != sent.version and not (line.edited_by_id == by.pk and typed.stands_in(line))


def _taken(checked: CheckedLine, sent: Sent) -> Taken:
    theirs = texts_shown(checked)
    found = differences(base=sent.base, mine=sent.texts, theirs=theirs)
    return Taken(checked, sent, [replace(each, chosen="") if each.field in sent.undecided else each for each in found])


def begin_and_enter(sent: Mapping[str, Sent], unit: Unit, quarter: Quarter, *, by: User, at: datetime) -> Entered:
    """The same where there is no draft yet, or it has no line yet for a project that came to the unit since.

    Raises StepRefused where no draft can be begun, or the report has been handed in.
    """
    report = drafting.begin(unit, quarter, by=by, at=at)
    entered = enter(sent, unit_code=unit.code, year=quarter.year, number=quarter.number, by=by, at=at)
    if entered is None:
        raise StepTaken(
            _("This report is %(state)s by now: somebody has dealt with it in the meantime.")
            % {"state": report.get_state_display()}
        )
    return entered
