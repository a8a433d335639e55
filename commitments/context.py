"""What a principal finds on every page: letters that wait for their signature. Asks nothing for anybody else."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from commitments.models import LetterVersion
from portal import clock
from portal.models import Role, User


def letters(request: HttpRequest) -> dict[str, object]:
    return {"letters_waiting": SimpleLazyObject(lambda: _waiting(request))}


def _waiting(request: HttpRequest) -> list[LetterVersion]:
    """Read only where a page shows it, in one query; empty for who isn't signed in or is nobody's principal."""
    user, today = getattr(request, "user", None), clock.today()
    if not isinstance(user, User) or Role.PRINCIPAL not in user.roles(on=today):
        return []
    waiting = LetterVersion.objects.waiting_for(user, on=today).defer("canonical")
    return list(waiting.select_related("letter__unit", "letter__campaign__unit").order_by("letter__unit__code"))
