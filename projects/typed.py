"""What a person said about a line, and how it is put into the line: the same for form, grid and workbook."""

from collections.abc import Mapping
from dataclasses import dataclass

from projects.models import ReportLine
from projects.validation import EXPLAINED, EXPLANATION

LONGEST_KEY = 18  # digits of a key that the database can hold


ANSWER = "answer:"  # the answer to a remark is typed in a field of this name and the id of the thread


def is_answer(name: str) -> bool:
    """Whether a field of this name holds an answer to a remark."""
    thread = name.removeprefix(ANSWER)
    return name.startswith(ANSWER) and thread.isascii() and thread.isdecimal() and len(thread) <= LONGEST_KEY


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What a person said about one line: money in 万元, null where nothing was typed.

    `rejected` holds, by field, the texts that could not be taken; they are kept beside the values and never lost.
    `explanations` are sentences on warnings, by the rule's code: an empty one takes a sentence back, one not named
    stays as it is, null names none. `answers` to remarks, by the id of the thread, likewise.
    """

    values: Mapping[str, object]
    rejected: Mapping[str, str] | None = None
    explanations: Mapping[str, str] | None = None
    answers: Mapping[str, str] | None = None

    def put_in(self, line: ReportLine) -> None:
        """Make the line say so; the amount that follows from the one typed is still to be computed."""
        for name, value in self.values.items():
            setattr(line, name, value)
        said = {**line.explanations, **(self.explanations or {})}
        line.explanations = {code: text.strip() for code, text in said.items() if code in EXPLAINED and text.strip()}
        line.answers = {pk: text for pk, text in {**line.answers, **(self.answers or {})}.items() if text.strip()}
        line.rejected = self._refused(line) or None

    def _refused(self, line: ReportLine) -> dict[str, str]:
        """The texts refused now, and those of sentences that nobody was asked for again."""
        named = {EXPLANATION + code for code in self.explanations or ()} | {ANSWER + pk for pk in self.answers or ()}
        kept = {
            name: text
            for name, text in (line.rejected or {}).items()
            if name.startswith((EXPLANATION, ANSWER)) and name not in named
        }
        return {**kept, **(self.rejected or {})}

    def stands_in(self, line: ReportLine) -> bool:
        """Whether the line says just this already; the amount that was computed is no word of anybody's."""
        computed = {"flow": "year_to_date", "year_to_date": "flow"}
        said = {
            name: value for name, value in self.values.items() if name != computed.get(str(self.values.get("typed")))
        }
        same = all(getattr(line, name) == value for name, value in said.items())
        explained = all(line.explanations.get(code, "") == text for code, text in (self.explanations or {}).items())
        answered = all(line.answers.get(pk, "") == text for pk, text in (self.answers or {}).items())
        return same and explained and answered and self._refused(line) == (line.rejected or {})
