"""The portal's doorbells: what a worker does when it is woken."""

from celery import shared_task

from portal import clock, doorbell
from portal.mail import delivery


@shared_task
def deliver() -> None:
    """Send the e-mails that wait; where a batch was full, be woken again, so that a worker can stop in between."""
    if delivery.deliver(now=clock.now) == delivery.BATCH:
        doorbell.ring("portal.tasks.deliver")
