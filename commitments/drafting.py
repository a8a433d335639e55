"""What a draft says and begins with: texts of the template with the unit's plan filled in, projects and pledges.

Pure but for reading: the verbs of commitments/lifecycle.py write what is made here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from commitments import plan as plans
from commitments import validation
from commitments.models import (
    Campaign,
    Direction,
    Indicator,
    LetterProject,
    LetterTemplate,
    LetterVersion,
    Pledge,
    Policy,
)
from commitments.plan import Asked, Plan
from commitments.validation import Written
from portal.models import Quarter, Unit
from portal.templatetags.figures import amount
from projects.lifecycle import local_day
from projects.models import Project
from projects.validation import Finding

Row = TypeVar("Row", LetterProject, Pledge)
# An indicator's id, or a project's id and its milestone: what tells the pledges of a letter from each other.
Key = tuple[int | None, int | None, str]
TEXTS = ("title", "addressee", "opening", "measures", "closing")
TARGETS = ("target_q1", "target_q2", "target_q3", "target")
COPIED = ("name_zh", "name_en", "unit_of_measure_zh", "unit_of_measure_en", "direction")
FILLED_IN = re.compile(r"\{(unit|year|projects|planned)\}")


@dataclass(frozen=True, kw_only=True)
class DraftPledge:
    """On an indicator, or on a project's milestone (`start`, `complete`) by a day, whose target is always 1.

    Targets are cumulative, in the indicator's unit of measure; null: not said.
    """

    indicator_id: int | None = None
    project_id: int | None = None
    milestone: str = ""
    due_on: date | None = None
    target: Decimal | None = None
    target_q1: Decimal | None = None
    target_q2: Decimal | None = None
    target_q3: Decimal | None = None
    leader: str = ""
    weight: Decimal = Decimal()

    @property
    def key(self) -> Key:
        return (self.indicator_id, self.project_id, self.milestone)

    @classmethod
    def of(cls, pledge: Pledge) -> "DraftPledge":
        """What a person could have typed of this pledge."""
        said = {field.name: getattr(pledge, field.name) for field in fields(cls)}
        return cls(**(said | dict.fromkeys(TARGETS) if pledge.milestone else said))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """All that is typed into a letter, its pledges in reading order. Begin with `Draft.of`, change it by `replace`.

    `takes_register`: list the projects and their plans anew, as the register has them by now.
    """

    title: str
    addressee: str
    opening: str
    measures: str
    closing: str
    pledges: tuple[DraftPledge, ...]
    takes_register: bool = False

    @classmethod
    def of(cls, version: LetterVersion) -> "Draft":
        texts = {name: getattr(version, name) for name in TEXTS}
        return cls(**texts, pledges=tuple(map(DraftPledge.of, version.pledges.all())))


def beyond_the_frame(said: Draft, now: Draft, listed: set[int]) -> str:
    """What of a unit's changes only its administrator may make, in words for the unit; empty where there is nothing.

    A unit writes its measures, leaders and targets, and pledges milestones of the projects listed in the letter.
    """
    if any(getattr(said, name) != getattr(now, name) for name in TEXTS if name != "measures") or now.takes_register:
        return _("Title, opening, closing and the list of projects are changed by the administrator only.")
    own = [(pledge.indicator_id, pledge.weight) for pledge in said.pledges if pledge.indicator_id]
    if own != [(pledge.indicator_id, pledge.weight) for pledge in now.pledges if pledge.indicator_id]:
        return _("Which indicators are pledged, and their weights, is changed by the administrator only.")
    weights = {pledge.key: pledge.weight for pledge in said.pledges}
    new_weights = {pledge.key: pledge.weight for pledge in now.pledges}
    if any(weights.get(key, 0) != new_weights.get(key, 0) for key in weights.keys() | new_weights.keys()):
        return _("The weight of a milestone is changed by the administrator only.")
    for pledge in now.pledges:
        if pledge.project_id and pledge.key not in weights and pledge.project_id not in listed:
            return _("A milestone can be pledged for the projects that the letter lists.")
    return ""


def filled_in(text: str, *, unit: Unit, plan: Plan) -> str:
    """The text with {unit}, {year}, {projects} and {planned} (such as 45,000万元) filled in, and nothing else."""
    # A letter is written in Chinese; of a template in English the sum would stand in the same unit of measure.
    known = {
        "unit": unit.name_zh,
        "year": str(plan.year),
        "projects": str(len(plan.projects)),
        "planned": f"{amount(plan.planned)}万元",
    }
    return FILLED_IN.sub(lambda found: known[found[1]], text)


def put_into(version: LetterVersion, rows: list[Row]) -> list[Row]:
    for row in rows:
        row.version = version
    return rows


def copies(version: LetterVersion, rows: Iterable[Row]) -> list[Row]:
    """The same rows for another version; not yet saved."""
    found = list(rows)
    for row in found:
        row.pk = None
        row._state.adding = True
    return put_into(version, found)


def first_version(template: LetterTemplate, *, unit: Unit, plan: Plan) -> LetterVersion:
    """The texts that a letter of this template begins with; not yet of any letter."""
    texts = {name: filled_in(getattr(template, name), unit=unit, plan=plan) for name in TEXTS}
    return LetterVersion(**(texts | {"title": texts["title"][:200], "addressee": texts["addressee"][:200]}))


def listed(plan: Plan) -> list[LetterProject]:
    """The projects that a letter lists, by code; not yet of any version."""
    return [
        LetterProject(
            project=each.project,
            position=position,
            name=each.project.name_zh,
            planned_investment=each.plan.planned_investment,
            start_due_on=each.plan.start_due_on,
            finish_due_on=each.plan.finish_due_on,
        )
        for position, each in enumerate(plan.projects, start=1)
    ]


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a letter's pledges begin with: the unit's plan, and the targets that the template sets by indicator id."""

    plan: Plan
    targets: Mapping[int, Decimal | None]

    @classmethod
    def of(cls, template: LetterTemplate | None, plan: Plan) -> "Basis":
        pledges = template.pledges.all() if template else ()
        return cls(plan=plan, targets={each.indicator_id: each.target for each in pledges})

    def asks(self, indicator: Indicator) -> Asked | None:
        """The target to begin with: the template's where it sets one, else the plan's of a derived indicator.

        Null where a derived indicator has nothing to be pledged: the plan has nothing of the kind (no project of the
        category, no start due) and the template sets no target, or the unit has no project at all.
        """
        own = self.targets.get(indicator.pk)
        if indicator.source != Indicator.Source.DERIVED:
            return Asked(target=own)
        asked = self.plan.asks(indicator)
        if own is None or not self.plan.projects:
            return asked
        return asked.no_more_than(own) if asked else Asked(target=own)

    def put_into(self, pledge: Pledge, indicator: Indicator) -> None:
        """Give a pledge its targets to begin with, and its floor: a derived one can't be lowered by the unit."""
        asked = self.asks(indicator)
        if asked:
            asked.put_into(pledge)
        pledge.floor = asked.target if asked and indicator.source == Indicator.Source.DERIVED else None


