"""The demo's letters, through the lifecycle's own verbs: drafted from the plan, filled in, issued, signed, amended."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from commitments import canonical, lifecycle
from commitments.demo.readings import foreign_capital_of_year
from commitments.drafting import Draft, DraftPledge
from commitments.models import Campaign, LetterState, LetterVersion
from commitments.steps import versions
from portal.clock import SHANGHAI
from portal.models import Unit
from projects.demo.building import Scene
from projects.demo.distribution import fraction

# In 2022 this unit has its letter and hasn't signed it; that one has promised more since.
UNSIGNED, AMENDED = "430426", "430424"
AMENDED_ON = date(2022, 3, 14)
AMENDMENT = "新增省重点项目，上调年度投资承诺（演示）。"
RAISED = Decimal("1.05")
LEADERS = ("常务副职领导（演示）", "分管工业领导（演示）", "分管招商领导（演示）")
CITY_POST, UNIT_POST = "市政府主要负责人（演示）", "单位主要负责人（演示）"


def sign(campaign: Campaign, scene: Scene) -> None:
    """Every unit's letter of the year, drafted on the day after the campaign's start and signed within two weeks."""
    people = scene.past.people
    drafted_on = (campaign.launched_on or date(campaign.year, 2, 7)) + timedelta(days=1)
    lifecycle.begin_all(campaign, by=people["administrator-1"], at=_at(drafted_on, 9))
    waiting = versions().filter(letter__campaign=campaign, state=LetterState.DRAFT)
    for version in waiting.order_by("letter__unit__code"):
        unit = version.letter.unit
        filled_on = drafted_on + timedelta(days=1 + int(fraction(unit.code, campaign.year, "filled") * 4))
        _fill_in(version, scene, at=_at(filled_on, 10))
        issued = lifecycle.issue(_again(version), by=people["administrator-1"], at=_at(filled_on, 16))
        if (campaign.year, unit.code) != (2022, UNSIGNED):
            _both_sign(issued, scene, filled_on + timedelta(days=1 + int(fraction(unit.code, campaign.year) * 8)))


def amend(campaign: Campaign, scene: Scene) -> None:
    """A unit promises more investment than before; both sign again, and the first version stays readable."""
    people = scene.past.people
    found = versions().get(letter__campaign=campaign, letter__unit__code=AMENDED, state=LetterState.IN_FORCE)
    approver = people[f"approver-{AMENDED}"]
    amended = lifecycle.amend(found, by=approver, at=_at(AMENDED_ON, 9), reason=AMENDMENT)
    draft = Draft.of(amended)
    pledges = [_raised(pledge) if _is_on(amended, pledge, "investment") else pledge for pledge in draft.pledges]
    changed = replace(draft, pledges=tuple(pledges))
    lifecycle.save_draft(amended, changed, edition=amended.edition, by=approver, at=_at(AMENDED_ON, 10))
    issued = lifecycle.issue(_again(amended), by=people["administrator-1"], at=_at(AMENDED_ON, 15))
    _both_sign(issued, scene, AMENDED_ON + timedelta(days=1))


def _both_sign(version: LetterVersion, scene: Scene, day: date) -> None:
    people, seen = scene.past.people, canonical.fingerprint(version)
    principal, mayor = people[f"principal-{version.letter.unit.code}"], people["principal-1"]
    minutes = int(fraction(version.letter.unit.code, day) * 50)
    lifecycle.sign(version, by=principal, at=_at(day, 10, minutes), name=principal.name, post=UNIT_POST, seen=seen)
    lifecycle.countersign(
        version, by=mayor, at=_at(day + timedelta(days=1), 15, minutes), name=mayor.name, post=CITY_POST, seen=seen
    )


def _fill_in(version: LetterVersion, scene: Scene, *, at: datetime) -> None:
    """What the plan doesn't say: who leads, and the targets that the unit sets itself."""
    unit, draft = version.letter.unit, Draft.of(version)
    pledges = [
        replace(_complete(version, pledge, unit), leader=LEADERS[place % len(LEADERS)])
        for place, pledge in enumerate(draft.pledges)
    ]
    lifecycle.save_draft(
        version,
        replace(draft, pledges=tuple(pledges)),
        edition=version.edition,
        by=scene.past.reporter(unit),
        at=at,
    )


def _complete(version: LetterVersion, pledge: DraftPledge, unit: Unit) -> DraftPledge:
    if not _is_on(version, pledge, "fdi"):
        return pledge
    year = foreign_capital_of_year(unit)
    return replace(
        pledge,
        target=year,
        target_q1=year * Decimal("0.2"),
        target_q2=year * Decimal("0.45"),
        target_q3=year * Decimal("0.7"),
    )


def _raised(pledge: DraftPledge) -> DraftPledge:
    def more(value: Decimal | None) -> Decimal | None:
        return None if value is None else round(value * RAISED, -2)

    return replace(
        pledge,
        target=more(pledge.target),
        target_q1=more(pledge.target_q1),
        target_q2=more(pledge.target_q2),
        target_q3=more(pledge.target_q3),
    )


def _is_on(version: LetterVersion, pledge: DraftPledge, code: str) -> bool:
    return any(
        each.indicator_id == pledge.indicator_id and each.indicator and each.indicator.code == code
        for each in version.pledges.all()
    )


def _again(version: LetterVersion) -> LetterVersion:
    return versions().get(pk=version.pk)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)
