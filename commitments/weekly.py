"""The weekly e-mail: which sections a person gets by the roles they hold, and when a week's edition is due.

One e-mail a person and ISO week, with the sections of all their roles; whoever has none gets none. People who have
reported are not reminded: what is done stands in no list of what is to do.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db.models import Q

from commitments.board import Board
from commitments.edition import Edition
from commitments.figures import Comparison, Figures, Row
from portal.clock import SHANGHAI
from portal.mail import outbox, recipients
from portal.mail.recipients import Recipient
from portal.models import Message, Quarter, Unit, User
from portal.roles import LEADERS, REVIEWERS, UNIT_PEOPLE
from projects import rollups
from projects.duty import Duty, State
from projects.models import Remark, Report
from projects.recorded import Moment

KIND = "weekly"
MONDAY_AT = time(8, tzinfo=SHANGHAI)
SHOWN = 3
TO_DO = frozenset({State.TO_BEGIN, State.DRAFT, State.CORRECTING, State.MISSED})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Figures of some units and the quarter they are of, which may be the one before the current.

    An e-mail keeps what it says: `lines` is the address of the lines behind it as they are now, open for `&measure=…`.
    """

    quarter: Quarter
    figures: Figures
    lines: str


@dataclass(frozen=True, kw_only=True)
class OwnUnit:
    """What one of the person's units has before it. `returned` holds the remarks that are to be met."""

    unit: Unit
    to_do: list[Duty]
    returned: list[tuple[Duty, list[Remark]]]
    in_review: list[Duty]
    standing: Standing | None


@dataclass(frozen=True, kw_only=True)
class Review:
    """What waits for this reviewer, with the days it has waited, the longest first; and who is late."""

    waiting: list[tuple[Report, int]]
    late: list[Duty]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The best of a group, and those furthest behind; groups are never ranked across.

    Of units that nobody compares only those that are silent are told of.
    """

    comparison: Comparison
    best: list[Row]
    behind: list[Row]
    not_reported: list[Row]


@dataclass(frozen=True, kw_only=True)
class City:
    """What a leader reaches: the headline, and each group of units."""

    tops: list[Unit]
    standing: Standing
    rankings: list[Ranking]


@dataclass(frozen=True, kw_only=True)
class Sections:
    """What goes into one person's e-mail."""

    own: list[OwnUnit]
    review: Review | None
    city: City | None

    def __bool__(self) -> bool:
        return bool(self.own or self.review or self.city)

    @property
    def alike(self) -> tuple[int, ...] | None:
        """Equal for people who are told the very same; null where somebody is told what is theirs alone."""
        return None if self.review else (*map(id, self.own), id(self.city))

    @property
    def to_do(self) -> int:
        return sum(len(own.to_do) for own in self.own)

    @property
    def returned(self) -> int:
        return sum(len(own.returned) for own in self.own)

    @property
    def to_review(self) -> int:
        return len(self.review.waiting) if self.review else 0


