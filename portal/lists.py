"""The one way every list page works: filter, search, sort, page through it, and take it along as CSV or XLSX.

A view names its parts and returns what `show` answers:

    def unit_list(request: HttpRequest) -> HttpResponseBase:
        return lists.show(
            request,
            queryset=Unit.objects.visible_to(request.user, on=clock.today()),
            filterset=UnitFilter,      # django_filters.FilterSet: the fields above the list
            table=UnitTable,           # django_tables2.Table: the columns, `empty_text`, `order_by`
            template="portal/unit_list.html",
            filename=_("Units"),
        )

The template extends base.html and includes "components/_list.html" where the list belongs. Columns of
portal/columns.py print money, percentages and points like every other page and hand exports real numbers; a
`value_<column>` method says what an export holds where the page shows something richer. A column with
`exclude_from_export=True` stays on the page. A list that may be long gives `cells`: what each column's file says, as
SQL over the fields of the queryset (portal/extract.py), so that a million rows stream. Anything else the template
needs goes into `context`.

Three addresses make a list: `?<filters>&sort=…&page=…` the page, `&export=csv`, `&export=xlsx`. Exports hold all rows
as filtered and sorted. A filter that can't be read shows its error and an empty list, never the whole one.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import cached_property
from django_filters import FilterSet
from django_tables2 import RequestConfig, Table

from portal import clock, exports, extract
from portal.counting import Number
from portal.extract import Cell

PER_PAGE = 50
Rows: TypeAlias = "QuerySet[Any]"

if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator


class Counted(AnyPaginator):
    """Pages of a table whose rows are counted one by one only while they are few (portal/counting.py)."""

    @cached_property
    def number(self) -> Number:
        rows: Any = self.object_list
        return Number.of(rows.data.data)  # the queryset of a table's rows

    @property
    def count(self) -> int:
        return self.number.rows


def show(
    request: HttpRequest,
    *,
    queryset: Rows,
    filterset: type[FilterSet],
    table: type[Table],
    template: str,
    filename: str,
    cells: Callable[[], Mapping[str, Cell]] | None = None,
    context: dict[str, object] | None = None,
) -> HttpResponseBase:
    """The list page, or with ?export=csv or ?export=xlsx the file of all its rows as filtered."""
    filters = filterset(request.GET, queryset=queryset, request=request)
    _dress(filters)
    readable = filters.form.is_valid()
    rows = table(filters.qs if readable else queryset.none())
    kind = request.GET.get("export", "")
    if kind in exports.KINDS and readable:
        RequestConfig(request, paginate=False).configure(rows)
        name = f"{filename}-{clock.today():%Y%m%d}"
        if cells:
            return exports.answer(request, extract.of_table(rows, cells()), name, kind)
        return exports.download(rows, name, kind)
    RequestConfig(request, paginate={"per_page": PER_PAGE, "paginator_class": Counted}).configure(rows)
    links = {kind: _link(request, export=kind) for kind in exports.KINDS}
    known = {"filter": filters, "table": rows, "exports": links, "sort": request.GET.getlist("sort")}
    return render(request, template, {**known, **(context or {})})


def _dress(filters: FilterSet) -> None:
    """Give the filter's fields the look of every other form."""
    for field in filters.form.fields.values():
        kind = getattr(field.widget, "input_type", "text")
        look = {"select": "form-select form-select-sm", "checkbox": "form-check-input"}
        for widget in getattr(field.widget, "widgets", [field.widget]):
            widget.attrs.setdefault("class", look.get(kind, "form-control form-control-sm"))


def _link(request: HttpRequest, **changed: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changed.items():
        query[name] = value
    return f"?{query.urlencode()}"
