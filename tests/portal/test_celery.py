"""The timetable names tasks by string: each of them exists."""

from portal.celery import app


def test_every_task_of_the_timetable_exists() -> None:
    app.loader.import_default_modules()
    named = {str(entry["task"]) for entry in app.conf.beat_schedule.values()}
    assert named <= set(app.tasks)
    assert {"portal.tasks.deliver", "projects.tasks.drain", "commitments.tasks.weekly"} <= named
