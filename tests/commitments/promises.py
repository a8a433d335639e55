"""Campaigns and letters in force to test with, made row by row: how they come about is tested elsewhere."""

from datetime import date, datetime
from decimal import Decimal

from commitments.models import (
    Campaign,
    Indicator,
    Letter,
    LetterSignature,
    LetterState,
    LetterVersion,
    Pledge,
    Reading,
)
from portal.models import Quarter, Unit, User
from projects.models import Project
from tests.world import at

SEAL = "0" * 64
SIGNED = at("2022-02-07")


def make_campaign(unit: Unit, year: int = 2022) -> Campaign:
    return Campaign.objects.create(unit=unit, year=year, name_zh="聚力中心化攻坚年", name_en="Year of the centre")


def make_draft(campaign: Campaign, unit: Unit) -> LetterVersion:
    """The next version of the unit's letter, as a draft to which pledges can be added."""
    letter, _ = Letter.objects.get_or_create(campaign=campaign, unit=unit)
    number = letter.versions.count() + 1
    return LetterVersion.objects.create(
        letter=letter,
        number=number,
        title="承诺书",
        opening="承诺",
        closing="承诺",
        reason="amended" if number > 1 else "",
    )


def put_in_force(version: LetterVersion, *, by: User, when: datetime = SIGNED) -> LetterVersion:
    """Issued, signed and counter-signed by this person; the version in force before is superseded."""
    version.state = LetterState.ISSUED
    version.serial = f"{version.letter.campaign.year}-{version.letter.unit.code}-{version.number}"
    version.issued_by, version.issued_at = by, when
    version.save()
    said = {"version": version, "signer": by, "name": "某", "post": "县长", "signed_at": when, "seal": SEAL}
    LetterSignature.objects.create(party="unit", sha256=SEAL, **said)
    version.state, version.canonical, version.sha256 = LetterState.SIGNED, "{}", SEAL
    version.save()
    LetterSignature.objects.create(party="city", sha256=SEAL, **said)
    version.letter.versions.in_force().update(state=LetterState.SUPERSEDED)
    version.state = LetterState.IN_FORCE
    version.save()
    return version


def promise(
    version: LetterVersion,
    indicator: Indicator | str,
    target: object,
    *quarters: object,
    **fields: object,
) -> Pledge:
    """A pledge on this indicator: the year's target, then those to the end of Q1 to Q3 as far as they are given."""
    if isinstance(indicator, str):
        indicator = Indicator.objects.get(code=indicator)
    given = {f"target_q{number}": decimal(value) for number, value in enumerate(quarters, start=1)}
    return Pledge.objects.create(
        version=version,
        position=version.pledges.count() + 1,
        indicator=indicator,
        target=decimal(target),
        name_zh=indicator.name_zh,
        name_en=indicator.name_en,
        unit_of_measure_zh=indicator.unit_of_measure_zh,
        unit_of_measure_en=indicator.unit_of_measure_en,
        direction=indicator.direction,
        **given,
        **fields,
    )


def promise_milestone(version: LetterVersion, project: Project, milestone: str, due_on: date) -> Pledge:
    return Pledge.objects.create(
        version=version,
        position=version.pledges.count() + 1,
        project=project,
        milestone=milestone,
        due_on=due_on,
        target=Decimal(1),
        name_zh=f"{project.name_zh}按期{'开工' if milestone == 'start' else '竣工'}",
        name_en=f"{project.name_en} on time",
        unit_of_measure_zh="项",
        unit_of_measure_en="milestone",
    )


def make_indicator(code: str, bureau: Unit, **fields: object) -> Indicator:
    """An indicator of readings, of which more is better and whose quarters are summed unless the fields say else."""
    known = {
        "name_zh": f"指标{code}",
        "name_en": f"Indicator {code}",
        "kind": Indicator.Kind.NUMBER,
        "unit_of_measure_zh": "万人次",
        "unit_of_measure_en": "10,000 visits",
        "adds_up": Indicator.AddsUp.SUM,
        "source": Indicator.Source.READINGS,
    }
    return Indicator.objects.create(code=code, bureau=bureau, **{**known, **fields})


def read(indicator: Indicator, unit: Unit, quarter: Quarter, value: object, *, by: User) -> Reading:
    return Reading.objects.create(
        indicator=indicator,
        unit=unit,
        quarter=quarter,
        value=Decimal(str(value)),
        source="统计月报",
        published_on=quarter.ends_on,
        loaded_by=by,
        loaded_at=at(str(quarter.due_on)),
    )


def objects(*values: object) -> tuple[object, ...]:
    """These, to be compared with numbers of another type."""
    return values


def decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
