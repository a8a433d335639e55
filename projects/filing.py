"""Who has reported a quarter and who has not: the board by unit, with what came before and who was reminded."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.mail import recipients
from portal.models import ExtensionRequest, Quarter, Reminder, Unit, User
from projects.duty import Duty, State, duties

BEFORE = 3  # quarters shown beside the one that the board is about


class Standing(TextChoices):
    """How far a unit has come, in the words of the board; together they make up all that owe the quarter."""

    TO_BEGIN = State.TO_BEGIN.value, State.TO_BEGIN.label
    DRAFT = State.DRAFT.value, State.DRAFT.label
    RETURNED = State.RETURNED.value, State.RETURNED.label
    MISSED = State.MISSED.value, State.MISSED.label
    SUBMITTED = State.SUBMITTED.value, State.SUBMITTED.label
    CORRECTING = State.CORRECTING.value, State.CORRECTING.label
    ACCEPTED = State.ACCEPTED.value, State.ACCEPTED.label


STANDINGS = frozenset(Standing.values)  # made anew each time they are asked for


class Trait(TextChoices):
    """What cuts across the standings; a unit may have several or none."""

    NOT_FILED = "not_filed", _("not submitted")
    OVERDUE = "overdue", _("overdue")
    FILED_LATE = "filed_late", _("submitted late")
    EXTENDED = "extended", _("with an extension")
    ASKING = "asking", _("asks for more time")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One unit on the board; `request` is the one that waits for an answer, null where there is none."""

    duty: Duty
    request: ExtensionRequest | None = None

    @property
    def unit(self) -> Unit:
        return self.duty.unit

    @property
    def is_overdue(self) -> bool:
        return not self.duty.has_filed and self.duty.days_left < 0

    @property
    def is_filed_late(self) -> bool:
        return self.duty.has_filed and any(report.is_late for report in self.duty.reports[:1])

    @cached_property
    def traits(self) -> frozenset[Trait]:
        found = {
            Trait.NOT_FILED: not self.duty.has_filed,
            Trait.OVERDUE: self.is_overdue,
            Trait.FILED_LATE: self.is_filed_late,
            Trait.EXTENDED: self.duty.extended_until is not None,
            Trait.ASKING: self.request is not None,
        }
        return frozenset(trait for trait, holds in found.items() if holds)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the board is filtered by; empty means all, but of `below`, the ids that it takes, where null means all.

    `text` stands in a name or the code of the unit.
    """

    text: str = ""
    standing: str = ""
    kind: str = ""
    below: frozenset[int] | None = None

    def takes(self, entry: Entry) -> bool:
        unit = entry.unit
        return (
            all(
                word in f"{unit.code} {unit.name_zh} {unit.name_en}".casefold() for word in self.text.casefold().split()
            )
            and (not self.standing or self.standing == entry.duty.state or self.standing in entry.traits)
            and (not self.kind or unit.kind == self.kind)
            and (self.below is None or unit.pk in self.below)
        )


@dataclass(frozen=True, kw_only=True)
class Board:
    """All units of a reach that owe the quarter a report; units that owe none don't stand on it."""

    quarter: Quarter
    entries: Sequence[Entry]

    @classmethod
    def read(cls, quarter: Quarter, units: Collection[Unit], *, on: date) -> "Board":
        """In as many queries however many units there are."""
        waiting = ExtensionRequest.objects.waiting().filter(quarter=quarter)
        requests = {request.unit_id: request for request in waiting}
        entries = [
            Entry(duty=duty, request=requests.get(duty.unit.pk))
            for duty in duties(units, [quarter], on=on)
            if duty.state in STANDINGS
        ]
        return cls(quarter=quarter, entries=entries)

    def chosen(self, choice: Choice) -> list[Entry]:
        """What the choice takes, in the order of the units' codes."""
        return sorted((entry for entry in self.entries if choice.takes(entry)), key=lambda entry: entry.unit.code)

    @cached_property
    def counts(self) -> list[tuple[str, str, int]]:
        """Standings that some unit has, then traits: value, words, and how many units."""
        standings = Counter(entry.duty.state.value for entry in self.entries)
        traits = Counter(trait.value for entry in self.entries for trait in entry.traits)
        return [
            *((each.value, str(each.label), standings[each.value]) for each in Standing if standings[each.value]),
            *((each.value, str(each.label), traits[each.value]) for each in Trait if traits[each.value]),
        ]

    @property
    def filed(self) -> int:
        return sum(entry.duty.has_filed for entry in self.entries)


@dataclass(frozen=True, kw_only=True)
class Row:
    """An entry as the page shows it: with the quarters beside it, the last reminder and who can act for the unit.

    `parent` is the unit that it belongs to, null for one at the top.
    """

    entry: Entry
    parent: Unit | None
    before: Sequence[Duty]
    reminder: Reminder | None
    people: Sequence[User]


def rows(entries: Sequence[Entry], quarter: Quarter, *, beside: Sequence[Quarter], on: date) -> list[Row]:
    """The rows of one page of the board, in as many queries however many there are."""
    units = [entry.unit for entry in entries]
    before: dict[int, list[Duty]] = {unit.pk: [] for unit in units}
    for duty in duties(units, beside, on=on):
        before[duty.unit.pk].append(duty)
    sent = Reminder.objects.filter(quarter=quarter, unit__in=units).select_related("by").order_by("unit_id", "-at")
    reminders = {reminder.unit_id: reminder for reminder in sent.distinct("unit_id")}
    people = recipients.acting(before, on=on)
    parents = Unit.objects.in_bulk({unit.parent_id for unit in units} - {None})
    return [
        Row(
            entry=entry,
            parent=parents.get(entry.unit.parent_id or 0),
            before=before[pk],
            reminder=reminders.get(pk),
            people=people[pk],
        )
        for entry in entries
        for pk in [entry.unit.pk]
    ]


def quarters_before(quarter: Quarter) -> list[Quarter]:
    """Those shown beside this one, the nearest first."""
    earlier = Quarter.objects.filter(opens_on__lt=quarter.opens_on)
    return list(earlier.order_by("-year", "-number")[:BEFORE])
