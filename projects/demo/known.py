"""Reads the real projects that have a unit: what is known of each decides which years it enters."""

import csv
from decimal import Decimal
from pathlib import Path

from projects.demo.cast import Known
from projects.demo.headlines import HUNDRED_MILLION

FOLDER = Path(__file__).resolve().parent.parent / "seed" / "hengyang"


def read(path: Path = FOLDER / "projects.csv") -> list[Known]:
    """The rows with a unit, in the order of the file; totals from 亿元 to 万元, null where not published."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_known(row) for row in csv.DictReader(file) if row["unit"]]


def _known(row: dict[str, str]) -> Known:
    total = row["total_100m_cny"]
    return Known(
        name=row["name_zh"],
        unit=row["unit"],
        tier=row["tier"],
        category=row["category"],
        stage=row["stage_at_2022_start"],
        total=int(Decimal(total) * HUNDRED_MILLION) if total else None,
    )
