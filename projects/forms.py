"""The form of one line: what was typed becomes values that can be kept, and texts that could not be taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from projects import amounts, reading
from projects.amounts import Contradiction, Entry
from projects.check import CheckedLine
from projects.models import ReportLine, Stage
from projects.models.line import LONGEST
from projects.models.project import STARTED
from projects.reading import written
from projects.threads import Thread
from projects.typed import ANSWER, Typed, is_answer
from projects.validation import BY_CODE, EXPLAINED, EXPLANATION, Finding

DAYS = ("started_on", "finished_on")
FIELDS = ("flow", "year_to_date", "stage", *DAYS, "progress", "obstacle")


class AmountField(forms.CharField):
    """An amount in 万元, read as people type it."""

    def __init__(self, label: object, name: str) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "data-amount": name})
        super().__init__(label=label, required=False, widget=widget)  # type: ignore[arg-type]

    def clean(self, value: object) -> Decimal | None:
        try:
            return reading.amount(str(value or ""))
        except reading.Misread as error:
            raise forms.ValidationError(str(error)) from error


class DayField(forms.CharField):
    """A day, by the browser's calendar where it has one."""

    def __init__(self, label: object) -> None:
        super().__init__(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))  # type: ignore[arg-type]

    def clean(self, value: object) -> date | None:
        try:
            return reading.day(str(value or ""))
        except reading.Misread as error:
            raise forms.ValidationError(str(error)) from error


class StageField(forms.CharField):
    """A stage, chosen or pasted as a word; a text that is none stands as a choice of its own until it is mended."""

    def __init__(self) -> None:
        super().__init__(label=_("Stage"), required=False, widget=forms.Select(choices=Stage.choices))

    def clean(self, value: object) -> str:
        try:
            return reading.stage(str(value or ""))
        except reading.Misread as error:
            raise forms.ValidationError(str(error)) from error


class ExplanationField(forms.CharField):
    """A sentence on one warning, for the reviewer."""

    def __init__(self, code: str, *, is_asked: bool) -> None:
        label = format_lazy(_("Sentence for the reviewer: {warning}"), warning=BY_CODE[code].label)
        described = {"aria-describedby": f"warning_{code}"} if is_asked else {}
        widget = forms.Textarea(attrs={"rows": 2, **described})
        super().__init__(label=label, required=False, max_length=LONGEST, widget=widget)
        self.widget.attrs.pop("maxlength")  # a browser would cut what is pasted without a word


class AnswerField(forms.CharField):
    """The unit's answer to one remark, in a sentence."""

    def __init__(self, thread: str) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "aria-describedby": f"remark-{thread}"})
        super().__init__(label=_("Answer to the remark"), required=False, max_length=LONGEST, widget=widget)
        self.widget.attrs.pop("maxlength")  # a browser would cut what is pasted without a word


@dataclass(frozen=True)
class Notice:
    """A warning or hint as the form shows it at a field; `explanation` is where its sentence is typed, if not there."""

    finding: Finding
    explanation: forms.BoundField | None


@dataclass(frozen=True)
class Talk:
    """A reviewer's remark as the form shows it at a field, and where it is answered."""

    thread: Thread
    answer: forms.BoundField


@dataclass(frozen=True)
class Pointer:
    """One entry of the summary: where to go, the label of the field, and what to mend there."""

    id: str
    label: str
    finding: Finding


