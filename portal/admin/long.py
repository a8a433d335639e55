"""Lists of the admin that stay as quick at 12,000,000 rows: counted up to a bound, turned over by key, sorted by index.

portal/site.py gives this to every list. Where there are more rows than are counted, the number is "about", a page is
found from the last row of the one before, and headings of columns without an index don't sort.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage
from django.db.models import PROTECT, RESTRICT, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import capfirst

from portal import counting
from portal.counting import Key, Number

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Model]
else:
    AnyModelAdmin = admin.ModelAdmin

MOVES = ("after", "before")
CHUNK = 1_000
NUMBERED = 200  # pages found by counting off rows, where the order has no key


def is_for_a_file(request: HttpRequest) -> bool:
    """Whether the whole list is asked for, as portal/admin/export.py does, and no page of it."""
    return bool(getattr(request, "is_for_a_file", False))


class LongList(ChangeList):
    """`after` and `before` in the address name the row from which a page goes; `before=` alone asks for the last."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        asked = request.GET.copy()
        self.moves = {name: "".join(asked.pop(name)) for name in MOVES if name in asked}
        request.GET = asked  # type: ignore[assignment] # a changed copy, as Django's own admin does
        super().__init__(request, *args, **kwargs)
        if not self.is_popup:  # "Select a … to change" is said of what is chosen into a form
            self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> "QuerySet[Any]":
        found: QuerySet[Any] = super().get_queryset(request, *args, **kwargs)
        only = getattr(self.model_admin, "list_only", ())
        return found.only(*only) if only and not is_for_a_file(request) else found

    def get_results(self, request: HttpRequest) -> None:
        """The page; none where the list goes into a file, the whole of it."""
        if is_for_a_file(request):
            self.result_list = self.queryset.none()
            return
        self.number = Number.of(self.queryset)
        self.result_count, self.full_result_count = self.number.rows, None
        self.show_full_result_count, self.show_admin_actions = False, True
        self.can_show_all = not self.number.is_about and self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.paginator.count = self.result_count
        self.result_list = self._page()

    def _page(self) -> Any:
        if not self.multi_page or (self.show_all and self.can_show_all):
            return self.queryset._clone()
        if self.key and (self.moves or self.page_num == 1):
            return self._by_key(self.key)
        if self.query or (self.get_filters_params() and not self.number.is_about):
            self.paginator.object_list = self._found()
            self.paginator.count = min(self.result_count, counting.EXACTLY)
        elif self.number.is_about:
            self.page_num = min(self.page_num, NUMBERED)
        try:
            return self.paginator.page(self.page_num).object_list
        except InvalidPage as wrong:
            raise IncorrectLookupParameters from wrong

    def _found(self) -> "QuerySet[Any]":
        """What a search leaves, or a filter where that is little: found first and sorted then.

        Asked for fifty in order, PostgreSQL might go through a table of millions in that order until it has met them.
        Of what a search finds in abundance only so many rows are taken as are counted.
        """
        found: QuerySet[Any] = self.queryset
        return found.filter(pk__in=found.order_by().values("pk")[: counting.EXACTLY + 1])

    @property
    def listed(self) -> str:
        """How many rows are listed of the many that a search has found; empty where the list has all."""
        return f"{counting.EXACTLY:,}" if self.query and self.number.is_about else ""

    @cached_property
    def key(self) -> Key | None:
        return Key.of(self.queryset) if self.number.is_about and not self.query else None

    def _by_key(self, key: Key) -> list[Model]:
        back = "before" in self.moves
        place = self.moves.get("before", self.moves.get("after", ""))
        try:
            shown, self.has_previous, self.has_next = key.page(self.queryset, place, self.list_per_page, back=back)
        except ValueError as wrong:
            raise IncorrectLookupParameters from wrong
        return shown

    @property
    def turns(self) -> list[tuple[str, str]]:
        """Names and addresses of the ways to other pages, where they go by key."""
        if not self.key or not hasattr(self, "has_next"):
            return []
        here = self.result_list
        if not here:  # all rows behind the place in the address are gone
            return [("first", self.get_query_string())]
        ways = {
            "first": self.get_query_string() if self.has_previous else "",
            "previous": self.get_query_string({"before": self.key.text(here[0])}) if self.has_previous else "",
            "next": self.get_query_string({"after": self.key.text(here[-1])}) if self.has_next else "",
            "last": self.get_query_string({"before": ""}) if self.has_next else "",
        }
        return [(name, address) for name, address in ways.items() if address]

    def whole(self) -> Iterator[Any]:
        """All rows of the list, from the first on, for a file; no more of them than CHUNK are kept."""
        rows: Iterator[Any] = self.queryset.iterator(chunk_size=CHUNK)
        return rows


def holding(record: Model) -> "Iterator[QuerySet[Any]]":
    """The rows that name a record and so keep it from being deleted, a query for each table that could hold some."""
    for relation in record._meta.related_objects:
        if getattr(relation, "on_delete", None) in (PROTECT, RESTRICT):
            yield relation.related_model._base_manager.filter(**{relation.field.name: record})


class Long(AnyModelAdmin):
    """A list may name the columns that its pages read as `list_only`, where a row and those joined to it have many."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LongList

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What keeps a record is said by kind and number: Django's own page would name each of a million lines."""
        keeping = [
            f"{capfirst(rows.model._meta.verbose_name_plural)}: {number}"
            for record in objs
            for rows in holding(record)
            for number in [Number.of(rows)]
            if number.rows
        ]
        if keeping:
            return [str(record) for record in objs], {}, set(), keeping
        return super().get_deleted_objects(objs, request)
