"""Which files are taken: by what they hold, not by their name."""

import pytest

from commitments import attachments
from commitments.attachments import FileRefused
from commitments.models import Attachment, LetterVersion
from tests.commitments import files, promises
from tests.commitments.files import upload
from tests.conftest import City
from tests.world import at

DAY = at("2022-05-10")


@pytest.fixture
def version(town: City) -> LetterVersion:
    return promises.make_draft(promises.make_campaign(town.city), town.county)


def take(version: LetterVersion, town: City, name: str, content: bytes) -> Attachment:
    file = attachments.posted([upload(name, content)])[0]
    found, _new = attachments.taken(file, "scan", version=version, by=town.staff, at=DAY)
    return found


@pytest.mark.parametrize(
    ("name", "content", "kept", "content_type"),
    [
        ("承诺书.pdf", files.PDF, "承诺书.pdf", "application/pdf"),
        ("scan.PNG", files.PNG, "scan.PNG", "image/png"),
        ("photo.jpeg", files.JPEG, "photo.jpeg", "image/jpeg"),
        ("photo.pdf", files.JPEG, "photo.pdf.jpg", "image/jpeg"),
        ("../../etc/passwd", files.PDF, "passwd.pdf", "application/pdf"),
        ("\u202e\u200b", files.PDF, "scan.pdf", "application/pdf"),
        ("C:\\Users\\张\\letter.pdf", files.PDF, "letter.pdf", "application/pdf"),
        ("a" * 240 + ".pdf", files.PDF, "a" * 196 + ".pdf", "application/pdf"),
    ],
)
def test_file_is_taken_as_what_it_holds(
    town: City, version: LetterVersion, name: str, content: bytes, kept: str, content_type: str
) -> None:
    found = take(version, town, name, content)
    assert (found.name, found.content_type, bytes(found.content)) == (kept, content_type, content)
    assert (found.added_by, found.added_at, len(found.sha256)) == (town.staff, DAY, 64)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("letter.pdf", b"<html><script>alert(1)</script></html>", "PDF"),
        ("letter.pdf", b"PK\x03\x04 a zip", "PDF"),
        ("letter.pdf", b"", "空"),
        ("letter.pdf", files.PDF + b" " * Attachment.LARGEST, "10 MB"),
    ],
)
def test_what_is_no_scan_is_refused_with_the_reason(
    town: City, version: LetterVersion, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(FileRefused, match=words):
        take(version, town, name, content)
    assert not Attachment.objects.exists()


def test_same_content_twice_is_kept_once(town: City, version: LetterVersion) -> None:
    assert take(version, town, "a.pdf", files.PDF) == take(version, town, "b.pdf", files.PDF)
    assert Attachment.objects.count() == 1
