"""Several reports accepted at once: only clean ones, each in a transaction of its own, and what came of each.

A report never changes once it is handed in: what is mended is a new revision, with a receipt of its own. So the receipt
is the version that a reviewer confirms, and whatever has happened to it meanwhile shows in its state.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.models import User
from projects import lifecycle
from projects.lifecycle import StepRefused, StepTaken, local_day
from projects.models import Remark, Report, ReportState


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A selected report, and why it won't be accepted in a batch: for a clean one there is no reason."""

    report: Report
    reasons: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.reasons


class Result(StrEnum):
    ACCEPTED = "accepted"
    LEFT = "left"  # it has changed since the preview
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    report: Report
    result: Result
    reason: str = ""


def candidates(reports: Iterable[Report], *, by: User, at: datetime) -> list[Candidate]:
    """Which of these may be accepted without a further look; two queries for any number.

    Warnings are those counted at submission; one that has come up since is found when the report is accepted.
    """
    found = list(reports)
    theirs = set(
        Report.objects.reviewable_by(by, on=local_day(at))
        .filter(pk__in=[report.pk for report in found])
        .values_list("pk", flat=True)
    )
    remarked = _with_open_remarks(found)
    return [Candidate(report=report, reasons=_reasons(report, by, theirs, remarked)) for report in found]


def _with_open_remarks(reports: Collection[Report]) -> Mapping[int, int]:
    """By unit and quarter of a resubmitted report how many threads nobody has settled, by the report's id."""
    again = {(report.unit_id, report.quarter_id): report for report in reports if report.revision > 1}
    remarks = Remark.objects.filter(
        thread=None,
        settlement=None,
        report__unit__in={unit for unit, quarter in again},
        report__quarter__in={quarter for unit, quarter in again},
    ).values_list("report__unit", "report__quarter", "report__revision")
    counts: dict[int, int] = {}
    for unit, quarter, revision in remarks if again else []:
        report = again.get((unit, quarter))
        if report and revision <= report.revision:
            counts[report.pk] = counts.get(report.pk, 0) + 1
    return counts


def _reasons(report: Report, by: User, theirs: Collection[int], remarked: Mapping[int, int]) -> list[str]:
    if report.state != ReportState.SUBMITTED:
        return [_("It is %(state)s by now.") % {"state": report.get_state_display()}]
    if by.pk == report.submitted_by_id or by.pk in report.preparer_ids:
        return [_("You prepared or submitted it, so somebody else decides on it.")]
    if report.pk not in theirs:
        return [_("You may read it; its reviewers decide on it.")]
    reasons = []
    warnings, remarks = report.warning_count or 0, remarked.get(report.pk, 0)
    if warnings:
        said = ngettext("%(count)s warning to be looked at.", "%(count)s warnings to be looked at.", warnings)
        reasons.append(said % {"count": warnings})
    if remarks:
        said = ngettext("%(count)s remark is still open.", "%(count)s remarks are still open.", remarks)
        reasons.append(said % {"count": remarks})
    return reasons


def accept(candidate: Candidate, *, receipt: str, by: User, at: datetime) -> Outcome:
    """Accept one report as it was previewed. A second click finds it accepted by the same person: the same result."""
    report = candidate.report
    if report.state == ReportState.SUBMITTED and not candidate.is_clean:
        return Outcome(report=report, result=Result.REFUSED, reason=" ".join(candidate.reasons))
    if report.state == ReportState.ACCEPTED and report.reviewed_by_id == by.pk and report.receipt == receipt:
        return Outcome(report=report, result=Result.ACCEPTED)
    if report.receipt != receipt:
        another = _("It is another revision than the one you looked at.")
        return Outcome(report=report, result=Result.LEFT, reason=another)
    try:
        return Outcome(report=lifecycle.accept(report, by=by, at=at), result=Result.ACCEPTED)
    except StepTaken:
        report.refresh_from_db(fields=["state", "reviewed_by", "reviewed_at"])
        if report.state == ReportState.ACCEPTED and report.reviewed_by == by:
            return Outcome(report=report, result=Result.ACCEPTED)
        return Outcome(report=report, result=Result.LEFT, reason=_what_became_of(report))
    except StepRefused as refused:
        return Outcome(report=report, result=Result.REFUSED, reason=str(refused))


def _what_became_of(report: Report) -> str:
    if report.reviewed_by is None:
        return _("It is %(state)s by now.") % {"state": report.get_state_display()}
    return _("%(who)s decided on it in the meantime: it is %(state)s.") % {
        "who": report.reviewed_by,
        "state": report.get_state_display(),
    }
