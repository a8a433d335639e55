"""Hosts that start together bring the tables up to date one after the other."""

import pytest
from django.db import connection

from portal.management.commands.prepare import LOCK, one_host_at_a_time


def is_free() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_second_host_waits_until_the_first_is_through() -> None:
    with one_host_at_a_time():
        assert not is_free()
    assert is_free()
    with pytest.raises(RuntimeError), one_host_at_a_time():
        raise RuntimeError
    assert is_free()
