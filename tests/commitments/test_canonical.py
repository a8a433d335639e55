"""The canonical form, its seals, and that a letter of which anything was changed never verifies."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, models, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from commitments import canonical, lifecycle
from commitments.canonical import Status
from commitments.models import Campaign, Letter, LetterProject, LetterSignature, LetterVersion, Pledge
from portal.models import Unit
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning

__all__ = ["campaigning"]


def status(version: LetterVersion) -> Status:
    return canonical.verify(str(LetterVersion.objects.get(pk=version.pk).serial)).status


# The form.


def test_canonical_form_holds_everything_that_was_signed(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    said = json.loads(version.canonical)
    assert said["number"] == version.serial
    assert said["unit"]["code"] == "430421"
    assert said["campaign"]["year"] == 2022
    assert said["opening"] == version.opening
    assert [each["name"] for each in said["projects"]] == ["项目A1", "项目A2"]
    investment = said["pledges"][0]
    assert (investment["target"], investment["target_q1"], investment["weight"]) == ("4000", "1000", "50")
    assert investment["unit_of_measure_zh"] == "万元"
    assert said["signature"] == {
        "for": "unit",
        "person": campaigning.principal.pk,
        "name": "principal",
        "post": "县长",
        "at": "2022-02-07T02:00:00+00:00",
    }


def test_canonical_form_is_sorted_and_without_spaces_in_utf8(campaigning: Campaigning) -> None:
    text = campaigning.signed().canonical
    assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert "承诺" in text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Decimal("100.0000"), "100"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00"), "0"),
        (Decimal("-0"), "0"),
        (Decimal("12.50"), "12.5"),
        (date(2022, 2, 7), "2022-02-07"),
        (datetime(2022, 2, 7, 10, tzinfo=SIGNED.tzinfo), "2022-02-07T02:00:00+00:00"),
        (None, None),
        ("文", "文"),
    ],
)
def test_values_stand_the_same_whether_typed_or_read_back(value: object, plain: object) -> None:
    assert canonical.plain(value) == plain


# What can be said of a number.


def test_letter_goes_from_unknown_to_valid(campaigning: Campaigning) -> None:
    assert canonical.verify("430400-2022-430421-1-ABCDEF").status == Status.UNKNOWN
    assert canonical.verify("").status == Status.UNKNOWN
    version = campaigning.issued()
    assert status(version) == Status.NOT_SIGNED
    version = campaigning.signed(version)
    assert status(version) == Status.SIGNED
    version = campaigning.in_force(version)
    found = canonical.verify(str(version.serial))
    assert found.status == Status.VALID
    assert found.signed_on == {"unit": SIGNED, "city": SIGNED}


def test_taken_back_letter_is_not_signed(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    lifecycle.take_back(version, by=campaigning.town.administrator, at=DAY, reason="r")
    assert status(version) == Status.NOT_SIGNED


def test_declined_letter_says_so(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    lifecycle.decline(version, by=campaigning.mayor, at=SIGNED, reason="r")
    assert status(version) == Status.DECLINED


def test_amended_letter_is_superseded_once_the_amendment_is_in_force(campaigning: Campaigning) -> None:
    first = campaigning.in_force()
    second = campaigning.amended(first)
    assert (status(first), status(second)) == (Status.VALID, Status.NOT_SIGNED)
    second = campaigning.signed(second)
    assert (status(first), status(second)) == (Status.VALID, Status.SIGNED)
    second = campaigning.in_force(second)
    assert (status(first), status(second)) == (Status.SUPERSEDED, Status.VALID)
    assert canonical.verify(str(first.serial)).superseded_by == second
    third = campaigning.in_force(campaigning.amended(second, "again"))
    assert (status(first), status(second), status(third)) == (Status.SUPERSEDED, Status.SUPERSEDED, Status.VALID)


@pytest.mark.parametrize(
    "typed", ["{}", " {} ", "{lower}", "４３０４００{rest}", "430400 - 2022{tail}", "编号：{}", "{dash}"]
)
def test_number_is_taken_however_it_is_typed(campaigning: Campaigning, typed: str) -> None:
    serial = str(campaigning.in_force().serial)
    text = typed.format(
        serial,
        lower=serial.lower(),
        rest=serial.removeprefix("430400").replace("-", "－"),
        tail=serial.removeprefix("430400-2022"),
        dash=serial.replace("-", "—"),
    )
    assert canonical.verify(text).status == Status.VALID


def test_letter_stays_valid_when_unit_campaign_indicator_project_or_person_are_renamed(
    campaigning: Campaigning,
) -> None:
    version = campaigning.in_force()
    Unit.objects.update(name_zh="新名", name_en="New", code=models.functions.Concat("code", models.Value("X")))
    campaigning.campaign.name_zh = "新年"
    campaigning.campaign.save()
    campaigning.tourism.name_zh = "新指标"
    campaigning.tourism.save()
    campaigning.town.project.name_zh = "新项目"
    campaigning.town.project.save()
    campaigning.principal.name = "renamed"
    campaigning.principal.save()
    assert status(version) == Status.VALID
    assert canonical.names(LetterVersion.objects.get(pk=version.pk)) == ("单位430421", "单位430400")


def test_seal_made_with_an_earlier_key_still_holds_and_with_a_foreign_one_never(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    old = settings.SECRET_KEY
    with override_settings(SECRET_KEY="n" * 60, SECRET_KEY_FALLBACKS=[old]):
        assert status(version) == Status.VALID
    with override_settings(SECRET_KEY="n" * 60, SECRET_KEY_FALLBACKS=[]):
        assert status(version) == Status.TAMPERED


# Tampering: what somebody can do who owns the database, but hasn't the portal's key.

Row = models.Model
MADE_ANEW = ("canonical", "sha256")  # by forging: what was changed in them is put right by it
CONTENT = (Letter, LetterVersion, LetterProject, Pledge, LetterSignature)


def columns() -> list[tuple[type[Row], str]]:
    """Every column of every table of a letter, but for the rows' own keys."""
    return [
        (model, field.attname) for model in CONTENT for field in model._meta.concrete_fields if not field.primary_key
    ]


