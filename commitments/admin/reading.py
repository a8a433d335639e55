"""Readings in the admin: the answering bureau loads them about other units; everybody within reach reads them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import readings
from commitments.models import Indicator, Reading
from commitments.quantity import NotUnderstood, plain, quantity
from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.models import Quarter, Unit
from portal.roles import ADMINISTRATORS

if TYPE_CHECKING:
    ReadingModelAdmin = admin.ModelAdmin[Reading]
    ReadingModelForm = forms.ModelForm[Reading]
    Choice = forms.ModelChoiceField[Quarter]
    from django.utils.functional import _StrPromise as StrPromise
else:
    ReadingModelAdmin = admin.ModelAdmin
    ReadingModelForm = forms.ModelForm
    Choice = forms.ModelChoiceField

# What makes another figure of it; where it was published may be put right without a word.
TOLD = ("indicator", "unit", "quarter", "value")


class QuarterField(Choice):
    """Quarters by their names, as on pages."""

    def label_from_instance(self, obj: Quarter) -> str:
        return obj.name


class ReadingForm(ReadingModelForm):
    value = forms.CharField(
        label=gettext_lazy("value"),
        max_length=60,
        help_text=gettext_lazy(
            "In the indicator's unit of measure. Full-width digits, 12% and 1,234 are understood; 0 is a figure too."
        ),
    )

    class Meta:
        model = Reading
        fields = ("indicator", "unit", "quarter", "value", "source", "published_on", "change_reason")
        widgets = {"published_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "quarter": gettext_lazy("The quarter that the figure is about, not the one in which it was published."),
            "source": gettext_lazy("Such as “Statistical bulletin of the first quarter, table 3”."),
            "change_reason": gettext_lazy("Asked for when a loaded figure is changed. The history keeps the old one."),
        }

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.instance.pk:
            # A reason is given anew for each change, so the last one doesn't stand there already.
            self.initial["value"] = plain(self.instance.value)
            self.initial["change_reason"] = ""

    def clean(self) -> dict[str, Any] | None:
        """Everything wrong at its field; what was typed stays typed. The rest is for the model to say."""
        values = super().clean() or self.cleaned_data
        written, indicator = values.pop("value", None), values.get("indicator")
        if written is not None and indicator is not None:
            try:
                values["value"] = quantity(written, indicator)
            except NotUnderstood as error:
                self.add_error("value", str(error))
        named = {name: values.get(name) for name in ("indicator", "unit", "quarter")}
        if all(named.values()) and (message := readings.twice(Reading(pk=self.instance.pk, **named))):
            self.add_error("quarter", message)
        if values.get("quarter") and values.get("published_on"):
            for field, message in readings.untimely(values["quarter"], values["published_on"], on=clock.today()):
                self.add_error(field, message)
        self._reason(values)
        return values

    def _get_validation_exclusions(self) -> set[str]:
        """Without an indicator nobody can say what was typed: then the value isn't called missing either."""
        unread = set() if "value" in self.cleaned_data else {"value"}
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | unread

    def _reason(self, values: dict[str, Any]) -> None:
        kept = Reading.objects.filter(pk=self.instance.pk).first()
        if kept is None or values.get("change_reason"):
            return
        if any(name in values and values[name] != getattr(kept, name) for name in TOLD):
            self.add_error(
                "change_reason", _("Say why the figure is changed, such as “revised by the bulletin of May”.")
            )
        else:
            values["change_reason"] = kept.change_reason


class IndicatorFilter(admin.SimpleListFilter):
    title = gettext_lazy("indicator")
    parameter_name = "indicator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.code, each.name) for each in Indicator.objects.filter(source=Indicator.Source.READINGS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reading]) -> QuerySet[Reading]:
        return queryset.filter(indicator__code=self.value()) if self.value() else queryset


class QuarterFilter(admin.SimpleListFilter):
    title = gettext_lazy("quarter")
    parameter_name = "quarter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> "list[tuple[str, str | StrPromise]]":
        opened = Quarter.objects.opened(on=clock.today()).order_by("-year", "-number")
        return [(quarter.label, quarter.name) for quarter in opened]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reading]) -> QuerySet[Reading]:
        label = self.value()
        return queryset.filter(quarter__in=Quarter.objects.labelled(label)) if label else queryset


@admin.register(Reading)
class ReadingAdmin(ReadingModelAdmin):
    form = ReadingForm
    list_display = (
        "indicator",
        "unit",
        "in_quarter",
        "figure",
        "unit_of_measure",
        "source",
        "published_on",
        "loaded_by",
        "loaded_at",
    )
    list_filter = (IndicatorFilter, QuarterFilter)
    list_select_related = ("indicator", "unit", "quarter", "loaded_by")
    list_per_page = 50
    search_fields = ("unit__code", "unit__name_zh", "unit__name_en", "indicator__code", "indicator__name_zh")
    search_help_text = gettext_lazy("Unit or indicator")
    readonly_fields = ("loaded_by", "loaded_at")
    change_list_template = "admin/commitments/reading/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reading]:
        return Reading.objects.visible_to(signed_in(request), on=clock.today())

    @admin.display(description=gettext_lazy("quarter"), ordering="quarter")
    def in_quarter(self, reading: Reading) -> str:
        return reading.quarter.name

    @admin.display(description=gettext_lazy("value"), ordering="value")
    def figure(self, reading: Reading) -> Any:
        return reading.value.normalize() + 0  # without places that say nothing, and never as 1E+2

    @admin.display(description=gettext_lazy("unit of measure"))
    def unit_of_measure(self, reading: Reading) -> str:
        return reading.indicator.unit_of_measure

    def get_fields(self, request: HttpRequest, obj: Reading | None = None) -> Any:
        fields = ["indicator", "unit", "quarter", "value", "source", "published_on"]
        return fields if obj is None else [*fields, "change_reason", "loaded_by", "loaded_at"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only what this person answers for, the units of that tree, and quarters that have opened."""
        mine = loaded(request).select_related("bureau")
        if db_field.name == "indicator":
            options["queryset"] = mine
        elif db_field.name == "unit":
            options["queryset"] = Unit.objects.filter(pk__in=[unit.pk for unit in readings.units_about(mine)])
        elif db_field.name == "quarter":
            options["queryset"] = Quarter.objects.opened(on=clock.today()).order_by("-year", "-number")
            options["form_class"] = QuarterField
        return super().formfield_for_foreignkey(db_field, request, **options)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            # Somebody loaded the same a moment ago: asked again, the form finds it and says so.
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Reading, form: "forms.ModelForm[Reading]", change: bool) -> None:
        obj.loaded_by, obj.loaded_at = signed_in(request), clock.now()
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and loads(request)

    def has_change_permission(self, request: HttpRequest, obj: Reading | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or loaded(request).filter(pk=obj.indicator_id).exists())

    def has_delete_permission(self, request: HttpRequest, obj: Reading | None = None) -> bool:
        """A figure loaded for the wrong unit may go, and its history stays: by an administrator at the bureau."""
        if obj is None or not super().has_delete_permission(request, obj):
            return False
        bureaus = Unit.objects.reached_by(signed_in(request), ADMINISTRATORS, on=clock.today())
        return bureaus.filter(pk=obj.indicator.bureau_id or 0).exists()


def loads(request: HttpRequest) -> bool:
    """Whether there are any that this person loads; at the top of the tree all are within reach."""
    return scope.reviews_all(request) or loaded(request).exists()


def loaded(request: HttpRequest) -> QuerySet[Indicator]:
    """The indicators whose readings this person loads."""
    return Indicator.objects.loaded_by(signed_in(request), on=clock.today())
