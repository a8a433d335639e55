"""What is wrong or odd about a line: one list of rules, each a pure function, for form, grid, workbook and review.

A rule takes the facts of a line and gives the words of its finding, or nothing. An error blocks. A warning asks for a
sentence, which the reviewer reads beside it; without one the report can't be submitted. A hint only points something
out. A rule's code never changes: sentences are kept by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.templatetags.figures import amount
from projects.models import Stage
from projects.models.project import STARTED

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Thresholds. Where a rule's limit is the plan or the total itself (over 100%), domain.md names it, and there is no
# number to choose.
#
# A figure typed in yuan comes out 10,000 times too large, so half a per cent of the year's plan already passes 50
# times the plan, which no real quarter does. Our own reckoning.
YUAN = 50
# A quarter of more than three times the one before is asked about: "sudden jumps" in domain.md; the number
# comes from the requirements for reviewing a quarter.
JUMP = 3

ORDER: dict[str, int] = {
    stage: place
    for place, stage in enumerate(
        (Stage.RESERVE, Stage.PREPARATORY, Stage.NEWLY_STARTED, Stage.CONTINUING, Stage.COMPLETED)
    )
}
BEFORE_THE_START = (Stage.RESERVE, Stage.PREPARATORY)
# Started and not completed: where nothing is completed for two quarters, the project has stalled.
UNDER_WAY = (Stage.NEWLY_STARTED, Stage.CONTINUING, Stage.SUSPENDED)

EXPLANATION = "explanation:"  # the sentence on a warning is typed in a field of this name and the warning's code
NOT_TAKEN = "not_taken"  # the code of a finding on a text that could not be taken at all


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


WEIGHT = {level: weight for weight, level in enumerate((Level.ERROR, Level.WARNING, Level.HINT))}


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to look at: the form field it stands at, how grave it is, what to do, and the rule's code.

    `missing` tells what nobody has said yet from what was said wrongly; `sentence` is what was said about a warning.
    """

    field: str
    level: Level
    message: str
    code: str = NOT_TAKEN
    missing: bool = False
    sentence: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is a warning that still lacks its sentence."""
        return self.level == Level.WARNING and not self.sentence

    @property
    def sentence_field(self) -> str:
        """The field in which a warning's sentence is typed: what holds the project up says it once, in its own."""
        return "obstacle" if self.field == "obstacle" else EXPLANATION + self.code

    @property
    def mended_at(self) -> str:
        """The field to go to: where the sentence is still to be typed, else where the figure stands."""
        return self.sentence_field if self.is_open else self.field

    @property
    def label(self) -> "StrPromise | str":
        """The rule in a word or two."""
        return BY_CODE[self.code].label if self.code in BY_CODE else ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that the rules look at. Money in 万元; null is "not reported" for a figure, "not known" for the rest.

    `last_…` is from the last accepted report on the project, `since_start` holds this quarter, `evidence_count` is
    the number of photos and documents at this line, `explanations` the sentences given, by code.
    """

    flow: Decimal | None
    year_to_date: Decimal | None
    earlier: Decimal | None
    since_start: Decimal | None
    planned: Decimal | None
    total: Decimal | None
    stage: str
    last_stage: str
    last_flow: Decimal | None
    last_started_on: date | None
    started_on: date | None
    finished_on: date | None
    progress: str
    obstacle: str
    quarter_number: int
    quarter_ends_on: date
    evidence_count: int = 0
    explanations: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> Decimal | None:
        return self.flow if self.flow is not None else self.year_to_date

    @property
    def measure(self) -> Decimal | None:
        """The year's plan; where there is none, the total investment."""
        return self.planned or self.total

    @property
    def is_far_above_plan(self) -> bool:
        """Whether the amount passes the plan by what only yuan explain; nothing else is asked about it then."""
        if not self.typed or not self.measure:
            return False
        return self.typed > YUAN * self.measure

    @property
    def is_stalled(self) -> bool:
        under_way = self.stage in UNDER_WAY and self.last_stage in UNDER_WAY
        return under_way and self.flow == 0 and self.last_flow == 0

    @property
    def is_first_started(self) -> bool:
        """Whether this line is the first to state the start; a project under way before its first line is none."""
        if self.stage not in STARTED:
            return False
        if self.last_stage:
            return self.last_stage in BEFORE_THE_START
        this_year = self.started_on is not None and self.started_on.year == self.quarter_ends_on.year
        return this_year or self.stage == Stage.NEWLY_STARTED


