"""What may be typed into a policy: its own fields, and the rows of lights, groups and scoring items together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import DecimalField, Field
from django.forms.models import BaseInlineFormSet, ModelForm
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.models import Policy, PolicyGroup, ScoringItem
from portal.models import Unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    PolicyModelForm = ModelForm[Policy]
    GroupModelForm = ModelForm[PolicyGroup]
    ItemModelForm = ModelForm[ScoringItem]
    RowForm = ModelForm[Any]
    PolicyRows = BaseInlineFormSet[Any, Policy, RowForm]
else:
    PolicyModelForm = GroupModelForm = ItemModelForm = RowForm = ModelForm
    PolicyRows = BaseInlineFormSet

CODES = "codes_of_groups"


class PlainNumber(forms.NumberInput):
    """A number without the noughts that its column adds: 0.25, where the database says 0.2500."""

    def format_value(self, value: Any) -> str | None:
        text: str | None = super().format_value(value)
        return text.rstrip("0").rstrip(".") if text and re.fullmatch(r"-?\d+\.\d+", text) else text


NUMBERS: "Mapping[type[Field[Any, Any]], Mapping[str, Any]]" = {DecimalField: {"widget": PlainNumber}}


class Kinds(forms.TypedMultipleChoiceField):
    """Kinds of units, ticked one by one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Unit.Kind.choices, widget=forms.CheckboxSelectMultiple, **options)


def kinds_words(kinds: Iterable[str]) -> str:
    """Kinds of units in the language of the page, where they are only read."""
    return " · ".join(str(Unit.Kind(kind).label) for kind in kinds) or "—"


class PolicyForm(PolicyModelForm):
    class Meta:
        model = Policy
        exclude: Sequence[str] = ()
        help_texts = {
            "effective_on": gettext_lazy("Every quarter that ends on this day or later is judged by it."),
            "reason": gettext_lazy("Such as the document that decides it. Everybody who reads the policy sees it."),
            "score_least": gettext_lazy("No total falls below it. Empty: no limit."),
            "score_most": gettext_lazy("No total rises above it. Empty: no limit."),
        }


class PolicyShownAgain(PolicyForm):
    """What was typed, once more on the way back from the preview: nothing is saved."""

    def is_valid(self) -> bool:
        super().is_valid()
        return False


class GroupForm(GroupModelForm):
    kinds = Kinds(
        required=False,
        label=gettext_lazy("kinds of units"),
        help_text=gettext_lazy("Every unit of these kinds stands in this group, unless another group names it."),
    )

    class Meta:
        model = PolicyGroup
        exclude: Sequence[str] = ()


class ItemForm(ItemModelForm):
    class Meta:
        model = ScoringItem
        exclude: Sequence[str] = ()
        help_texts = {
            "code": gettext_lazy("Rulings and score sheets name it: letters, digits and hyphens."),
            "position": gettext_lazy("Smaller numbers come first."),
            "indicator": gettext_lazy("What is scored; its figures come from accepted reports or from readings."),
            "weight": gettext_lazy("What a unit gets that does exactly as it should."),
            "reference": gettext_lazy("What the unit's figure is held against."),
            "whole_steps": gettext_lazy("Half a step more or less changes nothing."),
        }

    def summary(self) -> str:
        """The item in a line: its name, formula, full points and groups; nothing for a new one."""
        value = {name: self[name].value() for name in ("name_zh", "name_en", "formula", "weight", "groups")}
        name = ScoringItem(name_zh=value["name_zh"] or "", name_en=value["name_en"] or "").name
        if not name:
            return ""
        formula = re.split("[:：]", str(dict(ScoringItem.Formula.choices).get(value["formula"], "")))[0]
        full = _("full points: %(points)s") % {"points": PlainNumber().format_value(value["weight"]) or "0"}
        return " · ".join(str(part) for part in (name, formula, full, value["groups"]) if part)

    def clean_groups(self) -> str:
        """Codes with a comma between them, however they were set apart."""
        return ",".join(code for code in re.split(r"[,，、;；\s]+", self.cleaned_data["groups"]) if code)


