"""A made-up country of s projects over 16 quarters, loaded by COPY: the same rows at every run, for a given s.

Below s = 10,000 it has 20 units below one root, from there on 3,000 units in a tree of four levels. Projects are
answered for by the units without units below them. The last of these, the measured one, has 25 projects at every size;
the others share the rest. Every report is accepted, and the cells are filled. Figures follow from the project's number
and the quarter's, by plain arithmetic.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bench import cluster

QUARTERS = 16  # 2019 to 2022
FIRST_YEAR = 2019
OWN = 25  # projects of the measured unit
WIDE = 2_500  # projects, of a hundred units: a size at which every report has 25 lines
PREPARER, REVIEWER = 1, 2
FILLED_AT = datetime(2023, 1, 15, tzinfo=UTC)  # when the cells were computed: those of later are a question's doing

PLANNED = "(1000 + (p * 37) % 90000)::numeric(14, 2)"
# What project p completes in the n-th quarter of a year, in 万元: 15% to 34% of the year's plan.
FLOW = "round({planned} * (15 + (p * 7 + {year} * 3 + {number} * 13) % 20) / 100, 2)"
CATEGORIES = "(SELECT array_agg(id ORDER BY id) FROM projects_category)"
CHAINS = "(SELECT array_agg(id ORDER BY id) FROM projects_chain)"
LISTS = "(SELECT array_agg(id ORDER BY id) FROM projects_projectlist)"


@dataclass(frozen=True)
class Shape:
    """How many units stand on each level of the tree, from the root down; those of the last level answer."""

    projects: int
    levels: tuple[int, ...]

    @property
    def units(self) -> int:
        return sum(self.levels)

    @property
    def measured(self) -> int:
        """The id of the measured unit."""
        return self.units

    @property
    def code(self) -> str:
        return f"U{self.measured:05}"

    @property
    def unit_of(self) -> str:
        """The id of the unit that answers for project p, as SQL."""
        first = self.units - self.levels[-1] + 1
        return f"CASE WHEN p <= {OWN} THEN {self.measured} ELSE {first} + p % {self.levels[-1] - 1} END"


def shape(projects: int) -> Shape:
    if projects == WIDE:
        return Shape(projects, (1, 100))
    return Shape(projects, (1, 20) if projects < 10_000 else (1, 30, 300, 2669))


def name(projects: int) -> str:
    return f"bench_{projects}"


def ensure(projects: int) -> Shape:
    """The database of this size, made where it isn't there in this form yet; Django's connection is one to it.

    What a question that broke off has left behind is undone first.
    """
    built = shape(projects)
    form = _form(built)
    if cluster.form(name(projects)) != form:
        build(built, form)
    elif _is_touched(built):
        restore(built)
    cluster.use(name(projects))
    return built


@contextmanager
def to_write(projects: int) -> Iterator[Shape]:
    """The same for a question that writes: what it did is undone at the end of the block."""
    built = ensure(projects)
    try:
        yield built
    finally:
        restore(built)


def build(built: Shape, form: str) -> None:
    from projects import rollups

    unfinished = f"{name(built.projects)}_unfinished"
    cluster.drop(unfinished)
    cluster.copy_of(cluster.EMPTY, unfinished)
    for table, columns, select in _tables(built):
        _load(unfinished, table, columns, select)
    with cluster.superuser(unfinished) as connection:
        for table, _columns, _select in _tables(built):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        connection.execute("DELETE FROM projects_mark")  # of the opened quarters: all is filled below
        connection.execute("VACUUM ANALYZE")
        cluster.use(unfinished)
        rollups.rebuild(at=FILLED_AT)
        cluster.leave()
        _remember(connection)
        connection.execute("VACUUM ANALYZE")
    cluster.finish(unfinished, name(built.projects), form)


def _is_touched(built: Shape) -> bool:
    with cluster.superuser(name(built.projects)) as connection:
        kept = connection.execute("SELECT name, key, highest FROM bench_highest").fetchall()
        return any(
            connection.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE {key} > %s)", [highest]).fetchone() == (True,)
            for table, key, highest in kept
        )


def restore(built: Shape) -> None:
    """Undo what was done to this database: rows written since go, moved states go back, cells are computed anew."""
    from projects import rollups

    with cluster.superuser(name(built.projects)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM projects_keptquarter")  # no trigger tells what is undone here …
        connection.execute(MARK_TOUCHED, [FILLED_AT])
        marks = "projects_mark"
        for table, key, highest in connection.execute("SELECT name, key, highest FROM bench_highest").fetchall():
            if table != marks:
                connection.execute(f"DELETE FROM {table} WHERE {key} > %s", [highest])
        connection.execute("UPDATE projects_report SET state = 'accepted' WHERE state <> 'accepted'")
        connection.execute("UPDATE projects_listentry SET delisted_on = NULL WHERE delisted_on IS NOT NULL")
        cluster.use(name(built.projects))
        rollups.drain(at=FILLED_AT)
        connection.execute("DELETE FROM projects_changedunit")  # … and no sums are kept that this could be about


# Units' quarters whose cells may not be those of the beginning.
MARK_TOUCHED = """
    INSERT INTO projects_mark (unit_id, quarter_id)
    SELECT unit_id, quarter_id FROM projects_cell WHERE computed_at > %s
    UNION
    SELECT unit_id, quarter.id FROM projects_assignment CROSS JOIN portal_quarter quarter
    WHERE projects_assignment.id > (SELECT highest FROM bench_highest WHERE name = 'projects_assignment')
    UNION
    SELECT unit_id, quarter.id FROM projects_report CROSS JOIN portal_quarter quarter
    WHERE projects_report.id > (SELECT highest FROM bench_highest WHERE name = 'projects_report')
