"""The demo's settled year: units assess themselves, results are verified, one unit objects, and all is closed."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from commitments import settling
from commitments.fulfilment import Fulfilment, fulfilments
from commitments.models import Campaign, Indicator, Pledge, Settlement, SettlementEntry
from commitments.settling import Own
from portal.clock import SHANGHAI
from projects import rollups
from projects.demo.building import Scene

OPENED_ON, DUE_ON = date(2022, 2, 25), date(2022, 3, 4)
ASSESSED_ON, VERIFIED_ON, OBJECTED_ON = date(2022, 3, 2), date(2022, 3, 7), date(2022, 3, 9)
ANSWERED_ON, CLOSED_ON = date(2022, 3, 11), date(2022, 3, 15)
OBJECTING, MORE = "430421", Decimal("1.04")
OWN_WORDS = "已对照承诺书自评，佐证材料存档备查（演示）。"
OBJECTION = "年终决算核减部分系计量口径差异，请予复核（演示）。"
ANSWER = "经复核，以审计决算数为准，维持核定结果（演示）。"
CONCLUSION = "承诺事项完成情况已核定，结果纳入年度考核（演示）。"


def settle(campaign: Campaign, scene: Scene) -> None:
    """After the corrections of the year's final accounts are in, so that verified results are those."""
    people = scene.past.people
    rollups.drain(at=_at(OPENED_ON))
    settlements = settling.open_all(campaign, due_on=DUE_ON, by=people["administrator-1"], at=_at(OPENED_ON))
    pledges = list(Pledge.objects.filter(version__settlement__in=settlements))
    found = fulfilments(pledges, scene.quarters[(campaign.year, 4)])
    for settlement in settlements:
        _assess(settlement, found, scene)
        settling.verify(settling.again(settlement), by=people["administrator-1"], at=_at(VERIFIED_ON))
        if settlement.version.letter.unit.code == OBJECTING:
            _object(settlement, scene)
        settling.close(
            settling.again(settlement), conclusion=CONCLUSION, by=people["administrator-1"], at=_at(CLOSED_ON)
        )


def _assess(settlement: Settlement, found: Mapping[int, Fulfilment], scene: Scene) -> None:
    """One unit counts itself a little better than it is found to be; nobody's own figure decides."""
    unit = settlement.version.letter.unit
    entries = list(settlement.entries.select_related("pledge"))
    times = MORE if unit.code == OBJECTING else Decimal(1)
    own = {entry.pk: Own(value=_own(entry, found[entry.pledge_id], times), words=OWN_WORDS) for entry in entries}
    seen = settling.fingerprint(entries)
    settling.assess(settlement, own, seen=seen, by=scene.past.reporter(unit), at=_at(ASSESSED_ON))
    settling.hand_in(settling.again(settlement), by=scene.past.approver(unit), at=_at(ASSESSED_ON, 16))


def _own(entry: SettlementEntry, found: Fulfilment, times: Decimal) -> Decimal | None:
    indicator = entry.pledge.indicator
    is_money = indicator is not None and indicator.kind == Indicator.Kind.MONEY
    return round(found.actual * times, 0) if found.actual is not None and is_money else found.actual


def _object(settlement: Settlement, scene: Scene) -> None:
    entry = settlement.entries.order_by("pledge__position")[0]
    approver = scene.past.approver(settlement.version.letter.unit)
    settling.object_to(entry, OBJECTION, by=approver, at=_at(OBJECTED_ON))
    settling.answer(entry, ANSWER, by=scene.past.people["administrator-1"], at=_at(ANSWERED_ON))


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI)
