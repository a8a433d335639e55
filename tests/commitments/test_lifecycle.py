"""How a letter is begun and drafted: by whom, within which frame, and what nobody can overwrite."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from commitments import lifecycle
from commitments.lifecycle import Draft, DraftPledge, DraftRefused, LetterTaken, StepRefused
from commitments.models import Indicator, LetterEvent, LetterState, LetterVersion, Pledge
from portal.models import Membership, Role, Unit
from tests import world
from tests.commitments.letters import DAY, Campaigning, campaigning, changed, make_template

__all__ = ["campaigning"]


def told(*values: object) -> list[object]:
    """Values to be compared with others that are as much: 4000 with Decimal("4000.0000")."""
    return list(values)


def events(version: LetterVersion) -> list[str]:
    return list(LetterEvent.objects.filter(letter=version.letter).order_by("pk").values_list("verb", flat=True))


def state(version: LetterVersion) -> str:
    return LetterVersion.objects.get(pk=version.pk).state


def investment(version: LetterVersion) -> Pledge:
    return version.pledges.get(indicator__code="investment")


# Begin.


def test_letter_begins_with_the_template_the_projects_and_the_plan(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    assert (version.state, version.number, version.serial) == ("draft", 1, None)
    assert version.title == "2022年重点项目建设承诺书"
    assert version.opening == "单位430421承担重点项目2个，年度计划投资4,000万元。现郑重承诺："
    assert told(*((each.position, each.name, each.planned_investment) for each in version.projects.all())) == [
        (1, "项目A1", 1000),
        (2, "项目A2", 3000),
    ]
    pledges = list(version.pledges.all())
    assert told(*((each.name_zh, each.target, each.floor, each.weight) for each in pledges)) == [
        ("完成投资", 4000, 4000, 50),
        ("指标visitors", None, None, 50),
    ]
    assert [pledges[0].to_date(number) for number in (1, 2, 3, 4)] == [1000, 2000, 3000, 4000]
    assert events(version) == ["begin"]


def test_beginning_again_gives_the_open_version(campaigning: Campaigning) -> None:
    assert campaigning.begun() == campaigning.begun()
    assert LetterEvent.objects.count() == 1


def test_letter_is_not_begun_anew_once_it_is_in_force(campaigning: Campaigning) -> None:
    campaigning.in_force()
    with pytest.raises(StepRefused, match="修订"):
        campaigning.begun()


@pytest.mark.parametrize("person", ["staff", "reviewer", "leader", "stranger"])
def test_only_an_administrator_begins_issues_and_takes_back(campaigning: Campaigning, person: str) -> None:
    by = getattr(campaigning.town, person)
    with pytest.raises(StepRefused):
        lifecycle.begin(campaigning.campaign, campaigning.town.county, by=by, at=DAY)
    with pytest.raises(StepRefused):
        lifecycle.begin_all(campaigning.campaign, by=by, at=DAY)
    with pytest.raises(StepRefused):
        lifecycle.issue(campaigning.begun(), by=by, at=DAY)
    with pytest.raises(StepRefused):
        lifecycle.take_back(campaigning.issued(), by=by, at=DAY, reason="r")


def test_administrator_of_a_unit_begins_its_letter_and_no_others(campaigning: Campaigning) -> None:
    own = world.make_person("county-administrator", campaigning.town.county, Role.ADMINISTRATOR)
    assert lifecycle.begin(campaigning.campaign, campaigning.town.county, by=own, at=DAY).state == LetterState.DRAFT
    with pytest.raises(StepRefused):
        lifecycle.begin(campaigning.campaign, campaigning.town.other, by=own, at=DAY)


def test_unit_without_projects_begins_with_readings_only(campaigning: Campaigning) -> None:
    version = campaigning.begun(campaigning.town.other)
    assert [each.indicator for each in version.pledges.all()] == [campaigning.tourism]
    assert not version.projects.exists()


def test_the_campaigns_own_unit_a_unit_that_ended_and_a_kind_without_template_sign_nothing(
    campaigning: Campaigning,
) -> None:
    town = campaigning.town
    ended = world.make_unit("430499", town.city, valid_until=date(2021, 12, 31))
    company = world.make_unit("C-1", town.city, kind=Unit.Kind.PLATFORM_COMPANY)
    elsewhere = world.make_unit("110000", kind=Unit.Kind.COUNTY)
    Membership.objects.create(user=town.administrator, unit=elsewhere, role=Role.ADMINISTRATOR)
    for unit in (town.city, ended, company, elsewhere):
        with pytest.raises(StepRefused):
            campaigning.begun(unit)


def test_begin_all_begins_what_can_be_begun_and_says_why_not_the_rest(campaigning: Campaigning) -> None:
    campaigning.begun()
    begun, skipped = lifecycle.begin_all(campaigning.campaign, by=campaigning.town.administrator, at=DAY)
    assert [version.letter.unit for version in begun] == [campaigning.town.other]
    assert [unit.code for unit, _reason in skipped] == ["430421", "B-TJ"]
    assert all(reason for _unit, reason in skipped)


def test_begin_all_takes_the_same_queries_for_one_unit_and_for_many(
    campaigning: Campaigning, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    town = campaigning.town
    campaigning.begun()
    world.make_project("B1", town.other)
    with django_assert_num_queries(21):
        assert len(lifecycle.begin_all(campaigning.campaign, by=town.administrator, at=DAY)[0]) == 1
    for number in range(20):
        unit = world.make_unit(f"N{number}", town.city)
        world.make_project(f"P{number}", unit)
    with django_assert_num_queries(21):
        assert len(lifecycle.begin_all(campaigning.campaign, by=town.administrator, at=DAY)[0]) == 20


# Draft.


def test_unit_writes_measures_targets_and_leaders(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    draft = changed(replace(Draft.of(version), measures="每周调度"), campaigning.tourism, target=Decimal("98.5"))
    draft = replace(draft, pledges=tuple(replace(each, leader="李副县长") for each in draft.pledges))
    saved = lifecycle.save_draft(version, draft, edition=0, by=campaigning.town.staff, at=DAY)
    assert (saved.measures, saved.edition, saved.edited_by, saved.edited_at) == (
        "每周调度",
        1,
        campaigning.town.staff,
        DAY,
    )
    assert [(each.target, each.leader, each.floor) for each in saved.pledges.all()] == [
        (4000, "李副县长", 4000),
        (Decimal("98.5"), "李副县长", None),
    ]


def test_unit_pledges_and_drops_milestones_of_the_listed_projects(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    town = campaigning.town
    milestone = DraftPledge(project_id=town.project.pk, milestone="start", due_on=date(2022, 5, 31))
    draft = Draft.of(version)
    saved = lifecycle.save_draft(
        version, replace(draft, pledges=(*draft.pledges, milestone)), edition=0, by=town.staff, at=DAY
    )
    pledge = saved.pledges.get(milestone="start")
    assert (pledge.name_zh, pledge.name_en, pledge.unit_of_measure_zh) == ("项目A1开工", "Project A1: started", "项")
    assert [pledge.to_date(number) for number in (1, 2, 3, 4)] == [None, 1, 1, 1]
    assert Draft.of(saved).pledges[-1] == milestone
    dropped = lifecycle.save_draft(saved, draft, edition=1, by=town.staff, at=DAY)
    assert not dropped.pledges.filter(milestone="start").exists()


def test_unit_changes_nothing_beyond_its_frame(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    town = campaigning.town
    foreign = world.make_project("B1", town.other)
    draft = Draft.of(version)
    first, second = draft.pledges
    beyond = [
        replace(draft, title="x"),
        replace(draft, addressee="x"),
        replace(draft, opening="x"),
        replace(draft, closing="x"),
        replace(draft, takes_register=True),
        replace(draft, pledges=(first,)),
        replace(draft, pledges=(second, first)),
        replace(draft, pledges=(replace(first, weight=Decimal(60)), second)),
        replace(draft, pledges=(*draft.pledges, DraftPledge(indicator_id=Indicator.objects.get(code="large").pk))),
        replace(
            draft,
            pledges=(
                *draft.pledges,
                DraftPledge(project_id=foreign.pk, milestone="start", due_on=date(2022, 5, 1)),
            ),
        ),
        replace(
            draft,
            pledges=(
                *draft.pledges,
                DraftPledge(project_id=town.project.pk, milestone="start", due_on=date(2022, 5, 1), weight=Decimal(1)),
            ),
        ),
    ]
    for each in beyond:
        with pytest.raises(StepRefused):
            lifecycle.save_draft(version, each, edition=0, by=town.staff, at=DAY)
    assert Draft.of(LetterVersion.objects.get(pk=version.pk)) == draft


def test_administrator_changes_everything(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    rate = Indicator.objects.get(code="completion_rate")
    draft = Draft(
        title="题",
        addressee="",
        opening="开头",
        measures="措施",
        closing="结尾",
        pledges=(DraftPledge(indicator_id=rate.pk, weight=Decimal(100), leader="张"),),
    )
    saved = lifecycle.save_draft(version, draft, edition=0, by=campaigning.town.administrator, at=DAY)
    pledge = saved.pledges.get()
    assert told(pledge.indicator, pledge.floor, pledge.unit_of_measure_zh) == [rate, 100, "%"]
    assert [pledge.to_date(number) for number in (1, 2, 3, 4)] == [25, 50, 75, 100]
    assert (saved.title, saved.closing) == ("题", "结尾")


@pytest.mark.parametrize("person", ["reviewer", "leader", "stranger"])
def test_nobody_else_writes_a_draft(campaigning: Campaigning, person: str) -> None:
    version = campaigning.begun()
    with pytest.raises(StepRefused):
        lifecycle.save_draft(version, Draft.of(version), edition=0, by=getattr(campaigning.town, person), at=DAY)


def test_stale_draft_is_refused_and_shows_what_was_saved(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    town = campaigning.town
    mine = replace(Draft.of(version), measures="mine")
    lifecycle.save_draft(version, replace(mine, measures="theirs"), edition=0, by=town.administrator, at=DAY)
    with pytest.raises(LetterTaken, match="administrator") as taken:
        lifecycle.save_draft(version, mine, edition=0, by=town.staff, at=DAY)
    assert taken.value.version.measures == "theirs"


def test_saving_the_same_twice_changes_nothing(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    draft = replace(Draft.of(version), measures="mine")
    for _click in range(2):
        saved = lifecycle.save_draft(version, draft, edition=0, by=campaigning.town.staff, at=DAY)
    assert saved.edition == 1


def test_what_no_row_can_hold_is_refused_at_its_field_and_nothing_is_saved(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    draft = Draft.of(version)
    falling = changed(draft, campaigning.tourism, target_q1=Decimal(9), target_q2=Decimal(8), target=Decimal(10))
    with pytest.raises(DraftRefused) as refused:
        lifecycle.save_draft(version, falling, edition=0, by=campaigning.town.staff, at=DAY)
    assert [finding.field for finding in refused.value.findings] == ["pledges.1.target_q2"]
    twice = replace(draft, pledges=(*draft.pledges, draft.pledges[0]))
    with pytest.raises(DraftRefused):
        lifecycle.save_draft(version, twice, edition=0, by=campaigning.town.administrator, at=DAY)
    assert Draft.of(LetterVersion.objects.get(pk=version.pk)) == draft


def test_register_taken_anew_moves_the_plan_and_what_stood_at_it(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    world.make_project("A3", campaigning.town.county, planned=500)
    draft = replace(Draft.of(version), takes_register=True)
    saved = lifecycle.save_draft(version, draft, edition=0, by=campaigning.town.administrator, at=DAY)
    assert saved.projects.count() == 3
    assert told(investment(saved).target, investment(saved).floor) == [4500, 4500]


def test_register_taken_anew_leaves_what_was_promised_beyond_the_plan(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    world.make_project("A3", campaigning.town.county, planned=500)
    pledged = Indicator.objects.get(code="investment")
    draft = replace(changed(Draft.of(version), pledged, target=Decimal(5000)), takes_register=True)
    saved = lifecycle.save_draft(version, draft, edition=0, by=campaigning.town.administrator, at=DAY)
    assert told(investment(saved).target, investment(saved).floor) == [5000, 4500]


def test_unit_does_not_drop_a_milestone_that_has_a_weight(campaigning: Campaigning) -> None:
    version, town = campaigning.begun(), campaigning.town
    day = date(2022, 5, 31)
    milestone = DraftPledge(project_id=town.project.pk, milestone="start", due_on=day, weight=Decimal(10))
    draft = Draft.of(version)
    saved = lifecycle.save_draft(
        version, replace(draft, pledges=(*draft.pledges, milestone)), edition=0, by=town.administrator, at=DAY
    )
    with pytest.raises(StepRefused):
        lifecycle.save_draft(saved, draft, edition=1, by=town.staff, at=DAY)


def test_template_of_the_kind_is_taken_and_its_target_no_more_than_asked(campaigning: Campaigning) -> None:
    park = world.make_unit("P-1", campaigning.town.city, kind=Unit.Kind.PLATFORM_COMPANY)
    world.make_project("X1", park, planned=900)
    make_template(
        campaigning.campaign, ("completion_rate", "95"), ("top500", "1"), ("large", None), kinds=["platform_company"]
    )
    version = campaigning.begun(park)
    assert told(
        *((each.indicator.code, each.target, each.floor) for each in version.pledges.all() if each.indicator)
    ) == [
        ("completion_rate", 95, 95),
        ("top500", 1, 1),
    ]
