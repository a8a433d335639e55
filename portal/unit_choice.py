"""One unit chosen among thousands: typed by name or code, with a few suggestions beside the field.

The page holds no more than SUGGESTED of them however many units there are; static/js/unit_choice.js asks for others
while somebody types. Where no script runs, what was sent is looked for, and the page suggests what comes near.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django_filters.filters import Filter, QuerySetRequestMixin

from portal.models import Unit
from portal.models.unit import UnitQuerySet

SUGGESTED = 20
NAMED = 5  # units that an error names
REACHED, ALL = "reached", "all"  # among which units: those within the person's reach, or all there are
CODE, WHOLE_NAME, PART = range(3)  # how near a unit comes to what was typed


def words(unit: Unit) -> str:
    """What the field says of a unit: its code and its name, such as "430421 衡阳县"."""
    return f"{unit.code} {unit.name}"


def nearest(units: UnitQuerySet, text: str) -> list[Unit]:
    """The units that the text may mean: one where it is its code, `words` of it or its name alone, else SUGGESTED."""
    text = " ".join(text.replace("\0", "").split())
    if not text:
        return list(units.order_by("code")[:SUGGESTED])
    by_code, by_name = Q(code__in=[text, text.partition(" ")[0]]), Q(name_zh=text) | Q(name_en__iexact=text)
    near = Case(
        When(by_code, then=CODE), When(by_name, then=WHOLE_NAME), default=Value(PART), output_field=IntegerField()
    )
    named = by_code | by_name | Q(pk__in=units.called(text).values("pk"))
    found: list[Any] = list(units.filter(named).annotate(near=near).order_by("near", "code")[:SUGGESTED])
    alone = [unit for unit in found if unit.near < PART and unit.near == found[0].near]
    return alone if len(alone) == 1 else found


class UnitInput(forms.TextInput):
    """A text field with its suggestions; `units` and `among` are its field's."""

    template_name = "components/_unit_input.html"
    units: UnitQuerySet
    among = REACHED

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """What was typed; where it means one unit, the words for it."""
        near = nearest(self.units, value or "")
        is_found = bool(value) and len(near) == 1
        shown = super().get_context(name, words(near[0]) if is_found else value, attrs)
        attrs = shown["widget"]["attrs"]
        attrs |= {"list": f"{attrs['id']}_units", "autocomplete": "off", "placeholder": _("name or code")}
        attrs["data-choices"] = f"{reverse('unit_choices')}?among={self.among}"
        suggested = nearest(self.units, "") if is_found or not near else near
        return {**shown, "suggested": [words(unit) for unit in suggested]}


class UnitField(forms.CharField):
    """Cleans to a unit of the queryset, or to null where nothing was typed.

    It takes a code, a name, what `words` says, and any part of them that no second unit has.
    """

    widget = UnitInput

    def __init__(self, *, queryset: UnitQuerySet, among: str = REACHED, **options: Any) -> None:
        super().__init__(max_length=200, **options)
        self.widget.among = among
        self.of(queryset)

    def of(self, units: UnitQuerySet) -> None:
        """Choose among these."""
        self.units = self.widget.units = units

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        near = nearest(self.units, text)
        if len(near) == 1:
            return near[0]
        if not near:
            raise ValidationError(_("No unit that you may choose is called so."))
        named = _(", ").join(words(unit) for unit in near[:NAMED])
        raise ValidationError(
            _("Several units are called so: %(units)s … Type a whole name or code.") % {"units": named}
        )


class UnitFilter(QuerySetRequestMixin, Filter):
    """A list's filter by one unit; `queryset` as a ModelChoiceFilter's, `among` as the field's."""

    field_class = UnitField
