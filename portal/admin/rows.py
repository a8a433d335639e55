"""The rows of an admin's list, word for word as Django writes them, in a fraction of its time.

What every row shares is found once: how a column reads its value, whether it leads to the record, by which address.
"""

from collections.abc import Callable, Iterator
from datetime import date, time
from functools import partial
from html import escape
from typing import Any, TypeAlias

from django.contrib.admin.templatetags.admin_list import items_for_result
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

Cell = Callable[[models.Model], str]
AnyField: TypeAlias = "models.Field[Any, Any]"
PLAIN = (models.CharField, models.TextField)  # those that stand as they are; other texts are such as addresses
SOME = "0"  # in the place of a record's id


def written(changes: ChangeList) -> Iterator[SafeString]:
    """The cells of each row of the page; not for a list that is edited in place."""
    if changes.is_popup or changes.to_field or not isinstance(changes.lookup_opts.pk, models.IntegerField):
        for record in changes.result_list:
            yield SafeString("".join(items_for_result(changes, record, None)))
        return
    cells = list(_cells(changes))
    for record in changes.result_list:
        yield SafeString("".join([cell(record) for cell in cells]))


def _cells(changes: ChangeList) -> Iterator[Cell]:
    """As Django has it, the first of the columns that lead to the record is the row's heading."""
    links: Any = changes.list_display_links  # null where no column leads anywhere
    address, tag = _address(changes), "th"
    for number, name in enumerate(changes.list_display):
        is_link = links is not None and (name in links or (not links and number == 0))
        shown = _shown(changes, name, is_link=is_link)
        if is_link:
            yield partial(_leading, tag, shown, address)
            tag = "td"
        else:
            yield partial(_plain, shown)


def _plain(shown: "Shown", record: models.Model) -> str:
    look, text = shown(record)
    return f'<td class="{look}">{text}</td>'


def _leading(tag: str, shown: "Shown", address: "Cell | None", record: models.Model) -> str:
    look, text = shown(record)
    leads = f'<a href="{address(record)}">{text}</a>' if address else text
    return f'<{tag} class="{look}">{leads}</{tag}>'


Shown = Callable[[models.Model], tuple[str, str]]  # classes and what stands in the cell, both safe
Read = Callable[[models.Model], tuple[Any, Any]]  # the attribute that a column names, and what it says of a record


def _shown(changes: ChangeList, name: Any, *, is_link: bool) -> Shown:
    field, empty = _field(changes, name), changes.model_admin.get_empty_value_display()
    if field is None:
        named = name if isinstance(name, str) else name.__name__
        look = "action-checkbox" if name == "action_checkbox" else f"field-{named}"
        return partial(_of_method, look, _read(changes.model_admin, name), empty)
    wrapped = isinstance(field, models.DateField | models.TimeField | models.ForeignKey)
    look = f"field-{name} nowrap" if wrapped else f"field-{name}"
    if isinstance(field, models.ForeignKey):
        return partial(_of_related, look, field.name, empty)
    if field.flatchoices:
        labels = {value: str(conditional_escape(label)) for value, label in field.flatchoices}
        return partial(_of_choices, look, field.name, labels, empty)
    if type(field) in PLAIN:
        return partial(_of_text, look, field.name, empty)
    return partial(_of_field, look, field, empty, is_link)


def _field(changes: ChangeList, name: Any) -> "AnyField | None":
    """The column of the database that is shown as it is; null for what a method makes of a record."""
    if not isinstance(name, str):
        return None
    try:
        field = changes.lookup_opts.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) and field.name == name and not field.auto_created else None


def _of_related(look: str, name: str, empty: str, record: models.Model) -> tuple[str, str]:
    try:
        found = getattr(record, name)
    except ObjectDoesNotExist:
        return look.removesuffix(" nowrap"), empty
    return look, empty if found is None else escape(str(found))


def _of_choices(look: str, name: str, labels: dict[Any, str], empty: str, record: models.Model) -> tuple[str, str]:
    value = getattr(record, name)
    return look, labels.get("" if isinstance(value, str) and not value.strip() else value, empty)


def _of_text(look: str, name: str, empty: str, record: models.Model) -> tuple[str, str]:
    value = getattr(record, name)
    return look, escape(value) if value and not value.isspace() else empty


def _of_field(look: str, field: AnyField, empty: str, is_link: bool, record: models.Model) -> tuple[str, str]:
    value = getattr(record, field.name)
    if isinstance(value, str) and not value.strip():
        value = ""
    return look, conditional_escape(display_for_field(value, field, empty, avoid_link=is_link))


def _of_method(look: str, read: Read, empty: str, record: models.Model) -> tuple[str, str]:
    try:
        attribute, value = read(record)
    except ObjectDoesNotExist:
        return look, empty
    if isinstance(attribute, property):
        attribute = attribute.fget
    if type(value) is str and value.strip():
        return look, escape(value)
    shown = display_for_value(
        value, getattr(attribute, "empty_value_display", empty), getattr(attribute, "boolean", False)
    )
    return f"{look} nowrap" if isinstance(value, date | time) else look, conditional_escape(shown)


def _read(admin: Any, name: Any) -> Read:
    """A method of the admin is found once; whatever else a column may name, Django looks for in each record."""
    method = getattr(admin, name, None) if isinstance(name, str) and name != "__str__" else None
    if callable(method):
        return lambda record: (method, method(record))
    return lambda record: lookup_field(name, record, admin)[1:]


def _address(changes: ChangeList) -> Cell | None:
    """Where a record's own page stands, with the filters to come back to; null where records have none."""
    options = changes.opts
    name = f"admin:{options.app_label}_{options.model_name}_change"
    try:
        some = reverse(name, args=[SOME], current_app=changes.model_admin.admin_site.name)
    except NoReverseMatch:
        return None
    whole = add_preserved_filters({"preserved_filters": changes.preserved_filters, "opts": options}, some)
    before, _id, after = str(conditional_escape(whole)).partition(f"/{SOME}/")
    return lambda record: f"{before}/{getattr(record, changes.pk_attname)}/{after}"
