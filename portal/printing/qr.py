"""A QR code as plain data: typst draws it, so no image file is made."""

import segno


def matrix(address: str) -> list[str]:
    """The code's rows from the top, "1" for each dark module; without the quiet zone, which who draws it leaves."""
    # M bears a seventh of it torn or stained; segno takes a higher level where that needs no more room.
    return ["".join(map(str, row)) for row in segno.make(address, error="m", micro=False).matrix]


def runs(rows: list[str]) -> list[tuple[int, int, int]]:
    """The dark modules as stripes: column, row, and how many in a row. Fewer and without seams between them."""
    found = []
    for top, row in enumerate(rows):
        left = row.find("1")
        while left >= 0:
            right = row.find("0", left)
            right = len(row) if right < 0 else right
            found.append((left, top, right - left))
            left = row.find("1", right)
    return found
