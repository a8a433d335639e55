"""Photos and documents at the lines of reports: found, copied into the next revision, and in the end let go of."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from projects.models import Evidence, Report, ReportLine, StoredFile
from projects.models.evidence import kept_in

# A file that nothing leads to is kept this long: a backup of the database that still leads to it may be restored.
GRACE = timedelta(days=30)


def of_lines(lines: Iterable[ReportLine]) -> dict[int, list[Evidence]]:
    """The photos and documents of these lines, by line id, in the order in which they came. One query."""
    found: dict[int, list[Evidence]] = {}
    ids = [line.pk for line in lines if line.pk]
    for each in Evidence.objects.kept().filter(line__in=ids).select_related("file"):
        found.setdefault(each.line_id, []).append(each)
    return found


def copy(lines: Mapping[int, ReportLine]) -> None:
    """Give lines of a new draft (by the id of the line each was copied from) the same files, by rows of their own."""
    copies = list(Evidence.objects.kept().filter(line__in=list(lines)))
    for each in copies:
        each.line = lines[each.line_id]
        each.pk, each.key = None, uuid.uuid4()
        each._state.adding = True
    Evidence.objects.bulk_create(copies)


def take_off(lines: Iterable[ReportLine]) -> None:
    """Take everything off lines of a draft that are about to leave it."""
    Evidence.objects.filter(line__in=[line.pk for line in lines]).delete()


def let_go_of_removed(report: Report) -> None:
    """What was removed from a draft may be put back until it is submitted."""
    Evidence.objects.filter(line__report=report, removed_at__isnull=False).delete()


def sweep(*, at: datetime) -> int:
    """Delete the files that no evidence has led to for GRACE; gives how many. Called again, it goes on.

    The file goes before its row, so that a sweep that breaks off leaves a row by which the next one finds it.
    """
    used = Exists(Evidence.objects.filter(file=OuterRef("pk")))
    StoredFile.objects.filter(used, unused_since__isnull=False).update(unused_since=None)
    StoredFile.objects.filter(~used, unused_since=None).update(unused_since=at)
    swept = 0
    for pk in StoredFile.objects.filter(unused_since__lte=at - GRACE).values_list("pk", flat=True):
        with transaction.atomic():
            file = StoredFile.objects.select_for_update().filter(~used, pk=pk).first()
            if file is not None:
                for path in file.paths:
                    kept_in().delete(path)
                file.delete()
                swept += 1
    return swept
