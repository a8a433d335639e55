"""How a file of annual plans changes the register: a changed plan is a new version, and no version is overwritten."""

from collections import defaultdict
from datetime import date

from django.utils.translation import gettext as _

from portal.models import User
from projects.importing.checking import PlanEntry
from projects.importing.comparing import Comparison, label, worded
from projects.importing.table import Problem
from projects.models import AnnualPlan, Project

# What a version states, in the order in which a preview says it.
STATED = (
    "planned_investment",
    "cumulative_q1",
    "cumulative_q2",
    "cumulative_q3",
    "category_id",
    "chain_id",
    "content",
    "batch",
    "start_due_on",
    "finish_due_on",
)


def compare(entries: list[PlanEntry], *, on: date, reason: str, by: User | None) -> Comparison:
    """The difference between these rows and the plans; a row without a day of its own is in force from `on`."""
    comparison = Comparison()
    ids = {entry.project for entry in entries}
    projects = Project.objects.select_related("category", "chain").in_bulk(ids)
    versions: defaultdict[tuple[int, int], list[AnnualPlan]] = defaultdict(list)
    for plan in AnnualPlan.objects.filter(project__in=ids).order_by("in_force_on"):
        versions[plan.project_id, plan.year].append(plan)
    for entry in entries:
        project = projects[entry.project]
        category = entry.category or project.category_id
        if category is None:
            message = _("The plan needs a category: give one here, or give the project one.")
            comparison.problems.append(Problem(entry.row, "", message))
            continue
        plan = _plan(entry, project, category, on=on, reason=reason, by=by)
        known = versions[entry.project, entry.year]
        former = next((each for each in reversed(known) if each.in_force_on <= plan.in_force_on), None)
        details = _difference(former, plan) if former else []
        subject = f"{project.code} · {project.name_zh} · {entry.year}"
        if former and details and former.in_force_on == plan.in_force_on:
            comparison.problems.append(_same_day(entry, plan))
            continue
        if former is None or details:
            comparison.created.append(plan)
            known.append(plan)
            known.sort(key=lambda each: each.in_force_on)
        comparison.note(entry.row, subject, is_new=former is None, details=details)
    return comparison


def _plan(entry: PlanEntry, project: Project, category: int, *, on: date, reason: str, by: User | None) -> AnnualPlan:
    """The version that a row states; category and chain are the project's where the row has none."""
    return AnnualPlan(
        project=project,
        year=entry.year,
        in_force_on=entry.in_force_on or on,
        planned_investment=entry.planned_investment,
        cumulative_q1=entry.cumulative_q1,
        cumulative_q2=entry.cumulative_q2,
        cumulative_q3=entry.cumulative_q3,
        category_id=category,
        chain_id=entry.chain or project.chain_id,
        content=entry.content,
        batch=entry.batch,
        start_due_on=entry.start_due_on,
        finish_due_on=entry.finish_due_on,
        reason=reason,
        recorded_by=by,
    )


def _same_day(entry: PlanEntry, plan: AnnualPlan) -> Problem:
    message = _("Another plan is in force from %(day)s. A change needs a later day, from which it is in force.")
    return Problem(entry.row, "", message % {"day": plan.in_force_on})


def _difference(former: AnnualPlan, plan: AnnualPlan) -> list[str]:
    """What the version changes, in words; nothing where it states the same."""
    return [
        worded(label(AnnualPlan, name), getattr(former, name), _shown(plan, name))
        for name in STATED
        if getattr(former, name) != getattr(plan, name)
    ]


def _shown(plan: AnnualPlan, name: str) -> object:
    value = getattr(plan, name.removesuffix("_id"))
    return "—" if value in (None, "") else value
