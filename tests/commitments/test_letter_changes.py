"""What an amendment changed: figure by figure, what is new and what is gone."""

from datetime import date
from decimal import Decimal

from django.utils import translation

from commitments import letter_changes
from commitments.models import LetterProject, Pledge


def pledge(indicator: int, **values: object) -> Pledge:
    return Pledge(indicator_id=indicator, name_zh=f"指标{indicator}", unit_of_measure_zh="个", **values)


def told(changes: list[letter_changes.Change]) -> list[tuple[str, str, str, str]]:
    return [(each.name, said.label, said.old, said.new) for each in changes for said in each.differences]


def test_changed_new_and_dropped_pledges_are_told_and_the_rest_is_not() -> None:
    old = [pledge(1, target=Decimal(1200)), pledge(2, target=Decimal(5)), pledge(3, target=Decimal(7))]
    new = [
        pledge(1, target=Decimal("1300.50"), leader="王"),
        pledge(3, target=Decimal("7.00")),
        Pledge(project_id=9, milestone="start", name_zh="开工", due_on=date(2022, 6, 30)),
    ]
    with translation.override("en"):
        assert told(letter_changes.of_pledges(old, new)) == [
            ("指标1", "target of the year", "1,200", "1,300.5"),
            ("指标1", "responsible leader", "—", "王"),
            ("开工", "newly promised", "—", "2022-06-30"),
            ("指标2", "no longer promised", "5", "—"),
        ]


def test_changed_projects_are_told_with_their_money() -> None:
    old = [LetterProject(project_id=1, name="路", planned_investment=Decimal(100))]
    new = [LetterProject(project_id=1, name="路", planned_investment=Decimal(200), start_due_on=date(2022, 5, 1))]
    with translation.override("en"):
        changes = letter_changes.of_projects(old, new)
        assert told(changes) == [
            ("路", "annual planned investment", "100", "200"),
            ("路", "to start by", "—", "2022-05-01"),
        ]
        assert changes[0].unit == "10,000 CNY"
