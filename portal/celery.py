"""The Celery application and its timetable. Tasks are doorbells: the row in the database is the work."""

import os

from celery import Celery, signals
from celery.schedules import crontab
from django.db import close_old_connections, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

CONNECTED_FOR = 3600  # seconds: a worker's connection outlives the pauses between the tasks of a quiet day


@signals.worker_process_init.connect
def _stay_connected(**_: object) -> None:
    for each in connections.all():
        each.settings_dict["CONN_MAX_AGE"] = CONNECTED_FOR


@signals.task_prerun.connect
def _let_go(**_: object) -> None:
    """As before each request: of a connection that is too old, or broken; one that is kept is tried before its use."""
    close_old_connections()


# By the clock of Beijing (CELERY_TIMEZONE); each entry finds by itself what is to be done, so one too many is harmless.
app.conf.beat_schedule = {
    "send the e-mails whose doorbell nobody heard": {
        "task": "portal.tasks.deliver",
        "schedule": crontab(),
    },
    "recompute the rollups whose doorbell nobody heard": {
        "task": "projects.tasks.drain",
        "schedule": crontab(),
    },
    "add up again what moved units and changed lists concern": {
        "task": "projects.tasks.sum_up",
        "schedule": crontab(),
    },
    "compare the rollups with a recompute": {
        "task": "projects.tasks.audit",
        "schedule": crontab(hour=3, minute=30),
    },
    "gather what PostgreSQL knows of lines and cells of all years together": {
        "task": "projects.tasks.analyze",
        "schedule": crontab(hour=3, minute=20),
    },
    "delete the photos and documents that nothing leads to any more": {
        "task": "projects.tasks.sweep_evidence",
        "schedule": crontab(hour=4, minute=10),
    },
    "read and apply the workbooks whose doorbell nobody heard": {
        "task": "projects.tasks.work_on_workbooks",
        "schedule": crontab(),
    },
    "read and import the files whose doorbell nobody heard": {
        "task": "projects.tasks.work_on_imports",
        "schedule": crontab(),
    },
    "let go of workbooks uploaded a month ago": {
        "task": "projects.tasks.forget_workbooks",
        "schedule": crontab(hour=2, minute=40),
    },
    "make the files whose doorbell nobody heard": {
        "task": "portal.tasks.make_exports",
        "schedule": crontab(),
    },
    "delete the files made a week ago": {
        "task": "portal.tasks.forget_exports",
        "schedule": crontab(hour=4, minute=20),
    },
    "announce the quarters that have opened": {
        "task": "projects.tasks.announce",
        "schedule": crontab(minute=5),
    },
    "warn of reports that are due soon or overdue, by day": {
        "task": "projects.tasks.warn",
        "schedule": crontab(hour="8-18", minute=15),
    },
    "throw away notices that were read long ago": {
        "task": "portal.tasks.prune",
        "schedule": crontab(hour=4, minute=0),
    },
    "fold the changes that pages go by": {
        "task": "portal.tasks.fold",
        "schedule": crontab(minute="*/5"),
    },
    "weekly e-mail, Monday at 8": {
        "task": "commitments.tasks.weekly",
        "schedule": crontab(day_of_week="mon", hour=8, minute=0),
    },
    "weekly e-mail that Monday missed": {
        "task": "commitments.tasks.weekly",
        "schedule": crontab(minute=10),
    },
}
