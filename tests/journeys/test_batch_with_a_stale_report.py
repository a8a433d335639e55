"""Several reports accepted at once while a colleague returns one of them: it is named and left alone."""

from playwright.sync_api import expect

from portal import clock
from portal.models import Role, Unit
from projects import lifecycle
from projects.models import Report
from tests import world
from tests.journeys.conftest import SignIn
from tests.journeys.test_one_quarter import open_quarter


def test_stale_report_of_a_batch_is_left_alone(transactional_db: None, sign_in: SignIn) -> None:
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    quarter = open_quarter(clock.today())
    for number in range(1, 5):
        unit = world.make_unit(f"43042{number}", city)
        world.make_project(f"P{number}", unit, planned=1000, year=quarter.year, total=1000)
        person = world.make_person(f"person{number}", unit, Role.APPROVER)
        world.submitted(unit, quarter, 1500 if number == 4 else 250, by=person, when=clock.now())
    reviewer = world.make_person("qian", city, Role.REVIEWER, language="en")
    colleague = world.make_person("sun", city, Role.REVIEWER)
    reports = list(Report.objects.order_by("unit__code"))

    page = sign_in(reviewer)
    page.goto("/admin/projects/report/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("accept_clean")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
    expect(page.locator(".batch input[name=report]")).to_have_count(3)
    expect(page.locator(".batch")).to_contain_text("1 warning to be looked at")
    assert {report.state for report in Report.objects.all()} == {"submitted"}

    lifecycle.send_back(reports[1], by=colleague, at=clock.now(), remark="count the piles again")
    page.get_by_role("button", name="Accept those that are ticked").click()
    expect(page.locator(".batch")).to_contain_text("Accepted (2)")
    expect(page.locator(".batch")).to_contain_text("Left alone, because they changed in the meantime (1)")
    expect(page.locator(".batch")).to_contain_text("sun decided on it in the meantime: it is returned")
    states = list(Report.objects.order_by("unit__code", "revision").values_list("state", flat=True))
    assert states == ["accepted", "returned", "draft", "accepted", "submitted"]

    page.reload()  # sends the same again: the same result
    expect(page.locator(".batch")).to_contain_text("Accepted (2)")
