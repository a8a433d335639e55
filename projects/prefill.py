"""What a new draft may honestly say before anybody has typed: the state a project was last known in, never a figure.

Whatever was put there says where it comes from, for as long as nobody has typed something else.
"""

from collections.abc import Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from projects.models import Project, Report, ReportLine, Stage

STATE = ("stage", "started_on", "finished_on")
WORDS = ("progress", "obstacle")


class Source(TextChoices):
    LAST_REPORT = "last_report", _("from the last report")
    REGISTER = "register", _("from the register")


def sources(line: ReportLine, last: ReportLine | None) -> dict[str, Source]:
    """For each field that stands as it was prefilled, where that comes from; `last` is its last accepted line."""
    filled = _line(line.report, line.project, last)
    source = Source.LAST_REPORT if last else Source.REGISTER
    return {
        name: source
        for name in (*STATE, *WORDS)
        if getattr(filled, name) and getattr(filled, name) == getattr(line, name)
    }


def lines(report: Report, projects: Sequence[Project]) -> list[ReportLine]:
    """One unsaved line for each project: stage, dates and words of its last accepted line, else of the register."""
    last = {line.project_id: line for line in last_accepted(report, projects)}
    return [_line(report, project, last.get(project.pk)) for project in projects]


def last_accepted(report: Report, projects: Sequence[Project]) -> list[ReportLine]:
    """For each project the accepted line of the latest quarter before this report's, whichever unit reported it."""
    quarter = report.quarter
    return list(
        ReportLine.objects.accepted()
        .before(quarter)
        .filter(project__in=projects)
        .select_related("quarter")
        .order_by("project_id", "-quarter__year", "-quarter__number", "-report__reviewed_at", "-pk")
        .distinct("project_id")
    )


def _line(report: Report, project: Project, last: ReportLine | None) -> ReportLine:
    known = last or project
    stage = known.stage
    if stage == Stage.NEWLY_STARTED and last is not None and last.quarter.year < report.quarter.year:
        stage = Stage.CONTINUING  # what started in an earlier year is carried on in this one
    return ReportLine(
        report=report,
        project=project,
        unit_id=report.unit_id,
        quarter_id=report.quarter_id,
        year=report.quarter.year,
        stage=stage,
        started_on=known.started_on,
        finished_on=known.finished_on,
        progress=last.progress if last else "",
        obstacle=last.obstacle if last else "",
    )
