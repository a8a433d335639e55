"""`python -m bench [question …]`, SIZE=small or full: asks the questions, prints a table, writes bench/results.json."""

import importlib
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import bench
from bench import cluster, table
from bench.measure import FULL, SMALL, Question, rows
from portal.serve.places import Refused

RESULTS = Path(__file__).with_name("results.json")
EXTENTS = {
    "small": (SMALL, "under 10 minutes, no goal is judged; `make bench SIZE=full` judges them"),
    "full": (FULL, "hours, and longer the first time, when the rows are made"),
}


def main(arguments: Sequence[str]) -> int:
    extent = os.environ.get("SIZE") or "small"
    if extent not in EXTENTS or not all(argument.isdigit() for argument in arguments):
        print("usage: SIZE=small|full python -m bench [number of a question …]", file=sys.stderr)
        return 2
    sizes, words = EXTENTS[extent]
    print(f"s = {', '.join(f'{size:,}' for size in sizes)} projects × 16 quarters: {words}", flush=True)
    begun = time.monotonic()
    try:
        with cluster.running():
            import django

            django.setup()
            failed = ask(frozenset(map(int, arguments)), extent)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"{(time.monotonic() - begun) / 60:.1f} minutes; everything measured stands in {RESULTS}")
    if failed:
        print(f"not answered: {', '.join(failed)}")
    return 1 if failed else 0


def ask(numbers: Collection[int], extent: str) -> list[str]:
    """Ask the questions with these numbers, or all; those that failed. What is found is written after each size."""
    kept = [row for row in table.read(RESULTS) if numbers and row["question"] not in numbers]
    questions, failed = found_questions()
    print(table.heading())
    for question in sorted(questions, key=lambda each: each.number):
        if numbers and question.number not in numbers:
            continue
        try:
            for row in rows(question, extent):
                kept.append(row)
                table.write(RESULTS, kept)
                print(table.line(row), flush=True)
        except Exception as error:
            failed.append(str(question.number))
            traceback.print_exc()
            print(table.broken(question, error), flush=True)
    for remark in table.remarks([row for row in kept if not numbers or row["question"] in numbers]):
        print(remark)
    return failed


def found_questions() -> tuple[list[Question], list[str]]:
    """The questions of every file here, and the names of files that could not be read."""
    questions, failed = [], []
    for name in sorted(module.name for module in pkgutil.iter_modules(bench.__path__)):
        if name == "__main__":
            continue
        try:
            questions += list(_questions(importlib.import_module(f"bench.{name}")))
        except Exception:
            failed.append(f"bench/{name}.py")
            traceback.print_exc()
    return questions, failed


def _questions(module: object) -> Iterator[Question]:
    yield from getattr(module, "QUESTIONS", ())
    if hasattr(module, "QUESTION"):
        yield module.QUESTION


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
