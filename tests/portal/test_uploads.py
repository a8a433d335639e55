"""However much is sent, only so much is kept, and the words that came beside it are."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import RequestFactory

from portal import uploads
from portal.uploads import File

KILOBYTE = 1024


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 8 * KILOBYTE)
    monkeypatch.setattr(uploads, "TOGETHER", 20 * KILOBYTE)


def sent(*sizes: int) -> tuple[QueryDict, list[File]]:
    """What a form comes to with files of these sizes, sent as a whole too large for the memory."""
    files = [SimpleUploadedFile(f"{number}.jpg", b"x" * size) for number, size in enumerate(sizes)]
    request = RequestFactory().post("/", {"words": "typed", "photos": files, "after": "these too"})
    request.META["CONTENT_LENGTH"] = str(max(int(request.META["CONTENT_LENGTH"]), 1))
    return request.POST, uploads.posted(request.FILES.getlist("photos"), largest=6 * KILOBYTE)


@pytest.fixture
def _on_disk(settings: pytest.FixtureRequest) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_on_disk")
def test_a_file_is_cut_off_at_its_largest_and_keeps_its_size() -> None:
    posted, [small, large] = sent(3 * KILOBYTE, 50 * KILOBYTE)
    assert posted.dict() == {"words": "typed", "after": "these too"}
    assert (small.length, len(small.content), small.is_cut_off) == (3 * KILOBYTE, 3 * KILOBYTE, False)
    assert (large.length, len(large.content)) == (50 * KILOBYTE, 6 * KILOBYTE + 1)


@pytest.mark.usefixtures("_on_disk")
def test_what_comes_after_too_much_is_let_go() -> None:
    posted, files = sent(*[5 * KILOBYTE] * 6)
    assert posted["after"] == "these too"
    assert [file.is_cut_off for file in files] == [False] * 4 + [True] * 2
    assert [file.length for file in files] == [5 * KILOBYTE] * 6


def test_small_files_stay_in_the_memory() -> None:
    _posted, [file] = sent(100)
    assert (file.name, file.content, file.is_cut_off) == ("0.jpg", b"x" * 100, False)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x00\x00\x00\x18ftypheix\x00\x00\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "image/heic"),
        (b"<svg/>", ""),
        (b"", ""),
    ],
)
def test_the_content_tells_the_type(content: bytes, kind: str) -> None:
    assert uploads.kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.jpg", "a.jpg"),
        ("a.JPEG", "a.JPEG"),
        ("C:\\photos\\a", "a.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("\u202egpj.exe", "gpj.exe.jpg"),
        ("", "photo.jpg"),
        ("现" * 300 + ".jpg", "现" * 196 + ".jpg"),
    ],
)
def test_a_name_says_what_the_file_is_and_no_more(name: str, kept: str) -> None:
    assert uploads.named(name, (".jpg", ".jpeg"), otherwise="photo") == kept
