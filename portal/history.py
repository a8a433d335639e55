"""Which changes of a fact are kept: every insert, update and delete, bulk loads and raw SQL included."""

from typing import TypeVar

import pghistory
from django.db import models

M = TypeVar("M", bound=models.Model)


def tracked(model: type[M]) -> type[M]:
    """Keep the model's history by statement-level triggers: row triggers would fire for each row of a COPY."""
    events = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
    decorated: type[M] = pghistory.track(*events, level=pghistory.Statement)(model)
    return decorated
