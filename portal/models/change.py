"""Which tables have changed: what pages that needn't be built again, and figures kept with their revision, go by.

Triggers append a row with every statement that writes what a topic is about, in its transaction. A topic's revision is
the sum, without carry, of random numbers: no two states of the database share one, not even after a backup was put
back, and nobody waits for a counter. Ids would not do: a change with a smaller one may be committed later.
"""

from collections.abc import Collection

from django.db import models, transaction

from portal.kept_plans import Kept
from portal.replicas import connection  # a page is as new as the database that it is read from

OF_TOPICS = """
    SELECT string_agg(topic || '=' || salt, ' ' ORDER BY topic)
    FROM (SELECT topic, bit_xor(salt) AS salt FROM portal_change WHERE topic = ANY (%(topics)s) GROUP BY topic) of_topic
"""
REVISION = Kept(OF_TOPICS, topics="text[]")
# One row a topic in place of many. What others append or fold at the same time is left to the next.
FOLD = """
    WITH many AS (SELECT topic FROM portal_change GROUP BY topic HAVING count(*) > 1),
    gone AS (
        DELETE FROM portal_change WHERE id IN (
            SELECT id FROM portal_change WHERE topic IN (SELECT topic FROM many) FOR UPDATE SKIP LOCKED)
        RETURNING topic, salt
    )
    INSERT INTO portal_change (topic, salt) SELECT topic, bit_xor(salt) FROM gone GROUP BY topic
"""


# As the triggers do.
TELL = "INSERT INTO portal_change (topic, salt) VALUES (%(topic)s, (random() * 9e18)::bigint)"


class Change(models.Model):
    """Something about a topic was written. `salt` is a random number."""

    topic = models.CharField(max_length=40)
    salt = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["topic"], include=["salt"], name="change_of_topic")]

    def __str__(self) -> str:
        return self.topic


def revision(topics: Collection[str]) -> str:
    """A text that differs whenever something about one of these topics has been committed in between; one query."""
    with connection.cursor() as cursor:
        REVISION.run(cursor, {"topics": sorted(topics)})
        row = cursor.fetchone()
    return str(row[0] or "") if row else ""


def tell(topic: str) -> None:
    """What is shown of the topic is another, though no table that triggers watch was written."""
    with connection.cursor() as cursor:
        cursor.execute(TELL, {"topic": topic})


def fold() -> None:
    """Keep the table small; revisions stay as they are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FOLD)