def first_pledges(template: LetterTemplate, plan: Plan) -> list[Pledge]:
    """The template's pledges, but for those of which the plan has nothing; not yet of any version."""
    basis = Basis.of(template, plan)
    found: list[Pledge] = []
    for each in template.pledges.all():
        if basis.asks(each.indicator) is None:
            continue
        pledge = on_indicator(each.indicator)
        basis.put_into(pledge, each.indicator)
        pledge.weight, pledge.position = each.weight, len(found) + 1
        found.append(pledge)
    return found


def on_indicator(indicator: Indicator) -> Pledge:
    """A pledge with the indicator's names, unit of measure and direction as they are now; without a target."""
    return Pledge(
        indicator=indicator,
        name_zh=indicator.name_zh,
        name_en=indicator.name_en,
        unit_of_measure_zh=indicator.unit_of_measure_zh,
        unit_of_measure_en=indicator.unit_of_measure_en,
        direction=indicator.direction,
    )


def on_milestone(project: Project, milestone: str, *, year: int, due_on: date | None) -> Pledge:
    """A pledge that the project has started, or is completed, by a day: target 1, from the day's quarter on."""
    pledge = Pledge(project=project, milestone=milestone, due_on=due_on, direction=Direction.MORE, target=Decimal(1))
    words = {Pledge.Milestone.START: ("开工", "started"), Pledge.Milestone.COMPLETE: ("竣工投产", "completed")}
    chinese, english = words[Pledge.Milestone(milestone)]
    pledge.name_zh = f"{project.name_zh}{chinese}"
    pledge.name_en = f"{project.name_en}: {english}" if project.name_en else ""
    pledge.unit_of_measure_zh, pledge.unit_of_measure_en = "项", "milestone"
    for number in (1, 2, 3):
        if due_on and due_on <= Quarter(year=year, number=number).ends_on:
            setattr(pledge, f"target_q{number}", Decimal(1))
    return pledge


