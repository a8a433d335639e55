"""A file of annual plans on a table of its own: streamed in by COPY, read and compared by whole statements.

What is plainly written, nearly all of a file, is read by SQL. Every other row goes through the same rules in Python as
the rows of the other files (projects/importing/cells.py): so there is one truth about what is valid, and one wording.
Both tables go with the transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection

from projects.importing.cells import Row, as_text
from projects.importing.checking import Known, PlanEntry, read_plan
from projects.importing.mapping import FIELDS, MEASURES, Kind, Layout, Reads
from projects.importing.table import Cell, Problem

NAMES = [field.name for field in FIELDS[Kind.PLANS]]
# Blanks that are none between two words, and signs that can't be shown: what Row.text would change or refuse.
UNEVEN = r"E'[\\x01-\\x1f\\x7f-\\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|  |^ | $'"
# Names of these signs are compared alike by SQL and by Python.
ORDINARY = "^[ -~\u2010-\u205e\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*$"
WORDS = 10_000  # different texts of a column that are looked up at once; of more, the rows are read one by one
PART = 2_000  # rows that Python reads at a time
BLOCK = 1 << 18

Told = Callable[[int], None]


def nobody(rows: int) -> None:
    """Hears how many rows are done, where nobody wants to."""


STAGE = """
    DROP TABLE IF EXISTS pg_temp.staged_plan, pg_temp.staged_word, pg_temp.read_plan;
    CREATE TEMPORARY TABLE staged_plan (number integer, {columns}) ON COMMIT DROP;
    CREATE TEMPORARY TABLE staged_word (field text, said text, id bigint, day date) ON COMMIT DROP;
    CREATE TEMPORARY TABLE read_plan (
        number integer, project_id bigint, year integer, in_force_on date, planned_investment numeric(14, 2),
        cumulative_q1 numeric(14, 2), cumulative_q2 numeric(14, 2), cumulative_q3 numeric(14, 2),
        category_id bigint, chain_id bigint, content text, batch text, start_due_on date, finish_due_on date,
        is_sound boolean) ON COMMIT DROP;
"""
TYPED = (
    "number, project_id, year, in_force_on, planned_investment, cumulative_q1, cumulative_q2, cumulative_q3,"
    " category_id, chain_id, content, batch, start_due_on, finish_due_on, is_sound"
)
# The project of a row: by its code as it stands, else by a name that one project has.
READ = """
    WITH named AS MATERIALIZED (
        SELECT {simple_name} AS name, min(id) AS id, count(*) AS projects
        FROM (SELECT id, name_zh AS name FROM projects_project
              WHERE EXISTS (SELECT FROM staged_plan WHERE code = '' AND name_zh <> '')) project
        GROUP BY 1)
    INSERT INTO read_plan ({typed})
    SELECT * FROM (
        SELECT staged.number, COALESCE(coded.id, named.id) AS project_id, year.id::integer AS year, {days_and_amounts},
               category.id AS category_id, chain.id AS chain_id, staged.content, staged.batch,
               start_due_on.day AS start_due_on, finish_due_on.day AS finish_due_on, true
        FROM staged_plan staged
        LEFT JOIN projects_project coded ON coded.code = staged.code
        LEFT JOIN named ON staged.code = '' AND named.projects = 1 AND named.name = {simple_staged}
        {words}
        WHERE (coded.id IS NOT NULL OR staged.code = '' AND named.id IS NOT NULL) AND {plain}
    ) read
    WHERE planned_investment IS NOT NULL
      AND GREATEST(planned_investment, cumulative_q1, cumulative_q2, cumulative_q3) < 1000000000000
      AND (cumulative_q2 IS NULL OR cumulative_q2 >= COALESCE(cumulative_q1, 0))
      AND (cumulative_q3 IS NULL OR cumulative_q3 >= GREATEST(cumulative_q1, cumulative_q2, 0))
      AND planned_investment >= GREATEST(cumulative_q1, cumulative_q2, cumulative_q3, 0)
