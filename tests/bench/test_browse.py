"""A generated database is looked at in the week after its last quarter, by people who can sign in."""

import pytest
from django.test import override_settings

from bench import browse, population
from bench.visitor import DAY
from portal import clock
from portal.models import DemoStart, Membership, Role, User
from tests import world

pytestmark = pytest.mark.django_db


def test_the_portal_is_in_the_week_of_the_last_quarter_and_afterwards_in_none() -> None:
    with override_settings(DEMO=True):
        with browse._in_its_week():
            clock.forget()
            assert abs((clock.now() - DAY).days) <= 7
        clock.forget()
    assert not DemoStart.objects.exists()


def test_people_are_told_with_their_roles_and_the_passwords_of_this_start() -> None:
    city = world.make_unit("430400")
    for pk, role in ((population.PREPARER, Role.REPORTER), (population.REVIEWER, Role.REVIEWER)):
        User.objects.filter(pk=pk).delete()
        person = User.objects.create(pk=pk, email=f"person{pk}@bench.test", name=f"Person {pk}")
        Membership.objects.create(user=person, unit=city, role=role)
    told = [line.split() for line in browse._people()]
    assert [(role, email) for role, email, _password in told] == [
        ("reporter:", "person1@bench.test"),
        ("reviewer:", "person2@bench.test"),
    ]
    assert all(User.objects.get(email=email).check_password(password) for _role, email, password in told)
