"""The people of the portal: they sign in by e-mail, and what they may do hangs on memberships alone."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.models.notice import unread


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    post = models.CharField(_("post"), max_length=100, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        help_text=_("Of pages and e-mails; empty: the browser's."),
    )
    wants_weekly = models.BooleanField(_("weekly e-mail"), default=True)
    wants_notices = models.BooleanField(
        _("e-mail at once"),
        default=True,
        help_text=_("When a report is returned or accepted, or a quarter opens."),
    )
    uses_keys = models.BooleanField(
        _("single keys in the review"),
        default=True,
        help_text=_("Such as j for the next report and a to accept it. Off: no single key does anything."),
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    invited_at = models.DateTimeField(_("invited at"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_whatever_its_case",
                violation_error_message=_("Somebody with this e-mail address is here already."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return str(self)

    get_full_name = get_short_name

    def roles(self, *, on: date) -> frozenset[str]:
        """Every role the person holds somewhere on this day; asked of the database once for each day."""
        held: dict[date, frozenset[str]] = self.__dict__.get("_roles", {})
        if on not in held:
            self.remember_roles(self.membership_set.in_force(on=on).values_list("role", flat=True), on=on)
        return frozenset(self.__dict__["_roles"][on])

    def remember_roles(self, roles: Iterable[str], *, on: date) -> None:
        """The roles of this day have been read: a request reads them as it finds the person."""
        self.__dict__.setdefault("_roles", {})[on] = frozenset(roles)

    @property
    def unread(self) -> int:
        """How many notices are unread, at most COUNTED_UP_TO; a request counts them as it finds the person."""
        if "counted_unread" not in self.__dict__:
            counted = User.objects.annotate(counted_unread=unread()).values_list("counted_unread", flat=True)
            self.__dict__["counted_unread"] = counted.get(pk=self.pk)
        return int(self.__dict__["counted_unread"])

    @property
    def is_staff(self) -> bool:
        """Whether the admin site's own templates may show links for staff: the rules of portal/roles.py decide."""
        return self.has_perm("portal.enter_admin")

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether a role the person holds today grants it: Django's admin asks without saying when."""
        from portal import clock, roles

        return roles.may(self, perm, on=clock.today())

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm("portal.enter_admin")
