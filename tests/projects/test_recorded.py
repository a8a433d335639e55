"""What had been recorded by a moment: whatever came later, the figures of that moment are read again."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.db import connection
from django.test import override_settings
from hypothesis.stateful import invariant

from portal import clock
from portal.models import DemoStart, Quarter, Unit
from projects import facts, lifecycle, rollups
from projects.facts import Fact
from projects.models import AnnualPlan, Assignment, ListEntry, Project, Valuation
from projects.recorded import AS_RECORDED, DATED, Moment, NoMoment
from projects.standings import WHOLE, Slice, Standings, Total
from tests import world
from tests.conftest import City
from tests.histories import try_any
from tests.projects.history import EVENTS, KEPT, stamp
from tests.projects.test_rollup_histories import Shared
from tests.world import at

NOW = at("2022-06-01", hour=12)


class Remembering(Shared):
    """After every step it is written down what can be known; in the end each moment is asked for again."""

    def __init__(self) -> None:
        self.remembered: list[tuple[datetime, list[object]]] = []
        super().__init__()

    @invariant()
    def remember(self) -> None:
        when = self.now()
        stamp(when)
        rollups.drain(at=when)
        self.remembered.append((when, self.known(None)))

    def known(self, known_at: datetime | None) -> list[object]:
        units = [unit.pk for unit in self.units]
        found: list[object] = []
        for quarter in self.quarters:
            found += [facts.read(quarter, [unit], WHOLE, known_at=known_at) for unit in units]
            standings = Standings.read(quarter, units, known_at=known_at)
            slices = (WHOLE, Slice(category=world.make_category().pk), Slice(lists=frozenset({"county_key"})))
            found += [_undated(standings.total(units, part)) for part in slices]
        return found

    def compare(self) -> None:
        super().compare()
        for when, known in self.remembered:
            assert self.known(when) == known


def _undated(total: Total) -> Total:
    return replace(total, computed_at=None)


@pytest.mark.django_db
def test_every_moment_of_any_history_is_read_again_as_it_was() -> None:
    try_any(Remembering, histories=10, steps=12)


def known(city: City, units: Sequence[Unit], when: datetime | None) -> list[Fact]:
    return facts.read(city.quarter, [unit.pk for unit in units], WHOLE, known_at=when)


def test_report_counts_from_its_acceptance_until_the_next_revisions(town: City) -> None:
    stamp(at("2022-03-01"))
    world.accepted(
        world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-04")),
        by=town.reviewer,
        when=at("2022-04-05"),
    )
    draft = lifecycle.correct(town.county.report_set.get(), by=town.staff, at=at("2022-04-06"), reason="audited")
    for line in draft.lines.all():
        world.fill(line, 200, by=town.staff, when=at("2022-04-06"))
    again = lifecycle.submit(draft, by=town.staff, at=at("2022-04-07"))
    world.accepted(again, by=town.reviewer, when=at("2022-04-08"))
    told = [
        (day, [(fact.flow, fact.revision) for fact in known(town, [town.county], at(day, hour=9))])
        for day in ("2022-04-05", "2022-04-06", "2022-04-08", "2022-04-09")
    ]
    assert told == [
        ("2022-04-05", [(None, None)] * 2),
        ("2022-04-06", [(Decimal(250), 1)] * 2),
        ("2022-04-08", [(Decimal(250), 1)] * 2),
        ("2022-04-09", [(Decimal(200), 2)] * 2),
    ]


def test_rows_that_were_not_yet_recorded_changed_later_or_deleted_since_are_as_they_were(town: City) -> None:
    stamp(at("2022-03-01"))
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    AnnualPlan.objects.filter(project=town.project).update(planned_investment=Decimal(7))
    Valuation.objects.create(project=town.project, from_on=date(2022, 1, 1), total_investment=50, reason="test")
    ListEntry.objects.filter(project=town.second).delete()
    Assignment.objects.create(project=town.second, unit=town.other, from_on=date(2022, 3, 1), reason="moved")
    stamp(at("2022-05-01"))
    before = {fact.code: fact for fact in known(town, [town.county], at("2022-04-30"))}
    assert (before["A1"].planned, before["A1"].total_investment) == (Decimal(1000), None)
    assert before["A2"].list_set == "municipal_key"
    assert known(town, [town.county], at("2022-02-28")) == []
    after = known(town, [town.county], at("2022-05-02"))
    assert [(fact.code, fact.planned, fact.total_investment) for fact in after] == [("A1", Decimal(7), Decimal(50))]
    assert [fact.list_set for fact in known(town, [town.other], at("2022-05-02"))] == [""]
    assert known(town, [town.county], at("2022-05-02")) == known(town, [town.county], None)


def test_row_given_to_another_project_is_told_of_once(town: City) -> None:
    stamp(at("2022-03-01"))
    Valuation.objects.create(project=town.project, from_on=date(2022, 1, 1), total_investment=50, reason="test")
    stamp(at("2022-03-02"))
    Valuation.objects.update(project=town.second)
    stamp(at("2022-03-03"))
    totals = [
        {fact.code: fact.total_investment for fact in known(town, [town.county], at(day))}
        for day in ("2022-03-02", "2022-03-03")
    ]
    assert totals == [{"A1": 50, "A2": None}, {"A1": None, "A2": 50}]


def test_rows_without_a_history_count_as_known_from_the_beginning(town: City) -> None:
    with connection.cursor() as cursor, pgtrigger.ignore(*KEPT):
        for table in EVENTS:
            cursor.execute(f"DELETE FROM {table}")
    assert known(town, [town.county], at("1990-01-01")) == known(town, [town.county], None) != []


def test_every_dated_table_that_the_statement_reads_is_shadowed() -> None:
    """Else a table added to FACT would be read as it is now, whatever the moment."""
    read = set(re.findall(r"\b(?:projects|portal)_[a-z]+\b", rollups.FACT))
    shadowed = {model._meta.db_table for model in DATED} | {"projects_report"}
    # Lines never change once they are submitted; quarters and the names of lists say nothing of a moment.
    assert read - shadowed == {"projects_reportline", "projects_projectlist", "portal_quarter"}
    dated = {model._meta.db_table for model in apps.get_app_config("projects").get_models() if _is_dated(model)}
    assert dated == {model._meta.db_table for model in DATED}
    assert all(f"{table} AS" in AS_RECORDED for table in shadowed)


def _is_dated(model: type) -> bool:
    from projects.models.dated import DatedRow

    return issubclass(model, DatedRow)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2022-05-31", "2022-05-31"),
        ("2022-06-01", "2022-06-01"),
        ("2022-05-31T15:00", "2022-05-31 15:00"),
        ("2022-05-31T15:00:12.345678", "2022-05-31 15:00"),
        ("2022-05-31T07:00+00:00", "2022-05-31 15:00"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_moment_is_a_day_or_a_minute_in_shanghai(text: str, words: str) -> None:
    moment = Moment.read(text, now=NOW)
    assert moment is not None
    assert moment.words == words
    assert Moment.read(moment.text, now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2022-02-30", "2022-06-02", "2022-06-01T12:01", "9999-12-31", "0001-01-01T00:00+10:00", "5/31"],
)
def test_nonsense_and_the_future_are_no_moment(text: str) -> None:
    with pytest.raises(NoMoment):
        Moment.read(text, now=NOW)


def test_a_day_is_known_to_its_end_and_the_first_day_there_is_can_be_asked_for(town: City) -> None:
    stamp(at("2022-05-31", hour=23))
    moment = Moment.end_of(date(2022, 5, 31))
    assert len(known(town, [town.county], moment.at)) == 2
    assert known(town, [town.county], Moment.end_of(date(2022, 5, 30)).at) == []
    assert known(town, [town.county], Moment.end_of(date(1, 1, 1)).at) == []


def test_demos_moments_are_told_by_the_databases_own_clock(town: City) -> None:
    """The demo's clock is shifted; what people change in it is recorded by the real one."""
    started_at = datetime(2026, 11, 19, 15, 30, tzinfo=clock.SHANGHAI)
    DemoStart.objects.create(started_at=started_at)
    stamp(started_at)
    clock.forget()
    with override_settings(DEMO=True):
        began = started_at - clock.shift(started_at)
        assert len(known(town, [town.county], began)) == 2
        assert known(town, [town.county], began.replace(minute=29)) == []
    clock.forget()


@pytest.mark.parametrize("projects", [1, 40])
def test_one_units_figure_reads_the_history_of_its_own_rows(town: City, projects: int) -> None:
    """However many rows others have: each history is asked through an index, none is read as a whole."""
    assert Quarter.objects.count() == 1
    for number in range(projects):
        world.make_project(f"B{number:02}", town.other)
    assert Project.objects.count() == 2 + projects
    values: dict[str, Any] = {
        "units": [town.county.pk],
        "quarter": town.quarter.pk,
        "lists": None,
        "category": None,
        "chain": None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {facts.THEN}", values | {"known_at": NOW, "recorded_by": NOW})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    for table in EVENTS:
        assert f"Seq Scan on {table}" not in plan, plan
