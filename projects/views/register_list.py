"""What the list of projects is filtered by, which columns it has, and which year's plans it shows."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import django_filters
import django_tables2 as tables
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal import clock, lists
from portal.accounts import signed_in
from portal.columns import MoneyColumn
from portal.counting import reckoned
from portal.extract import Cell, Choice, Money, Text
from portal.models import Quarter, Unit
from portal.models.unit import UnitQuerySet
from portal.roles import EVERYONE
from portal.unit_choice import ALL, UnitFilter
from projects.models import AnnualPlan, Category, Chain, ListEntry, Project, ProjectList, Stage, Valuation
from projects.models.project import STARTED, ProjectQuerySet


def year_of(request: HttpRequest, today: date) -> int:
    """The year whose plans are shown: the one filtered by, else the current one."""
    asked = request.GET.get("year", "")
    return int(asked) if asked in dict(years()) else today.year


def years() -> list[tuple[str, str]]:
    """The years of the calendar, the latest first, as choices."""
    found = Quarter.objects.order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), str(year)) for year in found]


def yes_or_no(label: Promise, **options: str) -> django_filters.TypedChoiceFilter:
    """A question with three answers: yes, no, and not asked."""
    choices = [("", "---------"), ("true", _("yes")), ("false", _("no"))]
    return django_filters.TypedChoiceFilter(
        label=label, choices=choices, coerce=lambda answer: answer == "true", empty_value=None, **options
    )


def units_of(request: HttpRequest | None) -> UnitQuerySet:
    """The units whose projects the person of the request sees."""
    if request is None:  # a filter made without one, as django-filter's own tools do
        return Unit.objects.none()
    return Unit.objects.reached_by(signed_in(request), EVERYONE, on=clock.today())


class ProjectFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("name, code or investor"), method="by_text")
    unit = UnitFilter(label=_("answering unit"), queryset=units_of, method="by_unit")
    location = UnitFilter(label=_("location"), queryset=Unit.objects.all(), among=ALL)
    list = django_filters.ModelChoiceFilter(label=_("list"), queryset=ProjectList.objects.all(), method="by_list")
    category = django_filters.ModelChoiceFilter(
        label=_("category"), queryset=Category.objects.all(), method="by_sorting"
    )
    chain = django_filters.ModelChoiceFilter(
        label=_("industry chain"), queryset=Chain.objects.all(), method="by_sorting"
    )
    stage = django_filters.ChoiceFilter(label=_("stage"), choices=Stage.choices)
    year = django_filters.ChoiceFilter(label=_("with a plan for"), choices=years, method="by_year")
    started = yes_or_no(_("started"), method="by_start")
    completed = yes_or_no(_("completed in the year"), method="by_completion")
    is_demonstration = yes_or_no(_("demonstration data"))

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.today = clock.today()
        self.year = year_of(self.request, self.today)

    def by_text(self, queryset: ProjectQuerySet, name: str, text: str) -> ProjectQuerySet:
        return queryset.saying(text)

    def by_unit(self, queryset: ProjectQuerySet, name: str, unit: Unit) -> ProjectQuerySet:
        """The unit's and those of the units below it."""
        below = list(Unit.objects.within(unit).order_by().values_list("pk", flat=True))
        return queryset.answered_within(Q(unit__in=below), on=self.today)

    def by_list(self, queryset: lists.Rows, name: str, chosen: ProjectList) -> lists.Rows:
        standing = ListEntry.objects.in_force(on=self.today).filter(list=chosen)
        return queryset.filter(pk__in=standing.values("project"))

    def by_sorting(self, queryset: lists.Rows, name: str, chosen: Category | Chain) -> lists.Rows:
        """Sorted so by the year's plan, or by what is filed where the year has none.

        Few such projects are found from their plans; of many the list's own order soon meets enough.
        """
        so = {name: chosen}
        plans, filed = self._plans().filter(**so), Project.objects.filter(~self._has_plan(), **so).order_by()
        if reckoned(plans) + reckoned(filed) > lists.SORTED:
            latest = self._plans().filter(project=OuterRef("pk")).order_by("-in_force_on")
            as_planned = Subquery(latest.values(sorting=Coalesce(f"{name}_id", 0))[:1])
            sorted_so: lists.Rows = queryset.alias(sorting=Coalesce(as_planned, f"{name}_id"))
            # A bare "=" has PostgreSQL expect one project in 200, and sort all that a list holds for a page of them.
            return sorted_so.filter(Case(When(sorting=chosen.pk, then=Value(True)), default=Value(False)))
        later = self._plans().filter(project=OuterRef("project"), in_force_on__gt=OuterRef("in_force_on"))
        planned = plans.filter(~Exists(later)).values("project")
        return queryset.filter(pk__in=planned.union(filed.values("pk"), all=True))

    def by_year(self, queryset: lists.Rows, name: str, year: str) -> lists.Rows:
        if reckoned(self._plans()) > lists.SORTED:
            return queryset.filter(planned__isnull=False)
        return queryset.filter(pk__in=self._plans().values("project"))

    def _plans(self) -> "QuerySet[AnnualPlan]":
        """Of the year, in whatever version."""
        by_then = max(self.today, date(self.year, 1, 1))
        return AnnualPlan.objects.filter(year=self.year, in_force_on__lte=by_then).order_by()

    def _has_plan(self) -> Exists:
        return Exists(self._plans().filter(project=OuterRef("pk")))

    def by_start(self, queryset: lists.Rows, name: str, started: bool) -> lists.Rows:
        begun = Q(stage__in=STARTED)
        return queryset.filter(begun if started else ~begun)

    def by_completion(self, queryset: lists.Rows, name: str, completed: bool) -> lists.Rows:
        this_year = Q(stage=Stage.COMPLETED, finished_on__year=self.year)
        return queryset.filter(this_year if completed else ~this_year)


