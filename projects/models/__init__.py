"""What Django must find: the register, the reports on it, and the rollups of what was accepted."""

from projects.models.alarm import RollupAlarm
from projects.models.annual_plan import AnnualPlan
from projects.models.assignment import Assignment
from projects.models.cell import Cell, Grain, Mark
from projects.models.classification import Category, Chain, ProjectList
from projects.models.evidence import Evidence, StoredFile
from projects.models.import_file import ImportFile
from projects.models.kept_sum import ChangedUnit, KeptQuarter, KeptSum
from projects.models.line import ReportLine
from projects.models.list_entry import ListEntry
from projects.models.project import Project, Stage
from projects.models.report import Report, ReportState
from projects.models.review import Remark, ReportEvent, Settlement
from projects.models.share import Share
from projects.models.valuation import Valuation
from projects.models.workbook import Workbook, WorkbookRow

__all__ = [
    "AnnualPlan",
    "Assignment",
    "Category",
    "Cell",
    "Chain",
    "ChangedUnit",
    "Evidence",
    "Grain",
    "ImportFile",
    "KeptQuarter",
    "KeptSum",
    "ListEntry",
    "Mark",
    "Project",
    "ProjectList",
    "Remark",
    "Report",
    "ReportEvent",
    "ReportLine",
    "ReportState",
    "RollupAlarm",
    "Settlement",
    "Share",
    "Stage",
    "StoredFile",
    "Valuation",
    "Workbook",
    "WorkbookRow",
]
