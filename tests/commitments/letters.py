"""Letters to test with: a campaign with a template, the people who sign, and a letter brought as far as one asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from commitments import canonical, lifecycle
from commitments.lifecycle import Draft
from commitments.models import Campaign, Indicator, LetterTemplate, LetterVersion, TemplatePledge
from portal.models import Role, Unit, User
from projects.models import AnnualPlan
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-01-20")
SIGNED = at("2022-02-07")
KINDS = [Unit.Kind.COUNTY, Unit.Kind.PARK]


@dataclass
class Campaigning:
    """The town of conftest with a campaign: of the county's template, principals at county, other county and city."""

    town: City
    campaign: Campaign
    template: LetterTemplate
    principal: User
    mayor: User
    tourism: Indicator  # of readings

    def begun(self, unit: Unit | None = None) -> LetterVersion:
        return lifecycle.begin(self.campaign, unit or self.town.county, by=self.town.administrator, at=DAY)

    def issued(self) -> LetterVersion:
        """The county's letter, complete and issued."""
        version = self.begun()
        target = {"target": Decimal(120), "leader": "王县长"}
        draft = changed(Draft.of(version), self.tourism, **target)
        version = lifecycle.save_draft(version, draft, edition=version.edition, by=self.town.administrator, at=DAY)
        return lifecycle.issue(version, by=self.town.administrator, at=DAY)

    def signed(self, version: LetterVersion | None = None) -> LetterVersion:
        version = version or self.issued()
        return self.sign(version, self.principal)

    def in_force(self, version: LetterVersion | None = None) -> LetterVersion:
        version = self.signed(version)
        seen = canonical.fingerprint(version)
        return lifecycle.countersign(version, by=self.mayor, at=SIGNED, name="mayor", post="市长", seen=seen)

    def amended(self, version: LetterVersion, reason: str = "计划调整") -> LetterVersion:
        """The next version, issued."""
        draft = lifecycle.amend(version, by=self.town.staff, at=SIGNED, reason=reason)
        return lifecycle.issue(draft, by=self.town.administrator, at=SIGNED)

    def sign(self, version: LetterVersion, by: User, **said: str) -> LetterVersion:
        told = {"name": by.name, "post": "县长", "seen": canonical.fingerprint(version)} | said
        return lifecycle.sign(version, by=by, at=SIGNED, **told)


def changed(draft: Draft, indicator: Indicator, **values: object) -> Draft:
    """The draft with these values in its pledge on the indicator."""
    pledges = tuple(
        replace(each, **values) if each.indicator_id == indicator.pk else each  # type: ignore[arg-type]
        for each in draft.pledges
    )
    return replace(draft, pledges=pledges)


def make_readings(bureau: Unit, code: str = "visitors") -> Indicator:
    """An indicator that a bureau reads."""
    return Indicator.objects.create(
        code=code,
        position=300,
        name_zh=f"指标{code}",
        name_en=code,
        kind=Indicator.Kind.NUMBER,
        unit_of_measure_zh="万人次",
        unit_of_measure_en="10,000 visits",
        source=Indicator.Source.READINGS,
        bureau=bureau,
    )


def make_template(campaign: Campaign, *pledges: tuple[str, str | None], kinds: Sequence[str] = KINDS) -> LetterTemplate:
    """With these pledges: code of the indicator and target, null where it comes from the plan."""
    template = LetterTemplate.objects.create(
        campaign=campaign,
        kinds=list(kinds),
        title="{year}年重点项目建设承诺书",
        addressee="市委、市政府：",
        opening="{unit}承担重点项目{projects}个，年度计划投资{planned}。现郑重承诺：",
        measures="",
        closing="以上承诺，请监督。",
    )
    for position, (code, target) in enumerate(pledges, start=1):
        TemplatePledge.objects.create(
            template=template,
            indicator=Indicator.objects.get(code=code),
            position=position,
            weight=Decimal(100) / len(pledges),
            target=None if target is None else Decimal(target),
        )
    return template


def due(project_code: str, *, start: date | None = None, finish: date | None = None) -> None:
    AnnualPlan.objects.filter(project__code=project_code).update(start_due_on=start, finish_due_on=finish)


@pytest.fixture
def campaigning(town: City) -> Campaigning:
    return make_campaigning(town)


def make_campaigning(town: City) -> Campaigning:
    bureau = world.make_unit("B-TJ", town.city, kind=Unit.Kind.BUREAU)
    tourism = make_readings(bureau)
    campaign = Campaign.objects.create(
        unit=town.city, year=2022, name_zh="聚力中心化攻坚年", name_en="Year of the Centre", sign_by=date(2022, 2, 7)
    )
    template = make_template(campaign, ("investment", None), ("visitors", None))
    return Campaigning(
        town=town,
        campaign=campaign,
        template=template,
        principal=world.make_person("principal", town.county, Role.PRINCIPAL),
        mayor=world.make_person("mayor", town.city, Role.PRINCIPAL),
        tourism=tourism,
    )
