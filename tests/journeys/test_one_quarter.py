"""One quarter, as people live it: prepared, submitted, returned, corrected, accepted; then it shows everywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from portal import clock
from portal.models import Quarter, Role, Unit, User
from portal.serve import processes
from tests import world
from tests.journeys.conftest import SignIn
from tests.smtp import Postman


@dataclass
class Cast:
    county: Unit
    quarter: Quarter
    reporter: User
    approver: User
    reviewer: User
    leader: User


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A city with one county, which answers for two projects; the quarter that has just ended is open."""
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    county = world.make_unit("430421", city)
    quarter = open_quarter(clock.today())
    for code, planned in (("A1", 1000), ("A2", 3000)):
        world.make_project(code, county, planned=planned, year=quarter.year)
    return Cast(
        county=county,
        quarter=quarter,
        reporter=world.make_person("reporter", county, Role.REPORTER, language="en"),
        approver=world.make_person("approver", county, Role.APPROVER, language="zh-hans"),
        reviewer=world.make_person("reviewer", city, Role.REVIEWER, language="en"),
        leader=world.make_person("leader", city, Role.LEADER, language="en"),
    )


def open_quarter(today: date) -> Quarter:
    """The quarter that ended last, open since yesterday and due in ten days."""
    number = (today.month - 1) // 3
    return Quarter.objects.create(
        year=today.year if number else today.year - 1,
        number=number or 4,
        opens_on=today - timedelta(days=1),
        due_on=today + timedelta(days=10),
        closes_on=today + timedelta(days=20),
    )


def received(postman: Postman, user: User, about: str) -> str:
    """The text of the one e-mail to this person whose subject begins so; waits for it to come."""

    def found() -> list[EmailMessage]:
        return [message for message in postman.to(user.email) if str(message["Subject"]).strip().startswith(about)]

    assert processes.until(lambda: len(found()) > 0, 60), f"no “{about}” came to {user.email}"
    [message] = found()
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def shows(page: Page, said: Callable[[], bool]) -> bool:
    """Load the page anew until it says so: a worker computes what it shows."""

    def fresh() -> bool:
        page.reload()
        return said()

    return processes.until(fresh, 60, pause=0.5)


def fill_line(page: Page, project: str, flow: str) -> None:
    page.get_by_role("link", name=f"Project {project}").first.click()
    page.locator("[name=flow]").fill(flow)
    page.locator("[name=stage]").select_option("continuing")
    page.locator("[name=started_on]").fill("2021-03-01")
    page.locator("[name=progress]").fill("Main structure under way")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def prepare(page: Page, cast: Cast) -> None:
    tasks = f"/quarters/{cast.quarter.label}/units/{cast.county.code}/"
    for project, flow in (("A1", "２５０"), ("A2", "500")):
        page.goto(tasks)
        fill_line(page, project, flow)
    page.goto(tasks)
    expect(page.locator("progress")).to_have_attribute("value", "2")


def submit(page: Page, cast: Cast) -> None:
    """The approver reads Chinese; the button is the only one of its form."""
    page.goto(f"/quarters/{cast.quarter.label}/units/{cast.county.code}/check/")
    page.locator("[name=signed]").check()
    page.locator("form[action$='/submit/'] button").click()
    page.wait_for_url("**/reports/*/")


def review(page: Page, cast: Cast, *, remark: str = "", step: str) -> None:
    page.goto("/admin/projects/report/")
    page.get_by_role("link", name=cast.county.name_en).first.click()
    if remark:
        line = page.locator("details", has=page.locator("textarea[name^=line_]")).first
        line.locator("summary").click()
        line.locator("textarea").fill(remark)
    page.get_by_role("button", name=step).click()
    page.wait_for_load_state()


def completion_rate(page: Page) -> str:
    return page.locator(".figure", has_text="Completion rate").locator("dd").first.inner_text().strip()


@pytest.mark.usefixtures("worker")
def test_one_quarter_from_draft_to_weekly_email(cast: Cast, postman: Postman, sign_in: SignIn) -> None:
    reporter, approver, reviewer, leader = map(sign_in, (cast.reporter, cast.approver, cast.reviewer, cast.leader))
    receipt = f"{cast.quarter.label}-{cast.county.code}"
    dashboard = f"/dashboard/?quarter={cast.quarter.label}"

    prepare(reporter, cast)
    submit(approver, cast)
    expect(approver.locator("main")).to_contain_text(f"{receipt}-1")

    review(reviewer, cast, remark="The invoices add up to 340", step="Return")
    returned = received(postman, cast.reporter, "Returned")
    assert "The invoices add up to 340" in returned
    assert f"/quarters/{cast.quarter.label}/units/{cast.county.code}/" in returned
    assert "退回" in received(postman, cast.approver, "退回")

    leader.goto(dashboard)
    assert "18.8%" not in leader.content()
    assert "21.0%" not in leader.content()

    reporter.goto(f"/quarters/{cast.quarter.label}/units/{cast.county.code}/")
    expect(reporter.locator("main")).to_contain_text("The invoices add up to 340")
    fill_line(reporter, "A1", "340")
    submit(approver, cast)
    expect(approver.locator("main")).to_contain_text(f"{receipt}-2")

    review(reviewer, cast, step="Accept")
    assert f"{receipt}-2" in received(postman, cast.reporter, "Accepted")

    leader.goto(dashboard)
    assert shows(leader, lambda: completion_rate(leader) == "21.0%"), completion_rate(leader)

    call_command("send_weekly")
    weekly = received(postman, cast.leader, "Weekly report")
    assert "Completion rate: 21.0%" in weekly
    assert "Completed year to date (CNY billion): 0.008" in weekly
    assert "Completion rate: 21.0%" in received(postman, cast.reporter, "Weekly report")
    assert "完成率: 21.0%" in received(postman, cast.approver, "工作周报")
    assert postman.to(cast.reviewer.email) == []
