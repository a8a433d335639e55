"""Who may be tried out in the demo: some people for each role, whose addresses say that they are of the demo.

Their addresses end in a domain that can't exist, and outside demo mode nobody with such an address may sign in
(portal/accounts.py). Their passwords follow from the checkout's secret key, so that every start can list them and none
has to be kept.
"""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils.crypto import salted_hmac

from portal.models import Membership, Role, Unit, User

DOMAIN = "demo.concentric.example"
# Stretching helps short passwords; these have 80 bits of their own. At the first sign-in Django stretches as usual.
ITERATIONS = 1_000
# Units whose people read English, so that every step can be walked in it.
IN_ENGLISH = frozenset({"P-ZBQ"})
# Here one person prepares and submits.
ALONE = frozenset({"430412"})
POSTS = {
    Role.REPORTER: ("填报员", "reporter"),
    Role.APPROVER: ("审签人", "approver"),
    Role.PRINCIPAL: ("主要负责人", "principal"),
    Role.REVIEWER: ("审核员", "reviewer"),
    Role.ADMINISTRATOR: ("管理员", "administrator"),
    Role.AUDITOR: ("审计员", "auditor"),
    Role.LEADER: ("领导", "leader"),
    Role.VIEWER: ("查阅员", "viewer"),
}
# Role, number and language of the people of the city itself.
CITY = (
    (Role.REVIEWER, 1, "zh-hans"),
    (Role.REVIEWER, 2, "en"),
    (Role.ADMINISTRATOR, 1, "zh-hans"),
    (Role.ADMINISTRATOR, 2, "en"),
    (Role.AUDITOR, 1, "zh-hans"),
    (Role.LEADER, 1, "zh-hans"),
    (Role.LEADER, 2, "en"),
    (Role.VIEWER, 1, "zh-hans"),
    (Role.PRINCIPAL, 1, "zh-hans"),
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person of the demo; the key is how tests, lists and the history name them."""

    key: str
    unit: Unit
    roles: tuple[Role, ...]
    language: str

    @property
    def email(self) -> str:
        return f"{self.key.lower()}@{DOMAIN}"

    @property
    def post(self) -> str:
        return POSTS[self.roles[0]][self.language == "en"]

    @property
    def name(self) -> str:
        """Says the office, so that nobody takes a made-up person for a real one."""
        if self.language == "en":
            return f"{self.unit.name_en} {self.post} (demo)"
        return f"{self.unit.name_zh}{self.post}（演示）"


def is_of_the_demo(user: User) -> bool:
    return user.email.lower().endswith(f"@{DOMAIN}")


def people(units: Sequence[Unit]) -> list[Person]:
    """The demo's people for these units: three for each that reports, one for each bureau, and those of the city."""
    reporting = [unit for unit in units if unit.kind not in {Unit.Kind.CITY, Unit.Kind.BUREAU}]
    found = [person for unit in reporting for person in _of_unit(unit)]
    found += [
        Person(key=f"{Role.REVIEWER}-{unit.code}", unit=unit, roles=(Role.REVIEWER,), language="zh-hans")
        for unit in units
        if unit.kind == Unit.Kind.BUREAU
    ]
    for root in (unit for unit in units if unit.parent_id is None and unit.kind == Unit.Kind.CITY):
        found += [
            Person(key=f"{role}-{number}", unit=root, roles=(role,), language=language)
            for role, number, language in CITY
        ]
    return found


def _of_unit(unit: Unit) -> Iterator[Person]:
    language = "en" if unit.code in IN_ENGLISH else "zh-hans"
    preparing = [(Role.REPORTER, Role.APPROVER)] if unit.code in ALONE else [(Role.REPORTER,), (Role.APPROVER,)]
    for roles in (*preparing, (Role.PRINCIPAL,)):
        yield Person(key=f"{roles[0]}-{unit.code}", unit=unit, roles=roles, language=language)


def password(person: Person) -> str:
    """Four groups of four letters and digits; the same at every start of this checkout."""
    digest = salted_hmac("portal.demo.people", person.email, algorithm="sha256").digest()
    text = base64.b32encode(digest[:10]).decode().lower()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def enlist(persons: Sequence[Person]) -> dict[str, User]:
    """Write these people and their memberships; returns them by key. They get no e-mails until `let_write`."""
    hasher = PBKDF2PasswordHasher()
    users = User.objects.bulk_create(
        User(
            email=person.email,
            name=person.name,
            post=person.post,
            language=person.language,
            wants_notices=False,
            password=hasher.encode(password(person), hasher.salt(), iterations=ITERATIONS),
        )
        for person in persons
    )
    Membership.objects.bulk_create(
        Membership(user=user, unit=person.unit, role=role)
        for user, person in zip(users, persons, strict=True)
        for role in person.roles
    )
    return {person.key: user for user, person in zip(users, persons, strict=True)}


def let_write() -> None:
    """From now on the demo's people get e-mails, as everybody does; its made-up past sent none."""
    User.objects.filter(email__endswith=f"@{DOMAIN}").update(wants_notices=True)


def list_accounts(persons: Sequence[Person], file: Path) -> None:
    """Write who may sign in with which password, readable by whoever runs the checkout alone."""
    accounts = [
        {
            "key": person.key,
            "email": person.email,
            "password": password(person),
            "unit": person.unit.code,
            "unit_name": person.unit.name_zh,
            "role": " + ".join(person.roles),
            "language": person.language,
        }
        for person in persons
    ]
    text = json.dumps(accounts, ensure_ascii=False, indent=1) + "\n"
    new = file.with_suffix(".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    new.replace(file)