"""
ODD = """
    SELECT staged.*, coded.id FROM staged_plan staged LEFT JOIN projects_project coded ON coded.code = staged.code
    WHERE NOT EXISTS (SELECT FROM read_plan WHERE read_plan.number = staged.number)
    ORDER BY staged.number
"""
TWICE = """
    SELECT number, first FROM (
        SELECT number, first_value(number) OVER (
                   PARTITION BY project_id, year, in_force_on ORDER BY number) AS first
        FROM read_plan
        WHERE (project_id, COALESCE(year, 0)) IN (
            SELECT project_id, COALESCE(year, 0) FROM read_plan GROUP BY 1, 2 HAVING count(*) > 1)
    ) found
    WHERE number <> first ORDER BY number
"""


@dataclass
class Staged:
    """Where the columns of the file stand in the table, and how many rows it has."""

    layout: Layout
    rows: int = 0

    def has(self, name: str) -> bool:
        return self.layout.read(name) is not None


def stage(rows: Iterable[tuple[int, Sequence[Cell]]], layout: Layout, *, told: Told = nobody) -> Staged:
    """Send the rows below the header into a table; a cell goes as its text."""
    staged = Staged(layout)
    places = [column.index if (column := layout.read(name)) else -1 for name in NAMES]
    with connection.cursor() as cursor:
        cursor.execute(STAGE.format(columns=", ".join(f"{name} text DEFAULT ''" for name in NAMES)))
        with cursor.copy(f"COPY staged_plan (number, {', '.join(NAMES)}) FROM STDIN") as sent:
            waiting = []
            size = 0
            for number, cells in rows:
                if number <= layout.row:
                    continue
                line = _line(number, cells, places)
                waiting.append(line)
                size += len(line)
                staged.rows += 1
                if size > BLOCK:
                    sent.write("".join(waiting))
                    waiting, size = [], 0
                    told(staged.rows)
            sent.write("".join(waiting))
        cursor.execute("ANALYZE staged_plan")
    return staged


def _line(number: int, cells: Sequence[Cell], places: Sequence[int]) -> str:
    """A row as COPY reads it."""
    last = len(cells)
    said = [_said(cells[place]) if 0 <= place < last else "" for place in places]
    line = "\t".join(said)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != len(places) - 1:
        line = "\t".join(map(_escaped, said))
    return f"{number}\t{line}\n"


def _said(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return f"{cell:.15g}" if isinstance(cell, float) and not cell.is_integer() else as_text(cell)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "")


def read_plain(staged: Staged, known: Known) -> None:
    """Read every row that is plainly written, in one statement."""
    with connection.cursor() as cursor:
        for name in ("year", "in_force_on", "category", "chain", "start_due_on", "finish_due_on"):
            if staged.has(name):
                _look_up(name, staged.layout, known)
        cursor.execute("ANALYZE staged_word")
        cursor.execute(_reading(staged))
        cursor.execute("CREATE INDEX ON read_plan (number); ANALYZE read_plan")


def _look_up(name: str, layout: Layout, known: Known) -> None:
    """What the different texts of a column mean, each asked once of the rules for a row."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM staged_plan WHERE {name} <> '' GROUP BY 1 LIMIT {WORDS}")  # noqa: S608
        for (said,) in cursor.fetchall():
            column = layout.read(name)
            row = Row(0, [""] * (column.index if column else 0) + [said], layout)
            pk = day = None
            if name == "year":
                pk = row.year(name)
            elif name in ("category", "chain"):
                pk = row.reference(name, known.categories if name == "category" else known.chains)
            else:
                day = row.day(name)
            if not row.problems:
                found.append((name, said, pk, day))
        with cursor.copy("COPY staged_word (field, said, id, day) FROM STDIN") as sent:
            for word in found:
                sent.write_row(word)


