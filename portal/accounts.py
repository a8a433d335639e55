"""How people come in: by invitation only, the demo's only in the demo; and who the person of a request is."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock, invitations
from portal.demo.people import is_of_the_demo
from portal.models import Membership, User
from portal.models.notice import unread

logger = logging.getLogger(__name__)


def signed_in(request: HttpRequest) -> User:
    """The person of a request that LoginRequiredMiddleware has let through."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class PasswordRefused(Exception):
    """The password asked for again wasn't the person's, or was wrong too often; the text says which."""


def confirm_password(request: HttpRequest, password: str) -> None:
    """Ask a person who is signed in for the password again, before a signature; raises PasswordRefused.

    After five wrong ones within five minutes (settings.ACCOUNT_RATE_LIMITS) not even the right one is taken. Attempts
    are counted in the cache, which is PostgreSQL's, outside of any transaction of the request.
    """
    user = signed_in(request)
    if not ratelimit.consume(request, action="confirm_password", user=user):
        raise PasswordRefused(_("The password was wrong too often. Wait five minutes, then try again."))
    if not user.check_password(password):
        raise PasswordRefused(_("This is not your password: type the one with which you sign in."))
    ratelimit.clear(request, action="confirm_password", user=user)


def may_sign_in(user: User) -> bool:
    return user.is_active and (settings.DEMO or not is_of_the_demo(user))


class Backend(AuthenticationBackend):
    def user_can_authenticate(self, user: User) -> bool:
        """Asked at every sign-in and, for the person of a session, at every request."""
        return may_sign_in(user)

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session, with the count for the bell and today's roles: what every page asks for."""
        today = clock.today()
        held = Membership.objects.in_force(on=today).filter(user=OuterRef("pk")).order_by()
        people = User.objects.annotate(counted_unread=unread(), held=ArraySubquery(held.values("role")))
        found = people.filter(pk=user_id).first()
        if found:
            found.remember_roles(found.held, on=today)
        return found if found and self.user_can_authenticate(found) else None


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """allauth goes on with people whom the backend refused, to tell those that aren't active: refuse them all."""
        if not may_sign_in(user):
            refused: HttpResponse = self.respond_user_inactive(request, user)
            return refused
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """In the person's own language and our own look.

        Where the mail server is away only the log says so: the page tells everybody the same, known here or not.
        """
        try:
            invitations.post("password_reset", user, invitations.link(user), at=clock.now())
        except OSError as error:
            logger.error("a link to reset a password could not be sent: %s", error)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")
