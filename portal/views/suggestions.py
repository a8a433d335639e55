"""Complaints and suggestions: filed from any page, listed with their answers to whoever made them."""

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock, lists
from portal.accounts import signed_in
from portal.columns import TimeColumn
from portal.forms import SuggestionForm
from portal.models import Suggestion


class SuggestionFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(lookup_expr="icontains", label=gettext_lazy("text contains"))
    answered = django_filters.ChoiceFilter(
        label=gettext_lazy("answer"),
        empty_label=gettext_lazy("all"),
        choices=[("yes", gettext_lazy("answered")), ("no", gettext_lazy("not yet answered"))],
        method="by_answer",
    )

    class Meta:
        model = Suggestion
        fields: tuple[str, ...] = ()

    def by_answer(self, queryset: lists.Rows, name: str, answered: str) -> lists.Rows:
        return queryset.exclude(answer="") if answered == "yes" else queryset.filter(answer="")


class SuggestionTable(tables.Table):
    made_at = TimeColumn()
    answered_at = TimeColumn()

    class Meta:
        model = Suggestion
        fields = ("made_at", "made_by", "page", "text", "answer", "answered_at")
        order_by = ("-made_at",)
        empty_text = gettext_lazy("No suggestions yet.")


def suggestions(request: HttpRequest) -> HttpResponseBase:
    person = signed_in(request)
    return lists.show(
        request,
        queryset=Suggestion.objects.visible_to(person, on=clock.today()).select_related("made_by"),
        filterset=SuggestionFilter,
        table=SuggestionTable,
        template="portal/suggestions.html",
        filename=_("Suggestions"),
    )


def suggestion_new(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    form = SuggestionForm(request.POST or None, initial={"page": request.GET.get("page", "/")})
    if request.method == "POST" and form.is_valid():
        form.instance.made_by = person
        form.instance.made_at = clock.now()
        form.save()
        messages.success(request, _("Thank you: your note is filed, and its answer will stand here."))
        return redirect("suggestions")
    return render(request, "portal/suggestion_new.html", {"form": form})
