"""Which column of a file is which field, and in which unit of measure its money stands."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.importing.table import Cell, Problem, Table, Unreadable, letters
from projects.models import ImportFile

Kind = ImportFile.Kind
HEADER_WITHIN = 10


class Reads(Enum):
    """How the cells of a field are understood."""

    TEXT = "text"
    MONEY = "money"
    DAY = "day"
    YEAR = "year"
    CHOICE = "choice"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Field:
    """A field of an import: its label, which is also its header in the template, and other headers it goes by."""

    name: str
    label: str | Promise
    aliases: str
    reads: Reads = Reads.TEXT
    required: bool = False
    most: int = 200


# How much 万元 one of each is. The first names are what a mapping is written with.
MEASURES = {
    "10k_cny": Decimal(1),
    "100m_cny": Decimal(10_000),
    "cny_million": Decimal(100),
    "cny_billion": Decimal(100_000),
    "cny": Decimal("0.0001"),
}
MEASURE_LABELS = {
    "10k_cny": gettext_lazy("10,000 CNY"),
    "100m_cny": gettext_lazy("100 million CNY"),
    # Not the words over the columns of pages: those say 万元 and 亿元 in Chinese, whose figures are converted too.
    "cny_million": gettext_lazy("million CNY"),
    "cny_billion": gettext_lazy("billion CNY"),
    "cny": gettext_lazy("CNY"),
}
# How headers say it, longest first, since 万元 and 亿元 end in 元.
MEASURE_WORDS = (
    ("100millioncny", "100m_cny"),
    ("100mcny", "100m_cny"),
    ("亿元", "100m_cny"),
    ("10000cny", "10k_cny"),
    ("10kcny", "10k_cny"),
    ("万元", "10k_cny"),
    ("cnymillion", "cny_million"),
    ("millioncny", "cny_million"),
    ("百万元", "cny_million"),
    ("十亿元", "cny_billion"),
    ("cnybillion", "cny_billion"),
    ("billioncny", "cny_billion"),
    ("元", "cny"),
    ("cny", "cny"),
)

L = gettext_lazy
FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.UNITS: (
        Field("code", L("code"), "代码 编码 单位代码 unitcode", required=True, most=20),
        Field("kind", L("kind"), "类型 类别 单位类型 单位类别 type", Reads.CHOICE, required=True),
        Field("name_zh", L("Chinese name"), "名称 单位名称 中文名 中文名称 name", required=True),
        Field("name_en", L("English name"), "英文名 英文名称"),
        Field("parent", L("belongs to"), "上级 上级单位 隶属 parentunit"),
        Field("located_in", L("located in"), "所在地 位于 所在区县 location"),
        Field("note", L("note"), "备注 说明 notes", most=300),
    ),
    Kind.PROJECTS: (
        Field("code", L("code"), "代码 编码 项目代码 项目编码 项目编号 projectcode", most=40),
        Field("name_zh", L("Chinese name"), "名称 项目名称 中文名 中文名称 name projectname", required=True),
        Field("name_en", L("English name"), "英文名 英文名称"),
        Field("unit", L("answering unit"), "责任单位 申报单位 单位 answeringunit", Reads.REFERENCE),
        Field("location", L("location"), "建设地点 所在地 项目所在地", Reads.REFERENCE),
        Field("lists", L("lists"), "清单 名单 重点级别 级别 层级 tier list", Reads.REFERENCE),
        Field("category", L("category"), "类别 项目类别 分类", Reads.REFERENCE),
        Field("chain", L("industry chain"), "产业链 chain", Reads.REFERENCE),
        Field("stage", L("stage"), "阶段 建设阶段 项目阶段", Reads.CHOICE),
        Field("total_investment", L("total investment"), "总投资 总投资额 投资总额 total", Reads.MONEY),
        Field("version", L("version"), "投资口径 版本 版次", Reads.CHOICE),
        Field(
            "expected_annual_output", L("expected annual output"), "预计年产值 达产年产值 年产值 output", Reads.MONEY
        ),
        Field("planned_start_on", L("planned start"), "计划开工 计划开工日期 计划开工时间", Reads.DAY),
        Field("planned_finish_on", L("planned finish"), "计划竣工 计划竣工日期 计划竣工时间 计划完工", Reads.DAY),
        Field("started_on", L("actual start"), "实际开工 实际开工日期 开工日期", Reads.DAY),
        Field("finished_on", L("actual finish"), "实际竣工 实际竣工日期 竣工日期", Reads.DAY),
        Field("investor", L("investor"), "投资方 投资主体 投资单位 业主 业主单位"),
        Field("top500", L("Top 500 companies"), "500强 投资方500强榜单 top500", Reads.REFERENCE),
        Field("basis", L("basis"), "依据 来源 立项依据", most=300),
    ),
    Kind.PLANS: (
        Field("code", L("code"), "代码 编码 项目代码 项目编码 项目编号 projectcode", most=40),
        Field("name_zh", L("Chinese name"), "名称 项目名称 中文名 中文名称 name projectname"),
        Field("year", L("year"), "年度 年份 计划年度", Reads.YEAR, required=True),
        Field(
            "planned_investment",
            L("planned investment"),
            "年度计划投资 年度计划 计划投资 年度投资计划 planned annualplan",
            Reads.MONEY,
            required=True,
        ),
        Field("cumulative_q1", L("plan to Q1"), "一季度累计计划 第一季度末累计 q1 cumulativeq1", Reads.MONEY),
        Field("cumulative_q2", L("plan to Q2"), "二季度累计计划 第二季度末累计 q2 cumulativeq2", Reads.MONEY),
        Field("cumulative_q3", L("plan to Q3"), "三季度累计计划 第三季度末累计 q3 cumulativeq3", Reads.MONEY),
        Field("category", L("category"), "类别 项目类别 分类", Reads.REFERENCE),
        Field("chain", L("industry chain"), "产业链 chain", Reads.REFERENCE),
        Field("content", L("what is to be built"), "建设内容 年度建设内容 主要建设内容 content", most=4000),
        Field("batch", L("list batch"), "批次 清单批次", most=60),
        Field("start_due_on", L("to start by"), "应开工日期 应开工时间 计划开工 计划开工日期", Reads.DAY),
        Field("finish_due_on", L("to be completed by"), "应竣工日期 应竣工时间 计划竣工 计划竣工日期", Reads.DAY),
        Field("in_force_on", L("in force from"), "生效日期 起始日期 执行日期", Reads.DAY),
    ),
}
SEPARATORS = str.maketrans("", "", " \t\r\n_-()[]【】,:;*/·.“”\"'")


@dataclass(frozen=True)
class Column:
    """A column of the file: where it stands, what it is headed, and which field it is read as, if any."""

    index: int
    header: str
    field: Field | None
    measure: str = ""

    @property
    def place(self) -> str:
        return f"{letters(self.index)} {self.header}".strip()

    @property
    def choice(self) -> str:
        """As a mapping is written: field:measure, or nothing where the column is not read."""
        if self.field is None:
            return ""
        return f"{self.field.name}:{self.measure}" if self.measure else self.field.name


@dataclass(frozen=True)
class Layout:
    """The header row of a table and its columns."""

    row: int
    columns: list[Column]
    problems: list[Problem]

    def read(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.field and column.field.name == name), None)


def simplified(text: object) -> str:
    """A text as names and headers are compared: full-width forms made plain, case and spaces without meaning."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def _bare(header: object) -> str:
    return simplified(header).translate(SEPARATORS)


