"""What the demo promised and published: letters, readings, a settled year, bulletins and league tables."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from commitments import canonical
from commitments.bulletin import Ground
from commitments.canonical import Status
from commitments.demo import letters, settlements
from commitments.fulfilment import city_standing, fulfilments
from commitments.league import League
from commitments.models import (
    Bulletin,
    Campaign,
    LetterState,
    LetterVersion,
    Pledge,
    PledgeState,
    Settlement,
    SettlementEntry,
)
from portal.models import Quarter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def campaign(year: int) -> Campaign:
    return Campaign.objects.select_related("unit").get(year=year)


def quarter(year: int, number: int) -> Quarter:
    return Quarter.objects.get(year=year, number=number)


def test_every_unit_has_signed_but_one_and_one_has_amended() -> None:
    states = Counter(LetterVersion.objects.values_list("letter__campaign__year", "state"))
    assert states == {
        (2021, LetterState.IN_FORCE): 20,
        (2022, LetterState.IN_FORCE): 19,
        (2022, LetterState.ISSUED): 1,
        (2022, LetterState.SUPERSEDED): 1,
    }
    assert LetterVersion.objects.get(state=LetterState.ISSUED).letter.unit.code == letters.UNSIGNED
    assert LetterVersion.objects.get(state=LetterState.SUPERSEDED).letter.unit.code == letters.AMENDED


def test_every_signed_letter_verifies() -> None:
    signed = LetterVersion.objects.exclude(state=LetterState.ISSUED)
    found = Counter(canonical.verify(str(serial)).status for serial in signed.values_list("serial", flat=True))
    assert found == {Status.VALID: 39, Status.SUPERSEDED: 1}


def test_every_pledge_of_the_closed_year_is_decided_and_not_all_are_kept() -> None:
    pledges = list(Pledge.objects.filter(version__letter__campaign__year=2021, version__state=LetterState.IN_FORCE))
    states = Counter(found.state for found in fulfilments(pledges, quarter(2021, 4)).values())
    assert set(states) == {PledgeState.KEPT, PledgeState.MISSED}
    assert states[PledgeState.KEPT] > states[PledgeState.MISSED] > 0


def test_the_closed_year_is_settled_with_the_results_that_count_now() -> None:
    assert set(Settlement.objects.values_list("state", flat=True)) == {Settlement.State.CLOSED}
    entries = SettlementEntry.objects.select_related("pledge")
    pledges = [entry.pledge for entry in entries]
    found = fulfilments(pledges, quarter(2021, 4))
    assert [entry for entry in entries if entry.verified_state != found[entry.pledge_id].state] == []
    objected = entries.exclude(objection="").get()
    assert objected.settlement.version.letter.unit.code == settlements.OBJECTING
    assert objected.answer


def test_six_published_targets_of_2022_stand_with_what_is_known_of_them() -> None:
    standing = {each.pledge.indicator.code: each for each in city_standing(campaign(2022), quarter(2022, 1))}  # type: ignore[union-attr]
    targets = {code: each.target for code, each in standing.items()}
    assert targets == {
        "fai_growth": 12,
        "projects": 320,
        "investment": 11_000_000,
        "industrial_started": 150,
        "top500": 15,
        "fdi_growth": 10,
    }
    assert standing["projects"].actual == 370
    assert standing["top500"].actual == 7
    missing = {code for code, each in standing.items() if each.state == PledgeState.MISSING}
    assert missing == {"fai_growth", "fdi_growth"}


def test_four_bulletins_are_published_and_the_last_was_corrected_since() -> None:
    found = Bulletin.objects.order_by("quarter__number")
    assert [each.number for each in found] == [1, 2, 3, 4]
    assert all(each.published_at for each in found)
    from commitments import restated

    changed = {}
    for each in found:
        ground = Ground.read(campaign(2021), each.quarter, on=date(2022, 4, 7))
        changed[each.number] = restated.differences(each, ground_said(each), ground.figures)
    assert [number for number, differences in changed.items() if differences] == [4]
    about = {(each.unit.code, each.measure) for each in changed[4]}
    assert ("430421", restated.Measure.YEAR_TO_DATE) in about
    assert ("430400", restated.Measure.YEAR_TO_DATE) in about
    assert all(each.causes for each in changed[4])


def ground_said(bulletin: Bulletin) -> dict[str, dict[str, str | None]]:
    import json

    said: dict[str, dict[str, str | None]] = json.loads(bulletin.content)["figures"]
    return said


def test_league_of_the_closed_year_ranks_every_unit_but_the_one_with_an_accident() -> None:
    league = League.read(quarter(2021, 4), campaign(2021))
    rows = [row for table in league.tables for row in table.rows]
    assert len(rows) == 20
    assert [row.unit.code for row in rows if row.rank is None] == ["430406"]
    scores = [row.sheet.total for row in rows if row.sheet and row.rank]
    assert all(score is not None and Decimal(40) < score <= Decimal(115) for score in scores)
    assert len(set(scores)) > 10
