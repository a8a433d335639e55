"""The demo as it is built: what the portal computes from its rows, against the published figures; and its stories."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from re import sub

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import translation

from commitments.board import Board
from commitments.demo.building import build
from commitments.situation import sentences
from portal.clock import SHANGHAI
from portal.demo.people import DOMAIN
from portal.models import Message, Quarter, Unit, User
from projects import audit, check
from projects.demo import known
from projects.demo.history import OPEN_REPORTS
from projects.models import (
    AnnualPlan,
    Assignment,
    ListEntry,
    Mark,
    Project,
    Report,
    ReportLine,
    ReportState,
    Stage,
    Valuation,
)
from projects.selection import Tree
from tests.commitments.demo.conftest import FIRST_START

CLOSED, OPEN = (2021, 4), (2022, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def board(demo: None, request: pytest.FixtureRequest) -> Board:
    year, number = request.param
    leader = User.objects.get(email=f"leader-1@{DOMAIN}")
    return Board.read(Quarter.objects.get(year=year, number=number), Tree.reached_by(leader, on=date(2022, 4, 7)))


def said(board: Board, language: str = "zh-hans") -> str:
    """The sentences of the situation page without their links, a line each."""
    with translation.override(language):
        return "\n".join(unescape(sub("<[^>]+>", "", sentence.text)) for sentence in sentences(board))


@pytest.mark.parametrize("board", [CLOSED], indirect=True)
def test_published_figures_of_2021_are_what_the_pages_compute(board: Board) -> None:
    lines = said(board).splitlines()
    assert "省重点项目52个，完成年度计划的135.1%，同比增长76.3%" in lines[2]
    assert lines[3].startswith("省重点单列项目17个")
    assert lines[3].endswith("其中产业项目15个，占88%。")
    assert "市重点项目281个，完成年度计划的131.7%" in lines[4]
    assert lines[-2:] == ["总投资十亿元以上产业项目41个。", "竣工投产产业项目65个，预计新增年产值720亿元。"]


@pytest.mark.parametrize("board", [CLOSED, OPEN], indirect=True)
def test_total_is_compared_with_2021_and_not_with_2020_which_knew_the_provincial_list_only(board: Board) -> None:
    assert board.headline().total.growth.is_not_comparable == (board.quarter.year == 2021)
    assert ("同比不可比" in said(board).splitlines()[0]) == (board.quarter.year == 2021)


@pytest.mark.parametrize("board", [CLOSED], indirect=True)
def test_published_figures_stand_in_the_english_sentences_too(board: Board) -> None:
    text = said(board, "en")
    assert "Provincial key: 52 projects, 135.1% of the annual plan, up 76.3% on the year before" in text
    assert "Municipal key: 281 projects, 131.7% of the annual plan" in text
    assert "65 industrial projects completed, with an expected added annual output of CNY 72 billion." in text


@pytest.mark.parametrize("board", [CLOSED], indirect=True)
def test_units_of_2021_are_all_reported_and_differ_plausibly(board: Board) -> None:
    rows = [row for comparison in board.units() for row in comparison.rows]
    rates = [row.figures.total.completion_rate for row in rows]
    assert len(rates) == 20
    assert board.headline().total.coverage.is_complete
    assert sum(rate is not None and rate < 1 for rate in rates) >= 2
    assert all(rate is not None and Decimal("0.8") < rate < Decimal("1.8") for rate in rates)


@pytest.mark.parametrize("board", [OPEN], indirect=True)
def test_plans_of_2022_pass_320_projects_and_110_billion(board: Board) -> None:
    total = board.headline().total
    assert total.projects >= 320
    assert total.planned > 11_000_000
    assert "2022年一季度集中开工项目96个，总投资502亿元。" in said(board).splitlines()


@pytest.mark.parametrize("board", [OPEN], indirect=True)
def test_some_projects_due_to_start_have_not(board: Board) -> None:
    rate = board.headline().total.start_rate
    assert rate is not None
    assert Decimal("0.8") < rate < 1


@pytest.mark.parametrize("board", [OPEN], indirect=True)
def test_first_quarter_of_2022_is_open_and_half_reported(board: Board) -> None:
    newest = Report.objects.filter(quarter=board.quarter).order_by("unit_id", "-revision").distinct("unit_id")
    states = Counter(Report.objects.filter(pk__in=newest).values_list("state", flat=True))
    assert states == {ReportState.ACCEPTED: 6, ReportState.SUBMITTED: 4, ReportState.DRAFT: 2}
    assert len(board.headline().total.coverage.owing) == 20
    returned = Report.objects.get(state=ReportState.RETURNED, quarter=board.quarter)
    assert returned.unit.code == "430482"
    assert returned.remarks.filter(line=None).count() == 1
    assert returned.remarks.exclude(line=None).count() == 2
    begun = Report.objects.get(quarter=board.quarter, unit__code="430407")
    assert 0 < begun.lines.exclude(edited_at=None).count() < begun.lines.count()
    unbegun = Unit.objects.exclude(report__quarter=board.quarter).exclude(kind__in=["city", "bureau"])
    assert {unit.code for unit in unbegun}.isdisjoint(OPEN_REPORTS)
    assert unbegun.count() == 8


def test_everything_in_the_past_happened_before_the_demo_begins(demo: None) -> None:
    first = datetime(2022, 4, 4, tzinfo=SHANGHAI)
    reports = Report.objects.exclude(submitted_at=None)
    assert reports.exists()
    assert not reports.filter(submitted_at__gte=first).exists()
    assert not reports.filter(reviewed_at__gte=first).exists()
    for report in reports.exclude(reviewed_at=None).select_related("quarter"):
        assert report.submitted_at is not None
        assert report.reviewed_at is not None
        assert report.quarter.opens_on <= report.submitted_at.date() <= report.reviewed_at.date()


def test_no_submitted_line_has_an_error_or_a_warning_without_its_sentence(demo: None) -> None:
    reports = Report.objects.filter(quarter__year=2022).exclude(state=ReportState.DRAFT)
    assert reports.count() == 11
    checked = [check.report(report) for report in reports]
    assert [str(each.report) for each in checked if each.errors or each.open_warnings] == []
    assert sum(len(each.warnings) for each in checked) > 50


def test_warnings_of_the_draft_are_still_to_be_explained(demo: None) -> None:
    draft = check.report(Report.objects.get(quarter__year=2022, unit__code="430407"))
    assert draft.open_warnings


def test_cells_equal_a_recompute_and_no_mark_waits(demo: None) -> None:
    assert not Mark.objects.exists()
    assert audit.differences() == []


def test_made_up_projects_say_so_and_real_ones_are_the_imported_rows(demo: None) -> None:
    real = Project.objects.filter(is_demonstration=False)
    assert real.count() == 74
    assert not real.filter(name_zh__contains="演示").exists()
    made_up = Project.objects.filter(is_demonstration=True)
    assert made_up.count() > 380
    assert not made_up.exclude(name_zh__startswith="演示项目·", name_en__startswith="Demonstration project: ").exists()


def test_real_projects_without_a_unit_are_answered_for_by_nobody_and_have_no_plan(demo: None) -> None:
    with_unit = [project.name for project in known.read()]
    without = Project.objects.filter(is_demonstration=False).exclude(name_zh__in=with_unit)
    assert without.count() == 23
    assert not Assignment.objects.filter(project__in=without).exists()
    assert not AnnualPlan.objects.filter(project__in=without).exists()


def test_real_provincial_projects_are_the_list_of_2022_and_no_earlier_one(demo: None) -> None:
    entries = ListEntry.objects.filter(project__is_demonstration=False, list__code="provincial_key")
    assert entries.in_force(on=date(2022, 3, 31)).count() == 17
    assert entries.in_force(on=date(2021, 12, 31)).count() == 0


def test_an_unpublished_total_stays_unknown(demo: None) -> None:
    project = Project.objects.get(name_zh="领湃新能源150亿瓦时高能比电芯")
    assert project.stage == Stage.COMPLETED
    assert not Valuation.objects.filter(project=project).exclude(total_investment=None).exists()


def test_a_project_that_changed_hands_is_reported_by_one_unit_after_the_other(demo: None) -> None:
    project = Assignment.objects.filter(unit__code="430473", from_on=date(2021, 7, 15)).get().project
    lines = ReportLine.objects.accepted().filter(project=project, quarter__year=2021).order_by("quarter__number")
    assert [line.unit.code for line in lines] == ["430407", "430407", "430473", "430473"]
    ends = [line.year_to_date for line in lines]
    assert ends == sorted(ends)  # type: ignore[type-var]


def test_a_plan_cut_in_july_keeps_the_one_before(demo: None) -> None:
    cut = AnnualPlan.objects.get(year=2021, in_force_on=date(2021, 7, 1))
    before = AnnualPlan.objects.get(project=cut.project, year=2021, in_force_on=date(2021, 1, 1))
    assert before.planned_investment > cut.planned_investment


def test_a_project_delisted_in_july_is_off_the_list_and_still_reported(demo: None) -> None:
    entry = ListEntry.objects.get(list__code="municipal_key", delisted_on=date(2021, 7, 20))
    assert ReportLine.objects.accepted().filter(project=entry.project, quarter__year=2021).count() == 4


def test_corrections_and_returns_of_the_past_are_kept(demo: None) -> None:
    past = Report.objects.filter(quarter__year=2021)
    assert past.filter(state=ReportState.RETURNED).count() == 2
    assert past.filter(state=ReportState.SUPERSEDED).count() == 1
    assert past.filter(state=ReportState.ACCEPTED).count() == 80


def test_the_past_sent_no_e_mails_but_those_of_the_open_quarter(demo: None) -> None:
    messages = Message.objects.all()
    assert messages.exists()
    assert {message.period[:6] for message in messages} == {"2022Q1"}


def test_building_again_changes_nothing(demo: None) -> None:
    def everything() -> dict[str, int]:
        return {model._meta.label: model._default_manager.count() for model in apps.get_models()}

    before = everything()
    assert build(started_at=FIRST_START) is False
    call_command("demo")
    assert everything() == before
