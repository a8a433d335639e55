"""How rows are shown in a terminal and kept in bench/results.json."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.measure import Question, Row

COLUMNS = (
    ("question", 88),
    ("s", 9),
    ("ours", 10),
    ("yardstick", 10),
    ("ratio", 8),
    ("goal", 8),
    ("holds", 10),
    ("spread of ours", 19),
    ("growth", 6),
    ("peak MB", 7),
)
LINES = "projects_reportline"


def read(file: Path) -> list[Row]:
    """The rows of an earlier run; none where there are none."""
    found: list[Row] = json.loads(file.read_text()) if file.exists() else []
    return found


def write(file: Path, rows: Sequence[Row]) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(sorted(rows, key=lambda row: row["question"]), ensure_ascii=False, indent=1) + "\n")
    part.rename(file)


def heading() -> str:
    return _columns([name for name, _width in COLUMNS])


def line(row: Row) -> str:
    least, most = row["spread"]["ours"]
    goal = f"{row['direction']} {row['goal']:g}" + ("" if row["direction"] == "=" else "×")
    memory = row["peak_memory_mb"]["ours"]
    return _columns(
        [
            f"{row['question']:>2} {row['title']}{_ours(row)} / {row['against']}",
            f"{row['size']:,}",
            cost(row["ours"], row["unit"]),
            cost(row["yardstick"], row["unit"]),
            "" if row["ratio"] is None else f"{row['ratio']:.2f}×",
            goal,
            {None: "not judged", True: "holds", False: "FAILS"}[row["holds"]],
            f"{cost(least, row['unit'])} - {cost(most, row['unit'])}",
            "" if row["exponent"] is None else f"{row['exponent']:.2f}",
            "" if memory is None else f"{memory:.0f}",
        ]
    )


def _ours(row: Row) -> str:
    return "" if row["measured"] == "ours" else f": {row['measured']}"


def cost(amount: float, unit: str) -> str:
    if unit != "s":
        return f"{amount:,.4g} {unit}"
    return f"{amount * 1000:,.1f} ms" if amount < 1 else f"{amount:,.2f} s"


def broken(question: Question, error: Exception) -> str:
    return f"{question.number:>2} {question.title}: {type(error).__name__}: {error}"


def remarks(rows: Sequence[Row]) -> Iterator[str]:
    """What belongs beside the table: notes, and statements that read the lines from end to end."""
    seen = set()
    for row in rows:
        where = f"{row['question']:>2} at s = {row['size']:,}"
        if where in seen:
            continue  # the goals of a question share their plans and notes
        seen.add(where)
        scanning = [plan["statement"] for plan in row["plan"] if LINES in plan["sequential"]]
        if row["plan"]:
            named = f"all lines are read by {', '.join(scanning)}" if scanning else "no sequential scan of lines"
            yield f"{where}: {named}"
        for name, value in row["notes"].items():
            yield f"{where}: {name}: {value}"


def _columns(texts: Sequence[str]) -> str:
    """The first column to the left, figures to the right; a long question goes over the edge rather than be cut."""
    first, *others = zip(texts, (width for _name, width in COLUMNS), strict=True)
    return f"{first[0]:<{first[1]}} " + " ".join(f"{text:>{width}}" for text, width in others)
