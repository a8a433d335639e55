"""{% long_list cl %}: the table of an admin's list as {% result_list %} has it, its rows by portal/admin/rows.py."""

from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import ResultList, result_headers, result_hidden_fields, results
from django.contrib.admin.views.main import ChangeList

from portal.admin import rows

register = template.Library()


@register.inclusion_tag("admin/change_list_results.html")
def long_list(cl: ChangeList) -> dict[str, Any]:
    headers = list(result_headers(cl))
    return {
        "cl": cl,
        "result_hidden_fields": list(result_hidden_fields(cl)),
        "result_headers": headers,
        "num_sorted_fields": sum(1 for header in headers if header["sortable"] and header["sorted"]),
        "results": list(results(cl)) if cl.formset else [ResultList(None, [row]) for row in rows.written(cl)],
    }
