"""What is wrong with a reading before the database says so, and which units a bureau's readings may be about."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from commitments.models import Indicator, Reading
from portal.models import Quarter, Unit

Fault = tuple[str, str]  # the field, and what to mend in it


def faults(reading: Reading, *, on: date) -> list[Fault]:
    """Every fault of a reading whose indicator, unit, quarter, value and day are given; `on` is today."""
    return [*_of_the_model(reading), *untimely(reading.quarter, reading.published_on, on=on)]


def untimely(quarter: Quarter, published_on: date, *, on: date) -> Iterator[Fault]:
    """What is wrong with these days; a quarter's figures are known once it has ended."""
    if quarter.ends_on >= on:
        words = _("%(quarter)s has not ended yet; its figures are loaded afterwards.")
        yield "quarter", words % {"quarter": quarter.name}
    if published_on > on:
        yield "published_on", _("This day lies in the future.")
    elif published_on < quarter.starts_on:
        yield "published_on", _("This day lies before the quarter's first.")


def _of_the_model(reading: Reading) -> Iterator[Fault]:
    try:
        reading.clean()
    except ValidationError as error:
        for field, messages in error.message_dict.items():
            yield from ((field, message) for message in messages)


def twice(reading: Reading) -> str:
    """What to say where this indicator has a reading of the unit and quarter already; "" where it has none."""
    same = Reading.objects.filter(indicator=reading.indicator, unit=reading.unit, quarter=reading.quarter)
    if not same.exclude(pk=reading.pk).exists():
        return ""
    return _(
        "%(indicator)s of %(unit)s for %(quarter)s is loaded already. Look it up in the list and change it there."
    ) % {"indicator": reading.indicator.name, "unit": reading.unit.name, "quarter": reading.quarter.name}


def units_about(indicators: Iterable[Indicator]) -> list[Unit]:
    """The units that readings of these indicators may be about, by code: the trees in which their bureaus stand."""
    bureaus = {each.bureau for each in indicators if each.bureau is not None}
    roots = Unit.objects.above(*bureaus).filter(parent=None)
    return list(Unit.objects.within(*roots))
