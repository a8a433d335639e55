"""“Nothing changed”: one click says it of a line, or of every line nobody has touched; and it can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from portal.models import User
from projects import drafting, prefill
from projects.lifecycle import StepRefused
from projects.models import Report, ReportLine
from projects.typed import Typed


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What was marked as unchanged, and the lines left alone since no accepted report speaks of their projects yet."""

    lines: Sequence[ReportLine]
    without_last: Sequence[ReportLine]

    @property
    def versions(self) -> dict[int, int]:
        """Line id → the version in which it was marked: what an undo goes by."""
        return {line.pk: line.version for line in self.lines}


@dataclass(frozen=True)
class Undone:
    """Lines that are as they were before anybody touched them, and those left alone since they were changed since."""

    lines: Sequence[ReportLine]
    changed_since: Sequence[ReportLine]


def keep(line: ReportLine, *, by: User, at: datetime) -> Kept:
    """Say that nothing has changed: nothing completed, and stage, dates and words of the last accepted line.

    Raises StepRefused where there is no such line, or somebody has written something already.
    """
    if line.edited_at is not None:
        raise StepRefused(_("This line is filled in already; change it in its form."))
    kept = _keep(line.report, [line], by=by, at=at)
    if not kept.lines:
        raise StepRefused(_("No accepted report speaks of this project yet, so there is nothing to keep."))
    return kept


def keep_untouched(report: Report, *, by: User, at: datetime) -> Kept:
    """Say so of every line of a draft that nobody has saved yet."""
    untouched = report.lines.filter(edited_at=None, rejected__isnull=True).select_related("project")
    return _keep(report, list(untouched), by=by, at=at)


def _keep(report: Report, lines: Sequence[ReportLine], *, by: User, at: datetime) -> Kept:
    projects = [line.project for line in lines]
    said = {line.project_id: line for line in prefill.lines(report, projects)}
    known = {line.project_id for line in prefill.last_accepted(report, projects)}
    found = {line.pk: line for line in lines if line.project_id in known}
    typed = {pk: Typed(values=_values(said[line.project_id])) for pk, line in found.items()}
    versions = {pk: line.version for pk, line in found.items()}
    saved = drafting.save_lines(report, typed, versions=versions, by=by, at=at) if found else []
    return Kept(lines=saved, without_last=[line for line in lines if line.project_id not in known])


def _values(said: ReportLine) -> dict[str, object]:
    names = (*prefill.STATE, *prefill.WORDS)
    return {"flow": Decimal(), "typed": ReportLine.Typed.FLOW, **{name: getattr(said, name) for name in names}}


def undo(report: Report, versions: Mapping[int, int], *, by: User, at: datetime) -> Undone:
    """Take it back for those of these lines (id → version) that nobody has changed since.

    Raises StepRefused where the report is no draft any more, or no longer this person's to prepare.
    """
    with transaction.atomic():
        held = drafting.hold(report.unit.code, report.quarter.year, report.quarter.number, by=by, at=at)
        if held is None or held.pk != report.pk:
            raise StepRefused(_("The report has moved on in the meantime, so this can't be undone any more."))
        lines = list(held.lines.filter(pk__in=versions).select_related("project"))
        same = [line for line in lines if line.version == versions[line.pk]]
        drafting.untouch(held, same)
        return Undone(same, [line for line in lines if line not in same])
