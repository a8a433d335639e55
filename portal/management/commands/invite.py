"""Invites a person from the command line: the operator's way to the first administrator. Prints the one-time link."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from portal import clock, invitations
from portal.models import Membership, Role, Unit, User


class Command(BaseCommand):
    help = "Add a person with a role at a unit, send the invitation, and print the link to set a first password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="the person's name, as on pages and e-mails")
        parser.add_argument("--unit", required=True, metavar="CODE", help="the unit's code, such as 430400")
        parser.add_argument("--role", required=True, choices=Role.values)

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address") from error
        try:
            unit = Unit.objects.get(code=options["unit"])
        except Unit.DoesNotExist as error:
            raise CommandError(f"there is no unit with the code {options['unit']}") from error
        person = enrol(email, options["name"], unit, options["role"], on=clock.today())
        self.stdout.write(invitations.link(person))
        try:
            invitations.send(person, at=clock.now())
        except OSError as error:
            self.stderr.write(f"The e-mail could not be sent ({error}); hand the link over by another way.")


@transaction.atomic
def enrol(email: str, name: str, unit: Unit, role: str, *, on: date) -> User:
    """The person of this address, made if need be, with the role from that day on; doing it twice changes nothing."""
    person = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email, name=name or email)
    if not person.membership_set.in_force(on=on).filter(unit=unit, role=role).exists():
        Membership.objects.create(user=person, unit=unit, role=role, valid_from=on)
    return person
