"""A dashboard that the browser has is not built again, unless anything that it shows has changed."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.messages import constants
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from commitments.models import Policy
from portal import revisits
from portal.models import Membership, Notice, Quarter, Role, Unit, User, change
from projects import audit, drafting, rollups
from projects.models import Category, Cell, KeptSum, Mark, ProjectList, Report
from tests import world
from tests.commitments import letters
from tests.conftest import City
from tests.world import at

NOW = at("2022-04-05")
PAGE = "/dashboard/"


def accept(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=NOW)
    world.accepted(report, by=town.reviewer, when=NOW)
    rollups.drain(at=NOW)


def wait_long(town: City) -> None:
    mark = Mark.objects.create(unit=town.county, quarter=town.quarter)
    Mark.objects.filter(pk=mark.pk).update(made_at=Now() - timedelta(minutes=2))


def issue_letter(town: City) -> None:
    letters.make_campaigning(town).issued()


def repair(town: City) -> None:
    """The audit finds a sum that is kept wrong."""
    KeptSum.objects.filter(unit=town.city).update(planned=7)
    assert audit.repair(at=NOW)


CHANGES: dict[str, Callable[[City], object]] = {
    "an accepted report": accept,
    "a cell": lambda town: Cell.objects.update(planned=7),
    "a cell that is gone": lambda town: Cell.objects.all().delete(),
    "a sum that was kept wrong": repair,
    "a project moved away": lambda town: [
        town.project.assignment_set.update(unit=town.other),
        rollups.drain(at=NOW),
    ],
    "a unit's name": lambda town: Unit.objects.filter(pk=town.county.pk).update(name_en="Nowhere"),
    "a list's name": lambda town: ProjectList.objects.filter(code="municipal_key").update(name_en="Another"),
    "a category's name": lambda town: Category.objects.update(name_en="Another"),
    "the policy": lambda town: Policy.objects.create(
        effective_on=date(2022, 3, 31), baseline_factor="1.2", reason="× 120%"
    ),
    "a light": lambda town: Policy.objects.all()[0].lights.update(name_en="Dim"),
    "a group's units": lambda town: Policy.objects.all()[0].groups.all()[0].units.add(town.other),
    "a quarter": lambda town: world.make_quarter("2021Q4"),
    "a quarter's days": lambda town: Quarter.objects.update(opens_on=date(2022, 3, 1)),
    "the person's name": lambda town: User.objects.filter(pk=town.leader.pk).update(name="Another"),
    "the person's language": lambda town: User.objects.filter(pk=town.leader.pk).update(language="zh-hans"),
    "a role": lambda town: Membership.objects.create(user=town.leader, unit=town.county, role=Role.PRINCIPAL),
    "a notice": lambda town: Notice.objects.create(
        recipient=town.leader, kind="accepted", about="x", link="/", created_at=NOW
    ),
    "a letter": issue_letter,
    "marks that wait": wait_long,
}


@pytest.fixture
def kept(town: City) -> Client:
    """The browser of the leader, who has seen the page once: its forms have a token from then on."""
    rollups.drain(at=NOW)
    client = world.signed_in(town.leader)
    with time_machine.travel(NOW):
        client.get(PAGE)
    return client


def asked(client: Client, tag: str = "", page: str = PAGE) -> tuple[int, str]:
    answer = client.get(page, headers={"if-none-match": tag} if tag else {})
    return answer.status_code, answer.headers.get("ETag", "")


def test_page_that_the_browser_has_is_not_built_again(kept: Client) -> None:
    with time_machine.travel(NOW):
        status, tag = asked(kept)
        assert status == 200
        assert asked(kept, tag) == (304, tag)
        assert kept.get(PAGE, headers={"if-none-match": tag}).content == b""


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_the_page_shows_makes_it_a_new_one(kept: Client, town: City, what: str) -> None:
    with time_machine.travel(NOW):
        _status, tag = asked(kept)
        CHANGES[what](town)
        status, after = asked(kept, tag)
    assert status == 200
    assert after != tag


def test_page_is_never_older_than_its_tag(kept: Client) -> None:
    """A quarter opens after the calendar has been read for the tag, and before the revision is asked."""
    page, label = f"{PAGE}?quarter=2022Q1", "2021Q4"

    def open_another(execute: Any, sql: str, *about: Any) -> Any:
        if change.REVISION.name in sql and not Quarter.objects.filter(year=2021).exists():
            world.make_quarter(label)
        return execute(sql, *about)

    with time_machine.travel(NOW):
        with connection.execute_wrapper(open_another):
            answer = kept.get(page)
        if asked(kept, answer.headers["ETag"], page)[0] == 304:
            assert label in answer.content.decode()


def test_another_day_another_address_and_another_person_are_other_pages(kept: Client, town: City) -> None:
    with time_machine.travel(NOW):
        _status, tag = asked(kept)
        assert asked(kept, tag, "/dashboard/?quarter=2022Q1")[0] == 200
        other = world.signed_in(town.reviewer)
        other.get(PAGE)
        assert asked(other, tag)[0] == 200
    with time_machine.travel(NOW + timedelta(days=1)):
        assert asked(kept, tag)[0] == 200


def test_message_that_waits_is_said(kept: Client) -> None:
    with time_machine.travel(NOW):
        _status, tag = asked(kept)
        session = kept.session
        session["_messages"] = f'[["__json_message", 0, {constants.INFO}, "Saved."]]'
        session.save()
        answer = kept.get(PAGE, headers={"if-none-match": tag})
        assert (answer.status_code, "Saved." in answer.content.decode()) == (200, True)


def test_file_is_made_anew(kept: Client) -> None:
    with time_machine.travel(NOW):
        assert "ETag" not in kept.get(f"{PAGE}?export=csv").headers


def test_revision_stays_when_changes_are_folded(town: City) -> None:
    topics = {"units", "people", f"unit:{town.county.pk}"}
    before = change.revision(topics)
    change.fold()
    assert change.revision(topics) == before
    assert change.Change.objects.filter(topic="units").count() == 1
    Unit.objects.filter(pk=town.county.pk).update(name_en="Nowhere")
    assert change.revision(topics) != before


def test_statement_that_writes_no_row_changes_no_topic_of_a_unit(town: City) -> None:
    topics = {f"unit:{town.county.pk}"}
    before = change.revision(topics)
    Report.objects.filter(unit=town.county).update(reason="")
    assert change.revision(topics) == before
    drafting.begin(town.county, town.quarter, by=town.staff, at=NOW)
    assert change.revision(topics) != before


@pytest.mark.parametrize(
    "changed", ["portal/clock.py", "templates/base.html", "static/css/site.css", "static/js/csrf.js"]
)
def test_another_version_of_the_portal_has_other_tags(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / changed
    file.parent.mkdir(parents=True)
    monkeypatch.setattr(revisits, "CHECKOUT", tmp_path)
    digests = set()
    for words in ("before", "after"):
        file.write_text(words)
        digests.add(revisits.version.__wrapped__())
    assert len(digests) == 2
