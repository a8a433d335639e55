"""Builds the demo, once, all of it or nothing: facts and what was promised and published, in the order of the years."""

from datetime import datetime

from django.db import transaction

from commitments.demo import campaigns, letters, publishing, readings, settlements
from portal import clock
from projects import rollups
from projects.demo import building, recorded


def build(*, started_at: datetime) -> bool:
    """Build the demo that begins at this real time; returns False, having done nothing, where one stands already.

    Raises InTheWay where the database holds anything else: a demo never mixes with real work.
    """
    with transaction.atomic():
        scene = building.begin(started_at=started_at)
        if scene is None:
            return False
        clock.forget()
        _tell(scene)
        recorded.date_back(shift=clock.shift(started_at))
    rollups.rebuild(at=clock.now())
    return True


def _tell(scene: building.Scene) -> None:
    """Letters are signed before the quarters they are judged by; a bulletin says what was known when it came out."""
    told = campaigns.write(scene)
    for quarter in scene.closed_quarters():
        campaign = told.get(quarter.year)
        if campaign is None:
            continue
        if quarter.number == 1:
            letters.sign(campaign, scene)
        readings.write(campaign, quarter, scene)
        publishing.publish(campaign, quarter, scene)
    settlements.settle(told[2021], scene)
    letters.sign(told[2022], scene)
    letters.amend(told[2022], scene)
    readings.write(told[2022], scene.quarters[(2022, 1)], scene)
    scene.tell_open_quarter()
