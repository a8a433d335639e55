"""When beat last sent each entry of the timetable, kept where every host's beat sees it."""

from django.db import models


class TimetableEntry(models.Model):
    """An entry of portal/celery.py, by its name there: by these rows beats of several hosts agree (portal/beat.py)."""

    name = models.CharField(max_length=200, primary_key=True)
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} · {self.sent_at}"
