"""Which addresses may be read from a replica; tests/faults/test_replicas.py reads them."""

from django.urls import get_resolver

from portal.replicas import READ_HERE


def test_every_page_that_may_be_read_from_a_replica_exists() -> None:
    names = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names >= READ_HERE
