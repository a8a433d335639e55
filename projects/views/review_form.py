"""What a reviewer types about a report: remarks on it, on its lines and fields, in threads, and ticks for warnings."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.templatetags.figures import amount
from projects.forms import clean_text
from projects.models import Remark, ReportLine
from projects.review import TEXTS, ReviewedReport
from projects.threads import Note, Thread
from projects.ticks import Ticks

REMARK_LENGTH = 2000


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place for one remark on a line; `about` is the field that it is on, empty for the whole line."""

    line: int
    number: int
    text: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        return f"line_{self.line}" + (f"_{self.number}" if self.number > 1 else "")

    @property
    def about_name(self) -> str:
        return self.name.replace("line_", "about_", 1)

    @property
    def error(self) -> str:
        return _too_long(self.text)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [("", _("the whole line")), *((str(value), str(label)) for value, label in Remark.Field.choices)]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is said again in a thread, or that it is settled."""

    thread: Thread
    text: str = ""
    is_settled: bool = False

    @property
    def name(self) -> str:
        return f"thread_{self.thread.pk}"

    @property
    def error(self) -> str:
        return _too_long(self.text)


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A thread as the page shows it: what the field said when it began and says now (empty where there is no such
    figure, date or stage), and what is typed in it, null for a settled one and for whoever only reads."""

    thread: Thread
    was: str
    now: str
    reply: Reply | None

    @classmethod
    def of(cls, thread: Thread, line: ReportLine | None, form: "ReviewForm | None") -> Self:
        before = thread.root.line
        told = bool(line and before and thread.field not in ("", *TEXTS))
        return cls(
            thread=thread,
            was=_shown(before, thread.field) if told and before else "",
            now=_shown(line, thread.field) if told and line else "",
            reply=form.replies.get(thread.pk) if form else None,
        )


def _shown(line: ReportLine, field: str) -> str:
    """A figure, date or stage of a line as pages print it."""
    if field == Remark.Field.STAGE:
        return line.get_stage_display()
    value = getattr(line, field)
    return value.isoformat() if isinstance(value, date) else amount(value)


@dataclass(frozen=True, kw_only=True)
class ReviewForm:
    """`slots` are the places for remarks by line, `replies` those in open threads by the id of the thread."""

    remark: str
    slots: dict[int, list[Slot]]
    replies: dict[int, Reply]
    ticks: Ticks

    @classmethod
    def of(cls, reviewed: ReviewedReport, posted: QueryDict | None = None) -> Self:
        """As it was posted, or empty. The button "another remark" gives the line that it names one place more."""
        sent = posted or QueryDict()
        texts = {name: str(clean_text(sent[name])).strip() for name in sent}
        more = texts.get("more", "")
        counts = Counter(name.split("_")[1] for name in texts if name.startswith("line_"))
        return cls(
            remark=texts.get("remark", ""),
            slots={
                row.line.pk: _slots(row.line.pk, texts, count=counts[str(row.line.pk)] + (more == str(row.line.pk)))
                for row in reviewed.lines
            },
            replies={
                thread.pk: Reply(
                    thread=thread,
                    text=texts.get(f"thread_{thread.pk}", ""),
                    is_settled=str(thread.pk) in sent.getlist("settled"),
                )
                for thread in reviewed.threads.open.every
            },
            ticks=Ticks.of(sent.getlist("tick"), every="tick_every" in sent),
        )

    @property
    def remark_error(self) -> str:
        return _too_long(self.remark)

    @property
    def is_valid(self) -> bool:
        said = [slot.error for slots in self.slots.values() for slot in slots]
        return not any([self.remark_error, *said, *(reply.error for reply in self.replies.values())])

    @property
    def notes(self) -> list[Note]:
        """All that is said beside the remark on the report."""
        on_lines = [
            Note(line=slot.line, field=slot.about, text=slot.text)
            for slots in self.slots.values()
            for slot in slots
            if slot.text
        ]
        in_threads = [Note(thread=pk, text=reply.text) for pk, reply in self.replies.items() if reply.text]
        return [*on_lines, *in_threads]

    @property
    def settled(self) -> list[int]:
        return [pk for pk, reply in self.replies.items() if reply.is_settled]


def _slots(line: int, texts: dict[str, str], *, count: int) -> list[Slot]:
    empty = [Slot(line=line, number=number) for number in range(1, max(count, 1) + 1)]
    known = set(Remark.Field.values)
    return [
        Slot(
            line=line,
            number=slot.number,
            text=texts.get(slot.name, ""),
            about=about if (about := texts.get(slot.about_name, "")) in known else "",
        )
        for slot in empty
    ]


def _too_long(text: str) -> str:
    if len(text) <= REMARK_LENGTH:
        return ""
    return _("This remark has %(length)s characters; %(longest)s fit.") % {
        "length": len(text),
        "longest": REMARK_LENGTH,
    }
