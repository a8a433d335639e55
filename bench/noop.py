"""A task that does nothing but say when it began: the yardstick of question 14. The worker loads it by `--include`."""

import time

from celery import shared_task

BEGUN = "bench:begun"


@shared_task(name="bench.noop")
def noop() -> None:
    """Write down the moment, by the clock that all processes of a machine share."""
    begun = time.perf_counter()
    import redis
    from django.conf import settings

    redis.Redis.from_url(settings.REDIS_URL).rpush(BEGUN, repr(begun))
