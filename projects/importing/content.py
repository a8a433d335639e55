"""What a long file holds, to the database and from it piece by piece.

As one parameter, or as one value of a row, 150 MB take several times their size in this process: they go as text.
"""

from collections.abc import Iterator

from django.db import connection, transaction

PIECE = 4 * 1024 * 1024


def keep(pk: int, content: bytes) -> None:
    """Write it into the row of the file with this id. It passes through a large object, which is gone afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT lo_create(0)")
        [(passing,)] = cursor.fetchall()
        for start in range(0, len(content), PIECE):
            cursor.execute("SELECT lo_put(%s, %s, %s)", [passing, start, content[start : start + PIECE]])
        cursor.execute("UPDATE projects_importfile SET content = lo_get(%s) WHERE id = %s", [passing, pk])
        cursor.execute("SELECT lo_unlink(%s)", [passing])


def read(pk: int) -> bytes:
    """What was kept in the row of the file with this id."""
    with transaction.atomic():
        return b"".join(_pieces(pk))


def _pieces(pk: int) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lo_from_bytea(0, content), length(content) FROM projects_importfile WHERE id = %s", [pk])
        [(passing, length)] = cursor.fetchall()
        for start in range(0, length, PIECE):
            cursor.execute("SELECT lo_get(%s, %s, %s)", [passing, start, PIECE])
            [(piece,)] = cursor.fetchall()
            yield bytes(piece)
        cursor.execute("SELECT lo_unlink(%s)", [passing])