"""
KEYED = """
    SELECT class.relname, attribute.attname
    FROM pg_index JOIN pg_class class ON class.oid = indrelid AND class.relnamespace = 'public'::regnamespace
    JOIN pg_attribute attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indisprimary AND (indnatts = 1 OR relkind = 'p') AND NOT relispartition AND atttypid = 'bigint'::regtype
      AND relname NOT LIKE 'projects_kept%' AND relname <> 'projects_cell'
"""


def _remember(connection: cluster.Connection) -> None:
    """Note the highest key of every table, so that `restore` knows what came later."""
    connection.execute("CREATE TABLE bench_highest (name text, key text, highest bigint)")
    for table, key in connection.execute(KEYED).fetchall():
        connection.execute(
            f"INSERT INTO bench_highest SELECT %s, %s, COALESCE(max({key}), 0) FROM {table}", [table, key]
        )


def _form(built: Shape) -> str:
    """Changes with the rows that would be made, and with the migrations that make their tables."""
    with cluster.superuser(cluster.EMPTY) as connection:
        migrations = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
    return hashlib.sha256(repr((_tables(built), migrations, KEYED)).encode()).hexdigest()[:16]


# What a later version's column holds that nothing is said about here.
EMPTY_VALUES = {
    "jsonb": "'{}'::jsonb",
    "bool": "false",
    "int2": "0::smallint",
    "int4": "0",
    "int8": "0::bigint",
    "text": "''",
    "varchar": "''::varchar",
}
UNSAID = """
    SELECT attname, typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef
      AND attidentity = '' AND NOT attname = ANY (%s)
