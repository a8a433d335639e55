"""Extensions: the unit asks on its page of the quarter; whoever administers it from above decides."""

from datetime import date

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock, lists, roles
from portal.accounts import signed_in
from portal.columns import TimeColumn
from portal.models import ExtensionRequest, Unit
from portal.roles import ADMIN_ROLES, UNIT_PEOPLE
from projects import extensions
from projects.duty import Duty, duties
from projects.lifecycle import StepRefused, StepTaken

READERS = UNIT_PEOPLE | ADMIN_ROLES
LENGTH = extensions.REASON_LENGTH


class AskForm(forms.Form):
    """Until when, and why. What may be asked for stands at the field and is checked by the verb."""

    until = forms.DateField(label=gettext_lazy("More time until"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    reason = forms.CharField(
        label=gettext_lazy("Why the unit needs more time"), max_length=LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, duty: Duty, posted: QueryDict | None = None) -> None:
        super().__init__(posted, auto_id="extension_%s")
        first, last = extensions.earliest(duty), extensions.latest(duty.quarter, on=duty.on)
        self.fields["until"].widget.attrs |= {"min": str(first), "max": str(last)}
        self.fields["until"].help_text = _("From %(first)s to %(last)s.") % {"first": first, "last": last}


class DecideForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("Granted until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the unit"),
        required=False,
        max_length=LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed where it is not granted."),
    )

    def __init__(self, asked: ExtensionRequest, duty: Duty, posted: QueryDict | None) -> None:
        super().__init__(posted, initial={"until": asked.until})
        first, last = extensions.earliest(duty), asked.until
        self.fields["until"].widget.attrs |= {"min": str(first), "max": str(last)}
        self.fields["until"].help_text = _("From %(first)s to %(last)s.") % {"first": first, "last": last}


class RequestFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=gettext_lazy("unit contains"), method="by_text")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("state"), choices=ExtensionRequest.State.choices, empty_label=gettext_lazy("all")
    )

    class Meta:
        model = ExtensionRequest
        fields: tuple[str, ...] = ()

    def by_text(self, queryset: lists.Rows, name: str, text: str) -> lists.Rows:
        found = Unit.objects.filter(name_zh__icontains=text) | Unit.objects.filter(name_en__icontains=text)
        return queryset.filter(unit__in=found | Unit.objects.filter(code=text))


class RequestTable(tables.Table):
    unit = tables.Column(order_by="unit__code")
    quarter = tables.Column(order_by=("quarter__year", "quarter__number"))
    asked_at = TimeColumn()
    decided_by = tables.Column()
    granted = tables.Column(verbose_name=gettext_lazy("granted until"), accessor="extension__until")
    decided_at = TimeColumn()

    class Meta:
        model = ExtensionRequest
        fields = ("unit", "quarter", "until", "reason", "asked_by", "asked_at", "state", "granted", "answer")
        sequence = (*fields, "decided_by", "decided_at")
        empty_text = gettext_lazy("Nobody has asked for more time.")

    def render_unit(self, record: ExtensionRequest) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("extension", args=[record.pk]), record.unit.name)

    def render_until(self, value: date) -> str:
        return f"{value:%Y-%m-%d}"

    render_granted = render_until

    def value_unit(self, record: ExtensionRequest) -> str:
        return record.unit.name

    def render_quarter(self, record: ExtensionRequest) -> str:
        return record.quarter.name

    def render_state(self, record: ExtensionRequest) -> SafeString:
        looks = {"waiting": "status-open", "granted": "status-good", "refused": "status-bad"}
        return format_html('<span class="status {}">{}</span>', looks.get(record.state, ""), record.get_state_display())

    def value_state(self, record: ExtensionRequest) -> str:
        return record.get_state_display()


def extension_list(request: HttpRequest) -> HttpResponseBase:
    """What units within reach have asked for: what waits first."""
    person, today = signed_in(request), clock.today()
    if not person.roles(on=today) & ADMIN_ROLES:
        raise PermissionDenied
    units = Unit.objects.reached_by(person, ADMIN_ROLES, on=today)
    waiting_first = Case(When(state=ExtensionRequest.State.WAITING, then=0), default=1)
    return lists.show(
        request,
        queryset=_requests().filter(unit__in=units).order_by(waiting_first, "-asked_at", "-pk"),
        filterset=RequestFilter,
        table=RequestTable,
        template="projects/extension_list.html",
        filename=_("Extensions"),
    )


def _requests() -> "QuerySet[ExtensionRequest]":
    return ExtensionRequest.objects.select_related("unit", "quarter", "asked_by", "decided_by", "extension")


def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what is asked and why, how far the report is; the administrator above the unit decides."""
    asked = get_object_or_404(_requests(), pk=pk)
    person, today = signed_in(request), clock.today()
    held = roles.at(asked.unit, person, on=today)
    if not held:
        raise Http404
    if not held & READERS:
        raise PermissionDenied
    may_decide = ExtensionRequest.objects.decidable_by(person, on=today).filter(pk=pk).exists()
    [duty] = duties([asked.unit], [asked.quarter], on=today)
    form, refused, status = DecideForm(asked, duty, request.POST or None), "", 200
    if request.method == "POST":
        if not Unit.objects.given_time_by(person, on=today).filter(pk=asked.unit_id).exists():
            raise PermissionDenied
        try:
            return _decide(request, asked, form)
        except StepTaken as refusal:
            refused, status, asked = str(refusal), 409, _requests().get(pk=pk)
        except StepRefused as refusal:
            refused, status = str(refusal), 422
    context = {"asked": asked, "duty": duty, "form": form, "refused": refused, "may_decide": may_decide}
    return render(request, "projects/extension.html", context, status=status)


def _decide(request: HttpRequest, asked: ExtensionRequest, form: DecideForm) -> HttpResponse:
    by, at = signed_in(request), clock.now()
    if not form.is_valid():
        raise StepRefused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    answer, until = form.cleaned_data["answer"], form.cleaned_data["until"]
    decision = request.POST.get("decision", "")
    if decision == "refuse":
        extensions.refuse(asked, answer=answer, by=by, at=at)
        messages.success(request, _("Not granted. The unit has been told why."))
    elif decision == "grant" and until:
        granted = extensions.grant(asked, until=until, answer=answer, by=by, at=at)
        words = _("Granted until %(day)s. The unit has been told.")
        messages.success(request, words % {"day": granted.extension.until if granted.extension else until})
    else:
        raise StepRefused(_("Choose until when it is granted, or say why it is not."))
    return redirect("extension", asked.pk)
