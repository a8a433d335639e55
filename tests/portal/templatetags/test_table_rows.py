"""The rows of a list's page: each cell with its column's looks and heading, its text escaped, its markup kept."""

import django_tables2 as tables
from django.template import Context, Template
from django.utils.html import format_html

from portal.columns import NumberColumn


class Fruit(tables.Table):
    name = tables.Column(verbose_name='the "name"')
    weight = NumberColumn()
    seen = tables.Column(visible=False)

    def render_name(self, value: str) -> str:
        return format_html("<b>{}</b>", value) if value == "fig" else value


def shown(table: tables.Table) -> str:
    template = Template("{% load table_rows %}{% table_rows table as rows %}{{ rows|default:'nothing' }}")
    return template.render(Context({"table": table}))


def test_cells_have_looks_heading_and_text() -> None:
    table = Fruit([{"name": "a < b", "weight": 3, "seen": 1}, {"name": "fig", "weight": None, "seen": 1}])
    assert shown(table).splitlines() == [
        '<tr class="even"><td  data-label="the &quot;name&quot;">a &lt; b</td>'
        '<td class="number" data-label="Weight">3</td></tr>',
        '<tr class="odd"><td  data-label="the &quot;name&quot;"><b>fig</b></td>'
        '<td class="number" data-label="Weight">—</td></tr>',
    ]


def test_table_without_rows_says_nothing() -> None:
    assert shown(Fruit([])) == "nothing"
