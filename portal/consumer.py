"""The worker's consumer of doorbells: a Redis that dies while messages wait in the worker doesn't end it."""

from contextlib import suppress

from celery.worker import consumer


class Consumer(consumer.Consumer):
    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let go of the connection that is lost.

        Celery closes it twice. The first time kombu (5.7) stops half way; the second time it would put the messages
        that it has fetched back into Redis by a connection that is gone already, and by that error the worker ended.
        They are rung for again by beat.
        """
        with suppress(AttributeError):
            super().on_connection_error_after_connected(exc)
