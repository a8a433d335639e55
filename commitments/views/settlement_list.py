"""The accounts of a campaign: how far each has come; the administrator opens them here."""

from datetime import date, timedelta

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from commitments import settling
from commitments.models import Campaign, LetterEvent, PledgeState, Settlement
from commitments.templatetags.pledges import account_state
from commitments.views import account_desk
from portal import clock, lists
from portal.accounts import signed_in
from portal.columns import NumberColumn, TimeColumn
from portal.models import Quarter
from portal.models.naming import localized
from projects.lifecycle import StepRefused
from projects.reading import Misread, day

WEEKS = timedelta(weeks=2)


class AccountFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("state"), choices=Settlement.State.choices)
    objected = django_filters.BooleanFilter(
        label=_("objection without an answer"), field_name="unanswered", lookup_expr="gt", method="by_objection"
    )

    class Meta:
        model = Settlement
        fields: tuple[str, ...] = ()

    def by_objection(self, queryset: lists.Rows, name: str, wanted: bool) -> lists.Rows:
        return queryset.filter(unanswered__gt=0) if wanted else queryset.filter(unanswered=0)


class AccountTable(tables.Table):
    code = tables.Column(verbose_name=_("code"))
    unit_name = tables.Column(verbose_name=_("unit"), order_by="code")
    state = tables.Column(verbose_name=_("state"))
    due_on = tables.Column(verbose_name=_("self-assessment due on"))
    handed_in_at = TimeColumn(verbose_name=_("handed in at"))
    kept = NumberColumn(verbose_name=_("kept (pledges)"))
    missed = NumberColumn(verbose_name=_("missed (pledges)"))
    others = NumberColumn(verbose_name=_("other results (pledges)"))
    differing = NumberColumn(verbose_name=_("own figure differs (pledges)"))
    unanswered = NumberColumn(verbose_name=_("objections without an answer"))
    closed_at = TimeColumn(verbose_name=_("closed at"))

    class Meta:
        order_by = ("code",)
        attrs = {"class": "table table-sm table-list table-cards"}
        empty_text = _("No account matches.")

    def render_unit_name(self, value: str, record: Settlement) -> SafeString:
        address = reverse("settlement", args=[record.version.letter.unit.code, record.version.letter.campaign.year])
        return format_html('<a href="{}">{}</a>', address, value)

    def value_unit_name(self, value: str) -> str:
        return value

    def render_state(self, value: str, record: Settlement) -> SafeString:
        return account_state(record.state)

    def value_state(self, value: str, record: Settlement) -> str:
        return str(record.get_state_display())

    def render_due_on(self, value: date) -> str:
        return f"{value:%Y-%m-%d}"

    def value_due_on(self, value: date) -> date:
        return value


def settlement_list(request: HttpRequest, code: str, year: int) -> HttpResponseBase:
    """The accounts within the person's reach; a POST opens those of all letters in force."""
    campaign = account_desk.campaign_at(request, code, year)
    user, today = signed_in(request), clock.today()
    administers = account_desk.administers(user, campaign, on=today)
    refused, typed = "", ""
    if request.method == "POST":
        if not administers:
            raise PermissionDenied
        typed = request.POST.get("due_on", "")
        try:
            return _open(request, campaign, typed)
        except (StepRefused, Misread) as refusal:
            refused = str(refusal)
    last = Quarter.objects.filter(year=year, number=4).first()
    answer = lists.show(
        request,
        queryset=_accounts(campaign, request),
        filterset=AccountFilter,
        table=AccountTable,
        template="commitments/settlement_list.html",
        filename=f"{gettext('Year-end settlement')}-{year}",
        context={
            "campaign": campaign,
            "administers": administers,
            "waiting": settling.waiting(campaign).count() if administers else 0,
            "may_open": last is not None and today > last.ends_on,
            "due_on": typed or f"{today + WEEKS:%Y-%m-%d}",
            "refused": refused,
        },
    )
    if refused:
        answer.status_code = 422
    return answer


def _open(request: HttpRequest, campaign: Campaign, typed: str) -> HttpResponseBase:
    due_on = day(typed)
    if due_on is None:
        raise StepRefused(gettext("Give the day by which the units hand in their own account."))
    opened = settling.open_all(campaign, due_on=due_on, by=signed_in(request), at=clock.now())
    words = ngettext("%(count)s account opened.", "%(count)s accounts opened.", len(opened)) % {"count": len(opened)}
    messages.success(request, words)
    return redirect("settlement_list", campaign.unit.code, campaign.year)


def _accounts(campaign: Campaign, request: HttpRequest) -> QuerySet[Settlement]:
    """Each with its unit, when it was handed in and the numbers of its results; null until they are verified."""
    units = account_desk.reached(signed_in(request), on=clock.today())
    assessed = LetterEvent.objects.filter(version=OuterRef("version"), verb=LetterEvent.Verb.ASSESS).order_by("-at")
    verified = Q(entries__isnull=False) & ~Q(entries__verified_state="")
    kept, missed = Q(entries__verified_state=PledgeState.KEPT), Q(entries__verified_state=PledgeState.MISSED)
    differs = Q(entries__own_value__isnull=False, entries__verified_value__isnull=False)
    differs &= ~Q(entries__own_value=F("entries__verified_value"))
    found = Settlement.objects.filter(version__letter__campaign=campaign, version__letter__unit__in=units)
    return found.select_related("version__letter__unit", "version__letter__campaign").annotate(
        code=F("version__letter__unit__code"),
        unit_name=localized("version__letter__unit__"),
        handed_in_at=Subquery(assessed.values("at")[:1]),
        kept=Count("entries", filter=kept),
        missed=Count("entries", filter=missed),
        others=Count("entries", filter=verified & ~kept & ~missed),
        differing=Count("entries", filter=differs),
        unanswered=Count("entries", filter=~Q(entries__objection="") & Q(entries__answer="")),
    )
