"""No SQL of the portal's role changes an issued or signed letter: not by the admin, a shell or plain statements."""

from collections.abc import Iterator

import psycopg
import pytest
from django.contrib import admin
from django.db import DatabaseError, ProgrammingError, connection, transaction

from commitments import canonical
from commitments.canonical import Status
from commitments.models import (
    Letter,
    LetterEvent,
    LetterProject,
    LetterSignature,
    LetterVersion,
    Pledge,
)
from tests.commitments.letters import Campaigning, campaigning
from tests.faults.test_database_keeps import ROLE, attempt

__all__ = ["campaigning"]

VERSION, PLEDGE = "commitments_letterversion", "commitments_pledge"
PROJECT, SIGNATURE = "commitments_letterproject", "commitments_lettersignature"
# Columns that neither an issue nor a signature has to keep still.
MOVING = {"state", "edition", "edited_by_id", "edited_at", "issued_by_id", "issued_at"}

# Each statement and what PostgreSQL names as its obstacle; {version} is in force, {issued} waits to be signed.
REFUSED = [
    (f"UPDATE {VERSION} SET title = title || 'x' WHERE id = {{version}}", "never changes"),
    (f"UPDATE {VERSION} SET opening = '' WHERE id = {{version}}", "never changes"),
    (f"UPDATE {VERSION} SET measures = 'x' WHERE id = {{issued}}", "never changes"),
    (f"UPDATE {VERSION} SET serial = 'X' WHERE id = {{version}}", "never changes"),
    (f"UPDATE {VERSION} SET canonical = '{{{{}}}}' WHERE id = {{version}}", "never changes"),
    (f"UPDATE {VERSION} SET sha256 = repeat('0', 64) WHERE id = {{version}}", "never changes"),
    (f"UPDATE {VERSION} SET state = 'draft' WHERE id = {{version}}", "does not go from in_force to draft"),
    (f"UPDATE {VERSION} SET state = 'signed' WHERE id = {{version}}", "does not go from in_force to signed"),
    (f"UPDATE {VERSION} SET state = 'in_force' WHERE id = {{issued}}", "does not go from issued to in_force"),
    (
        f"UPDATE {VERSION} SET state = 'signed', canonical = 'x', sha256 = repeat('0', 64) WHERE id = {{issued}}",
        "needs the signature of its unit",
    ),
    (f"DELETE FROM {VERSION} WHERE id = {{version}}", "Cannot delete rows"),
    (f"UPDATE {PLEDGE} SET target = target + 1 WHERE version_id = {{version}}", "never changes"),
    (f"UPDATE {PLEDGE} SET leader = 'x' WHERE version_id = {{issued}}", "never changes"),
    (f"UPDATE {PLEDGE} SET version_id = {{draft}} WHERE version_id = {{version}}", "never changes"),
    (f"DELETE FROM {PLEDGE} WHERE version_id = {{version}}", "never changes"),
    (
        f"INSERT INTO {PLEDGE} (version_id, position, indicator_id, name_zh, name_en, unit_of_measure_zh,"
        " unit_of_measure_en, direction, leader, weight, milestone) SELECT {version}, 9, max(id), 'x', '', 'x', '',"
        " 'more', '', 0, '' FROM commitments_indicator",
        "never changes",
    ),
    (f"UPDATE {PROJECT} SET planned_investment = 1 WHERE version_id = {{version}}", "never changes"),
    (f"DELETE FROM {PROJECT} WHERE version_id = {{issued}}", "never changes"),
    (f"UPDATE {SIGNATURE} SET name = 'x'", "Cannot update or delete rows"),
    (f"UPDATE {SIGNATURE} SET seal = 'x'", "Cannot update or delete rows"),
    (f"DELETE FROM {SIGNATURE}", "Cannot update or delete rows"),
    (
        f"INSERT INTO {SIGNATURE} (version_id, party, signer_id, name, post, signed_at, sha256, seal)"
        " SELECT {issued}, 'city', signer_id, 'x', 'x', now(), repeat('0', 64), 'x'"
        f" FROM {SIGNATURE} LIMIT 1",
        "not waiting for this signature",
    ),
    ("UPDATE commitments_letter SET unit_id = unit_id + 1", "Cannot update or delete rows"),
    ("DELETE FROM commitments_letter", "Cannot update or delete rows"),
    ("UPDATE commitments_letterevent SET reason = 'x'", "Cannot update or delete rows"),
    ("DELETE FROM commitments_letterevent", "Cannot update or delete rows"),
]
FORBIDDEN = [
    f"TRUNCATE {VERSION} CASCADE",
    f"TRUNCATE {PLEDGE} CASCADE",
    f"TRUNCATE {PROJECT}",
    f"TRUNCATE {SIGNATURE}",
    f"ALTER TABLE {VERSION} DISABLE TRIGGER ALL",
    f"ALTER TABLE {SIGNATURE} DISABLE TRIGGER USER",
    f"DROP TABLE {PLEDGE}",
]


