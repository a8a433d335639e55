"""What hardly ever changes and every request needs: kept in this process with the revision of what it is made of.

    now = State.of({"catalogue", "policy"})
    catalogue = now.remembered("catalogue", Catalogue.read)

The revision (portal/models/change.py) is asked of the database in the same request, so no process serves what another
has changed. A topic that was never written has no revision, and then nothing is kept. What is kept is shared by
threads, and so it must not be written to.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from portal.models import change
from portal.replicas import connection

T = TypeVar("T")
STATES, NAMES = 8, 256  # states of the database, and things of each, that a process keeps

_states: OrderedDict[tuple[str, str], dict[Hashable, Any]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class State:
    """The state of the database in which something is asked for."""

    kept: dict[Hashable, Any]

    @classmethod
    def of(cls, topics: Collection[str]) -> "State":
        """Asks for the revision: what is read after this is at least as new."""
        revision = change.revision(topics)
        if revision.count("=") < len(topics):
            return cls({})
        key = (str(connection.settings_dict["NAME"]), revision)
        with _lock:
            kept = _states.setdefault(key, {})
            _states.move_to_end(key)
            while len(_states) > STATES:
                _states.popitem(last=False)
        return cls(kept)

    def remembered(self, name: Hashable, read: Callable[[], T]) -> T:
        """What was read under this name in this state, else what is read now."""
        try:
            found: T = self.kept[name]
        except KeyError:
            found = read()
            if len(self.kept) >= NAMES:
                self.kept.clear()
            self.kept[name] = found
        return found
