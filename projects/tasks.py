"""Celery's doorbells for rollups, notices, evidence and workbooks: what waits in the database is the work."""

from celery import shared_task
from django.db import connection

from portal import clock, doorbell
from projects import deadlines, evidence, kept_sums, notices, rollups


@shared_task
def drain() -> int:
    """Recompute what is marked, then the sums above. Rung after a change, and by beat for what a lost ring left."""
    done = rollups.drain(at=clock.now())
    kept_sums.make_changed()
    return done


@shared_task
def audit() -> int:
    """The nightly comparison of every cell with a recompute; differences are repaired and shown in the admin.

    The sums up the tree are not compared: they are made from the cells again.
    """
    now = clock.now()
    found = rollups.audit(at=now)
    kept_sums.make_again()
    notices.repaired([wrong.unit_id for wrong in found], at=now)
    return len(found)


@shared_task
def sum_up() -> int:
    """By beat, and not with every ring: units that have moved and lists that have changed have all sums made again."""
    return kept_sums.make_outdated()


@shared_task
def analyze() -> None:
    """Every night: PostgreSQL analyses each year's lines and cells by itself, never those of all years together.

    Without, it would guess how many lines a project has, and at many years' lines go through all of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT projects_analyze()")


@shared_task
def announce() -> None:
    """Tell people of the quarters that have opened; quarters announced before are passed over."""
    notices.announce(at=clock.now())


@shared_task
def warn() -> int:
    """Tell whose report is due soon or overdue; whoever has been told already, or has reported, is passed over."""
    return deadlines.warn(at=clock.now())


@shared_task
def sweep_evidence() -> int:
    """Every night, the photos and documents that nothing has led to for a month."""
    return evidence.sweep(at=clock.now())


@shared_task
def work_on_workbooks() -> int:
    """Read and apply the workbooks that wait. Rung after an upload or a confirmation, and by beat for a lost ring."""
    from projects.workbook import lifecycle as workbooks  # it writes lines by the lifecycle, which rings from here

    return workbooks.work(now=clock.now)


@shared_task
def forget_workbooks() -> int:
    """Let go of workbooks that were uploaded a month ago."""
    from projects.workbook import lifecycle as workbooks

    return workbooks.forget(at=clock.now())


@shared_task
def work_on_imports() -> int:
    """Read and import the long files that wait. Rung after an upload or a confirmation, and by beat for a lost ring."""
    from projects.importing import background  # it marks quarters, which rings from here

    return background.work(now=clock.now)


def ring() -> None:
    """Call a drainer once this transaction is committed."""
    doorbell.ring("projects.tasks.drain")
