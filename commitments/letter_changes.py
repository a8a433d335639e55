"""What an amendment changed: pledges and projects of a version beside those of the version it is based on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.models import LetterProject, Pledge
from commitments.templatetags.letters import measured_in, pledge_name, quantity
from portal.templatetags.figures import NOT_KNOWN, amount_unit

Row = Pledge | LetterProject
Labels = Sequence[tuple[str, object]]

PLEDGE: Labels = (
    ("target", gettext_lazy("target of the year")),
    ("target_q1", gettext_lazy("to the end of Q1")),
    ("target_q2", gettext_lazy("to the end of Q2")),
    ("target_q3", gettext_lazy("to the end of Q3")),
    ("due_on", gettext_lazy("to be reached by")),
    ("leader", gettext_lazy("responsible leader")),
    ("weight", gettext_lazy("weight")),
)
TEXT: Labels = (
    ("title", gettext_lazy("title")),
    ("addressee", gettext_lazy("addressed to")),
    ("opening", gettext_lazy("opening")),
    ("measures", gettext_lazy("measures")),
    ("closing", gettext_lazy("closing")),
)
PROJECT: Labels = (
    ("name", gettext_lazy("name")),
    ("planned_investment", gettext_lazy("annual planned investment")),
    ("start_due_on", gettext_lazy("to start by")),
    ("finish_due_on", gettext_lazy("to be completed by")),
)


@dataclass(frozen=True)
class Difference:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One pledge or project, as it is called now, with what differs: one row for each value."""

    row: Row
    differences: tuple[Difference, ...]

    @property
    def name(self) -> str:
        return pledge_name(self.row) if isinstance(self.row, Pledge) else self.row.name

    @property
    def unit(self) -> str:
        """The unit of measure of a pledge's figures; projects have money in 万元."""
        return measured_in(self.row) if isinstance(self.row, Pledge) else amount_unit()


def of_pledges(old: Sequence[Pledge], new: Sequence[Pledge]) -> list[Change]:
    """In the order of the new version, what was dropped last. What stayed as it was is left out."""
    return _changes({_key(each): each for each in old}, {_key(each): each for each in new}, PLEDGE)


def of_projects(old: Sequence[LetterProject], new: Sequence[LetterProject]) -> list[Change]:
    """The same for the projects that the letters list."""
    return _changes({each.project_id: each for each in old}, {each.project_id: each for each in new}, PROJECT)


def _key(pledge: Pledge) -> tuple[int | None, int | None, str]:
    return pledge.indicator_id, pledge.project_id, pledge.milestone


def _changes(old: Mapping[object, Row], new: Mapping[object, Row], labels: Labels) -> list[Change]:
    found = []
    for key, row in [*new.items(), *((key, row) for key, row in old.items() if key not in new)]:
        before, after = old.get(key), new.get(key)
        differences = tuple(_differences(before, after, labels))
        if differences:
            found.append(Change(row, differences))
    return found


def _differences(old: Row | None, new: Row | None, labels: Labels) -> list[Difference]:
    if old is None:
        return [Difference(_("newly promised"), NOT_KNOWN, _summary(new))]
    if new is None:
        return [Difference(_("no longer promised"), _summary(old), NOT_KNOWN)]
    return [
        Difference(str(label), _words(getattr(old, name)), _words(getattr(new, name)))
        for name, label in labels
        if getattr(old, name) != getattr(new, name)
    ]


def _summary(row: Row | None) -> str:
    """The figure or the day that a pledge or project stands for."""
    if isinstance(row, Pledge):
        return _words(row.due_on or row.target)
    return _words(row.planned_investment) if row else NOT_KNOWN


def _words(value: object) -> str:
    if isinstance(value, Decimal):
        return quantity(value)
    return value.isoformat() if isinstance(value, date) else str(value or NOT_KNOWN)
