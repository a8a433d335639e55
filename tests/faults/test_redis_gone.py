"""Redis is gone while people submit and review: nothing is lost, nobody waits, and the sweep does the rest."""

import time
from pathlib import Path

import pytest

from portal import clock
from portal.mail import delivery
from portal.models import Message
from projects import rollups
from projects.models import Cell, Mark, Report
from tests.conftest import City
from tests.faults.portal import NO_REDIS, browser, drafted_today, web


@pytest.mark.django_db(transaction=True)
def test_submit_and_acceptance_work_and_answer_fast_without_redis(
    transactional_db: None, town: City, tmp_path: Path
) -> None:
    draft = drafted_today(town)
    tasks = f"/quarters/{town.quarter.label}/units/{town.county.code}"
    review = f"/admin/projects/report/{draft.pk}/change/"
    with web(tmp_path, REDIS_URL=NO_REDIS) as address:
        staff, reviewer = browser(address, town.staff), browser(address, town.reviewer)
        staff.get("/")
        reviewer.get("/")
        begun = time.monotonic()
        assert staff.post(f"{tasks}/submit/", signed="1", page=f"{tasks}/check/") == 302
        assert reviewer.post(review, step="accept") == 302
        assert time.monotonic() - begun < 10  # waiting for Redis would take six seconds for each of the two
    assert Report.objects.get().state == "accepted"
    assert Message.objects.get().state == "waiting"
    assert Mark.objects.exists()
    # What beat calls every minute:
    assert rollups.drain(at=clock.now()) > 0
    assert delivery.deliver(now=clock.now) == 1
    assert [cell.year_to_date for cell in Cell.objects.filter(grain="unit", unit=town.county)] == [500]
    assert Message.objects.get().state == "sent"