@pytest.fixture
def rows(campaigning: Campaigning) -> dict[str, int]:
    """The county's letter in force and its amendment issued; the other county's letter a draft."""
    version = campaigning.in_force()
    issued = campaigning.amended(version)
    draft = campaigning.begun(campaigning.town.other)
    return {"version": version.pk, "issued": issued.pk, "draft": draft.pk}


@pytest.fixture
def as_portal(rows: dict[str, int]) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def test_no_statement_of_the_portals_role_changes_an_issued_or_signed_letter(
    rows: dict[str, int], as_portal: None
) -> None:
    went_through = []
    for statement, obstacle in REFUSED:
        refused = attempt(statement.format(**rows))
        if obstacle not in str(refused):
            went_through.append(f"{statement}: {refused}")
    assert went_through == []
    version = LetterVersion.objects.get(pk=rows["version"])
    assert canonical.verify(str(version.serial)).status == Status.VALID


def test_portals_role_may_not_put_the_rules_aside(rows: dict[str, int], as_portal: None) -> None:
    for statement in FORBIDDEN:
        refused = attempt(statement)
        assert isinstance(refused, ProgrammingError), statement
        assert isinstance(refused.__cause__, psycopg.errors.InsufficientPrivilege), statement


def test_owner_is_refused_the_same_by_the_triggers(rows: dict[str, int]) -> None:
    for statement, obstacle in REFUSED:
        assert obstacle in str(attempt(statement.format(**rows))), statement


def test_no_column_of_a_letter_in_force_can_be_written_in_a_shell(rows: dict[str, int], as_portal: None) -> None:
    version = LetterVersion.objects.get(pk=rows["version"])
    written = []
    for row in (version, version.pledges.all()[0], version.projects.all()[0], version.signatures.all()[0]):
        for field in row._meta.concrete_fields:
            if field.primary_key or (row == version and field.attname in MOVING):
                continue
            changed = type(row)._default_manager.get(pk=row.pk)
            value = getattr(changed, field.attname)
            setattr(changed, field.attname, f"{value}x"[-5:] if isinstance(value, str) else None)
            try:
                with transaction.atomic():
                    changed.save(update_fields=[field.attname])
            except DatabaseError:
                continue
            if getattr(type(row)._default_manager.get(pk=row.pk), field.attname) != value:
                written.append(f"{type(row).__name__}.{field.attname}")
    assert written == []


def test_admin_offers_no_form_for_a_letter() -> None:
    models = (Letter, LetterVersion, LetterProject, Pledge, LetterSignature, LetterEvent)
    assert [model for model in models if admin.site.is_registered(model)] == []


def test_portals_role_does_a_letter_from_draft_to_amendment(campaigning: Campaigning) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET ROLE {ROLE}")
        first = campaigning.in_force()
        second = campaigning.in_force(campaigning.amended(first))
        cursor.execute("RESET ROLE")
    assert canonical.verify(str(second.serial)).status == Status.VALID
