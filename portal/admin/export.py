"""Every list of the admin can be taken along as CSV or XLSX, as it is filtered, searched and sorted."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ForeignKey, Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import yesno
from django.utils.html import strip_tags
from django.utils.timezone import make_naive

from portal import clock, counting, exports
from portal.admin.long import LongList
from portal.extract import Cell, Extract, listed

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Model]
else:
    AnyModelAdmin = admin.ModelAdmin


class Exported(AnyModelAdmin):
    """What portal/site.py gives each list: with ?export=csv or ?export=xlsx it answers with the file.

    A list of millions says its `cells` by SQL over the fields of its queryset, by the names of its columns.
    """

    cells: Callable[[], Mapping[str, Cell]] | None = None

    def changelist_view(  # type: ignore[override] # a file is no HttpResponse to the stubs
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponseBase:
        query = request.GET.copy()
        kind = "".join(query.pop("export", []))
        if kind in exports.KINDS:
            request.GET = query  # type: ignore[assignment] # a changed copy, as Django's own admin does
            return self._file(request, kind)
        query.pop("p", None)
        links = {each: f"?{query.urlencode()}{'&' if query else ''}export={each}" for each in exports.KINDS}
        return super().changelist_view(request, {**(extra_context or {}), "exports": links})

    def _file(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        request.is_for_a_file = True  # type: ignore[attr-defined] # no page of it need be found
        try:
            changes = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect(request.path)
        name = f"{self.opts.verbose_name_plural}-{clock.today():%Y%m%d}"
        rows = counting.for_a_file(changes.queryset) if kind == "xlsx" else 0
        if self.cells:
            return exports.answer(request, self._extract(changes, self.cells(), rows), name, kind)
        if page := exports.by_a_worker(request, name, kind, rows=rows):
            return page
        return exports.as_file(self._rows(changes), name, kind)

    def _extract(self, changes: ChangeList, cells: Mapping[str, Cell], rows: int) -> Extract:
        """A list that may be very long, as its class says it by SQL."""
        titles = [self._title(name) for name in cells]
        found = changes.queryset
        return Extract(titles=titles, cells=list(cells.values()), source=listed(found, cells.values()), rows=rows)

    def _title(self, name: str) -> str:
        return str(label_for_field(name, self.model, self))

    def _rows(self, changes: ChangeList) -> Iterator[list[Any]]:
        columns = [str(name) for name in changes.list_display if name != "action_checkbox"]
        yield [self._title(name) for name in columns]
        for record in changes.whole() if isinstance(changes, LongList) else changes.queryset:
            yield [self._cell(name, record) for name in columns]

    def _cell(self, name: str, record: Model) -> Any:
        """A choice by its label, a record by its name, a text without its markup; numbers and dates as they are."""
        field, _attribute, value = lookup_field(name, record, self)
        if isinstance(field, ForeignKey):
            return getattr(record, field.name)
        if isinstance(field, Field) and field.flatchoices:
            return dict(field.flatchoices).get(value, value)
        if isinstance(value, bool):
            return yesno(value)
        if isinstance(value, datetime):
            return make_naive(value)  # in the portal's time: a spreadsheet knows no zones
        return strip_tags(value) if field is None and isinstance(value, str) else value
