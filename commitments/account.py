"""A letter's account as a page or a sheet shows it: each pledge with the unit's own word and what was verified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments import behind, settling, typed
from commitments.fulfilment import granted
from commitments.models import Attachment, LetterEvent, Pledge, Relief, Settlement, SettlementEntry
from commitments.settling import State
from portal.models import Quarter
from projects.reading import Misread, written
from projects.recorded import Moment

LONGEST = 5000  # characters of the unit's own words on a pledge
STEPS = (
    LetterEvent.Verb.OPEN_SETTLEMENT,
    LetterEvent.Verb.ASSESS,
    LetterEvent.Verb.VERIFY,
    LetterEvent.Verb.OBJECT,
    LetterEvent.Verb.ANSWER,
    LetterEvent.Verb.CLOSE,
)


@dataclass
class AccountLine:
    """One pledge. `text` is the own figure as it stands in its field, `error` what can't be taken of it."""

    entry: SettlementEntry
    evidence: Sequence[Attachment]
    relief: Relief | None
    text: str
    words: str
    value: Decimal | None
    # The address of the lines behind the verified result as they were then; "" where no lines make it.
    lines: str = ""
    error: str = ""
    file_error: str = ""
    # What somebody else has saved in the meantime, where it differs from what was typed.
    other: str = ""

    @property
    def pledge(self) -> Pledge:
        return self.entry.pledge

    @property
    def difference(self) -> Decimal | None:
        """The unit's own figure less the verified one, in the pledge's unit of measure; null where one is wanting."""
        if self.entry.own_value is None or self.entry.verified_value is None:
            return None
        return self.entry.own_value - self.entry.verified_value

    @property
    def is_unanswered(self) -> bool:
        return bool(self.entry.objection) and not self.entry.answer


@dataclass(frozen=True, kw_only=True)
class Account:
    """`shows_own`: whether the reader may see what the unit has written so far."""

    settlement: Settlement
    lines: Sequence[AccountLine]
    events: Sequence[LetterEvent]
    seen: str
    verified_at: datetime | None = None
    shows_own: bool = field(default=True)

    @classmethod
    def read(cls, settlement: Settlement, *, shows_own: bool) -> "Account":
        """In as many queries however many pledges there are."""
        beside = ("pledge__version", "pledge__indicator__category", "settlement__version__letter__unit")
        entries = list(settlement.entries.select_related(*beside).order_by("pledge__position", "pk"))
        evidence: dict[int | None, list[Attachment]] = {}
        for file in Attachment.objects.filter(entry__in=entries).defer("content").select_related("added_by"):
            evidence.setdefault(file.entry_id, []).append(file)
        last = Quarter(year=settlement.version.letter.campaign.year, number=4)
        reliefs = granted([entry.pledge for entry in entries], last)
        events = list(settlement.version.events.filter(verb__in=STEPS).select_related("by").order_by("at", "pk"))
        verified = [event.at for event in events if event.verb == LetterEvent.Verb.VERIFY]
        return cls(
            settlement=settlement,
            lines=[
                AccountLine(
                    entry=entry,
                    evidence=evidence.get(entry.pk, []),
                    relief=reliefs.get(entry.pledge_id),
                    text=written(entry.own_value),
                    words=entry.own_words,
                    value=entry.own_value,
                    lines=_lines(entry, last, verified[-1]) if verified else "",
                )
                for entry in entries
            ],
            events=events,
            verified_at=verified[-1] if verified else None,
            seen=settling.fingerprint(entries),
            shows_own=shows_own,
        )

    def filled(self, posted: Mapping[str, str]) -> "Account":
        """The same with what was typed into its fields; what can't be read is an error of its line."""
        for line in self.lines:
            line.text = posted.get(f"value_{line.entry.pk}", line.text)
            line.words = posted.get(f"words_{line.entry.pk}", line.words).replace("\r\n", "\n")
            if len(line.words) > LONGEST:
                line.error = _("At most %(count)s characters.") % {"count": LONGEST}
            try:
                line.value = typed.of_pledge(line.text, line.pledge)
            except Misread as misread:
                line.error = str(misread)
        return self

    def beside(self, asked: "Account") -> "Account":
        """The account as it is by now with what somebody typed in its fields, and what stands there otherwise."""
        by_entry = {line.entry.pk: line for line in asked.lines}
        for line in self.lines:
            theirs = by_entry.get(line.entry.pk)
            if theirs is None:
                continue
            if not theirs.error and (theirs.value, theirs.words) != (line.value, line.words):
                line.other = " · ".join(part for part in (line.text, line.words) if part) or _("left empty")
            line.text, line.words = theirs.text, theirs.words
            line.error, line.file_error = theirs.error, theirs.file_error
        return self

    @property
    def is_open(self) -> bool:
        return self.settlement.state == State.OPEN

    @property
    def is_verified(self) -> bool:
        """Whether verified results stand in it, closed or not."""
        return self.settlement.state in (State.VERIFIED, State.CLOSED)

    @property
    def unanswered(self) -> int:
        return sum(line.is_unanswered for line in self.lines)


def _lines(entry: SettlementEntry, quarter: Quarter, verified_at: datetime) -> str:
    """Of what was verified, as it was then: later corrections leave it alone."""
    indicator, unit = entry.pledge.indicator, entry.settlement.version.letter.unit
    return behind.lines(indicator, unit, quarter, as_of=Moment.exactly(verified_at)) if indicator else ""
