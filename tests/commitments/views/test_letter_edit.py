"""The draft: who writes what, figures as people type them, faults at their fields, and two windows at once."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from commitments import lifecycle
from commitments.models import Indicator, LetterState, LetterVersion, Pledge
from portal.models import Role, User
from tests import world
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning
from tests.world import signed_in

__all__ = ["campaigning"]
ADDRESS = "/letters/430421/2022/edit/"


@pytest.fixture
def draft(campaigning: Campaigning) -> LetterVersion:
    """The county's: 4,000 万元 of investment by the plan, visitors still without a target, two projects."""
    return campaigning.begun()


class Window:
    """The form as a person has it before them."""

    def __init__(self, user: User, language: str = "en") -> None:
        self.client = signed_in(user, language)
        self.open()

    def open(self) -> None:
        with time_machine.travel(SIGNED):
            form = self.client.get(ADDRESS).context["form"]
        self.texts = {field.html_name: str(field.value() or "") for field in form}

    def type(self, **texts: str) -> None:
        """By the names of fields, where "investment" stands for how those of the pledge begin."""
        keys = {each.code: f"i{each.pk}-" for each in Indicator.objects.all()}
        for name, text in texts.items():
            code, _underscores, field = name.partition("__")
            self.texts[f"{keys[code]}{field}" if field else name] = text

    def press(self, button: str = "", **texts: str) -> Any:
        self.type(**texts)
        posted = {name: text for name, text in self.texts.items() if text != ""} | ({button: "1"} if button else {})
        with time_machine.travel(SIGNED):
            return self.client.post(ADDRESS, posted, follow=True)


def pledge(code: str) -> Pledge:
    return Pledge.objects.get(indicator__code=code)


def test_draft_is_written_by_the_units_people_and_administrators_only(
    client: Client, campaigning: Campaigning, draft: LetterVersion
) -> None:
    assert client.get(ADDRESS)["Location"] == f"/accounts/login/?next={ADDRESS}"
    assert signed_in(campaigning.town.stranger).get(ADDRESS).status_code == 404
    for person in (campaigning.town.leader, campaigning.town.reviewer):
        assert signed_in(person).get(ADDRESS).status_code == 403
        assert signed_in(person).post(ADDRESS, {"measures": "x"}).status_code == 403
    for person in (campaigning.town.staff, campaigning.principal, campaigning.town.administrator):
        assert signed_in(person).get(ADDRESS).status_code == 200


def test_unit_writes_measures_targets_and_leaders_within_the_frame(
    campaigning: Campaigning, draft: LetterVersion
) -> None:
    window = Window(campaigning.town.staff)
    assert "title" not in window.texts
    answer = window.press(
        measures="一、包保到人。", visitors__target="９，０００", visitors__leader="王县长", investment__target="1.2亿"
    )
    assert "Saved." in answer.content.decode()
    version = LetterVersion.objects.get()
    assert (version.measures, version.edited_by) == ("一、包保到人。", campaigning.town.staff)
    assert (pledge("visitors").target, pledge("visitors").leader) == (Decimal(9000), "王县长")
    assert pledge("investment").target == Decimal(12_000)


def test_unit_cannot_write_what_is_the_administrators(campaigning: Campaigning, draft: LetterVersion) -> None:
    """What stands outside its form is not looked at."""
    window = Window(campaigning.town.staff)
    window.press(title="别的", investment__weight="1", investment__drop="on", takes_register="on")
    version = LetterVersion.objects.get()
    assert version.title == draft.title
    assert pledge("investment").weight == 50


def test_administrator_writes_everything(campaigning: Campaigning, draft: LetterVersion) -> None:
    further = Indicator.objects.get(code="projects")
    window = Window(campaigning.town.administrator)
    texts = {"title": "承诺书", "opening": "开头", "closing": "结尾", "addressee": "市政府："}
    window.press(**texts, investment__weight="60", visitors__drop="on", **{"new-indicator": str(further.pk)})
    version = LetterVersion.objects.get()
    assert {name: getattr(version, name) for name in texts} == texts
    assert list(version.pledges.values_list("indicator__code", "weight")) == [
        ("investment", Decimal(60)),
        ("projects", Decimal()),
    ]
    assert pledge("projects").target == 2  # by the plan


