"""What a reviewer has looked at before accepting: a tick for each warning, or one for all of them with a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from projects.check import CheckedLine, CheckedReport
from projects.validation import Finding, is_sentence

NAMED = 5  # warnings that a refusal names


class Unticked(Exception):
    """A warning has not been looked at; the message says which, and how to go on."""


def tick(line: CheckedLine, finding: Finding) -> str:
    """The name of one warning of a report: the line and the rule."""
    return f"{line.line.pk}:{finding.code}"


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """`names` of the warnings that were ticked one by one (see `tick`), or `every` one at once."""

    names: frozenset[str] = frozenset()
    every: bool = False

    @classmethod
    def of(cls, names: Iterable[str], *, every: bool = False) -> Self:
        return cls(names=frozenset(names), every=every)

    def settle(self, checked: CheckedReport, *, reason: str) -> str:
        """The words that record what was looked at, empty where there is no warning. Raises Unticked.

        A warning that has come up since the reviewer saw the page isn't ticked, so it is named like any other.
        """
        warnings = [(line, finding) for line in checked.lines for finding in line.warnings]
        if self.every or not warnings:
            return self.settle_every(len(warnings), reason=reason)
        left = [(line, finding) for line, finding in warnings if tick(line, finding) not in self.names]
        if left:
            raise Unticked(
                _(
                    "Warnings not ticked yet: %(count)s (%(warnings)s). Tick each one that you have looked at, or all"
                    " of them with a remark on the report, or return the report."
                )
                % {"count": len(left), "warnings": _named(left[:NAMED]) + ("…" if len(left) > NAMED else "")}
            )
        return _("Warnings looked at: %(warnings)s.") % {"warnings": _named(warnings)}

    def settle_every(self, count: int, *, reason: str) -> str:
        """The same where all of so many warnings are ticked at once, or there is none. Raises Unticked."""
        if not count:
            return ""
        if not is_sentence(reason):
            raise Unticked(_("All warnings are ticked at once: say in the remark on the report why that is right."))
        return _("All warnings looked at: %(count)s.") % {"count": count}


def _named(warnings: Iterable[tuple[CheckedLine, Finding]]) -> str:
    return "; ".join(f"{line.line.project.code} {finding.label}" for line, finding in warnings)


NONE = Ticks()
