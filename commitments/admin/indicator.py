"""Indicators in the admin. What is derived and what is read differ in what there is to say: the source comes first."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.models import Indicator, Reading
from portal.admin import scope
from portal.models import Unit

if TYPE_CHECKING:
    IndicatorModelAdmin = admin.ModelAdmin[Indicator]
    IndicatorModelForm = forms.ModelForm[Indicator]
else:
    IndicatorModelAdmin = admin.ModelAdmin
    IndicatorModelForm = forms.ModelForm

Kind, Measure, Source = Indicator.Kind, Indicator.Measure, Indicator.Source
MONEY = {Measure.INVESTMENT, Measure.PLANNED, Measure.COMPLETED_OUTPUT}
PERCENT = {Measure.COMPLETION_RATE, Measure.GROWTH, Measure.START_RATE}
# Money and percentages are kept in these everywhere, Chinese and English; only what is counted has a unit of its own.
FIXED = {Kind.MONEY: ("万元", "10,000 CNY"), Kind.PERCENT: ("%", "%")}
NAMES = ("code", ("name_zh", "name_en"), "position")
MEASURED = (("unit_of_measure_zh", "unit_of_measure_en"), "direction", "definition")
FIELDS = {
    Source.DERIVED: (*NAMES, "measure", ("category", "tier"), *MEASURED),
    Source.READINGS: (*NAMES, "bureau", "kind", *MEASURED, "adds_up", ("least", "most")),
}
HELP = {
    "code": gettext_lazy("In files and addresses: letters, digits, hyphens. It stays when the names change."),
    "position": gettext_lazy("Smaller numbers stand first."),
    "measure": gettext_lazy(
        "Computed from accepted reports and the register, over the unit and everything below it; nobody types it."
    ),
    "category": gettext_lazy("Empty: projects of every category."),
    "tier": gettext_lazy("Empty: projects whatever list they are on."),
    "bureau": gettext_lazy("Its reviewers and administrators load the readings of all other units."),
    "unit_of_measure_zh": gettext_lazy(
        "Such as 个 or 万人次. Money is always in 万元, percentages in %: leave it empty."
    ),
    "unit_of_measure_en": gettext_lazy("The same in English."),
    "adds_up": gettext_lazy(
        "How readings of the quarters make the year to date. A growth rate as published is that of the latest quarter."
    ),
    "least": gettext_lazy("Readings below it are refused. Empty: no limit."),
    "most": gettext_lazy("Readings above it are refused. Empty: no limit."),
    "definition": gettext_lazy("What counts and what doesn't, and after which rules."),
}


class IndicatorForm(IndicatorModelForm):
    source: Indicator.Source  # set by get_form

    class Meta:
        model = Indicator
        fields = "__all__"
        help_texts = HELP

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.instance.source = self.source
        for name, field in self.fields.items():
            field.required = name in ("measure", "bureau") or (field.required and "unit_of_measure" not in name)

    def clean(self) -> dict[str, Any] | None:
        values = super().clean() or self.cleaned_data
        kind = values.get("kind")
        if values.get("measure"):
            kind = self.instance.kind = _kind(values["measure"])
        self._unit_of_measure(values, kind)
        if self.instance.pk and self.source == Source.READINGS:
            self._beside_readings(values)
        return values

    def _unit_of_measure(self, values: dict[str, Any], kind: str | None) -> None:
        names = ("unit_of_measure_zh", "unit_of_measure_en")
        for name, fixed in zip(names, FIXED.get(cast(Indicator.Kind, kind), ("", "")), strict=True):
            typed = (values.get(name) or "").strip()
            if fixed and typed not in ("", fixed):
                words = _("This kind of figure is kept in %(unit)s: leave the field empty, or write %(unit)s.")
                self.add_error(name, words % {"unit": fixed})
            elif not typed and not fixed and kind:
                self.add_error(name, _("An indicator needs a unit of measure: without it a target says nothing."))
            else:
                values[name] = typed or fixed

    def _beside_readings(self, values: dict[str, Any]) -> None:
        """What was loaded so far must fit what is said now."""
        loaded = Reading.objects.filter(indicator=self.instance)
        limits: Sequence[tuple[str, Decimal | None, Q]] = (
            ("least", values.get("least"), Q(value__lt=values.get("least"))),
            ("most", values.get("most"), Q(value__gt=values.get("most"))),
        )
        for name, limit, outside in limits:
            beyond = loaded.filter(outside).order_by("value").first() if limit is not None else None
            if beyond:
                words = _("%(value)s was loaded for %(unit)s, %(quarter)s, and lies outside. Change that one first.")
                named = {"value": f"{beyond.value.normalize():f}", "unit": beyond.unit.name}
                self.add_error(name, words % {**named, "quarter": beyond.quarter.name})
        if values.get("bureau") and loaded.filter(unit=values["bureau"]).exists():
            self.add_error("bureau", _("There are readings about this unit: it can't answer for its own figures."))


def _kind(measure: str) -> Indicator.Kind:
    return Kind.MONEY if measure in MONEY else Kind.PERCENT if measure in PERCENT else Kind.NUMBER


@admin.register(Indicator)
class IndicatorAdmin(IndicatorModelAdmin):
    """Pledges keep copies of name and unit of measure, so a change here leaves signed letters alone."""

    form = IndicatorForm
    list_display = ("code", "name_zh", "name_en", "source", "from_what", "measured_in", "direction", "position")
    list_display_links = ("code", "name_zh")
    list_filter = ("source",)
    list_select_related = ("bureau",)
    list_per_page = 50
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = gettext_lazy("Code or name")

    @admin.display(description=gettext_lazy("derived from, or answering bureau"))
    def from_what(self, indicator: Indicator) -> str:
        return indicator.bureau.name if indicator.bureau else indicator.get_measure_display()

    def get_fields(self, request: HttpRequest, obj: Indicator | None = None) -> Any:
        return FIELDS[_source(request, obj) or Source.DERIVED]

    def get_form(self, request: HttpRequest, obj: Indicator | None = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change, **options)
        return type(form.__name__, (form,), {"source": _source(request, obj) or Source.DERIVED})

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "bureau":
            options["queryset"] = Unit.objects.filter(kind=Unit.Kind.BUREAU)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First where its figures come from: everything else that is asked hangs on it."""
        source = _source(request, None)
        if source is not None or not self.has_add_permission(request):
            title = {"title": _("Add an indicator: %(source)s") % {"source": source.label}} if source else {}
            return super().add_view(request, form_url, {**(extra_context or {}), **title})
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "sources": Source}
        return render(request, "admin/commitments/indicator/source.html", {**frame, "title": _("Add an indicator")})

    @admin.display(description=gettext_lazy("unit of measure"), ordering="unit_of_measure_zh")
    def measured_in(self, indicator: Indicator) -> str:
        return indicator.unit_of_measure

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Every letter and league table goes by indicators, so only who administers all units sets them."""
        return super().has_add_permission(request) and scope.administers_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Indicator | None = None) -> bool:
        return super().has_change_permission(request, obj) and scope.administers_all(request)

    def has_delete_permission(self, request: HttpRequest, obj: Indicator | None = None) -> bool:
        return super().has_delete_permission(request, obj) and scope.administers_all(request)


def _source(request: HttpRequest, indicator: Indicator | None) -> Indicator.Source | None:
    """Of the record, else as the address says; null where it says nothing known."""
    named = indicator.source if indicator else request.GET.get("source", "")
    return Source(named) if named in Source.values else None