def label(day: date) -> str:
    """The ISO week of a day, such as 2022-W14."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def monday(week: str) -> date:
    """The first day of a week such as 2022-W14; raises ValueError where the text names none."""
    year, separator, number = week.partition("-W")
    if not separator or len(number) != 2:
        raise ValueError(week)
    return date.fromisocalendar(int(year), int(number), 1)


def send_if_due(*, at: datetime) -> bool:
    """Write this week's edition from Monday at 8 on, unless it has been; says whether it was written now.

    So a worker that was away on Monday sends later in the week, once, and those who join on a Wednesday wait.
    """
    week = label(at.astimezone(SHANGHAI).date())
    if at < datetime.combine(monday(week), MONDAY_AT) or Message.objects.filter(kind=KIND, period=week).exists():
        return False
    rollups.drain(at=at)  # an e-mail's figures open the lines as known now, and a worker that was away lags behind them
    send(week, at=at)
    return True


def send(week: str, *, at: datetime) -> None:
    """Write the e-mails of this week for everybody who has none of it yet, with what is known now."""
    outbox.write(KIND, week, _worded(week, letters(at=at)), at=at)


def _worded(week: str, found: Iterable[tuple[User, Sections]]) -> Iterator[tuple[User, Mapping[str, object]]]:
    made: dict[object, object] = {}  # what several say alike, such as those of one unit; see {% once %}
    shared = {"monday": monday(week), "week": int(week[-2:]), "made": made}
    for user, sections in found:
        yield user, {"sections": sections, "alike": sections.alike, **shared}


def letters(*, at: datetime) -> Iterator[tuple[User, Sections]]:
    """Everybody who wants the weekly e-mail and has a section in it, in the order of their addresses."""
    press = Press(Edition.read(at=at))
    for recipient in recipients.everyone(on=press.edition.today, wanting=Q(wants_weekly=True)):
        sections = press.sections(recipient)
        if sections:
            yield recipient.user, sections


class Press:
    """Makes the sections of people; those of one unit, or of one reach, get the very same."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._own: dict[int, OwnUnit | None] = {}
        self._city: dict[frozenset[int], City | None] = {}

    def sections(self, recipient: Recipient) -> Sections:
        units = self.edition.among(recipient.units(UNIT_PEOPLE))
        return Sections(
            own=[own for unit in units if (own := self._own_unit(unit))],
            review=_review(recipient, self.edition),
            city=self._city_of(reached) if (reached := recipient.units(LEADERS)) else None,
        )

    def _own_unit(self, unit: Unit) -> OwnUnit | None:
        if unit.pk not in self._own:
            self._own[unit.pk] = _own(unit, self.edition)
        return self._own[unit.pk]

    def _city_of(self, reached: frozenset[int]) -> City | None:
        if reached not in self._city:
            self._city[reached] = _city(reached, self.edition)
        return self._city[reached]


def _own(unit: Unit, edition: Edition) -> OwnUnit | None:
    duties = edition.duties.get(unit.pk, [])
    own = OwnUnit(
        unit=unit,
        to_do=[duty for duty in duties if duty.state in TO_DO],
        returned=[
            (duty, edition.remarks.get(duty.open.pk, []))
            for duty in duties
            if duty.state == State.RETURNED and duty.open
        ],
        in_review=[duty for duty in duties if duty.state == State.SUBMITTED],
        standing=_standing(edition.board(edition.everywhere.below([unit])), at=edition.at),
    )
    return own if own.to_do or own.returned or own.in_review or own.standing else None


def _standing(board: Board | None, *, at: datetime) -> Standing | None:
    if board is None:
        return None
    opens = board.selection.but(as_of=Moment.exactly(at)).lines
    return Standing(quarter=board.quarter, figures=board.headline(), lines=opens)


def _review(recipient: Recipient, edition: Edition) -> Review | None:
    reached, person = recipient.units(REVIEWERS), recipient.user.pk
    if not reached:
        return None
    waiting = [
        (report, (edition.at - report.submitted_at).days)
        for report in edition.waiting
        if report.unit_id in reached
        and report.submitted_at
        and report.submitted_by_id != person
        and person not in report.preparer_ids
    ]
    waiting.sort(key=lambda pair: -pair[1])
    late = [duty for unit, duty in edition.late if unit in reached]
    return Review(waiting=waiting, late=late) if waiting or late else None


def _city(reached: frozenset[int], edition: Edition) -> City | None:
    board = edition.board(reached)
    standing = _standing(board, at=edition.at)
    if board is None or standing is None:
        return None
    return City(
        tops=board.tree.tops,
        standing=standing,
        rankings=[found for comparison in board.units() if (found := _ranking(comparison, at=edition.at))],
    )


def _ranking(comparison: Comparison, *, at: datetime) -> Ranking | None:
    """Three of the best, and of those whose light says behind the three furthest; nobody stands in both."""
    now = Moment.exactly(at)
    rows = [replace(row, selection=row.selection.but(as_of=now)) for row in comparison.rows]
    ranked = [row for row in rows if row.rank is not None]
    best, rest = ranked[:SHOWN], ranked[SHOWN:]
    behind = [row for row in rest if row.figures.light and row.figures.light.is_behind]
    silent = [row for row in rows if row.figures.gap is None]
    if not best and not silent:
        return None
    return Ranking(comparison=comparison, best=best, behind=behind[::-1][:SHOWN], not_reported=silent)
