"""Adjustments and exemptions: asked for by the unit, decided by the campaign's administrator, once and for good."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from commitments import relief
from commitments.fulfilment import fulfilments
from commitments.models import LetterEvent, LetterVersion, Pledge, PledgeState, Relief
from commitments.relief import Targets
from portal.models import Membership, Message, Quarter, Role, Unit
from projects.lifecycle import StepRefused, StepTaken
from tests import world
from tests.commitments import promises
from tests.commitments.promises import objects, promise
from tests.conftest import City
from tests.world import at

DAY = at("2022-05-10")
LESS = Targets(target=Decimal(3000), target_q2=Decimal(1000))


@pytest.fixture
def version(town: City) -> LetterVersion:
    draft = promises.make_draft(promises.make_campaign(town.city), town.county)
    promise(draft, "investment", 4000, 1000, 2000, 3000)
    promises.promise_milestone(draft, town.project, "complete", at("2022-06-30").date())
    return promises.put_in_force(draft, by=town.administrator)


@pytest.fixture
def pledge(version: LetterVersion) -> Pledge:
    return version.pledges.get(position=1)


def ask(pledge: Pledge, town: City, **changed: object) -> Relief:
    asked = {
        "kind": "adjusted",
        "from_quarter": town.quarter,
        "targets": LESS,
        "reason": "flood in May",
        "by": town.staff,
        "at": DAY,
    }
    return relief.ask(pledge, **{**asked, **changed})  # type: ignore[arg-type]


def test_asked_for_granted_and_in_force(town: City, pledge: Pledge) -> None:
    asked = ask(pledge, town)
    assert objects(asked.granted, asked.target, asked.target_q1, asked.target_q2) == (None, 3000, None, 1000)
    granted = relief.decide(asked, granted=True, answer="seen on site", by=town.administrator, at=DAY)
    assert (granted.granted, granted.answer, granted.decided_by) == (True, "seen on site", town.administrator)
    found = fulfilments([pledge], town.quarter)[pledge.pk]
    assert objects(found.target, found.to_date, found.is_adjusted) == (3000, None, True)
    steps = LetterEvent.objects.order_by("pk").values_list("verb", "by__name", "at")
    assert list(steps) == [("ask_relief", "staff", DAY), ("decide_relief", "administrator", DAY)]
    assert "seen on site" in LetterEvent.objects.get(verb="decide_relief").reason


def test_exemption_has_no_targets(town: City, pledge: Pledge) -> None:
    asked = ask(pledge, town, kind="exempt")
    assert (asked.kind, asked.target, asked.target_q2) == ("exempt", None, None)
    relief.decide(asked, granted=True, answer="", by=town.administrator, at=DAY)
    assert fulfilments([pledge], town.quarter)[pledge.pk].state == PledgeState.EXEMPT


def test_unit_gets_an_e_mail_of_the_decision_once(town: City, pledge: Pledge) -> None:
    asked = ask(pledge, town)
    for _twice in range(2):
        relief.decide(asked, granted=False, answer="no flood there", by=town.administrator, at=DAY)
    message = Message.objects.get(kind="relief_decided")
    assert (message.recipient, message.subject) == (town.staff, "未批准：完成投资")
    assert "no flood there" in message.text
    assert "/letters/430421/2022/fulfilment/" in message.text
    assert "no flood there" in message.html


def test_second_click_asks_once_and_another_wish_waits_for_the_answer(town: City, pledge: Pledge) -> None:
    assert ask(pledge, town) == ask(pledge, town)
    with pytest.raises(StepRefused):
        ask(pledge, town, reason="another flood")
    assert (Relief.objects.count(), LetterEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "  "}, "理由"),
        ({"targets": Targets()}, "新的全年目标"),
        ({"targets": Targets(target=Decimal(10), target_q1=Decimal(20))}, "累计"),
        (
            {
                "targets": Targets(
                    target=Decimal(4000), target_q1=Decimal(1000), target_q2=Decimal(2000), target_q3=Decimal(3000)
                )
            },
            "签订时的目标",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    town: City, pledge: Pledge, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(StepRefused, match=words):
        ask(pledge, town, **changed)
    assert not Relief.objects.exists()


def test_quarter_of_another_year_and_a_letter_not_in_force_are_refused(town: City, pledge: Pledge) -> None:
    with pytest.raises(StepRefused, match="2022"):
        ask(pledge, town, from_quarter=world.make_quarter("2021Q4"))
    draft = promises.make_draft(pledge.version.letter.campaign, town.other)
    with pytest.raises(StepTaken):
        ask(promise(draft, "investment", 10), town, by=town.stranger)


def test_who_may_ask_and_who_may_decide(town: City, pledge: Pledge) -> None:
    own = world.make_person("own", town.county, Role.ADMINISTRATOR)
    for stranger in (town.stranger, town.leader, town.reviewer):
        with pytest.raises(StepRefused):
            ask(pledge, town, by=stranger)
    asked = ask(pledge, town)
    for person in (town.staff, town.stranger, town.reviewer, town.leader, own):
        with pytest.raises(StepRefused):
            relief.decide(asked, granted=True, answer="", by=person, at=DAY)


def test_nobody_decides_on_what_they_asked_for(town: City, pledge: Pledge) -> None:
    Membership.objects.create(user=town.staff, unit=town.city, role=Role.ADMINISTRATOR)
    asked = ask(pledge, town)
    with pytest.raises(StepRefused):
        relief.decide(asked, granted=True, answer="", by=town.staff, at=DAY)
    asked.granted, asked.decided_by, asked.decided_at = True, town.staff, DAY
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.save()
    with pytest.raises(ValidationError):
        asked.validate_constraints()


def test_refusal_needs_an_answer_and_a_decision_stays(town: City, pledge: Pledge) -> None:
    asked = ask(pledge, town)
    with pytest.raises(StepRefused):
        relief.decide(asked, granted=False, answer=" ", by=town.administrator, at=DAY)
    relief.decide(asked, granted=True, answer="", by=town.administrator, at=DAY)
    second = world.make_person("second", town.city, Role.ADMINISTRATOR)
    with pytest.raises(StepTaken, match="administrator"):
        relief.decide(asked, granted=False, answer="no", by=second, at=DAY)
    for statement in (
        "UPDATE commitments_relief SET granted = false",
        "UPDATE commitments_relief SET target = 1",
        "DELETE FROM commitments_relief",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_milestone_is_adjusted_to_the_end_of_a_quarter(town: City, version: LetterVersion) -> None:
    milestone = version.pledges.get(position=2)
    asked = ask(milestone, town, targets=Targets.from_quarter(3))
    relief.decide(asked, granted=True, answer="", by=town.administrator, at=DAY)
    found = fulfilments([milestone], town.quarter)[milestone.pk]
    assert str(found.due_on) == "2022-09-30"


def test_city_with_a_province_above_is_decided_by_who_runs_the_campaign(db: None) -> None:
    province = world.make_unit("430000", kind=Unit.Kind.CITY)
    city = world.make_unit("430400", province, kind=Unit.Kind.CITY)
    quarter: Quarter = world.make_quarter("2022Q1")
    staff = world.make_person("staff", city, Role.REPORTER)
    own = world.make_person("own", city, Role.ADMINISTRATOR)
    above = world.make_person("above", province, Role.ADMINISTRATOR)
    draft = promises.make_draft(promises.make_campaign(province), city)
    pledge = promise(draft, "investment", 10)
    promises.put_in_force(draft, by=above)
    asked = relief.ask(pledge, kind="exempt", from_quarter=quarter, reason="flood", by=staff, at=DAY)
    with pytest.raises(StepRefused):
        relief.decide(asked, granted=True, answer="", by=own, at=DAY)
    assert relief.decide(asked, granted=True, answer="", by=above, at=DAY).granted
