"""What only the demo keeps: the day it first started, and the mailbox its e-mails go to."""

from django.db import models


class DemoStart(models.Model):
    """The real time of the demo's first start; portal/clock.py reckons from it. There is one row."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="demo_starts_once")]

    def __str__(self) -> str:
        return str(self.started_at)


class MailboxMessage(models.Model):
    """An e-mail the demo did not send, shown under /demo/mail/ instead."""

    recipient = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return self.subject
