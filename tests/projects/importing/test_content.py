"""A long file goes to the database and comes back as it was, and no statement carries more than a piece of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.importing import content
from projects.models import ImportFile
from tests.conftest import City
from tests.world import at

HELD = bytes(range(256)) * 40


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 10_240])
def test_content_passes_in_pieces(town: City, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "PIECE", 1_000)
    sent = ImportFile.objects.create(
        kind="plans",
        name="plans.csv",
        content=b"",
        digest="",
        in_force_on="2023-01-01",
        reason="r",
        uploaded_by=town.administrator,
        uploaded_at=at("2022-04-05"),
    )
    with CaptureQueriesContext(connection) as asked:
        content.keep(sent.pk, HELD[:size])
        assert content.read(sent.pk) == HELD[:size]
    assert bytes(ImportFile.objects.get().content) == HELD[:size]
    assert max(len(query["sql"]) for query in asked) < 2_200  # a piece in hexadecimal
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_largeobject_metadata")
        assert cursor.fetchall() == [(0,)]
