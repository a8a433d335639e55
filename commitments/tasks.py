"""What a worker does for the weekly e-mail when it is woken."""

from celery import shared_task

from commitments.weekly import send_if_due
from portal import clock


@shared_task
def weekly() -> None:
    """Write this week's e-mails on Monday at 8, or whenever the worker is back in the week, once."""
    send_if_due(at=clock.now())
