"""The list of projects as a file of any length: what `Project.objects.with_facts` says, of all of them at once.

There each fact is looked up for each project: right for a page of 50, nine look-ups a row for a file. Here each table
of dated rows is read once where the projects are many. Tests hold the two equal.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from portal.extract import composed
from portal.models.naming import localized_sql

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.models import Project

# Of each chosen project the latest row of these; in force is the one of the latest day by then.
LATEST = """
    SELECT DISTINCT ON (project_id) project_id, {columns} FROM {table}
    WHERE {within} {day} <= {by} ORDER BY project_id, {day} DESC
"""
ROWS = """
    WITH chosen (id) AS MATERIALIZED ({chosen}),
    answering AS ({answering}), valued AS ({valued}), planned AS ({planned}),
    listed AS (
        SELECT entry.project_id, array_agg({list} ORDER BY list.position, list.code) AS names
        FROM projects_listentry entry JOIN projects_projectlist list ON list.id = entry.list_id
        WHERE {within} entry.listed_on <= %(on)s AND (entry.delisted_on IS NULL OR entry.delisted_on > %(on)s)
        GROUP BY entry.project_id
    )
    SELECT project.code, project.name_zh, {project} AS listed_name, {unit} AS unit_name, {location} AS location_name,
           COALESCE(listed.names, ARRAY[]::varchar[]) AS list_names,
           COALESCE({plan_category}, {category}) AS category_name, COALESCE({plan_chain}, {chain}) AS chain_name,
           project.stage, valued.total_investment AS total, valued.version, planned.planned_investment AS planned,
           project.is_demonstration
    FROM chosen JOIN projects_project project ON project.id = chosen.id
    LEFT JOIN answering ON answering.project_id = chosen.id
    LEFT JOIN portal_unit unit ON unit.id = answering.unit_id
    LEFT JOIN portal_unit location ON location.id = project.location_id
    LEFT JOIN listed ON listed.project_id = chosen.id
    LEFT JOIN valued ON valued.project_id = chosen.id
    LEFT JOIN planned ON planned.project_id = chosen.id
    LEFT JOIN projects_category plan_category ON plan_category.id = planned.category_id
    LEFT JOIN projects_chain plan_chain ON plan_chain.id = planned.chain_id
    LEFT JOIN projects_category category ON category.id = project.category_id
    LEFT JOIN projects_chain chain ON chain.id = project.chain_id
    ORDER BY {order}
"""
NAMED = ("project", "unit", "location", "list", "plan_category", "category", "plan_chain", "chain")


def source(projects: "QuerySet[Project]", *, on: date, year: int) -> str:
    """These projects in their order, by fields of the list, with what dated rows say on this day and of this year."""
    dated = {
        "answering": ("projects_assignment", "unit_id", "from_on", "%(on)s"),
        "valued": ("projects_valuation", "total_investment, version", "from_on", "%(on)s"),
        "planned": (
            "projects_annualplan",
            "planned_investment, category_id, chain_id",
            "in_force_on",
            "%(by_then)s AND year = %(year)s",
        ),
    }
    # Where all are chosen, looking for each among them would cost as much as the rest.
    within = "project_id IN (SELECT id FROM chosen) AND" if projects.query.where else ""
    statement = ROWS.format(
        chosen="{chosen}",
        order=_order(projects),
        within=within,
        **{
            name: LATEST.format(table=table, columns=columns, day=day, by=by, within=within)
            for name, (table, columns, day, by) in dated.items()
        },
        **{name: localized_sql(name) for name in NAMED},
    )
    given: dict[str, Any] = {"on": on, "year": year, "by_then": max(on, date(year, 1, 1))}
    # Which projects has its own values, and signs that mean something to the others.
    chosen = composed(*projects.order_by().values("pk").query.sql_with_params())
    return composed(statement, given).replace("{chosen}", chosen)


def _order(projects: "QuerySet[Project]") -> str:
    """What a heading sorts by is a field of the list."""
    asked = [str(part) for part in projects.query.order_by] or ["code"]
    return ", ".join(f'"{part.removeprefix("-")}" {"DESC" if part.startswith("-") else "ASC"}' for part in asked)