class Rows(PolicyRows):
    """Rows of one kind; `doubled` says by field what two rows can't share."""

    doubled: dict[str, "StrPromise"] = {}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """A copy has as many new rows as it has copied."""
        super().__init__(*arguments, **options)
        self.extra = len(self.initial_extra or ()) or self.extra

    def kept(self) -> Iterator[RowForm]:
        """The rows that could be read and are not to be deleted."""
        for form in self.forms:
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE"):
                yield form

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        own = [str(self.doubled[name]) for name in unique_check if name in self.doubled]
        return own[0] if own else super().get_unique_error_message(unique_check)


class LightRows(Rows):
    doubled = {
        "shape": gettext_lazy("Two lights have the same shape. Give each light a shape of its own."),
        "threshold": gettext_lazy("Two lights begin at the same threshold. Give one of them another."),
    }

    def clean(self) -> None:
        """One light, and one only, is that of those who are not behind."""
        super().clean()
        first = [form for form in self.kept() if form.cleaned_data.get("threshold", 0) is None]
        for form in first[1:]:
            form.add_error(
                "threshold",
                _("Another light is for those who are not behind already. Give this one a threshold."),
            )
        if not first and not any(self.errors):
            raise ValidationError(
                _(
                    "No light is for those who are not behind. Leave the threshold of one light empty, or add a light"
                    " without a threshold."
                )
            )


class GroupRows(Rows):
    doubled = {"code": gettext_lazy("Two groups have the same code. Give one of them another.")}

    def clean(self) -> None:
        """Every unit stands in one group at most; the scoring items, which name groups, are told the codes."""
        super().clean()
        groups = list(self.kept())
        self.instance.__dict__[CODES] = [form.cleaned_data.get("code") for form in groups]
        if not groups and not any(self.errors):
            raise ValidationError(_("Nobody would be compared with anybody. Add at least one comparison group."))
        kinds: dict[Any, str] = {}
        units: dict[Any, str] = {}
        for form in groups:
            name = PolicyGroup(
                name_zh=form.cleaned_data.get("name_zh", ""), name_en=form.cleaned_data.get("name_en", "")
            ).name
            chosen = form.cleaned_data.get("kinds", []), form.cleaned_data.get("units", [])
            self._once(form, "kinds", {Unit.Kind(kind).label: kind for kind in chosen[0]}, kinds, name)
            self._once(form, "units", {unit.name: unit.pk for unit in chosen[1]}, units, name)
            if not any(map(len, chosen)) and not form.errors:
                form.add_error("kinds", _("This group is empty. Tick kinds of units, or name units one by one."))

    def _once(self, form: RowForm, field: str, chosen: dict[Any, Any], taken: dict[Any, str], name: str) -> None:
        """Add an error where an earlier group has one of these already; `taken` learns of them."""
        for label, key in chosen.items():
            if key in taken:
                words = _("“%(what)s” stands in the group “%(group)s” already. Take it out of one of the two.")
                form.add_error(field, words % {"what": label, "group": taken[key]})
            taken.setdefault(key, name)


class ItemRows(Rows):
    doubled = {"code": gettext_lazy("Two scoring items have the same code. Give one of them another.")}

    def clean(self) -> None:
        """An item counts for groups of this policy, as they are posted with it."""
        super().clean()
        known = [str(code) for code in self.instance.__dict__.get(CODES, []) if code]
        for form in self.kept():
            unknown = [code for code in form.cleaned_data.get("groups", "").split(",") if code and code not in known]
            if unknown:
                words = _("This policy has no group with the code %(unknown)s. Its groups are: %(known)s.")
                form.add_error("groups", words % {"unknown": ", ".join(unknown), "known": ", ".join(known) or "—"})
