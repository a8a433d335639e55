"""The form of a draft letter: its texts, and of each pledge targets, leader and weight, as people type them.

What can't be read stays in its field with the reason and keeps nothing else from being saved; see `LetterForm.draft`.
Two windows: the form carries what it had shown, so that `merged` can tell who has changed what.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from commitments import letter_changes, typed
from commitments.lifecycle import Draft, DraftPledge, findings
from commitments.models import Indicator, LetterVersion, Pledge
from commitments.templatetags.letters import pledge_name
from projects import reading
from projects.forms import clean_text
from projects.reading import Misread, written
from projects.validation import Finding

QUARTERS = ("target_q1", "target_q2", "target_q3")
TARGETS = (*QUARTERS, "target")
FRAME = ("title", "addressee", "opening", "closing")  # the administrator's
TEXTS = (*FRAME, "measures")
REQUIRED = ("title", "opening", "closing")
NEW = "new"  # how the names of the fields of a further pledge begin
NEW_INDICATOR = f"{NEW}-indicator"
LONGEST = 20_000  # characters of a text
Texts = Mapping[str, str]


class FigureField(forms.CharField):
    """A target in the pledge's unit of measure."""

    def __init__(self, label: str, pledge: Pledge) -> None:
        self.kind = pledge.indicator.kind if pledge.indicator else Indicator.Kind.NUMBER.value
        self.units = (pledge.unit_of_measure_zh, pledge.unit_of_measure_en)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "aria-label": label})
        super().__init__(label=label, required=False, widget=widget)

    def clean(self, value: object) -> Decimal | None:
        try:
            return typed.figure(str(value or ""), kind=self.kind, units=self.units)
        except Misread as error:
            raise forms.ValidationError(str(error)) from error


class WeightField(forms.CharField):
    """A weight from 0 to 100, with at most two decimals."""

    def __init__(self, label: str) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "aria-label": label})
        super().__init__(label=label, required=False, widget=widget)

    def clean(self, value: object) -> Decimal:
        try:
            weight = typed.figure(str(value or ""), kind=Indicator.Kind.PERCENT) or Decimal()
        except Misread as error:
            raise forms.ValidationError(str(error)) from error
        if not 0 <= weight <= 100 or weight != weight.quantize(Decimal("0.01")):
            raise forms.ValidationError(_("A weight lies between 0 and 100, with at most two decimals."))
        return weight


class DayField(forms.CharField):
    """The day of a milestone, however it is written."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, widget=forms.TextInput(attrs={"aria-label": label}))

    def clean(self, value: object) -> date | None:
        try:
            return reading.day(str(value or ""))
        except Misread as error:
            raise forms.ValidationError(str(error)) from error


@dataclass(frozen=True)
class Row:
    """One pledge in the form; a milestone has a day and no targets."""

    pledge: Pledge
    key: str
    form: "LetterForm"

    def name(self, field: str) -> str:
        return f"{self.key}-{field}"

    def bound(self, field: str) -> BoundField | None:
        return self.form[self.name(field)] if self.name(field) in self.form.fields else None

    @property
    def quarters(self) -> list[BoundField | None]:
        return [self.bound(name) for name in QUARTERS]

    @property
    def target(self) -> BoundField | None:
        return self.bound("target")

    @property
    def due_on(self) -> BoundField | None:
        return self.bound("due_on")

    @property
    def leader(self) -> BoundField | None:
        return self.bound("leader")

    @property
    def weight(self) -> BoundField | None:
        return self.bound("weight")

    @property
    def drop(self) -> BoundField | None:
        return self.bound("drop")


def key_of(pledge: Pledge | DraftPledge) -> str:
    """How the names of a pledge's fields begin; the same in every edition of the draft."""
    return f"m{pledge.project_id}-{pledge.milestone}" if pledge.project_id else f"i{pledge.indicator_id}"


