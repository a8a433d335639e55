"""What an administrator finds on every page: work that waits for a worker. Asks nothing for anybody else."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import clock
from portal.models import Role, User
from projects import queues


def waiting(request: HttpRequest) -> dict[str, object]:
    return {"queues_late": SimpleLazyObject(lambda: _late(request))}


def _late(request: HttpRequest) -> tuple[queues.Late, ...]:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or Role.ADMINISTRATOR not in user.roles(on=clock.today()):
        return ()
    return queues.known_late(at=clock.now())