"""


def _load(database: str, table: str, columns: str, select: str) -> None:
    """From one COPY into another; without triggers and foreign keys, whose work is not what is measured here.

    Only quarters keep theirs, which make room for the lines and cells of their year.
    """
    with cluster.superuser(database) as source, cluster.superuser(database) as target:
        if table != "portal_quarter":
            target.execute("SET session_replication_role = replica")
        for column, kind in source.execute(UNSAID, [table, columns.split(", ")]).fetchall():
            columns, select = f"{columns}, {column}", f"SELECT given.*, {EMPTY_VALUES[kind]} FROM ({select}) given"
        with (
            source.cursor().copy(f"COPY ({select}) TO STDOUT (FORMAT binary)") as out,
            target.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)") as into,
        ):
            for block in out:
                into.write(block)


def _tables(built: Shape) -> list[tuple[str, str, str]]:
    projects = f"generate_series(1, {built.projects}) p"
    quarters = f"generate_series(0, {QUARTERS - 1}) q"
    years = f"generate_series({FIRST_YEAR}, {FIRST_YEAR + QUARTERS // 4 - 1}) y"
    year, number = f"({FIRST_YEAR} + q / 4)", "(q % 4 + 1)"
    end = f"(make_date({year}, {number} * 3, 1) + interval '1 month')::date"
    flow = FLOW.format(planned=PLANNED, year=year, number=number)
    to_date = " + ".join(
        f"CASE WHEN {number} >= {each} THEN {FLOW.format(planned=PLANNED, year=year, number=each)} ELSE 0 END"
        for each in range(1, 5)
    )
    return [
        ("portal_unit", "id, name_zh, name_en, code, kind, parent_id, valid_from, note", _units(built)),
        (
            "portal_quarter",
            "id, year, number, opens_on, due_on, closes_on",
            f"SELECT (q + 1)::bigint, {year}::smallint, {number}::smallint, {end} - 10, {end} + 12, '2099-12-31'::date"
            f" FROM {quarters}",
        ),
        (
            "portal_user",
            "id, password, email, name, post, language, wants_weekly, wants_notices, is_active",
            "SELECT n::bigint, '!', 'person' || n || '@bench.test', 'Person ' || n, '', 'zh-hans', true, true, true"
            " FROM generate_series(1, 2) n",
        ),
        (
            "portal_membership",
            "id, user_id, unit_id, role, valid_from",
            f"SELECT id::bigint, person::bigint, unit::bigint, role, '2018-01-01'::date FROM (VALUES"
            f" (1, {PREPARER}, {built.measured}, 'reporter'), (2, {PREPARER}, {built.measured}, 'approver'),"
            f" (3, {REVIEWER}, 1, 'reviewer'), (4, {REVIEWER}, 1, 'administrator'), (5, {REVIEWER}, 1, 'leader'))"
            " given (id, person, unit, role)",
        ),
        (
            "projects_project",
            "id, name_zh, name_en, code, stage, started_on, investor, basis, is_demonstration",
            "SELECT p::bigint, '项目' || p, 'Project ' || p, 'P' || lpad(p::text, 7, '0'), 'continuing',"
            f" '2018-03-01'::date, '', '', true FROM {projects}",
        ),
        (
            "projects_assignment",
            "id, project_id, reason, unit_id, from_on",
            f"SELECT p::bigint, p::bigint, 'bench', ({built.unit_of})::bigint, '2018-01-01'::date FROM {projects}",
        ),
        (
            "projects_valuation",
            "id, project_id, reason, version, from_on, total_investment, expected_annual_output",
            f"SELECT p::bigint, p::bigint, 'bench', 'estimate', '2018-01-01'::date, ({PLANNED} * 5)::numeric(14, 2),"
            f" {PLANNED} FROM {projects}",
        ),
        (
            "projects_annualplan",
            "id, project_id, reason, year, in_force_on, planned_investment, cumulative_q1, cumulative_q2,"
            " cumulative_q3, category_id, chain_id, content, batch",
            f"SELECT ((p - 1) * {QUARTERS // 4} + y - {FIRST_YEAR} + 1)::bigint, p::bigint, 'bench', y::smallint,"
            f" make_date(y, 1, 1), {PLANNED}, ({PLANNED} * 0.25)::numeric(14, 2), ({PLANNED} * 0.5)::numeric(14, 2),"
            f" ({PLANNED} * 0.75)::numeric(14, 2),"
            f" ({CATEGORIES})[1 + p % array_length({CATEGORIES}, 1)], ({CHAINS})[1 + p % array_length({CHAINS}, 1)],"
            f" '', '' FROM {projects}, {years}",
        ),
        (
            "projects_listentry",
            "id, project_id, reason, list_id, listed_on, delist_reason, batch",
            f"SELECT p::bigint, p::bigint, 'bench', ({LISTS})[1 + p % array_length({LISTS}, 1)], '2018-01-01'::date,"
            f" '', '' FROM {projects} WHERE p % 3 > 0",
        ),
        (
            "projects_report",
            "id, unit_id, quarter_id, revision, state, reason, preparer_ids, submitted_by_id, submitted_at, is_late,"
            " receipt, line_count, warning_count, unexplained_count, reviewed_by_id, reviewed_at",
            f"SELECT (u * {QUARTERS} + q)::bigint, u::bigint, (q + 1)::bigint, 1::smallint, 'accepted', '',"
            f" ARRAY[{PREPARER}::bigint], {PREPARER}::bigint, {end} + interval '5 days', false,"
            f" {year} || 'Q' || {number} || '-U' || lpad(u::text, 5, '0') || '-1',"
            f" 0, 0, 0, {REVIEWER}::bigint,"
            f" {end} + interval '8 days'"
            f" FROM generate_series({built.units - built.levels[-1] + 1}, {built.units}) u, {quarters}",
        ),
        (
            "projects_reportline",
            "id, report_id, project_id, unit_id, quarter_id, flow, year_to_date, typed, stage, started_on, progress,"
            " obstacle, explanations, edited_by_id, edited_at, version, year",
            f"SELECT ((p - 1) * {QUARTERS} + q + 1)::bigint, (u * {QUARTERS} + q)::bigint, p::bigint, u::bigint,"
            f" (q + 1)::bigint, ({flow})::numeric(14, 2), ({to_date})::numeric(14, 2), 'flow', 'continuing',"
            f" '2018-03-01'::date, '主体施工', '', '{{}}'::jsonb, {PREPARER}::bigint, {end} + interval '4 days', 1,"
            f" {year}::smallint"
            # By quarter, as they would have come in over the years.
            f" FROM {quarters}, (SELECT p, {built.unit_of} AS u FROM {projects}) project",
        ),
    ]


def _units(built: Shape) -> str:
    """The units of each level hang on those of the level above in turn."""
    selects = []
    first_above, above, first = 0, 0, 1
    for level, count in enumerate(built.levels):
        parent = f"({first_above} + n % {above})::bigint" if level else "NULL::bigint"
        kind = "city" if level == 0 else "county"
        selects.append(
            f"SELECT ({first} + n)::bigint, '单位' || {first} + n, 'Unit ' || {first} + n,"
            f" 'U' || lpad(({first} + n)::text, 5, '0'), '{kind}', {parent}, '2000-01-01'::date, ''"
            f" FROM generate_series(0, {count - 1}) n"
        )
        first_above, above, first = first, count, first + count
    return " UNION ALL ".join(selects)
