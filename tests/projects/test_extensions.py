"""More time for a unit's quarter: who may ask and when, who decides, and what it changes."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from portal.models import Extension, ExtensionRequest, Message, Notice, Role
from projects import extensions, lifecycle
from projects.duty import duties
from projects.lifecycle import StepRefused, StepTaken
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
UNTIL = date(2022, 4, 15)


def ask(town: City, until: date = UNTIL, reason: str = "flood", day: str = "2022-04-05") -> ExtensionRequest:
    return extensions.ask(town.county, town.quarter, until=until, reason=reason, by=town.staff, at=at(day))


def grant(town: City, request: ExtensionRequest, until: date = UNTIL) -> ExtensionRequest:
    return extensions.grant(request, until=until, answer="", by=town.administrator, at=DAY)


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__name", flat=True))


def test_what_is_asked_tells_who_may_decide(town: City) -> None:
    world.make_person("chief", town.county, Role.ADMINISTRATOR)
    request = ask(town)
    assert (request.state, request.until, request.asked_by) == ("waiting", UNTIL, town.staff)
    assert told("extension_asked") == {"administrator"}
    assert Notice.objects.get().link == f"/extensions/{request.pk}/"
    assert not Message.objects.exists()


def test_asked_twice_the_same_is_one_request_and_another_waits_for_the_answer(town: City) -> None:
    assert ask(town) == ask(town)
    with pytest.raises(StepRefused, match="尚未答复"):
        ask(town, UNTIL + timedelta(days=1))
    assert ExtensionRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("until", "day"),
    [
        (date(2022, 4, 10), "2022-04-05"),  # the due date itself
        (date(2022, 4, 11), "2022-04-12"),  # past by now
        (date(2022, 5, 21), "2022-04-05"),  # more than thirty days past the closing
        (UNTIL, "2022-03-24"),  # not opened
    ],
)
def test_day_that_gives_no_time_or_too_much_is_refused(town: City, until: date, day: str) -> None:
    with pytest.raises(StepRefused):
        ask(town, until, day=day)
    assert not ExtensionRequest.objects.exists()


@pytest.mark.parametrize("day", ["2022-04-10", "2022-04-12", "2022-04-25"])
def test_more_time_may_be_asked_until_due_when_late_and_once_it_has_closed(town: City, day: str) -> None:
    assert ask(town, date(2022, 5, 10), day=day).state == "waiting"


def test_nobody_asks_without_a_reason_or_for_a_foreign_unit_or_one_that_has_reported(town: City) -> None:
    with pytest.raises(StepRefused):
        ask(town, reason=" ")
    with pytest.raises(StepRefused):
        extensions.ask(town.county, town.quarter, until=UNTIL, reason="x", by=town.stranger, at=DAY)
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    with pytest.raises(StepRefused):
        ask(town)


def test_granted_time_moves_the_due_date_and_is_told_by_bell_and_email(town: City) -> None:
    request = grant(town, ask(town))
    assert (request.state, request.decided_by) == ("granted", town.administrator)
    extension = Extension.objects.get()
    assert (extension.until, extension.reason, extension.granted_by) == (UNTIL, "flood", town.administrator)
    [duty] = duties([town.county], [town.quarter], on=date(2022, 4, 12))
    assert (duty.due_on, duty.days_left, duty.is_extended) == (UNTIL, 3, True)
    assert told("extension_granted") == {"staff"}
    assert Message.objects.get().kind == "extension_decided"
    assert not Notice.objects.unread().filter(kind="extension_asked").exists()


def test_report_within_granted_time_is_not_late(town: City) -> None:
    grant(town, ask(town))
    assert not world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-15", 23)).is_late


def test_fewer_days_may_be_granted_but_not_more_and_not_none(town: City) -> None:
    request = ask(town)
    for until in (date(2022, 4, 16), date(2022, 4, 10)):
        with pytest.raises(StepRefused):
            grant(town, request, until)
    assert grant(town, request, date(2022, 4, 12)).extension == Extension.objects.get(until=date(2022, 4, 12))


def test_granted_twice_is_one_extension_and_decided_otherwise_is_refused(town: City) -> None:
    request = ask(town)
    assert grant(town, request) == grant(town, request)
    with pytest.raises(StepTaken):
        extensions.refuse(request, answer="no", by=town.administrator, at=DAY)
    assert Extension.objects.count() == 1


def test_refusal_says_why_and_the_unit_may_ask_again(town: City) -> None:
    request = ask(town)
    with pytest.raises(StepRefused):
        extensions.refuse(request, answer=" ", by=town.administrator, at=DAY)
    extensions.refuse(request, answer="the figures are there", by=town.administrator, at=DAY)
    assert told("extension_refused") == {"staff"}
    assert "the figures are there" in Message.objects.get().text
    assert not Extension.objects.exists()
    assert ask(town).pk != request.pk


def test_nobody_decides_on_their_own_request_or_for_their_own_unit(town: City) -> None:
    chief = world.make_person("chief", town.county, Role.ADMINISTRATOR)
    both = world.make_person("both", town.city, Role.ADMINISTRATOR, Role.REPORTER)
    request = ask(town)
    for person in (chief, town.reviewer, town.stranger):
        with pytest.raises(StepRefused):
            extensions.grant(request, until=UNTIL, answer="", by=person, at=DAY)
    grant(town, request)
    own = extensions.ask(town.county, town.quarter, until=date(2022, 4, 16), reason="again", by=both, at=DAY)
    with pytest.raises(StepRefused):
        extensions.grant(own, until=own.until, answer="", by=both, at=DAY)


def test_request_lapses_when_the_report_is_submitted(town: City) -> None:
    request = ask(town)
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    request.refresh_from_db()
    assert request.state == "lapsed"
    with pytest.raises(StepTaken):
        grant(town, request)


def test_returned_report_may_get_more_time_too(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-18"))
    lifecycle.send_back(report, by=town.reviewer, at=at("2022-04-18"), remark="look again")
    request = ask(town, date(2022, 4, 28), day="2022-04-20")
    extensions.grant(request, until=request.until, answer="", by=town.administrator, at=at("2022-04-20"))
    [duty] = duties([town.county], [town.quarter], on=date(2022, 4, 20))
    assert (duty.returned_until, duty.due_on) == (date(2022, 4, 21), date(2022, 4, 28))


@pytest.mark.parametrize(
    "changed",
    [{"until": date(2022, 5, 1)}, {"reason": "else"}, {"state": "granted"}, {"state": "refused"}],
)
def test_database_keeps_a_request_as_it_was_asked(town: City, changed: dict[str, object]) -> None:
    request = ask(town)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtensionRequest.objects.filter(pk=request.pk).update(**changed)


def test_database_keeps_one_request_waiting_and_none_decided_by_who_asked(town: City) -> None:
    request = ask(town)
    asked = {"unit": town.county, "quarter": town.quarter, "until": UNTIL, "asked_by": town.staff, "asked_at": DAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtensionRequest.objects.create(reason="x", **asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtensionRequest.objects.filter(pk=request.pk).update(
            state="refused", answer="x", decided_by=town.staff, decided_at=DAY
        )