class LetterForm(forms.Form):
    """Shows a draft, and reads what came back. `is_free`: for administrators, who may write everything."""

    edition = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, texts: Texts, *, version: LetterVersion, is_free: bool) -> None:
        self.version, self.is_free = version, is_free
        self.pledges = list(version.pledges.select_related("indicator", "project").order_by("position", "pk"))
        self.projects = list(version.projects.order_by("position"))
        super().__init__({name: str(clean_text(text)) for name, text in texts.items()})
        self._add_texts()
        self.rows = [self._add_row(pledge) for pledge in self.pledges]
        self._add_new()
        for name, field in self.fields.items():
            if "-" in name and not name.startswith(NEW) and not isinstance(field, forms.BooleanField):
                field.widget.attrs.setdefault("class", "form-control form-control-sm")

    @classmethod
    def of(cls, version: LetterVersion, *, is_free: bool) -> "LetterForm":
        """As the draft is saved."""
        form = cls({}, version=version, is_free=is_free)
        return cls(form.standing(), version=version, is_free=is_free)

    @classmethod
    def again(cls, texts: Texts, *, version: LetterVersion, is_free: bool) -> "LetterForm":
        """With texts that were not saved on top of the draft as it is now."""
        form = cls.of(version, is_free=is_free)
        return cls({**form.data, **texts, **_shown(form)}, version=version, is_free=is_free)

    def _add_texts(self) -> None:
        for name in TEXTS if self.is_free else ("measures",):
            label = str(dict(letter_changes.TEXT)[name])
            rows = {"opening": 6, "measures": 8, "closing": 4}
            widget = forms.Textarea(attrs={"rows": rows[name]}) if name in rows else forms.TextInput()
            longest = LONGEST if name in rows else 200
            self.fields[name] = forms.CharField(
                label=label[:1].upper() + label[1:], required=name in REQUIRED, max_length=longest, widget=widget
            )
            self.fields[name].widget.attrs.pop("maxlength", None)  # a browser would cut what is pasted without a word
        if self.is_free:
            self.fields["takes_register"] = forms.BooleanField(
                label=_("List the projects and their plans anew, as the register has them today"), required=False
            )

    def _add_row(self, pledge: Pledge) -> Row:
        row = Row(pledge, key_of(pledge), self)
        name = pledge_name(pledge)
        labels = {field: str(label) for field, label in letter_changes.PLEDGE}
        if pledge.milestone:
            self.fields[row.name("due_on")] = DayField(_labelled(name, labels["due_on"]))
        else:
            for field in TARGETS:
                self.fields[row.name(field)] = FigureField(_labelled(name, labels[field]), pledge)
        self.fields[row.name("leader")] = _short(_labelled(name, labels["leader"]))
        if self.is_free:
            self.fields[row.name("weight")] = WeightField(_labelled(name, labels["weight"]))
        if self.is_free or pledge.milestone:
            self.fields[row.name("drop")] = forms.BooleanField(
                label=_("Take out %(pledge)s") % {"pledge": name}, required=False
            )
        return row

    def _add_new(self) -> None:
        if self.projects:
            listed = [("", "---------"), *((str(each.project_id), each.name) for each in self.projects)]
            self.fields[f"{NEW}-project"] = forms.ChoiceField(label=_("Project"), choices=listed, required=False)
            choices = [("", "---------"), *Pledge.Milestone.choices]
            self.fields[f"{NEW}-milestone"] = forms.ChoiceField(label=_("Milestone"), choices=choices, required=False)
            self.fields[f"{NEW}-due_on"] = DayField(_("To be reached by"))
            self.fields[f"{NEW}-leader"] = _short(_("Responsible leader"))
        if self.is_free:
            pledged = [pledge.indicator_id for pledge in self.pledges if pledge.indicator_id]
            self.fields[NEW_INDICATOR] = forms.ModelChoiceField(
                label=_("Pledge on a further indicator"),
                queryset=Indicator.objects.exclude(pk__in=pledged),
                required=False,
            )

    @property
    def new_milestone(self) -> list[BoundField]:
        """The fields of a further milestone; none where the letter lists no project."""
        return [self[name] for name in self.fields if name.startswith(f"{NEW}-") and name != NEW_INDICATOR]

    @property
    def new_errors(self) -> bool:
        return any(field.errors or field.value() for field in self.new_milestone)

    @property
    def new_indicator(self) -> BoundField | None:
        return self[NEW_INDICATOR] if NEW_INDICATOR in self.fields else None

    def standing(self) -> dict[str, str]:
        """The texts of all fields as the draft is saved; what it shows, for `merged`, among them."""
        texts = {name: str(getattr(self.version, name)) for name in TEXTS if name in self.fields}
        for row in self.rows:
            for field in (*TARGETS, "due_on", "leader", "weight"):
                if row.name(field) in self.fields:
                    texts[row.name(field)] = _text(getattr(row.pledge, field))
        return {**texts, "edition": str(self.version.edition), "shown": json.dumps(texts, ensure_ascii=False)}

    def clean(self) -> None:
        for row in self.rows:
            name = row.name("due_on")
            if name in self.fields and not self.cleaned_data.get(name, "refused"):
                self.add_error(name, _("Give the day by which it is to be reached."))
        self._clean_new()

    def _clean_new(self) -> None:
        """A further milestone needs its project, which one it is and its day, and isn't pledged yet."""
        names = [f"{NEW}-{field}" for field in ("project", "milestone", "due_on", "leader")]
        said = {name: self.cleaned_data.get(name) for name in names if name in self.fields}
        if not any(said.values()):
            return
        for name in names[:3]:
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _("A milestone needs a project, what is reached, and the day."))
        pledged = {row.key for row in self.rows}
        if f"m{said[names[0]]}-{said[names[1]]}" in pledged:
            self.add_error(names[1], _("This letter pledges this milestone of the project already."))

    def refuse(self, findings: Sequence[Finding], draft: Draft) -> None:
        """Put findings about this draft at their fields: those which no draft can be kept with, or all to be shown."""
        for finding in findings:
            self.add_error(self.field_of(finding, draft), finding.message)

    def field_of(self, finding: Finding, draft: Draft) -> str | None:
        """The form's field that a finding about this draft belongs to; null where it has none."""
        name = finding.field
        if name.startswith("pledges."):
            _pledges, place, field = name.split(".")
            name = f"{key_of(draft.pledges[int(place)])}-{field}"
            if name not in self.fields:
                name = name.replace("-indicator", "-target").replace("-project", "-due_on")
        return name if name in self.fields else None

    def findings(self) -> list[tuple[Finding, BoundField | None]]:
        """What is wrong or odd about the draft as it is saved, each with the field it belongs to."""
        saved = Draft.of(self.version)
        named = [(finding, self.field_of(finding, saved)) for finding in findings(self.version)]
        return [(finding, self[name] if name else None) for finding, name in named]

    def draft(self) -> Draft:
        """What is to be saved: what could be read, and for the rest what is saved already."""
        self.is_valid()
        texts = {name: self.cleaned_data[name] for name in TEXTS if name in self.fields and name in self.cleaned_data}
        pledges = [self._said(row) for row in self.rows if not self.cleaned_data.get(row.name("drop"))]
        return replace(
            Draft.of(self.version),
            **texts,
            pledges=(*pledges, *self._new()),
            takes_register=bool(self.cleaned_data.get("takes_register")),
        )

    @property
    def unsaved(self) -> dict[str, str]:
        """The texts that were not saved: those with a fault, and what is only kept together with them."""
        groups = [[row.name(field) for field in TARGETS] for row in self.rows]
        groups.append([name for name in self.fields if name.startswith(f"{NEW}-") and name != NEW_INDICATOR])
        names = set(self.errors) | {name for group in groups if set(group) & set(self.errors) for name in group}
        return {name: str(self.data[name]) for name in names if name in self.data}

    def _said(self, row: Row) -> DraftPledge:
        """Targets are kept together or not at all: a year's beside quarters of another edition would mean nothing."""
        values = {
            field: self.cleaned_data[row.name(field)]
            for field in (*TARGETS, "due_on", "leader", "weight")
            if row.name(field) in self.cleaned_data
        }
        if any(row.name(field) in self.errors for field in TARGETS):
            values = {field: value for field, value in values.items() if field not in TARGETS}
        return replace(DraftPledge.of(row.pledge), **values)

    def _new(self) -> list[DraftPledge]:
        said = {
            name.removeprefix(f"{NEW}-"): value for name, value in self.cleaned_data.items() if name.startswith(NEW)
        }
        found = []
        if said.get("indicator"):
            found.append(DraftPledge(indicator_id=said["indicator"].pk))
        if said.get("project") and said.get("milestone") and said.get("due_on"):
            found.append(
                DraftPledge(
                    project_id=int(said["project"]),
                    milestone=said["milestone"],
                    due_on=said["due_on"],
                    leader=said.get("leader", ""),
                )
            )
        return found


def _labelled(pledge: str, field: str) -> str:
    return _("%(pledge)s: %(field)s") % {"pledge": pledge, "field": field}


def _short(label: str) -> forms.CharField:
    field = forms.CharField(label=label, required=False, max_length=100)
    field.widget.attrs |= {"aria-label": label}
    field.widget.attrs.pop("maxlength", None)
    return field


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return written(value)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _shown(form: LetterForm) -> dict[str, str]:
    return {name: str(form.data[name]) for name in ("edition", "shown")}
