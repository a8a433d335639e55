"""How people come in: by invitation only; and who the person of a request is."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from portal import clock, invitations
from portal.models import User


def signed_in(request: HttpRequest) -> User:
    """The person of a request that LoginRequiredMiddleware has let through."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """In the person's own language and our own look."""
        invitations.post("password_reset", user, invitations.link(user), at=clock.now())

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")