class TotalColumn(MoneyColumn):
    """A total; where it is not known the page says that it was not published."""

    empty_values = ()

    def render(self, value: Decimal | None) -> str:
        return str(_("not published")) if value is None else super().render(value)

    def value(self, value: Decimal | None) -> Decimal | None:  # type: ignore[override] # of a wider type
        return None if value is None else super().value(value)


# Told by an export and, on the page, by a mark beside the name or by the filter.
EXPORT_ONLY = {"td": {"class": "d-none"}, "th": {"class": "d-none"}}


class ProjectTable(tables.Table):
    code = tables.Column(verbose_name=_("code"), linkify=("project_detail", [tables.A("code")]))
    name = tables.Column(verbose_name=_("project"), order_by="name_zh", linkify=("project_detail", [tables.A("code")]))
    unit_name = tables.Column(verbose_name=_("answering unit"))
    location_name = tables.Column(verbose_name=_("location"))
    list_names = tables.Column(verbose_name=_("lists"), orderable=False)
    category_name = tables.Column(verbose_name=_("category"))
    chain_name = tables.Column(verbose_name=_("industry chain"), attrs=EXPORT_ONLY)
    total = TotalColumn(verbose_name=_("total investment"))
    version = tables.Column(verbose_name=_("version"))
    planned = MoneyColumn(verbose_name=_("plan of the year"))
    is_demonstration = tables.Column(verbose_name=_("demonstration data"), attrs=EXPORT_ONLY)

    class Meta:
        model = Project
        fields = ("code", "name", "unit_name", "location_name", "list_names", "category_name", "chain_name", "stage")
        sequence = (*fields, "total", "version", "planned", "is_demonstration")
        order_by = ("code",)
        empty_text = _("No project matches.")

    def render_name(self, value: str, record: Project) -> str:
        if not record.is_demonstration:
            return value
        return format_html('{} <span class="badge text-bg-warning">{}</span>', value, _("demonstration data"))

    def value_name(self, value: str) -> str:
        return value

    def render_list_names(self, value: Sequence[str]) -> str:
        return "、".join(value)

    def render_version(self, value: str) -> str:
        return str(Valuation.Version(value).label)

    def render_is_demonstration(self, value: bool) -> str:
        return str(_("demonstration data")) if value else ""


def cells() -> dict[str, Cell]:
    """What a file says in each column of ProjectTable, of `Project.objects.with_facts`."""
    return {
        "code": Text('"code"'),
        "name": Text('"listed_name"'),
        "unit_name": Text('"unit_name"'),
        "location_name": Text('"location_name"'),
        "list_names": Text("array_to_string(\"list_names\", '、')"),
        "category_name": Text('"category_name"'),
        "chain_name": Text('"chain_name"'),
        "stage": Choice('"stage"', dict(Stage.choices)),
        "total": Money('"total"'),
        "version": Choice('"version"', dict(Valuation.Version.choices)),
        "planned": Money('"planned"'),
        "is_demonstration": Choice('"is_demonstration"', {"true": _("demonstration data")}),
    }
