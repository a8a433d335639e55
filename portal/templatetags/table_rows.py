"""{% table_rows table as rows %}: the rows of a list's page, with what the cells of a column share written once.

A template that asks each of six hundred cells for its column's looks and heading takes longer than all that they hold.
"""

from django import template
from django.template.base import render_value_in_context
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2 import Table

register = template.Library()


@register.simple_tag(takes_context=True)
def table_rows(context: Context, table: Table) -> SafeString:
    """Nothing where there are none. How a cell looks hangs on its column, not on what it holds."""
    begins = [
        (column.name, format_html('<td {} data-label="{}">', column.attrs["td"].as_html(), column.header))
        for column in table.columns
    ]
    rows = []
    for row in table.paginated_rows:
        cells = [f"{begin}{render_value_in_context(row.get_cell(name), context)}</td>" for name, begin in begins]
        rows.append(f"<tr {row.attrs.as_html()}>{''.join(cells)}</tr>")
    return SafeString("\n".join(rows))