def rows_of(version: LetterVersion, model: type[Row]) -> list[Row]:
    if model is Letter:
        return [version.letter]
    if model is LetterVersion:
        return [LetterVersion.objects.get(pk=version.pk)]
    return list(model._default_manager.filter(version=version).order_by("pk"))


def others(row: Row, name: str) -> st.SearchStrategy[object]:
    """Values of the column's type that it doesn't have in this row."""
    field, value = row._meta.get_field(name), getattr(row, name)
    found: st.SearchStrategy[object]
    if name == "state":
        found = st.sampled_from(["draft", "issued", "signed", "in_force", "superseded", "declined", "else"])
    elif isinstance(field, models.DateTimeField):
        found = st.datetimes(datetime(2021, 1, 1), datetime(2023, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    elif isinstance(field, models.DateField):
        found = st.dates(date(2021, 1, 1), date(2023, 1, 1))
    elif isinstance(field, models.DecimalField):
        whole, places = field.max_digits - field.decimal_places, field.decimal_places
        found = st.decimals(0, 10**whole - 1, places=places)
    elif isinstance(field, models.ForeignKey | models.IntegerField):
        found = st.integers(1, 30_000) | st.just((value or 0) + 1)
    else:
        typed = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
        longest = getattr(field, "max_length", None) or 10_000
        close = ["unit", "city", f"{value} ", str(value)[:-1], str(value).swapcase()]
        found = typed.filter(lambda text: len(text) <= longest) | st.sampled_from(
            [text for text in close if len(text) <= longest]
        )
    return found.filter(lambda each: each != value)


def another(row: Row, name: str) -> object:
    """One such value, always the same."""
    value = getattr(row, name)
    if isinstance(value, date):  # a datetime too
        return value + timedelta(days=1)
    if isinstance(value, Decimal | int):
        return value + 1
    if isinstance(value, str):
        return {"in_force": "superseded", "city": "unit", "unit": "city"}.get(value, "x")
    field = row._meta.get_field(name)
    return date(2022, 3, 1) if isinstance(field, models.DateField) else 1


def write(row: Row, **values: Any) -> None:
    """Change a row as the owner of the database can, who has put all its rules aside."""
    table, sets = row._meta.db_table, ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {sets} WHERE id = %s", [*values.values(), row.pk])


def forge(version: LetterVersion) -> None:
    """Make anew what needs no key: the canonical form of the rows as they are now, and all hashes."""
    found = LetterVersion.objects.select_related("letter__unit", "letter__campaign__unit").filter(pk=version.pk).first()
    signatures = {each.party: each for each in version.signatures.all()}
    if found is None or "unit" not in signatures:
        return
    text = canonical.of_unit(found, signatures["unit"])
    write(found, canonical=text, sha256=canonical.hashed(text))
    write(signatures["unit"], sha256=canonical.hashed(text))
    if "city" in signatures:
        write(signatures["city"], sha256=canonical.hashed(canonical.of_city(text, signatures["city"])))


def said_of_all() -> set[Status]:
    serials = LetterVersion.objects.exclude(serial=None).values_list("serial", flat=True)
    return {canonical.verify(str(serial)).status for serial in serials}


@pytest.fixture
def helpless(campaigning: Campaigning) -> LetterVersion:
    """A letter in force in a database that has neither triggers nor constraints any more."""
    version = campaigning.in_force()
    make_template_of_last_year(campaigning)
    put_rules_aside()
    return version


def put_rules_aside() -> None:
    """What the owner of the database can do: no trigger, constraint or unique index of these tables is left."""
    tables = [model._meta.db_table for model in CONTENT]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('c', 'u', 'f')",
            [tables],
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) AND indisunique AND NOT indisprimary",
            [tables],
        )
        for (index,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {index}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def make_template_of_last_year(campaigning: Campaigning) -> None:
    """Another campaign, so that a letter can be moved into it."""
    Campaign.objects.create(unit=campaigning.town.city, year=2021, name_zh="去年")


@given(st.data())
@trials(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_letter_never_verifies_with_any_one_field_changed(helpless: LetterVersion, data: st.DataObject) -> None:
    model, name = data.draw(st.sampled_from(columns()))
    row = data.draw(st.sampled_from(rows_of(helpless, model)))
    value = data.draw(others(row, name))
    with transaction.atomic():
        write(row, **{name: value})
        assert Status.VALID not in said_of_all()
        if name not in MADE_ANEW and data.draw(st.booleans()):
            forge(helpless)
            assert Status.VALID not in said_of_all()
        transaction.set_rollback(True)
    assert said_of_all() == {Status.VALID}


@pytest.mark.parametrize("model", CONTENT, ids=lambda model: model.__name__)
def test_no_column_is_left_out_of_what_is_sealed(helpless: LetterVersion, model: type[Row]) -> None:
    unseen = []
    for name in [name for its, name in columns() if its is model and name not in MADE_ANEW]:
        for row in rows_of(helpless, model):
            value = another(row, name)
            with transaction.atomic():
                write(row, **{name: value})
                forge(helpless)
                if Status.VALID in said_of_all():
                    unseen.append(f"{name}: {value}")
                transaction.set_rollback(True)
    assert unseen == []


@pytest.mark.parametrize("model", [LetterProject, Pledge, LetterSignature], ids=lambda model: model.__name__)
def test_letter_never_verifies_with_a_row_less_or_more(helpless: LetterVersion, model: type[Row]) -> None:
    for row in rows_of(helpless, model):
        with transaction.atomic():
            row.delete()
            assert Status.VALID not in said_of_all()
            transaction.set_rollback(True)
    if model is not LetterSignature:
        with transaction.atomic():
            row = rows_of(helpless, model)[0]
            row.pk = None
            row._state.adding = True
            row.save()
            assert Status.VALID not in said_of_all()
            transaction.set_rollback(True)


def test_superseded_letter_never_verifies_when_its_state_is_set_back(campaigning: Campaigning) -> None:
    first = campaigning.in_force()
    campaigning.in_force(campaigning.amended(first))
    put_rules_aside()
    write(first, state="in_force")
    assert status(first) == Status.TAMPERED
