"""How people come in: by invitation only; and who the person of a request is."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from portal.models import User


def signed_in(request: HttpRequest) -> User:
    """The person of a request that LoginRequiredMiddleware has let through."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
