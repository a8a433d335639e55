"""How a file of annual plans changes the register: a changed plan is a new version, and no version is overwritten."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from portal.models import User
from projects.importing.checking import PlanEntry
from projects.importing.comparing import Comparison, label, worded
from projects.importing.table import Problem
from projects.models import AnnualPlan, Category, Chain, Project

QUARTERS = ("cumulative_q1", "cumulative_q2", "cumulative_q3")
DETAILS = ("content", "batch", "start_due_on", "finish_due_on")


def compare(entries: list[PlanEntry], *, on: date, reason: str, by: User | None) -> Comparison:
    """The difference between these rows and the plans; a row without a day of its own is in force from `on`."""
    comparison = Comparison()
    ids = {entry.project for entry in entries}
    projects = Project.objects.select_related("category", "chain").in_bulk(ids)
    sortings = Sortings(Category.objects.in_bulk(), Chain.objects.in_bulk())
    versions: defaultdict[tuple[int, int], list[AnnualPlan]] = defaultdict(list)
    kept = AnnualPlan.objects.filter(project__in=ids).select_related("category", "chain").order_by("in_force_on")
    for plan in kept:
        versions[plan.project_id, plan.year].append(plan)
    for entry in entries:
        project, since = projects[entry.project], entry.in_force_on or on
        known = versions[entry.project, entry.year]
        former = next((each for each in reversed(known) if each.in_force_on <= since), None)
        category = sortings.category(entry, former, project)
        if category is None:
            message = _("The plan needs a category: give one here, or give the project one.")
            comparison.problems.append(Problem(entry.row, "", message))
            continue
        plan = _plan(entry, former, project, category)
        plan.chain = sortings.chain(entry, former, project)
        plan.in_force_on, plan.reason, plan.recorded_by = since, reason, by
        details = _difference(former, plan) if former else []
        if former and details and former.in_force_on == since:
            comparison.problems.append(_same_day(entry, since))
            continue
        if former is None or details:
            comparison.created.append(plan)
            known.append(plan)
            known.sort(key=lambda each: each.in_force_on)
        subject = f"{project.code} · {project.name_zh} · {entry.year}"
        comparison.note(entry.row, subject, is_new=former is None, details=details)
    return comparison


@dataclass(frozen=True)
class Sortings:
    """Categories and chains by id: a row's own, else those of the version before, else the project's."""

    categories: Mapping[int, Category]
    chains: Mapping[int, Chain]

    def category(self, entry: PlanEntry, former: AnnualPlan | None, project: Project) -> Category | None:
        if entry.category:
            return self.categories[entry.category]
        return former.category if former else project.category

    def chain(self, entry: PlanEntry, former: AnnualPlan | None, project: Project) -> Chain | None:
        if entry.chain:
            return self.chains[entry.chain]
        return former.chain if former else project.chain


def _plan(entry: PlanEntry, former: AnnualPlan | None, project: Project, category: Category) -> AnnualPlan:
    """The version that a row states. What it leaves blank stays as it was in the version before.

    The plan by quarter belongs to its amount: where the amount changes, only quarters in the row count.
    """
    plan = AnnualPlan(
        project=project,
        year=entry.year,
        planned_investment=entry.planned_investment,
        category=category,
        **{name: getattr(entry, name) for name in (*QUARTERS, *DETAILS)},
    )
    if former:
        for name in DETAILS:
            setattr(plan, name, getattr(plan, name) or getattr(former, name))
        if former.planned_investment == plan.planned_investment and not any(
            getattr(plan, name) is not None for name in QUARTERS
        ):
            for name in QUARTERS:
                setattr(plan, name, getattr(former, name))
    return plan


def _same_day(entry: PlanEntry, since: date) -> Problem:
    message = _("Another plan is in force from %(day)s. A change needs a later day, from which it is in force.")
    return Problem(entry.row, "", message % {"day": since})


def _difference(former: AnnualPlan, plan: AnnualPlan) -> list[str]:
    """What the version changes, in words; nothing where it states the same."""
    return [
        worded(label(AnnualPlan, name), getattr(former, name), _shown(getattr(plan, name)))
        for name in ("planned_investment", *QUARTERS, "category", "chain", *DETAILS)
        if getattr(former, name) != getattr(plan, name)
    ]


def _shown(value: object) -> object:
    return "—" if value in (None, "") else value