def findings(facts: Facts) -> list[Finding]:
    """Every finding about one line, errors first, each warning with the sentence that was given for it."""
    found = []
    for rule in RULES:
        message = rule.says(facts)
        if message:
            finding = Finding(rule.field, rule.level, message, rule.code, missing=rule.missing)
            found.append(finding if rule.level != Level.WARNING else _with_sentence(finding, facts))
    return sorted(found, key=lambda finding: WEIGHT[finding.level])


def _with_sentence(finding: Finding, facts: Facts) -> Finding:
    said = facts.explanations.get(finding.code, "")
    if not is_sentence(said) and finding.sentence_field == "obstacle":
        said = facts.obstacle
    said = said.strip() if is_sentence(said) else ""
    return Finding(finding.field, finding.level, finding.message, finding.code, sentence=said)


def is_sentence(text: str) -> bool:
    """Whether a text says anything: dots and dashes don't."""
    return any(character.isalnum() for character in text)


# Errors: something is still to be said.


def amount_missing(line: Facts) -> str | None:
    if line.flow is None and line.year_to_date is None:
        return _("Enter what was completed, this quarter or year to date; 0 is a figure too.")
    return None


def stage_missing(line: Facts) -> str | None:
    return None if line.stage in Stage.values else _("Choose the stage.")


def start_missing(line: Facts) -> str | None:
    if line.stage in STARTED and line.started_on is None:
        return _("Enter the day on which the project started.")
    return None


def finish_missing(line: Facts) -> str | None:
    if line.stage == Stage.COMPLETED and line.finished_on is None:
        return _("Enter the day on which the project was completed.")
    return None


def progress_missing(line: Facts) -> str | None:
    return None if line.progress.strip() else _("Say in words how far the work has come.")


# Errors: what was said can't be.


def start_after_quarter(line: Facts) -> str | None:
    return _after_quarter(line.started_on, line.quarter_ends_on)


def finish_after_quarter(line: Facts) -> str | None:
    return _after_quarter(line.finished_on, line.quarter_ends_on)


def _after_quarter(day: date | None, last: date) -> str | None:
    if day and day > last:
        return _("This day lies after the quarter's last day, %(day)s.") % {"day": last}
    return None


def finish_before_start(line: Facts) -> str | None:
    if line.started_on and line.finished_on and line.finished_on < line.started_on:
        return _("The finish lies before the start.")
    return None


def below_zero(line: Facts) -> str | None:
    if line.flow is None or line.flow >= 0:
        return None
    return _(
        "The year to date is below the %(earlier)s of the quarters before, so this quarter would be below zero."
        " If an earlier figure was too high, correct the earlier quarter."
    ) % {"earlier": amount(line.earlier)}


# Warnings about amounts. Where a figure looks like yuan, nothing else is asked about it.


def far_above_plan(line: Facts) -> str | None:
    if not line.is_far_above_plan or not line.typed or not line.measure:
        return None
    return _("%(figure)s is %(times)s times the plan. Was it typed in yuan? The form asks for 10,000 CNY.") % {
        "figure": amount(line.typed),
        "times": round(line.typed / line.measure),
    }


def same_figure(line: Facts) -> str | None:
    if not line.flow or line.flow != line.last_flow or line.is_far_above_plan:
        return None
    return _("The same figure as in the last report: look whether it is this quarter's.")


def jump(line: Facts) -> str | None:
    flow, last = line.flow, line.last_flow
    if flow is None or not last or flow <= JUMP * last or line.is_far_above_plan:
        return None
    return _("More than %(times)s times the last quarter's %(last)s.") % {
        "times": JUMP,
        "last": amount(last),
    }


def over_plan_in_first_quarter(line: Facts) -> str | None:
    if line.quarter_number != 1 or line.flow is None or not line.planned or line.is_far_above_plan:
        return None
    return _("The first quarter alone is above the plan of the whole year.") if line.flow > line.planned else None


def over_total(line: Facts) -> str | None:
    since, total = line.since_start, line.total
    if not total or since is None or since <= total or line.is_far_above_plan:
        return None
    return _("Completed since the start: %(since)s, more than the total investment of %(total)s.") % {
        "since": amount(since),
        "total": amount(total),
    }


# Warnings about the stage and the start.


def money_before_start(line: Facts) -> str | None:
    if line.flow and line.flow > 0 and line.stage in BEFORE_THE_START:
        return _("Investment is completed, but by its stage the project has not started.")
    return None


def completed_before(line: Facts) -> str | None:
    if line.last_stage == Stage.COMPLETED and line.stage != Stage.COMPLETED:
        return _("It was completed by the last report, and now it is not.")
    return None


