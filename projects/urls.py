"""Addresses of the register, of reporting and of the lines behind a figure."""

from django.urls import URLPattern, path

from projects.views import (
    autosave,
    evidence,
    extensions,
    filing,
    grid,
    line_evidence,
    line_form,
    lines,
    quarters,
    register,
    reports,
    unchanged,
    workbook,
)

REGISTER: list[URLPattern] = [
    path("projects/", register.project_list, name="project_list"),
    path("projects/<str:code>/", register.project_detail, name="project_detail"),
]

QUARTER = "quarters/<str:label>/units/<str:code>/"
LINE = QUARTER + "projects/<str:project_code>/"

REPORTING: list[URLPattern] = [
    path("quarters/", quarters.quarter_tasks_home, name="quarter_tasks_home"),
    path(QUARTER, quarters.quarter_tasks, name="quarter_tasks"),
    path(LINE, line_form.line_form, name="line_form"),
    path(LINE + "evidence/", line_evidence.line_evidence, name="line_evidence"),
    path(LINE + "no-change/", unchanged.line_keep, name="line_keep"),
    path(QUARTER + "grid/", grid.report_grid, name="report_grid"),
    path(QUARTER + "autosave/", autosave.line_autosave, name="line_autosave"),
    path(QUARTER + "no-change/", unchanged.lines_keep, name="lines_keep"),
    path(QUARTER + "no-change/undo/", unchanged.lines_keep_undo, name="lines_keep_undo"),
    path(QUARTER + "answers/", quarters.report_answer, name="report_answer"),
    path(QUARTER + "check/", reports.report_check, name="report_check"),
    path(QUARTER + "submit/", reports.report_submit, name="report_submit"),
    path(QUARTER + "extension/", quarters.extension_ask, name="extension_ask"),
    path("extensions/", extensions.extension_list, name="extension_list"),
    path("extensions/<int:pk>/", extensions.extension, name="extension"),
    path("filing/", filing.filing_board, name="filing_board"),
    path(QUARTER + "workbook/", workbook.workbook_home, name="workbook_home"),
    path(QUARTER + "workbook/file/", workbook.workbook_file, name="workbook_file"),
    path(QUARTER + "workbook/<int:pk>/", workbook.workbook, name="workbook"),
    path(QUARTER + "workbook/<int:pk>/progress/", workbook.workbook_progress, name="workbook_progress"),
    path(QUARTER + "workbook/<int:pk>/annotated/", workbook.workbook_annotated, name="workbook_annotated"),
    path("reports/<int:pk>/", reports.report_detail, name="report_detail"),
    path("reports/<int:pk>/withdraw/", reports.report_withdraw, name="report_withdraw"),
    path("reports/<int:pk>/correct/", reports.report_correct, name="report_correct"),
    path("reports/<int:pk>/pdf/", reports.report_pdf, name="report_pdf"),
    path("reports/<int:pk>/lines/", reports.report_export, name="report_export"),
]

urlpatterns: list[URLPattern] = [
    *REGISTER,
    *REPORTING,
    path("evidence/<uuid:key>/", evidence.evidence_file, name="evidence"),
    path("evidence/<uuid:key>/thumbnail/", evidence.evidence_thumbnail, name="evidence_thumbnail"),
    path("lines/", lines.lines, name="lines"),
]
