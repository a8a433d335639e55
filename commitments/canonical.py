"""The canonical form of a letter, its fingerprint and its seals; and whether a letter is still what was signed.

The canonical form is JSON in UTF-8 with sorted keys, without insignificant whitespace, decimals as plain strings and
times in UTC. It holds everything that was signed: texts, projects, pledges, number, who issued and who signed. Its
SHA-256 stands on the print. A seal is a keyed hash of a signature: whoever can write to the database alone can't make
one.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from unicodedata import normalize

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from commitments.models import LetterProject, LetterSignature, LetterState, LetterVersion, Pledge

FORM = 1  # the form itself is numbered, so that an old letter can be recomputed when a later portal writes another
SALT = "commitments.letter.signature"
NOT_CONTENT = {"id", "version"}
Party = LetterSignature.Party
Content = dict[str, object]


class Status(StrEnum):
    """What can be said of a number. Only VALID means: signed by both, in force, and nothing of it was changed."""

    VALID = "valid"
    SIGNED = "signed"
    SUPERSEDED = "superseded"
    DECLINED = "declined"
    NOT_SIGNED = "not_signed"
    TAMPERED = "tampered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verification:
    """`superseded_by`: the version that is, or was, in force after this one. Without a version: an unknown number."""

    status: Status
    version: LetterVersion | None = None
    signatures: Sequence[LetterSignature] = ()
    superseded_by: LetterVersion | None = None

    @property
    def signed_on(self) -> dict[str, datetime]:
        """When it was signed, by party: `unit`, `city`."""
        return {str(signature.party): signature.signed_at for signature in self.signatures}

    @property
    def is_sound(self) -> bool:
        """Whether what is kept is what was signed, so that the rest can be told of it."""
        return self.status not in (Status.UNKNOWN, Status.TAMPERED)


def plain(value: object) -> object:
    """A field's value as it stands in the canonical form; the same whether it was just typed or read back."""
    match value:
        case Decimal():
            return "0" if not value else f"{value.normalize():f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
    return value