def _names(field: Field) -> set[str]:
    """Everything a column of this field may be headed; its label in both languages among them."""
    from django.utils.translation import override

    names = {field.name, *field.aliases.split()}
    for language in ("zh-hans", "en"):
        with override(language):
            names.add(str(field.label))
    return {_bare(name) for name in names}


def lay_out(kind: str, table: Table, chosen: Mapping[str, str] | None = None) -> Layout:
    """The columns of a table of this kind; see `lay_out_fields`."""
    return lay_out_fields(FIELDS[kind], table, chosen)


def lay_out_fields(fields: Sequence[Field], table: Table, chosen: Mapping[str, str] | None = None) -> Layout:
    """Find the header row and read each column as the field its header names, or as `chosen` says.

    Raises Unreadable where the first rows hold no header of these fields, or `chosen` names an unknown field.
    """
    by_name = {name: field for field in fields for name in _names(field)}
    candidates = [
        (number, _columns(cells, by_name, chosen or {}, fields)) for number, cells in table.rows[:HEADER_WITHIN]
    ]
    if not candidates:
        raise Unreadable(_("The file holds no rows."))
    row, columns = max(candidates, key=lambda candidate: sum(each.field is not None for each in candidate[1]))
    if not any(column.field for column in columns):
        raise Unreadable(
            _("No header was recognised in the first %(rows)s rows. The headers of this file are to be: %(headers)s.")
            % {"rows": HEADER_WITHIN, "headers": ", ".join(str(field.label) for field in fields)}
        )
    return Layout(row, columns, [*_layout_problems(row, columns, fields)])


def _columns(
    cells: Sequence[Cell], by_name: Mapping[str, Field], chosen: Mapping[str, str], fields: Iterable[Field]
) -> list[Column]:
    columns = []
    for index, cell in enumerate(cells):
        header = " ".join(str(cell if cell is not None else "").split())
        if header in chosen:
            columns.append(_chosen_column(index, header, chosen[header], fields))
        else:
            columns.append(_recognised(index, header, by_name))
    return columns


def _chosen_column(index: int, header: str, choice: str, fields: Iterable[Field]) -> Column:
    name, _colon, measure = choice.partition(":")
    field = next((field for field in fields if field.name == name), None)
    if (name and field is None) or (measure and measure not in MEASURES):
        raise Unreadable(
            _("“%(choice)s” is no field with a unit of measure. Fields: %(fields)s. Units of measure: %(units)s.")
            % {
                "choice": choice,
                "fields": ", ".join(field.name for field in fields),
                "units": ", ".join(MEASURES),
            }
        )
    return Column(index, header, field, measure)


def _recognised(index: int, header: str, by_name: Mapping[str, Field]) -> Column:
    bare = _bare(header)
    field = by_name.get(bare) or by_name.get(bare.partition("at")[0])  # stage_at_2022_start
    if field is not None:
        return Column(index, header, field)
    for word, measure in MEASURE_WORDS:
        if bare.endswith(word):
            field = by_name.get(bare.removesuffix(word))
            if field is not None and field.reads is Reads.MONEY:
                return Column(index, header, field, measure)
    return Column(index, header, None)


def _layout_problems(row: int, columns: Sequence[Column], fields: Iterable[Field]) -> Iterable[Problem]:
    for field in fields:
        found = [column for column in columns if column.field is field]
        if field.required and not found:
            yield Problem(row, "", _("The column “%(header)s” is missing.") % {"header": field.label})
        if len(found) > 1:
            yield Problem(
                row,
                found[1].place,
                _("Two columns are read as “%(field)s”. Rename one of them.") % {"field": field.label},
            )
        for column in found:
            if field.reads is Reads.MONEY and not column.measure:
                yield Problem(
                    row,
                    column.place,
                    _("Money needs its unit of measure in the header, such as “%(header)s (%(measure)s)”.")
                    % {"header": field.label, "measure": MEASURE_LABELS["10k_cny"]},
                )
