"""A PDF is written anew from what its pages show."""

import io

import pytest
from pypdf import PdfReader

from projects.cleaning import Unfit, apart, document
from projects.cleaning.document import plain_jpeg
from tests.projects.pictures import jpeg, opened, pdf


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def refusal(content: bytes) -> Unfit:
    with pytest.raises(Unfit) as refused:
        document.made_anew(content)
    return refused.value


def test_a_document_keeps_its_pages_and_loses_what_runs_and_who_made_it() -> None:
    sent = pdf(3)
    for part in (b"secret", b"JavaScript", b"Zhang San", b"/EmbeddedFile", b"/Metadata"):
        assert part in sent
    made = document.made_anew(sent)
    assert made.pages == len(read(made.content).pages) == 3
    for part in (b"secret", b"JavaScript", b"Zhang San", b"EmbeddedFile", b"/Metadata", b"/AA", b"/Link", b"/Producer"):
        assert part not in made.content
    assert read(made.content).metadata is None
    assert not read(made.content).attachments


def test_a_seal_on_a_page_stays() -> None:
    [seal] = read(document.made_anew(pdf()).content).pages[0].annotations or []
    assert seal.get_object()["/Subtype"] == "/Stamp"


def test_a_photo_on_a_page_stays_without_its_place() -> None:
    sent = pdf(photo=jpeg())
    assert b"Maker" in sent
    made = document.made_anew(sent)
    assert b"Maker" not in made.content
    assert b"secret note" not in made.content
    [image] = read(made.content).pages[0].images
    assert opened(image.data).size == (96, 64)


def test_a_jpeg_that_cannot_be_read_is_left_as_it_is() -> None:
    assert plain_jpeg(b"\xff\xd8\xff\xe1\x00") == b"\xff\xd8\xff\xe1\x00"
    assert opened(plain_jpeg(jpeg())).size == (96, 64)
    assert not opened(plain_jpeg(jpeg())).getexif()


def test_what_stands_before_and_after_a_document_is_not_carried_over() -> None:
    both = b"<html><script>alert(1)</script></html>\n" + pdf() + b"<script>alert(2)</script>"
    made = document.made_anew(both)
    assert made.content.startswith(b"%PDF-")
    assert b"script" not in made.content
    assert made.content.rstrip().endswith(b"%%EOF")


def test_a_locked_document_is_refused() -> None:
    assert refusal(pdf(password="secret")).reason == "locked"


def test_a_document_of_too_many_pages_is_refused() -> None:
    assert document.made_anew(pdf(document.MOST_PAGES)).pages == 50
    refused = refusal(pdf(51))
    assert (refused.reason, refused.figures) == ("too_many_pages", {"pages": 51, "most": 50})


@pytest.mark.parametrize("sent", [b"%PDF-1.7", pdf()[:400], b"%PDF-1.4\n" + b"1 0 obj <<" * 99, b""])
def test_what_is_no_whole_document_is_refused(sent: bytes) -> None:
    assert refusal(sent).reason in ("damaged", "too_heavy")


def test_a_process_of_its_own_comes_to_the_same() -> None:
    assert apart.made_anew(pdf(2), "document").pages == 2
    with pytest.raises(Unfit) as refused:
        apart.made_anew(pdf(password="secret"), "document")
    assert refused.value.reason == "locked"
