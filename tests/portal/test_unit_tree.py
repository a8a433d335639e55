"""Units stay a tree, whoever moves them and however: one below itself would drop out of every sum above it."""

import pytest
from django.db import IntegrityError, transaction

from portal.models import Unit
from tests import world
from tests.beside import at_the_same_moment


def move(unit: Unit, below: Unit) -> None:
    Unit.objects.filter(pk=unit.pk).update(parent=below)


@pytest.mark.django_db
def test_unit_is_not_put_below_one_that_lies_below_it() -> None:
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    county = world.make_unit("430421", city)
    township = world.make_unit("430421100", county)
    for unit in (city, county):
        with pytest.raises(IntegrityError, match="below itself"), transaction.atomic():
            move(unit, township)
    move(township, city)
    move(county, township)
    assert Unit.objects.within(city).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_units_moved_at_the_same_moment_do_not_come_to_lie_below_each_other() -> None:
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    one, other = world.make_unit("430421", city), world.make_unit("430422", city)
    with pytest.raises(IntegrityError, match="below itself"):
        at_the_same_moment(lambda: move(one, other), lambda: move(other, one))
    assert Unit.objects.within(city).count() == 3