def pledges_of(version: LetterVersion, draft: Draft, *, basis: Basis | None = None) -> list[Pledge]:
    """The pledges as the draft has them, with what nobody types: names, units of measure, directions, floors.

    Those that the version has keep theirs; a new one without a target begins with the basis's. Where the draft takes
    the register anew, derived pledges get the basis's floors, and its targets where they stood at the floor before.
    Not yet saved. Raises KeyError where there is no such indicator or project.
    """
    kept = {DraftPledge.of(pledge).key: pledge for pledge in version.pledges.select_related("indicator", "project")}
    new = [each for each in draft.pledges if each.key not in kept]
    indicators = Indicator.objects.in_bulk([each.indicator_id for each in new if each.indicator_id])
    projects = Project.objects.in_bulk([each.project_id for each in new if each.project_id])
    year = version.letter.campaign.year
    found = []
    for position, said in enumerate(draft.pledges, start=1):
        base = kept.get(said.key)
        if said.project_id:
            project = base.project if base and base.project else projects[said.project_id]
            pledge = on_milestone(project, said.milestone, year=year, due_on=said.due_on)
        else:
            indicator = base.indicator if base and base.indicator else indicators[said.indicator_id or 0]
            pledge = on_indicator(indicator)
            _take_targets(pledge, said, base, basis if base is None or draft.takes_register else None)
        if base:
            for name in COPIED:
                setattr(pledge, name, getattr(base, name))
        pledge.leader, pledge.weight = said.leader, said.weight
        pledge.version, pledge.position = version, position
        found.append(pledge)
    return found


def _take_targets(pledge: Pledge, said: DraftPledge, base: Pledge | None, basis: Basis | None) -> None:
    """The targets as typed; the basis's where it is given and the pledge is new and empty, or stands at its floor."""
    floor = base.floor if base else None
    empty = base is None and said.target is None
    if basis and pledge.indicator:
        basis.put_into(pledge, pledge.indicator)
        if empty or (floor is not None and said.target == floor):
            return
    else:
        pledge.floor = floor
    for name in TARGETS:
        setattr(pledge, name, getattr(said, name))


def templates(campaign: Campaign) -> dict[str, LetterTemplate]:
    """The campaign's template for each kind of unit, with its pledges."""
    found = campaign.templates.prefetch_related("pledges__indicator").order_by("-id")
    return {kind: template for template in found for kind in template.kinds}


def basis_now(version: LetterVersion, *, at: datetime) -> Basis:
    """What the letter's pledges would begin with if it were begun now."""
    campaign, unit, day = version.letter.campaign, version.letter.unit, local_day(at)
    policy = Policy.objects.in_force(on=plans.in_year(day, campaign.year), campaign=campaign)
    its = plans.read([unit], campaign.year, on=day, policy=policy)[unit.pk]
    return Basis.of(templates(campaign).get(unit.kind), its)


def findings(version: LetterVersion, draft: Draft | None = None) -> list[Finding]:
    """What is wrong or odd about the version as it is saved, or about a draft of it as it was typed; errors first."""
    if draft is None:
        pledges = list(version.pledges.select_related("indicator"))
        return validation.findings(written(version, Draft.of(version), pledges))
    return validation.findings(written(version, draft, pledges_of(version, draft)))


def written(version: LetterVersion, draft: Draft, pledges: list[Pledge]) -> Written:
    """The draft as the rules look at it."""
    texts = {name: getattr(draft, name) for name in ("title", "opening", "measures", "closing")}
    listed = frozenset(version.projects.values_list("project_id", flat=True))
    return Written(year=version.letter.campaign.year, pledges=pledges, listed=listed, **texts)
