"""How a line stands in the table: its cells with their texts, marks and sources, and what is said below them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from projects import prefill
from projects.check import CheckedLine
from projects.drafting import LineTaken
from projects.entry import Sent, Taken
from projects.forms import texts_shown
from projects.models import Stage
from projects.threads import Thread
from projects.typed import ANSWER, is_answer
from projects.validation import Finding, Level

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# The columns that are typed in, in the order in which they stand and are pasted.
COLUMNS: dict[str, "StrPromise"] = {
    "flow": gettext_lazy("This quarter"),
    "year_to_date": gettext_lazy("Year to date"),
    "stage": gettext_lazy("Stage"),
    "started_on": pgettext_lazy("column", "Start"),
    "finished_on": pgettext_lazy("column", "Finish"),
    "progress": gettext_lazy("Physical progress"),
    "obstacle": gettext_lazy("What holds it up"),
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`mark` is the gravest finding about it, empty for none; `source` says where a prefilled text comes from."""

    name: str
    id: str
    column: str
    text: str
    mark: str
    source: str
    remarked: Sequence[Thread] = ()

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The stages, and a text that is none until it is mended."""
        known = [(str(value), str(label)) for value, label in Stage.choices]
        return known if self.text in Stage.values else [*known, (self.text, self.text)]


@dataclass(frozen=True)
class Said:
    """A finding below the line: where its cell is and, where a warning asks for one, the sentence typed so far."""

    finding: Finding
    at: str
    column: str
    sentence: str | None
    id: str

    @property
    def kind(self) -> str:
        return kind(self.finding)

    @property
    def to(self) -> str:
        """Where a link to it leads: to the sentence still to be typed, else to the cell."""
        return self.id if self.finding.is_open and self.sentence is not None else self.at


@dataclass(frozen=True)
class Choice:
    """A cell of a conflict."""

    name: str
    column: str
    mine: str
    theirs: str
    chosen: str


@dataclass(frozen=True)
class Talk:
    """A reviewer's remark below the line; `id` is that of the field in which it is answered, and its name."""

    thread: Thread
    id: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    checked: CheckedLine
    taken: Taken | None = None
    understood: Sequence[tuple[str, str]] = ()
    idle: Sequence[str] = ()
    threads: Sequence[Thread] = ()
    unsaved: Sent | None = None

    @property
    def code(self) -> str:
        return self.checked.line.project.code

    @property
    def prefix(self) -> str:
        """What the names of its fields begin with in the table."""
        return f"{self.code}-"

    @cached_property
    def shown(self) -> dict[str, str]:
        """The texts of the line as it is kept, by field."""
        return texts_shown(self.checked)

    @property
    def version(self) -> int:
        """That of the texts it begins with: where typed words came back unsaved, the one they were typed upon."""
        return self.unsaved.version if self.unsaved else self.checked.line.version

    @property
    def base(self) -> str:
        """The texts to compare with, as JSON: what differs from them was typed."""
        return json.dumps(self.unsaved.base if self.unsaved else self.shown, ensure_ascii=False)

    @cached_property
    def texts(self) -> dict[str, str]:
        """What stands in the cells: as kept, as typed where it was not taken, or by the choices of a conflict."""
        if self.taken:
            return self.taken.texts
        return {**self.shown, **(self.unsaved.texts if self.unsaved else {})}

    @cached_property
    def cells(self) -> list[Cell]:
        texts, marks, sources = self.texts, self.marks, prefill.sources(self.checked.line, self.checked.last)
        return [
            Cell(
                name=f"{self.code}-{name}",
                id=f"{self.code}-{name}",
                column=name,
                text=texts.get(name, ""),
                mark=marks.get(name, ""),
                source=sources[name].value if name in sources else "",
                remarked=[thread for thread in self.threads if thread.field == name],
            )
            for name in COLUMNS
        ]

    @cached_property
    def findings(self) -> list[Finding]:
        """Nobody is blamed for a line that nobody has touched."""
        return [] if self.checked.status == "not_started" else self.checked.findings

    @property
    def marks(self) -> dict[str, str]:
        """By field, the gravest finding about it; findings come errors first."""
        return {finding.field: kind(finding) for finding in reversed(self.findings)}

    @cached_property
    def said(self) -> list[Said]:
        texts = self.texts
        return [
            Said(
                finding,
                f"{self.code}-{finding.field}",
                column_label(finding.field),
                self._sentence(finding, texts),
                f"{self.code}-{finding.sentence_field}",
            )
            for finding in self.findings
        ]

    def _sentence(self, finding: Finding, texts: dict[str, str]) -> str | None:
        asks = finding.level == Level.WARNING and finding.sentence_field not in COLUMNS
        return texts.get(finding.sentence_field, "") if asks else None

    @property
    def choices(self) -> list[Choice]:
        found = self.taken.differences if self.taken else []
        return [
            Choice(
                each.field,
                column_label(each.field),
                _word(each.field, each.mine),
                _word(each.field, each.theirs),
                each.chosen,
            )
            for each in found
        ]

    @property
    def talks(self) -> list[Talk]:
        """The reviewer's open remarks on this line, with the answer as it stands in the page."""
        names = {thread.pk: f"{ANSWER}{thread.pk}" for thread in self.threads}
        return [
            Talk(thread, f"{self.code}-{names[thread.pk]}", self.texts.get(names[thread.pk], ""))
            for thread in self.threads
        ]

    @property
    def left_out(self) -> list[str]:
        """The columns of days that were left out, since they don't belong to the stage."""
        return [str(COLUMNS[name]) for name in self.idle]

    @property
    def taken_by(self) -> str:
        """Who saved the line in the meantime, and when."""
        return str(LineTaken(self.checked.line)) if self.taken else ""

    @property
    def planned(self) -> Decimal | None:
        return self.checked.plan.planned_investment if self.checked.plan else None


def kind(finding: Finding) -> str:
    """How it is shown: what nobody has filled in yet is no mistake."""
    return "missing" if finding.missing else str(finding.level)


def column_label(name: str) -> str:
    if is_answer(name):
        return _("Answer to the remark")
    return str(COLUMNS[name]) if name in COLUMNS else _("Sentence for the reviewer")


def _word(name: str, text: str) -> str:
    """A stage by its word, everything else as it was typed."""
    return str(Stage(text).label) if name == "stage" and text in Stage.values else text
