"""Templates of letters in the admin: on their campaign's page, and each on its own with the pledges it begins with."""

from collections.abc import Sequence
from string import Formatter
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, QuerySet
from django.forms.models import BaseInlineFormSet, ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.admin.policy_rows import NUMBERS, Kinds, kinds_words
from commitments.models import Campaign, Indicator, LetterTemplate, TemplatePledge
from portal import clock
from portal.accounts import signed_in
from portal.admin import scope

if TYPE_CHECKING:
    TemplateModelAdmin = admin.ModelAdmin[LetterTemplate]
    TemplateStacked = admin.StackedInline[LetterTemplate, Campaign]
    PledgeTabular = admin.TabularInline[TemplatePledge, LetterTemplate]
    IndicatorField = ModelChoiceField[Indicator]
    TemplateModelForm = ModelForm[LetterTemplate]
    TemplateFormSet = BaseInlineFormSet[LetterTemplate, Campaign, TemplateModelForm]
else:
    TemplateModelAdmin = admin.ModelAdmin
    TemplateStacked, PledgeTabular = admin.StackedInline, admin.TabularInline
    TemplateModelForm, TemplateFormSet, IndicatorField = ModelForm, BaseInlineFormSet, ModelChoiceField

FILLED_IN = ("unit", "year", "projects", "planned")
LETTER = ("title", "kinds", "addressee", "opening", "measures", "closing")
READ = tuple("kinds_in_words" if name == "kinds" else name for name in LETTER)


class IndicatorChoice(IndicatorField):
    """Each with the unit of measure of the figures beside it."""

    def label_from_instance(self, obj: Indicator) -> str:
        return f"{obj.name} ({obj.unit_of_measure})"


def may_change(request: HttpRequest, campaign: Campaign) -> bool:
    """Whether the person administers the unit that runs the campaign."""
    return scope.units_administered(request).filter(pk=campaign.unit_id).exists()


class LetterTemplateForm(TemplateModelForm):
    kinds = Kinds(label=gettext_lazy("for these kinds of units"))

    class Meta:
        model = LetterTemplate
        exclude: Sequence[str] = ()

    def clean_opening(self) -> str:
        """Refuses a place that nobody fills in: the letter would be printed with its braces."""
        opening = str(self.cleaned_data["opening"])
        allowed = ", ".join(f"{{{name}}}" for name in FILLED_IN)
        try:
            named = {name for _text, name, _spec, _conversion in Formatter().parse(opening) if name is not None}
        except ValueError:
            raise ValidationError(
                _("A brace stands alone. Filled in are only: %(names)s.") % {"names": allowed}
            ) from None
        unknown = sorted(named - set(FILLED_IN))
        if unknown:
            words = _("{%(unknown)s} is not filled in by anybody. Filled in are only: %(names)s.")
            raise ValidationError(words % {"unknown": unknown[0], "names": allowed})
        return opening


class OwnPageForm(LetterTemplateForm):
    def clean(self) -> dict[str, Any]:
        """A kind of unit has one template in a campaign, else nobody knew with which its letter begins."""
        values = super().clean() or self.cleaned_data
        campaign = values.get("campaign") or (self.instance.campaign if self.instance.pk else None)
        others = LetterTemplate.objects.filter(campaign=campaign).exclude(pk=self.instance.pk)
        for other in others.filter(kinds__overlap=values.get("kinds", [])):
            shared = kinds_words(kind for kind in values["kinds"] if kind in other.kinds)
            self.add_error("kinds", _taken(shared, other.title))
        return values


class TemplateRows(TemplateFormSet):
    def clean(self) -> None:
        """As on a template's own page, among the templates that are posted together."""
        super().clean()
        taken: dict[str, str] = {}
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            for kind in [] if values.get("DELETE") else values.get("kinds", []):
                if kind in taken:
                    form.add_error("kinds", _taken(kinds_words([kind]), taken[kind]))
                taken.setdefault(kind, str(values.get("title", "")))


def _taken(kinds: str, title: str) -> str:
    words = _("“%(kinds)s” has the template “%(title)s” already. Take it out of one of the two.")
    return words % {"kinds": kinds, "title": title}


class LetterTemplateInline(TemplateStacked):
    model = LetterTemplate
    form = LetterTemplateForm
    formset = TemplateRows
    extra = 0
    show_change_link = True
    readonly_fields = ("kinds_in_words",)

    def get_fields(self, request: HttpRequest, obj: Campaign | None = None) -> tuple[str, ...]:
        return LETTER if obj is None or may_change(request, obj) else READ

    @admin.display(description=gettext_lazy("for these kinds of units"))
    def kinds_in_words(self, template: LetterTemplate) -> str:
        return kinds_words(template.kinds)


class TemplatePledgeInline(PledgeTabular):
    model = TemplatePledge
    extra = 0
    fields = ("position", "indicator", "weight", "target")
    formfield_overrides = NUMBERS

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "indicator":
            options["form_class"] = IndicatorChoice
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(LetterTemplate)
class LetterTemplateAdmin(TemplateModelAdmin):
    form = OwnPageForm
    list_display = ("title", "campaign", "kinds_in_words")
    list_select_related = ("campaign__unit",)
    list_per_page = 50
    inlines = (TemplatePledgeInline,)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}  # one comes here from the campaign, so it stands in no menu

    def get_queryset(self, request: HttpRequest) -> QuerySet[LetterTemplate]:
        seen = Campaign.objects.visible_to(signed_in(request), on=clock.today())
        return super().get_queryset(request).filter(campaign__in=seen)

    def get_fields(self, request: HttpRequest, obj: LetterTemplate | None = None) -> tuple[str, ...]:
        editable = obj is None or self.has_change_permission(request, obj)
        return ("campaign", *(LETTER if editable else READ))

    def get_readonly_fields(self, request: HttpRequest, obj: LetterTemplate | None = None) -> tuple[str, ...]:
        return ("kinds_in_words",) if obj is None else ("kinds_in_words", "campaign")

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "campaign":
            options["queryset"] = Campaign.objects.filter(unit__in=scope.units_administered(request))
        return super().formfield_for_foreignkey(db_field, request, **options)

    @admin.display(description=gettext_lazy("for these kinds of units"))
    def kinds_in_words(self, template: LetterTemplate) -> str:
        return kinds_words(template.kinds)

    def has_change_permission(self, request: HttpRequest, obj: LetterTemplate | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_change(request, obj.campaign))

    def has_delete_permission(self, request: HttpRequest, obj: LetterTemplate | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_change(request, obj.campaign))