def test_page_shows_unit_of_measure_and_floor(campaigning: Campaigning, draft: LetterVersion) -> None:
    page = signed_in(campaigning.town.staff).get(ADDRESS).content.decode()
    assert "by the plan at least 4,000 (CNY 0.04 billion)" in page
    assert page.count('<span class="letter-unit">10,000 visits</span>') == 4
    chinese = signed_in(campaigning.town.staff, "zh-hans").get(ADDRESS).content.decode()
    assert "计划：不低于4,000万元（0.4亿元）" in chinese


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("investment__target", "很多", "Enter a number in 10,000 CNY"),
        ("investment__target", "-5", "A target can&#x27;t be below zero."),
        ("investment__target_q1", "1.234", "At most two decimals"),
        ("visitors__target", "12个项目", "Enter a number such as 12.5"),
        ("visitors__target", "1.23456", "At most four decimals."),
        ("visitors__target", "9" * 15, "This figure is too long."),
    ],
)
def test_figure_that_cannot_be_read_stays_in_its_field_and_all_else_is_saved(
    campaigning: Campaigning, draft: LetterVersion, field: str, text: str, words: str
) -> None:
    window = Window(campaigning.town.staff)
    answer = window.press(measures="一、", **{field: text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Saved, but for these fields" in page
    assert page.count(words) == 2
    assert f'value="{text}"' in page
    assert LetterVersion.objects.get().measures == "一、"
    assert (pledge("investment").target, pledge("visitors").target) == (Decimal(4000), None)


def test_quarters_that_fall_are_refused_together_and_said_at_the_quarter(
    campaigning: Campaigning, draft: LetterVersion
) -> None:
    window = Window(campaigning.town.staff)
    answer = window.press(visitors__target_q1="50", visitors__target_q2="40", visitors__target="90", measures="一、")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("40 is below the 50 before it") == 2
    saved = pledge("visitors")
    assert (saved.target_q1, saved.target_q2, saved.target) == (None, None, None)
    assert LetterVersion.objects.get().measures == "一、"
    for text in ("50", "40", "90"):
        assert f'value="{text}"' in page, text


def test_percentage_may_fall_below_zero_and_take_its_sign(campaigning: Campaigning, draft: LetterVersion) -> None:
    growth = Indicator.objects.get(code="investment_growth")
    administrator = Window(campaigning.town.administrator)
    administrator.press(**{"new-indicator": str(growth.pk)})
    window = Window(campaigning.town.staff)
    assert window.press(investment_growth__target="－3.5％").status_code == 200
    assert pledge("investment_growth").target == Decimal("-3.5")


def test_milestone_is_pledged_changed_and_taken_out(campaigning: Campaigning, draft: LetterVersion) -> None:
    project = campaigning.town.second
    window = Window(campaigning.town.staff)
    new = {"new-project": str(project.pk), "new-milestone": "start", "new-leader": "李局长"}
    answer = window.press(**new)
    assert answer.status_code == 422
    assert "A milestone needs a project, what is reached, and the day." in answer.content.decode()
    window.open()
    assert window.press(**new, **{"new-due_on": "2022年6月30日"}).status_code == 200
    milestone = Pledge.objects.get(project=project)
    assert (milestone.milestone, str(milestone.due_on), milestone.target) == ("start", "2022-06-30", Decimal(1))
    window.open()
    answer = window.press(**new, **{"new-due_on": "2022-07-01", f"m{project.pk}-start-due_on": "2022.9.1"})
    assert "pledges this milestone of the project already" in answer.content.decode()
    assert str(Pledge.objects.get(project=project).due_on) == "2022-09-01"
    window.open()
    assert window.press(**{f"m{project.pk}-start-due_on": ""}).status_code == 422
    window.open()
    assert window.press(**{f"m{project.pk}-start-drop": "on"}).status_code == 200
    assert not Pledge.objects.filter(project=project).exists()


def test_empty_quarters_are_filled_by_time_proportional_progress_and_nothing_is_saved(
    campaigning: Campaigning, draft: LetterVersion
) -> None:
    window = Window(campaigning.town.staff)
    answer = window.press("fill", visitors__target="120", visitors__target_q2="77")
    form = answer.context["form"]
    [row] = [row for row in form.rows if row.pledge.indicator.code == "visitors"]
    assert [field.value() for field in row.quarters] == ["77", "77", "120"]  # the latest counts: no share of it
    assert pledge("visitors").target is None
    Indicator.objects.filter(code="visitors").update(adds_up="sum")
    form = window.press("fill").context["form"]
    [row] = [row for row in form.rows if row.pledge.indicator.code == "visitors"]
    assert [field.value() for field in row.quarters] == ["30", "77", "90"]
    page = window.press("fill").content.decode()
    assert "2 empty fields filled." in page
    assert "data-unsaved" in page


def test_two_windows_on_different_fields_both_keep_what_they_typed(
    campaigning: Campaigning, draft: LetterVersion
) -> None:
    first, second = Window(campaigning.town.staff), Window(campaigning.principal)
    first.press(visitors__target="100")
    answer = second.press(measures="一、")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "staff saved this letter at" in page
    assert "Taken over from what was saved" in page
    assert LetterVersion.objects.get().measures == ""
    second.texts = {field.html_name: str(field.value() or "") for field in answer.context["form"]}
    assert second.press().status_code == 200
    assert (LetterVersion.objects.get().measures, pledge("visitors").target) == ("一、", Decimal(100))


@pytest.mark.parametrize(("choice", "target"), [("theirs", 100), ("mine", 200)])
def test_two_windows_on_one_field_choose(
    campaigning: Campaigning, draft: LetterVersion, choice: str, target: int
) -> None:
    first, second = Window(campaigning.town.staff), Window(campaigning.principal)
    first.press(visitors__target="100")
    answer = second.press(visitors__target="200")
    assert answer.status_code == 409
    [(name, _label, theirs, mine)] = answer.context["disputed"]
    assert (theirs, mine) == ("100", "200")
    second.texts = {field.html_name: str(field.value() or "") for field in answer.context["form"]}
    second.press(**{f"keep-{name}": choice})
    assert pledge("visitors").target == target


def test_double_click_saves_once(campaigning: Campaigning, draft: LetterVersion) -> None:
    window = Window(campaigning.town.staff)
    for _click in range(2):
        assert window.press(visitors__target="100").status_code == 200
    assert LetterVersion.objects.get().edition == draft.edition + 1


def test_draft_issued_meanwhile_gives_back_what_was_typed(campaigning: Campaigning, draft: LetterVersion) -> None:
    window = Window(campaigning.town.staff)
    Window(campaigning.town.administrator).press(visitors__target="100")
    lifecycle.issue(LetterVersion.objects.get(), by=campaigning.town.administrator, at=DAY)
    answer = window.press(measures="一、写了很久")
    assert answer.status_code == 409
    assert "一、写了很久" in answer.content.decode()
    assert signed_in(campaigning.town.staff).get(ADDRESS)["Location"] == "/letters/430421/2022/"


def test_findings_stand_above_the_form_and_lead_to_their_fields(campaigning: Campaigning, draft: LetterVersion) -> None:
    page = signed_in(campaigning.town.staff).get(ADDRESS).content.decode()
    assert f'href="#id_i{campaigning.tourism.pk}-target"' in page
    assert "Give the target of the year." in page


def test_markup_and_nul_typed_into_a_draft_do_no_harm(campaigning: Campaigning, draft: LetterVersion) -> None:
    window = Window(campaigning.town.staff)
    answer = window.press("done", measures="<script>alert(1)</script>\x00", visitors__leader="<b>王</b>")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_letter_without_projects_offers_no_milestone(campaigning: Campaigning) -> None:
    campaigning.begun(campaigning.town.other)
    person = world.make_person("person", campaigning.town.other, Role.REPORTER)
    page = signed_in(person).get("/letters/430422/2022/edit/").content.decode()
    assert "Pledge a milestone" not in page
    assert LetterVersion.objects.get().state == LetterState.DRAFT


def test_what_was_typed_when_the_session_had_ended_is_back_after_the_sign_in(
    campaigning: Campaigning, draft: LetterVersion
) -> None:
    window = Window(campaigning.town.staff)
    window.client.logout()
    window.type(measures="一、写了很久", visitors__target="不知道")
    with time_machine.travel(SIGNED):
        answer = window.client.post(ADDRESS, window.texts)
        assert answer["Location"] == f"/accounts/login/?next={ADDRESS}"
        window.client.force_login(campaigning.town.staff)
        page = window.client.get(ADDRESS).content.decode()
        for text in ("一、写了很久", 'value="不知道"', "is back in the form", "data-unsaved"):
            assert text in page, text
        assert "is back in the form" not in window.client.get(ADDRESS).content.decode()