class LineForm(forms.Form):
    """Shows a checked line, and reads what came back. It never refuses to save: see `typed`."""

    flow = AmountField(_("Completed this quarter"), "flow")
    year_to_date = AmountField(_("Completed year to date"), "year_to_date")
    stage = StageField()
    started_on = DayField(_("Actual start"))
    finished_on = DayField(_("Actual finish"))
    progress = forms.CharField(
        label=_("Physical progress"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What stands by the end of the quarter, in a sentence or two."),
    )
    obstacle = forms.CharField(
        label=_("What holds it up"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Empty where nothing does."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    # The amounts as the page showed them, to tell which of the two was typed; `hint` is what its script saw.
    shown_flow = forms.CharField(widget=forms.HiddenInput, required=False)
    shown_year_to_date = forms.CharField(widget=forms.HiddenInput, required=False)
    hint = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, texts: Mapping[str, object], *, checked: CheckedLine, threads: Iterable[Thread] = ()) -> None:
        self.checked = checked
        self.threads = list(threads)
        self.is_judged = False
        asked_again = {f"{ANSWER}{thread.pk}": "" for thread in self.threads}
        super().__init__({name: clean_text(value) for name, value in {**asked_again, **texts}.items()})
        asked = {finding.sentence_field for finding in self._warnings()}
        for name in (EXPLANATION + code for code in BY_CODE if code in EXPLAINED):
            if name in asked or name in self.data:
                self.fields[name] = ExplanationField(name.removeprefix(EXPLANATION), is_asked=name in asked)
        for name in self.data:
            if is_answer(name):
                self.fields[name] = AnswerField(name.removeprefix(ANSWER))
        for name in ("progress", "obstacle"):
            self.fields[name].widget.attrs.pop("maxlength")  # a browser would cut what is pasted without a word
        stage = str(self.data.get("stage") or "")
        if stage and stage not in Stage.values:
            self.fields["stage"].widget.choices = [*Stage.choices, (stage, stage)]
        for name in DAYS:
            text = str(self.data.get(name) or "")
            if text and not _is_iso(text):
                self.fields[name].widget = forms.TextInput()  # a calendar would not show a text that is no day

    def _warnings(self) -> list[Finding]:
        return [] if self.checked.status == "not_started" else self.checked.warnings

    @classmethod
    def of(cls, checked: CheckedLine, threads: Iterable[Thread] = ()) -> "LineForm":
        """The form as it shows this line: its values, and the texts that were refused in their fields.

        For each of the threads it has a field to answer in.
        """
        return cls({**texts_shown(checked), **_seen(checked)}, checked=checked, threads=threads)

    @classmethod
    def again(
        cls,
        texts: Mapping[str, object],
        checked: CheckedLine,
        threads: Iterable[Thread] = (),
        *,
        version: int | None = None,
    ) -> "LineForm":
        """The form with texts that were not saved, on top of the line as it is now, or as it was in this version."""
        seen = _seen(checked) if version is None else {**_seen(checked), "version": version}
        return cls({**texts, **seen}, checked=checked, threads=threads)

    def show_findings(self) -> None:
        """Put the errors of the line, as it is saved, at their fields; nobody is blamed for an empty form."""
        self.is_judged = self.checked.status != "not_started"
        self.is_valid()
        self.errors.clear()
        for finding in self.checked.errors if self.is_judged else []:
            if finding.field in self.fields:
                self.add_error(finding.field, finding.message)

    @property
    def notices(self) -> dict[str, list[Notice]]:
        """What the saved line asks to be looked at, by field."""
        found = [] if self.checked.status == "not_started" else [*self.checked.warnings, *self.checked.hints]
        return {name: [self._notice(each) for each in found if each.field == name] for name in FIELDS}

    def _notice(self, finding: Finding) -> Notice:
        name = finding.sentence_field
        return Notice(finding, self[name] if name in self.fields and name not in FIELDS else None)

    @property
    def talks(self) -> dict[str, list[Talk]]:
        """The reviewer's open remarks by field, those on the whole line under "line"."""
        talks = [Talk(thread, self[f"{ANSWER}{thread.pk}"]) for thread in self.threads]
        return {name: [talk for talk in talks if (talk.thread.field or "line") == name] for name in ("line", *FIELDS)}

    @property
    def loose(self) -> list[forms.BoundField]:
        """Sentences that were posted on a warning which the line, as it is saved, doesn't have."""
        asked = {finding.sentence_field for finding in self._warnings()}
        return [self[name] for name in self.fields if name.startswith(EXPLANATION) and name not in asked]

    @property
    def summary(self) -> list[Pointer]:
        """What stands between this line and its submission, each with the field that mends it."""
        if not self.is_judged:
            return []
        refused = {finding.field for finding in self.checked.errors}
        asked = [finding for finding in self.checked.open_warnings if finding.sentence_field not in refused]
        found = [*self.checked.errors, *asked]
        return [
            Pointer(self[name].id_for_label, str(self[name].label), finding)
            for finding in found
            if (name := finding.mended_at) in self.fields
        ]

    def typed(self) -> Typed:
        """What can be kept and what was refused. What doesn't apply to the stage is left out."""
        self.is_valid()
        line = self.checked.line
        explained = [name for name in self.fields if name.startswith(EXPLANATION) and name in self.data]
        answered = [name for name in self.fields if name.startswith(ANSWER)]
        said = (*FIELDS, *explained, *answered)
        rejected = {name: str(self.data.get(name) or "") for name in said if name in self.errors}
        values: dict[str, object] = {
            name: self.cleaned_data.get(name, "") for name in ("progress", "obstacle") if name not in rejected
        }
        values["stage"] = stage = self.cleaned_data.get("stage") or line.stage
        for name, applies in (("started_on", stage in STARTED), ("finished_on", stage == Stage.COMPLETED)):
            values[name] = self.cleaned_data.get(name) if applies else None
            if not applies:
                rejected.pop(name, None)
        start, finish = values["started_on"], values["finished_on"]
        if isinstance(start, date) and isinstance(finish, date) and finish < start:
            values["finished_on"] = None
            rejected["finished_on"] = str(self.data.get("finished_on"))
        self._read_amounts(values, rejected)
        explanations = {
            name.removeprefix(EXPLANATION): self.cleaned_data.get(name, "").strip()
            for name in explained
            if name not in rejected
        }
        answers = {
            name.removeprefix(ANSWER): self.cleaned_data.get(name, "").strip()
            for name in answered
            if name not in rejected
        }
        return Typed(values=values, rejected=rejected or None, explanations=explanations, answers=answers)

    def _read_amounts(self, values: dict[str, object], rejected: dict[str, str]) -> None:
        """Decide which amount was typed; where both were and disagree, both texts are kept as refused."""
        line, before = self.checked.line, self.checked.before
        flow, year_to_date = self.cleaned_data.get("flow"), self.cleaned_data.get("year_to_date")
        changed = {name: self._is_changed(name) for name in ("flow", "year_to_date")}
        entry = Entry(
            flow=flow,
            year_to_date=year_to_date,
            flow_changed=changed["flow"],
            year_to_date_changed=changed["year_to_date"],
        )
        try:
            typed = amounts.typed_of(entry, before, typed_before=line.typed, hint=self.cleaned_data.get("hint", ""))
        except Contradiction:
            typed = ""
            rejected |= {name: str(self.data[name]) for name in changed}
        values["typed"] = typed
        values["flow"] = flow if typed == ReportLine.Typed.FLOW else None
        values["year_to_date"] = year_to_date if typed == ReportLine.Typed.YEAR_TO_DATE else None

    def _is_changed(self, name: str) -> bool:
        text, shown = str(self.data.get(name) or ""), str(self.data.get("shown_" + name) or "")
        return text.strip() != shown.strip() or name in (self.checked.line.rejected or {})

    def understood(self) -> list[tuple[str, str]]:
        """Amounts that were typed otherwise than they are kept, such as 1.2亿: the text, and what it was taken for."""
        return [
            (text, written(self.cleaned_data[name]))
            for name in ("flow", "year_to_date")
            if (text := str(self.data.get(name) or "").strip())
            and isinstance(self.cleaned_data.get(name), Decimal)
            and text != written(self.cleaned_data[name])
            and self._is_changed(name)
        ]


def texts_shown(checked: CheckedLine) -> dict[str, str]:
    """The texts that a form shows of a line, by field: its values, and what was refused."""
    line = checked.line
    shown = {name: _shown(getattr(line, name)) for name in FIELDS}
    shown |= {EXPLANATION + code: text for code, text in checked.explanations.items()}
    shown |= {ANSWER + pk: text for pk, text in line.answers.items()}
    return shown | (line.rejected or {})


def texts_of(posted: Mapping[str, str]) -> dict[str, str]:
    """What a person typed, of all that a form posted: the fields of a line and the sentences on its warnings."""
    explained = (EXPLANATION + code for code in BY_CODE if code in EXPLAINED and EXPLANATION + code in posted)
    names = (*FIELDS, *explained, *(name for name in posted if is_answer(name)))
    return {name: str(clean_text(posted.get(name, ""))) for name in names}


def clean_text(value: object) -> object:
    """PostgreSQL keeps no NUL; browsers send line ends in two characters, which would count against the length."""
    return value.replace("\x00", "").replace("\r\n", "\n") if isinstance(value, str) else value


def _seen(checked: CheckedLine) -> dict[str, object]:
    line = checked.line
    return {
        "version": line.version,
        "shown_flow": _shown(line.flow),
        "shown_year_to_date": _shown(line.year_to_date),
        "hint": line.typed,
    }


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return written(value)
    return "" if value is None else str(value)


def _is_iso(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
