"""Rows for counting queries: more of everything that a list, a board or a page of one unit shows."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from commitments.models import Campaign, Indicator, Letter, LetterVersion, Pledge, Reading, ScoringRuling
from portal.models import (
    Extension,
    ExtensionRequest,
    Membership,
    Message,
    Notice,
    Quarter,
    Role,
    Suggestion,
    Unit,
    User,
)
from projects import rollups
from projects.models import (
    AnnualPlan,
    Assignment,
    Chain,
    ListEntry,
    Project,
    Report,
    ReportLine,
    ReportState,
    RollupAlarm,
    Stage,
    Valuation,
)
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
FIRST = date(2021, 1, 1)


def grow(town: City, campaign: Campaign, person: User, *, since: int, to: int) -> None:
    """The rows numbered from `since` up to `to`, written by as few statements; `person` is told of them."""
    numbers = range(since, to)
    units = Unit.objects.bulk_create(
        Unit(code=f"6{number:05}", kind=Unit.Kind.COUNTY, parent=town.city, name_zh=f"县{number}", name_en=f"U{number}")
        for number in numbers
    )
    people = User.objects.bulk_create(User(email=f"grown{number}@example.test", name="x") for number in numbers)
    Membership.objects.bulk_create(
        Membership(user=user, unit=unit, role=Role.REPORTER) for user, unit in zip(people, units, strict=True)
    )
    own = _projects([f"G{number}" for number in numbers], [town.county] * len(units))
    others = _projects([f"H{number}" for number in numbers], units)
    Chain.objects.bulk_create(Chain(code=f"c{number}", name_zh=f"链{number}") for number in list(numbers)[:5])
    _reports(town, units, others)
    _draft_lines(town, own)
    _letters(town, campaign, units)
    _told(town, person, units, people)
    rollups.drain(at=DAY)


def _projects(codes: Sequence[str], units: Sequence[Unit]) -> list[Project]:
    made = Project.objects.bulk_create(
        Project(code=code, name_zh=f"项目{code}", name_en=code, stage=Stage.CONTINUING, started_on=FIRST)
        for code in codes
    )
    pairs = list(zip(made, units, strict=True))
    listed, sorted_so = world.make_list(), world.make_category()
    Assignment.objects.bulk_create(
        Assignment(project=project, unit=unit, from_on=FIRST, reason="t") for project, unit in pairs
    )
    AnnualPlan.objects.bulk_create(
        AnnualPlan(
            project=project,
            year=2022,
            in_force_on=date(2022, 1, 1),
            planned_investment=Decimal(1000),
            category=sorted_so,
            reason="t",
        )
        for project in made
    )
    ListEntry.objects.bulk_create(
        ListEntry(project=project, list=listed, listed_on=FIRST, reason="t") for project in made
    )
    Valuation.objects.bulk_create(
        Valuation(project=project, from_on=FIRST, total_investment=Decimal(9000), reason="t") for project in made
    )
    return made


def _reports(town: City, units: Sequence[Unit], projects: Sequence[Project]) -> None:
    """Submitted, every second of them accepted; the first of all waits."""
    reports = Report.objects.bulk_create(
        Report(unit=unit, quarter=town.quarter, preparer_ids=[town.staff.pk]) for unit in units
    )
    ReportLine.objects.bulk_create(
        _line(report, project, town) for report, project in zip(reports, projects, strict=True)
    )
    own = Report.objects.filter(pk__in=[report.pk for report in reports])
    own.update(
        state=ReportState.SUBMITTED,
        submitted_by=town.staff,
        submitted_at=DAY,
        receipt=Concat(Value("G"), Cast("pk", CharField())),
        line_count=1,
        warning_count=0,
        unexplained_count=0,
    )
    own.filter(pk__in=[report.pk for report in reports[1::2]]).update(
        state=ReportState.ACCEPTED, reviewed_by=town.reviewer, reviewed_at=DAY
    )


def _draft_lines(town: City, projects: Sequence[Project]) -> None:
    """In the county's open draft."""
    draft = Report.objects.get(unit=town.county, state=ReportState.DRAFT)
    ReportLine.objects.bulk_create(_line(draft, project, town) for project in projects)


def _line(report: Report, project: Project, town: City) -> ReportLine:
    return ReportLine(
        report=report,
        project=project,
        unit_id=report.unit_id,
        quarter_id=report.quarter_id,
        year=report.quarter.year,
        flow=Decimal(250),
        year_to_date=Decimal(250),
        typed="flow",
        stage=Stage.CONTINUING,
        started_on=FIRST,
        progress="主体施工",
        edited_by=town.staff,
        edited_at=DAY,
        version=1,
    )


def _letters(town: City, campaign: Campaign, units: Sequence[Unit]) -> None:
    letters = Letter.objects.bulk_create(Letter(campaign=campaign, unit=unit) for unit in units)
    versions = LetterVersion.objects.bulk_create(
        LetterVersion(letter=letter, title="t", opening="o", closing="c") for letter in letters
    )
    investment = Indicator.objects.get(code="investment")
    Pledge.objects.bulk_create(
        Pledge(
            version=version,
            indicator=investment,
            target=Decimal(100),
            position=1,
            name_zh="完成投资",
            unit_of_measure_zh="万元",
        )
        for version in versions
    )
    ScoringRuling.objects.bulk_create(
        ScoringRuling(
            campaign=campaign,
            unit=unit,
            kind=ScoringRuling.Kind.DISQUALIFIED,
            from_quarter=town.quarter,
            reason="r",
            made_by=town.administrator,
            made_at=DAY,
        )
        for unit in units
    )
    read = Indicator.objects.filter(source=Indicator.Source.READINGS)[0]
    Reading.objects.bulk_create(
        Reading(
            indicator=read,
            unit=unit,
            quarter=town.quarter,
            value=Decimal(5),
            loaded_by=town.administrator,
            loaded_at=DAY,
            source="s",
            published_on=DAY,
        )
        for unit in units
    )


def _told(town: City, person: User, units: Sequence[Unit], people: Sequence[User]) -> None:
    quarter = Quarter.objects.get(year=2022, number=2)
    asked = {"quarter": quarter, "until": date(2022, 7, 25), "reason": "flood", "asked_by": town.staff, "asked_at": DAY}
    ExtensionRequest.objects.bulk_create(ExtensionRequest(unit=unit, **asked) for unit in units)
    granted = {"quarter": town.quarter, "until": date(2022, 5, 1), "reason": "flood", "granted_at": DAY}
    Extension.objects.bulk_create(Extension(unit=unit, granted_by=town.administrator, **granted) for unit in units)
    RollupAlarm.objects.bulk_create(RollupAlarm(unit=unit, quarter=town.quarter, raised_at=DAY) for unit in units)
    Notice.objects.bulk_create(
        Notice(recipient=person, kind="accepted", about=unit.code, link="/", created_at=DAY) for unit in units
    )
    Message.objects.bulk_create(
        Message(kind="returned", period=user.email, recipient=user, subject="s", created_at=DAY) for user in people
    )
    Suggestion.objects.bulk_create(Suggestion(page="/", text="t", made_by=user, made_at=DAY) for user in people)
