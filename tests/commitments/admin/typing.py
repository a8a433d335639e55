"""What a browser would send of an admin page as it stands: its own fields and the rows of its inlines."""

from typing import Any

from django.forms import BaseForm
from django.http.response import HttpResponseBase


def typed(page: HttpResponseBase, **changed: object) -> dict[str, Any]:
    """The fields of a change form with their values, as names and texts; some of them changed."""
    found: dict[str, Any] = {}
    _take(page.context["adminform"].form, found)  # type: ignore[attr-defined]
    for inline in page.context["inline_admin_formsets"]:  # type: ignore[attr-defined]
        _take(inline.formset.management_form, found)
        for form in inline.formset.forms:
            _take(form, found)
    return {**found, **changed, "_save": "1"}


def hidden(page: HttpResponseBase) -> dict[str, list[str]]:
    """What the preview carries along, to be posted once more."""
    found: dict[str, list[str]] = {}
    for name, value in page.context["posted"]:  # type: ignore[attr-defined]
        found.setdefault(name, []).append(value)
    return found


def _take(form: BaseForm, found: dict[str, Any]) -> None:
    for field in form:
        value = field.field.prepare_value(field.value())
        if value is None or value is False:
            continue
        found[field.html_name] = [str(each) for each in value] if isinstance(value, list) else str(value)