def dumped(content: Content) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def hashed(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _row(row: LetterProject | Pledge) -> Content:
    """Every column of a row of the content, but for its own key and the version's."""
    return {
        field.attname: plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in NOT_CONTENT
    }


def content(version: LetterVersion) -> Content:
    """All that the letter says, before anybody signs it, read anew: names of rows elsewhere as they are now."""
    letter = version.letter
    campaign = letter.campaign
    texts = ("title", "addressee", "opening", "measures", "closing", "reason")
    return {
        "form": FORM,
        "number": version.serial,
        "version": version.number,
        "based_on": version.based_on_id,
        "campaign": {
            "id": campaign.pk,
            "year": campaign.year,
            "name": campaign.name_zh,
            "unit": campaign.unit.code,
            "unit_name": campaign.unit.name_zh,
        },
        "unit": {"id": letter.unit_id, "code": letter.unit.code, "name": letter.unit.name_zh},
        **{name: getattr(version, name) for name in texts},
        "projects": [_row(each) for each in version.projects.order_by("position", "project_id")],
        "pledges": [_row(each) for each in version.pledges.order_by("position", "indicator_id", "project_id")],
        "written": {"edition": version.edition, "by": version.edited_by_id, "at": plain(version.edited_at)},
        "issued": {"by": version.issued_by_id, "at": plain(version.issued_at)},
    }


def names(version: LetterVersion) -> tuple[str, str]:
    """The unit and the unit that runs the campaign, as they were called when the letter was signed; else as now."""
    try:
        said = json.loads(version.canonical)
        return str(said["unit"]["name"]), str(said["campaign"]["unit_name"])
    except (ValueError, TypeError, KeyError):  # not signed yet, or no longer what was signed
        letter = version.letter
        return letter.unit.name_zh, letter.campaign.unit.name_zh


def fingerprint(version: LetterVersion) -> str:
    """What a page shows of the content: signing asks for it again, so that nobody signs what they haven't seen."""
    return hashed(dumped(content(version)))


def signed(signature: LetterSignature) -> Content:
    """What a signatory adds: who, as what, when. `for` says for whom."""
    return {
        "for": signature.party,
        "person": signature.signer_id,
        "name": signature.name,
        "post": signature.post,
        "at": plain(signature.signed_at),
    }


def of_unit(version: LetterVersion, signature: LetterSignature) -> str:
    """The canonical form: the content and the signature of the unit."""
    return dumped({**content(version), "signature": signed(signature)})


def of_city(canonical: str, signature: LetterSignature) -> str:
    """What the city's signature seals: the canonical form, then what the city's signatory added."""
    return f"{canonical}\n{dumped(signed(signature))}"


def seal(sha256: str, party: str, *, secret: str | bytes | None = None) -> str:
    """The keyed hash of a signature, in hexadecimal digits; with the portal's key unless another is given."""
    return salted_hmac(SALT, f"{party}:{sha256}", secret or settings.SECRET_KEY, algorithm="sha256").hexdigest()


def verify(serial: str) -> Verification:
    """What is to be said of this number, however it was typed."""
    number = as_number(serial)
    versions = LetterVersion.objects.select_related("letter__unit", "letter__campaign__unit")
    version = versions.filter(serial=number).first() if number else None
    return examine(version) if version else Verification(status=Status.UNKNOWN)


def examine(version: LetterVersion) -> Verification:
    """What is to be said of this version as its rows are now."""
    signatures = {each.party: each for each in version.signatures.all()}
    later = _later(version)
    return Verification(
        status=_status(version, signatures, later),
        version=version,
        signatures=[signatures[party] for party in (Party.UNIT, Party.CITY) if party in signatures],
        superseded_by=later,
    )


def as_number(typed: str) -> str:
    """A number as it is kept: capitals and plain digits, whatever dashes, spaces or full-width signs were typed."""
    text = re.sub(r"[\u2010-\u2015\u2212\u30fc]", "-", normalize("NFKC", typed))
    return re.sub(r"[^0-9A-Z.-]", "", text.upper())[:40]


def _later(version: LetterVersion) -> LetterVersion | None:
    """The newest version of the letter after this one that the city has signed."""
    later = LetterVersion.objects.filter(letter=version.letter_id, number__gt=version.number)
    return later.filter(signatures__party=Party.CITY).order_by("-number").first()


def _status(version: LetterVersion, signatures: dict[str, LetterSignature], later: LetterVersion | None) -> Status:
    if not signatures and version.state in (LetterState.DRAFT, LetterState.ISSUED) and not version.canonical:
        return Status.NOT_SIGNED
    if not _is_intact(version, signatures):
        return Status.TAMPERED
    if Party.CITY not in signatures:
        waiting = {str(LetterState.SIGNED): Status.SIGNED, str(LetterState.DECLINED): Status.DECLINED}
        return waiting.get(version.state, Status.TAMPERED)
    expected = LetterState.SUPERSEDED if later else LetterState.IN_FORCE
    if version.state != expected:
        return Status.TAMPERED
    return Status.SUPERSEDED if later else Status.VALID


def _is_intact(version: LetterVersion, signatures: dict[str, LetterSignature]) -> bool:
    """Whether rows, canonical form, hashes and seals all say the same."""
    unit, city = signatures.get(Party.UNIT), signatures.get(Party.CITY)
    if unit is None or version.canonical != _recomputed(version, unit):
        return False
    hashes = [(unit, hashed(version.canonical))]
    if city:
        hashes.append((city, hashed(of_city(version.canonical, city))))
    return version.sha256 == hashes[0][1] and all(
        each.sha256 == expected and is_sealed(each.seal, expected, each.party) for each, expected in hashes
    )


def is_sealed(given: str, sha256: str, party: str) -> bool:
    """Whether the seal was made with the portal's key, or with one that it had before."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(given, seal(sha256, party, secret=key)) for key in keys)


def _recomputed(version: LetterVersion, signature: LetterSignature) -> str | None:
    """The canonical form of the rows as they are; null where the one that is kept can't be read.

    Units and campaigns may be renamed afterwards: their names and codes are those that were signed, their keys aren't.
    """
    now = json.loads(of_unit(version, signature))
    try:
        kept = json.loads(version.canonical)
        if kept["form"] != FORM:
            return None
        for part, names in (("campaign", ("name", "unit", "unit_name")), ("unit", ("code", "name"))):
            now[part] |= {name: kept[part][name] for name in names}
    except (ValueError, TypeError, KeyError):
        return None
    return dumped(now)
