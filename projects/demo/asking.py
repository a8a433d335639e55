"""What goes on in the demo's open quarter beside the reports: a reminder, a request for more time, read notices."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db.models import F

from portal import bell
from portal.clock import SHANGHAI
from portal.models import Notice, Quarter, Unit
from projects import extensions, reminders
from projects.demo.course import OPEN_QUARTER
from projects.demo.history import OPEN_REPORTS, Past

REMINDED = ("430426", "430423", "430406")  # they have not begun
ASKING = "430426"
UNTIL = date(2022, 4, 18)
REASON = "辖区两个项目的监理单位清明假期后才能出具计量支付凭证，申请延期6天。"
REMINDED_AT = datetime.combine(date(2022, 4, 2), time(15, 20), tzinfo=SHANGHAI)
ASKED_AT = datetime.combine(date(2022, 4, 2), time(16, 45), tzinfo=SHANGHAI)
READ_BEFORE = datetime.combine(date(2022, 3, 25), time(), tzinfo=SHANGHAI)


def tell(past: Past, units: Sequence[Unit], quarters: Mapping[tuple[int, int], Quarter]) -> None:
    """After the open quarter's reports have been told."""
    quarter = quarters[OPEN_QUARTER]
    by_code = {unit.code: unit for unit in units if unit.code not in OPEN_REPORTS}
    reminded = [by_code[code] for code in REMINDED if code in by_code]
    reminders.remind(quarter, reminded, by=past.people["reviewer-1"], at=REMINDED_AT)
    asking = by_code[ASKING]
    extensions.ask(asking, quarter, until=UNTIL, reason=REASON, by=past.reporter(asking), at=ASKED_AT)


def read_old_notices() -> None:
    """What the past told was read as it came; what is older than notices are kept is thrown away."""
    Notice.objects.filter(created_at__lt=READ_BEFORE).update(read_at=F("created_at"))
    bell.prune(at=ASKED_AT)
