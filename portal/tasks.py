"""The portal's doorbells: what a worker does when it is woken."""

from celery import shared_task

from portal import bell, clock, doorbell, prepared
from portal.mail import delivery
from portal.models import change


@shared_task
def deliver() -> None:
    """Send the e-mails that wait; where a batch was full, be woken again, so that a worker can stop in between."""
    if delivery.deliver(now=clock.now) == delivery.BATCH:
        doorbell.ring("portal.tasks.deliver")


@shared_task
def prune() -> int:
    """Delete notices that were read long ago."""
    return bell.prune(at=clock.now())


@shared_task
def make_exports() -> int:
    """Write the long lists that somebody asked for as files. Rung when one is, and by beat for a lost ring."""
    return prepared.work(now=clock.now)


@shared_task
def forget_exports() -> int:
    """Delete the files that were asked for a week ago."""
    return prepared.forget(at=clock.now())


@shared_task
def fold() -> None:
    """Keep the table by which pages know that something has changed as small as it has topics."""
    change.fold()