def _reading(staged: Staged) -> str:
    layout = staged.layout
    amounts = [name for name in NAMES if _is_money(name)]
    plain = [_is_plain_text(name, staged) for name in ("code", "name_zh", "content", "batch")]
    plain.append(f"(staged.code <> '' OR staged.name_zh ~ '{ORDINARY}')")
    plain += [f"(staged.{name} = '' OR staged.{name} ~ '^[0-9][0-9,]{{0,18}}([.][0-9]{{1,6}})?$')" for name in amounts]
    words = []
    for name in ("year", "in_force_on", "category", "chain", "start_due_on", "finish_due_on"):
        words.append(f"LEFT JOIN staged_word {name} ON {name}.field = '{name}' AND {name}.said = staged.{name}")
        plain.append(f"(staged.{name} = '' OR {name}.said IS NOT NULL)")
    plain.append("year.id IS NOT NULL")
    typed = ["in_force_on.day AS in_force_on"]
    for name in amounts:
        column = layout.read(name)
        factor = MEASURES[column.measure] if column and column.measure else 1
        value = f"replace(NULLIF(staged.{name}, ''), ',', '')::numeric * {factor}"
        typed.append(f"CASE WHEN staged.{name} ~ '^[0-9]' THEN round({value}, 2) END AS {name}")
    return READ.format(
        typed=TYPED,
        simple_name=_simple("name"),
        simple_staged=_simple("staged.name_zh"),
        days_and_amounts=", ".join(typed),
        words=" ".join(words),
        plain=" AND ".join(plain),
    )


def _is_money(name: str) -> bool:
    return any(field.name == name and field.reads is Reads.MONEY for field in FIELDS[Kind.PLANS])


def _is_plain_text(name: str, staged: Staged) -> str:
    if not staged.has(name):
        return "true"
    most = next(field.most for field in FIELDS[Kind.PLANS] if field.name == name)
    return f"(staged.{name} = '' OR staged.{name} !~ {UNEVEN} AND char_length(staged.{name}) <= {most})"


def _simple(text: str) -> str:
    """As `mapping.simplified` has it, of a text whose blanks are even."""
    return f"lower(normalize({text}, NFKC))"


def read_odd(staged: Staged, known: Known) -> list[Problem]:
    """Read the other rows by the rules for a row, and give what is to be mended in them."""
    problems: list[Problem] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(ODD)
        while part := cursor.fetchmany(PART):
            read = []
            for number, *said, _project in part:
                row = Row(number, _placed(said, staged.layout), staged.layout)
                entry = read_plan(row, known)
                problems += row.problems
                read.append(_typed(entry, is_sound=not row.problems))
            _keep(read)
    return problems


def odd() -> Iterator[tuple[str, str, int | None]]:
    """Code and name of the rows that are not plainly written, and the id of the project with just this code."""
    code, name = NAMES.index("code") + 1, NAMES.index("name_zh") + 1
    with connection.chunked_cursor() as cursor:
        cursor.execute(ODD)
        while part := cursor.fetchmany(PART):
            for row in part:
                yield row[code], row[name], row[-1]


def _placed(said: Sequence[str], layout: Layout) -> list[Cell]:
    """The texts where the file had them."""
    cells: list[Cell] = [""] * len(layout.columns)
    for name, text in zip(NAMES, said, strict=True):
        column = layout.read(name)
        if column:
            cells[column.index] = text
    return cells


def _typed(entry: PlanEntry, *, is_sound: bool) -> tuple[object, ...]:
    values = [getattr(entry, field.name) for field in fields(PlanEntry)]
    number, project, year, *rest = values
    return (number, project or None, year or None, *rest, is_sound)


def _keep(read: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY read_plan ({TYPED}) FROM STDIN") as sent:
        for row in read:
            sent.write_row(row)


def twice() -> list[tuple[int, int]]:
    """Rows that say what an earlier row of the file says of, and which that is; they are not sound."""
    with connection.cursor() as cursor:
        cursor.execute(TWICE)
        found: list[tuple[int, int]] = cursor.fetchall()
        cursor.execute(
            "UPDATE read_plan SET is_sound = false WHERE number = ANY (%s)", [[row for row, _first in found]]
        )
    return found
