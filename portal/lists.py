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
SQL over the fields of the queryset (portal/extract.py), so that a million rows stream; `source` where a file of all of
them is better asked for in another way than a page of 50. Anything else the template needs goes into `context`.

Three addresses make a list: `?<filters>&sort=…&page=…` the page, `&export=csv`, `&export=xlsx`. Exports hold all rows
as filtered and sorted. A filter that can't be read shows its error and an empty list, never the whole one.

A long list stays as quick as a short one: its rows are counted up to a bound (portal/counting.py), `&after=…` or
`&before=…` turns its pages by the key of a row, and headings that no index sorts by don't sort.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_filters import FilterSet
from django_tables2 import RequestConfig, Table
from django_tables2.rows import BoundRows

from portal import clock, exports, extract
from portal.counting import Key, Number
from portal.extract import Cell

PER_PAGE = 50
SORTED = 20_000  # rows that are sorted by whatever a heading asks for; more of them only by what has an index
PLACES = ("page", "after", "before")  # what an address says about where in the list one is
Rows: TypeAlias = "QuerySet[Any]"

if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
    AnyPage = Page[Any]
else:
    AnyPaginator, AnyPage = Paginator, Page


class Sized(AnyPaginator):
    """Pages of PER_PAGE rows: how many they are is not for the address to say, as django-tables2 would have it."""

    def __init__(self, rows: Any, per_page: int) -> None:
        super().__init__(rows, PER_PAGE)


class Turned(AnyPage):
    """A page of a list that goes by key; `turns` are the ways to others: what each is called, its address, its rel."""

    turns: list[tuple[str, str, str]]


class Pages(Sized):
    """Pages of a table: by number while its rows are few enough to be counted, else by key where its order has one."""

    def __init__(self, rows: BoundRows, per_page: int, *, number: Number, request: HttpRequest) -> None:
        super().__init__(rows, per_page)
        self.rows, self.number, self.request = rows, number, request
        self.count = number.rows  # a property there, which would count
        self.key = Key.of(rows.data.data) if number.is_about else None

    def page(self, number: int | str) -> AnyPage:
        return self._turned(self.key) if self.key else super().page(number)

    def _turned(self, key: Key) -> Turned:
        asked = self.request.GET
        back = "before" in asked
        place = asked.get("before", asked.get("after", ""))
        try:
            shown, is_preceded, is_followed = key.page(self.rows.data.data, place, PER_PAGE, back=back)
        except ValueError:  # no place that a link of ours names
            shown, is_preceded, is_followed = key.page(self.rows.data.data, "", PER_PAGE)
        page = Turned(BoundRows(data=shown, table=self.rows.table), 1, self)
        page.turns = []
        if shown and is_preceded:
            before = _link(self.request, before=key.text(shown[0]))
            page.turns += [(_("First page"), _link(self.request), ""), (_("Previous page"), before, "prev")]
        if shown and is_followed:
            after = _link(self.request, after=key.text(shown[-1]))
            page.turns += [(_("Next page"), after, "next"), (_("Last page"), _link(self.request, before=""), "")]
        return page


def show(
    request: HttpRequest,
    *,
    queryset: Rows,
    filterset: type[FilterSet],
    table: type[Table],
    template: str,
    filename: str,
    cells: Callable[[], Mapping[str, Cell]] | None = None,
    source: Callable[[Rows], str] | None = None,
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
            return exports.answer(request, extract.of_table(rows, cells(), source), name, kind)
        return exports.download(rows, name, kind)
    number = Number.of(rows.data.data)
    if not number.rows:
        rows.data.data = rows.data.data.none()  # what has been looked for in vain isn't looked for again
    if number.rows > SORTED:
        _sort_by_key_only(rows)
    pages = partial(Pages, number=number, request=request)
    RequestConfig(request, paginate={"paginator_class": pages}).configure(rows)
    links = {kind: _link(request, export=kind) for kind in exports.KINDS}
    known = {"filter": filters, "table": rows, "exports": links, "sort": request.GET.getlist("sort")}
    few = {"sorted_at_most": f"{SORTED:,}" if number.rows > SORTED else ""}
    return render(request, template, {**known, **few, **(context or {})})


def _sort_by_key_only(rows: Table) -> None:
    """Sorting by anything else would compute it for every row there is."""
    for column in rows.columns:
        if column.orderable and not Key.of(rows.data.data.order_by(*(part.for_queryset() for part in column.order_by))):
            column.column.orderable = False


def _dress(filters: FilterSet) -> None:
    """Give the filter's fields the look of every other form."""
    for field in filters.form.fields.values():
        kind = getattr(field.widget, "input_type", "text")
        look = {"select": "form-select form-select-sm", "checkbox": "form-check-input"}
        for widget in getattr(field.widget, "widgets", [field.widget]):
            widget.attrs.setdefault("class", look.get(kind, "form-control form-control-sm"))


def _link(request: HttpRequest, **changed: str) -> str:
    query = request.GET.copy()
    for name in PLACES:
        query.pop(name, None)
    for name, value in changed.items():
        query[name] = value
    return f"?{query.urlencode()}"
