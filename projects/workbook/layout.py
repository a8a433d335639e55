"""The columns of a quarter's workbook: how they are headed, what is typed in them, and what a person is told there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from projects.importing import template
from projects.importing.mapping import Field, Reads

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

FORMAT = 1  # of the workbook; a later one is refused with the advice to download anew
SENTENCE = "explanation"  # the column in which warnings are answered


@dataclass(frozen=True)
class Column:
    """A column; `hint` is shown when its cell is entered, empty where nothing is typed. Width in characters."""

    field: Field
    width: int
    hint: "StrPromise | str" = ""

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def is_typed(self) -> bool:
        return bool(self.hint)

    @property
    def header(self) -> str:
        """With the unit of measure where it holds money."""
        return template.header(self.field)


COLUMNS = (
    Column(Field("code", _("Project code"), "code 代码 编码 项目代码 项目编码 项目编号", most=60), 16),
    Column(Field("name", _("Project name"), "project name 项目 名称 项目名称", most=300), 34),
    Column(Field("tier", _("lists"), "tier 层级 级别 重点级别 项目层级 清单"), 16),
    Column(Field("planned", _("Plan of the year"), "planned plan 年度计划 年度计划投资", Reads.MONEY), 15),
    Column(
        Field("earlier", _("Completed before this quarter, this year"), "before 本季前累计 此前累计", Reads.MONEY), 17
    ),
    Column(
        Field(
            "flow",
            _("Completed this quarter"),
            "thisquarter flow 本季完成 本季度完成 本季度完成投资 本期完成",
            Reads.MONEY,
        ),
        16,
        _("In 10,000 CNY. Fill in this or the year to date: the other is computed. Nothing completed is 0."),
    ),
    Column(
        Field(
            "year_to_date", _("Completed year to date"), "yeartodate 累计 累计完成 本年累计 本年累计完成", Reads.MONEY
        ),
        16,
        _("In 10,000 CNY, from 1 January to the quarter's end. Leave it as it is where you fill in this quarter."),
    ),
    Column(Field("stage", _("Stage"), "阶段 建设阶段 项目阶段"), 14, _("Choose from the list.")),
    Column(
        Field("started_on", _("Actual start"), "start startedon 开工日期 实际开工 开工时间 实际开工时间", Reads.DAY),
        14,
        _("A day such as 2022-03-15; blank while the project has not started."),
    ),
    Column(
        Field(
            "finished_on", _("Actual finish"), "finish finishedon 竣工日期 实际竣工 竣工时间 实际竣工时间", Reads.DAY
        ),
        14,
        _("A day such as 2022-03-15; only where the project is completed."),
    ),
    Column(
        Field("progress", _("Physical progress"), "progress 进展 进展情况 形象进度"),
        44,
        _("What stands by the end of the quarter, in a sentence or two."),
    ),
    Column(
        Field("obstacle", _("What holds it up"), "obstacle 问题 困难 存在问题 存在困难"),
        30,
        _("Empty where nothing does."),
    ),
    Column(
        Field(SENTENCE, _("Sentence for the reviewer"), "sentence 说明 情况说明"),
        36,
        _("Only where the portal asks about a figure: one sentence why it is right."),
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
TYPED = tuple(column for column in COLUMNS if column.is_typed)
# What an annotated workbook says about each row; a column of this header is passed over when it is read.
NOTE = Field("note", pgettext_lazy("workbook", "What to mend"), "tomend 需要修改")
FIELDS = (*(column.field for column in COLUMNS), NOTE)
