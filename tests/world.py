"""A small city to test in: units, people, quarters and projects, made by plain functions."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.test import Client

from portal.models import Membership, Quarter, Role, Unit, User
from projects import drafting, lifecycle
from projects.models import (
    AnnualPlan,
    Assignment,
    Category,
    ListEntry,
    Project,
    ProjectList,
    Report,
    ReportLine,
    Stage,
    Valuation,
)
from projects.ticks import Ticks
from projects.typed import Typed
from projects.validation import EXPLAINED

SHANGHAI = ZoneInfo("Asia/Shanghai")
SENTENCES = dict.fromkeys(EXPLAINED, "已核对，情况属实")
PASSWORD = "a long enough pass phrase"


def at(day: str, hour: int = 10) -> datetime:
    """That hour of that day in Shanghai, such as at("2022-04-05")."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=SHANGHAI)


def make_unit(
    code: str,
    parent: Unit | None = None,
    kind: str = Unit.Kind.COUNTY,
    **fields: object,
) -> Unit:
    return Unit.objects.create(
        code=code,
        kind=kind,
        parent=parent,
        name_zh=f"单位{code}",
        name_en=f"Unit {code}",
        **fields,
    )


def make_person(name: str, unit: Unit | None = None, *roles: Role, **fields: object) -> User:
    """A person whose address is name@example.test, with these roles at the unit."""
    user = User.objects.create_user(f"{name}@example.test", PASSWORD, name=name, **fields)
    for role in roles:
        assert unit is not None
        Membership.objects.create(user=user, unit=unit, role=role)
    return user


def make_quarter(label: str) -> Quarter:
    """Such as make_quarter("2022Q1"): opens on the 25th of its last month, due 10 days and closed 20 days after it."""
    year, number = int(label[:4]), int(label[5])
    quarter = Quarter(year=year, number=number)
    following = (year + number // 4, number % 4 * 3 + 1)
    quarter.opens_on = date(year, number * 3, 25)
    quarter.due_on = date(*following, 10)
    quarter.closes_on = date(*following, 20)
    quarter.save()
    return quarter


def make_category(code: str = "industry") -> Category:
    """One of those that migrations make."""
    return Category.objects.get(code=code)


def make_list(code: str = "municipal_key") -> ProjectList:
    """One of those that migrations make."""
    return ProjectList.objects.get(code=code)


def make_project(
    code: str,
    unit: Unit,
    *,
    planned: int | str | None = 1000,
    year: int = 2022,
    lists: tuple[str, ...] = ("municipal_key",),
    category: str = "industry",
    total: int | str | None = None,
    stage: str = Stage.CONTINUING,
    **fields: object,
) -> Project:
    """A project that this unit answers for since 2021, with a plan for the year (万元) unless planned is None."""
    project = Project.objects.create(
        code=code,
        name_zh=f"项目{code}",
        name_en=f"Project {code}",
        stage=stage,
        started_on=date(2021, 3, 1),
        **fields,
    )
    Assignment.objects.create(project=project, unit=unit, from_on=date(2021, 1, 1), reason="test")
    for list_code in lists:
        ListEntry.objects.create(
            project=project,
            list=make_list(list_code),
            listed_on=date(2021, 1, 1),
            reason="test",
        )
    if planned is not None:
        make_plan(project, year, planned, category=category)
    if total is not None:
        Valuation.objects.create(
            project=project,
            from_on=date(2021, 1, 1),
            total_investment=Decimal(total),
            reason="test",
        )
    return project


def make_plan(project: Project, year: int, planned: int | str, *, category: str = "industry") -> AnnualPlan:
    return AnnualPlan.objects.create(
        project=project,
        year=year,
        in_force_on=date(year, 1, 1),
        planned_investment=Decimal(planned),
        category=make_category(category),
        reason="test",
    )


def complete(flow: int | str, values: dict[str, object]) -> Typed:
    """A complete line: this flow in 万元, under way since 2021, with a sentence on every warning there may be."""
    explanations = values.pop("explanations", SENTENCES)
    assert isinstance(explanations, dict)
    under_way = {
        "flow": Decimal(flow),
        "typed": "flow",
        "stage": Stage.CONTINUING,
        "started_on": date(2021, 3, 1),
        "progress": "主体施工",
    }
    return Typed(values={**under_way, **values}, explanations=explanations)


def save_line(line: ReportLine, typed: Typed, *, version: int, by: User, at: datetime) -> ReportLine:
    """The line as it is after this was typed into it, by somebody who had been shown this version."""
    return drafting.save_lines(line.report, {line.pk: typed}, versions={line.pk: version}, by=by, at=at)[0]


def fill(line: ReportLine, flow: int | str, *, by: User, when: datetime, **values: object) -> ReportLine:
    """Save a complete line."""
    return save_line(line, complete(flow, values), version=line.version, by=by, at=when)


def submitted(unit: Unit, quarter: Quarter, flow: int | str, *, by: User, when: datetime) -> Report:
    """This unit's report for the quarter, each line with this flow, handed in by a person who holds both roles."""
    report = drafting.begin(unit, quarter, by=by, at=when)
    versions = dict(report.lines.values_list("pk", "version"))
    drafting.save_lines(report, {pk: complete(flow, {}) for pk in versions}, versions=versions, by=by, at=when)
    return lifecycle.submit(report, by=by, at=when)


def accepted(report: Report, *, by: User, when: datetime) -> Report:
    """This submitted report accepted, whatever warnings it has."""
    return lifecycle.accept(report, by=by, at=when, reason="seen", ticked=Ticks(every=True))


def signed_in(user: User, language: str = "en") -> Client:
    """A browser in which this person is signed in and reads this language."""
    user.language = language
    user.save(update_fields=["language"])
    client = Client()
    client.force_login(user)
    return client