def stage_backwards(line: Facts) -> str | None:
    if line.last_stage != Stage.COMPLETED and ORDER.get(line.stage, len(ORDER)) < ORDER.get(line.last_stage, 0):
        return _("The stage lies before that of the last report.")
    return None


def started_in_earlier_year(line: Facts) -> str | None:
    if line.stage == Stage.NEWLY_STARTED and line.started_on and line.started_on.year < line.quarter_ends_on.year:
        return _("It started in an earlier year: such a project is “continuing”.")
    return None


def other_start(line: Facts) -> str | None:
    if line.started_on and line.last_started_on and line.started_on != line.last_started_on:
        return _("The last report gave another start, %(day)s.") % {"day": line.last_started_on}
    return None


def start_without_evidence(line: Facts) -> str | None:
    if line.is_first_started and not line.evidence_count:
        return _("The start is reported for the first time, without a photo or document: add one, or say why not yet.")
    return None


# Standing still. What holds the project up is the sentence.


def stalled_two_quarters(line: Facts) -> str | None:
    if line.is_stalled:
        return _("Nothing was completed in this report nor in the last one: say what holds it up.")
    return None


def suspended_unexplained(line: Facts) -> str | None:
    if line.stage == Stage.SUSPENDED and not line.obstacle.strip() and not line.is_stalled:
        return _("The project is suspended: say what holds it up.")
    return None


def nothing_completed(line: Facts) -> str | None:
    stands_still = line.flow == 0 and line.stage in (Stage.NEWLY_STARTED, Stage.CONTINUING)
    if stands_still and not line.obstacle.strip() and not line.is_stalled:
        return _("Nothing was completed this quarter after the start: say what holds it up.")
    return None


@dataclass(frozen=True)
class Rule:
    """What a rule looks for, in a word or two, where its finding stands and how grave it is."""

    says: Callable[[Facts], str | None]
    field: str
    level: Level
    label: "StrPromise"
    missing: bool = False

    @property
    def code(self) -> str:
        """The function's name: sentences are kept by it, so a rule keeps its name for good (a test holds the list)."""
        return self.says.__name__


def _missing(says: Callable[[Facts], str | None], field: str, label: "StrPromise") -> Rule:
    return Rule(says, field, Level.ERROR, label, missing=True)


RULES = (
    _missing(amount_missing, "flow", gettext_lazy("no amount")),
    _missing(stage_missing, "stage", gettext_lazy("no stage")),
    _missing(start_missing, "started_on", gettext_lazy("no start")),
    _missing(finish_missing, "finished_on", gettext_lazy("no finish")),
    _missing(progress_missing, "progress", gettext_lazy("no physical progress")),
    Rule(start_after_quarter, "started_on", Level.ERROR, gettext_lazy("start after the quarter")),
    Rule(finish_after_quarter, "finished_on", Level.ERROR, gettext_lazy("finish after the quarter")),
    Rule(finish_before_start, "finished_on", Level.ERROR, gettext_lazy("finish before the start")),
    Rule(below_zero, "year_to_date", Level.ERROR, gettext_lazy("quarter below zero")),
    Rule(far_above_plan, "flow", Level.WARNING, gettext_lazy("far above the plan")),
    Rule(same_figure, "flow", Level.WARNING, gettext_lazy("same figure again")),
    Rule(jump, "flow", Level.WARNING, gettext_lazy("sudden jump")),
    Rule(over_plan_in_first_quarter, "flow", Level.WARNING, gettext_lazy("over the year's plan in the first quarter")),
    Rule(over_total, "flow", Level.WARNING, gettext_lazy("over the total investment")),
    Rule(money_before_start, "stage", Level.WARNING, gettext_lazy("money without a start")),
    Rule(completed_before, "stage", Level.WARNING, gettext_lazy("no longer completed")),
    Rule(stage_backwards, "stage", Level.WARNING, gettext_lazy("stage moved back")),
    Rule(started_in_earlier_year, "stage", Level.WARNING, gettext_lazy("started in an earlier year")),
    Rule(other_start, "started_on", Level.WARNING, gettext_lazy("another start")),
    Rule(start_without_evidence, "started_on", Level.WARNING, gettext_lazy("start without evidence")),
    Rule(stalled_two_quarters, "obstacle", Level.WARNING, gettext_lazy("stalled for two quarters")),
    Rule(suspended_unexplained, "obstacle", Level.WARNING, gettext_lazy("suspended without a reason")),
    Rule(nothing_completed, "obstacle", Level.HINT, gettext_lazy("nothing completed")),
)
BY_CODE = {rule.code: rule for rule in RULES}
# The codes for which a sentence may be kept.
EXPLAINED = frozenset(rule.code for rule in RULES if rule.level == Level.WARNING)
