"""A PDF written anew from what its pages show: no scripts, actions, forms, attached files or notes on who made it."""

import io
from collections.abc import Iterator

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject, StreamObject

from projects.cleaning import Made, Unfit

MOST_PAGES = 50

# What a page needs in order to be seen. Everything else about it is left behind.
OF_PAGE = {
    "/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group", "/Annots",
}  # fmt: skip
# Notes that are part of what is seen, above all seals and signatures; links, buttons and attachments are not.
SEEN = {
    "/Widget", "/Stamp", "/FreeText", "/Ink", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight",
    "/Underline", "/StrikeOut", "/Squiggly",
}  # fmt: skip
OF_NOTE = {"/Type", "/Subtype", "/Rect", "/AP", "/AS", "/F"}
# At what pages lead to: descriptions, what programs keep for themselves, and what leads to other files. What runs hangs
# on the document, on pages or on notes by names that are not kept at all.
LEFT_BEHIND = ("/Metadata", "/PieceInfo", "/LastModified", "/EF", "/AF", "/OPI", "/Ref")
# Of the parts of a JPEG, those that its picture needs: all others hold what the camera wrote. APP0 says JFIF, APP14
# which colours it has.
KEPT_IN_JPEG = {0xE0, 0xEE}


def made_anew(content: bytes) -> Made:
    """The document. Raises Unfit where it can't be read, is locked, or has no page or too many."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Unfit("locked")
        pages = len(reader.pages)
        if not pages:
            raise Unfit("damaged")
        if pages > MOST_PAGES:
            raise Unfit("too_many_pages", pages=pages, most=MOST_PAGES)
        return Made(content=_written(reader), pages=pages)
    except Unfit:
        raise
    except (MemoryError, RecursionError) as error:
        raise Unfit("too_heavy") from error
    except Exception as error:  # a broken file trips its reader anywhere
        raise Unfit("damaged") from error


def _written(reader: PdfReader) -> bytes:
    writer = PdfWriter()
    for page in reader.pages:
        _keep(page, OF_PAGE)
        if "/Annots" in page:
            page[NameObject("/Annots")] = ArrayObject(_notes(page["/Annots"].get_object()))
        writer.add_page(page)
    for found in writer._objects:
        if isinstance(found, DictionaryObject):
            _purge(found)
    writer.metadata = None
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _notes(notes: PdfObject | None) -> Iterator[DictionaryObject]:
    for each in notes if isinstance(notes, ArrayObject) else ():
        note = each.get_object()
        if isinstance(note, DictionaryObject) and note.get("/Subtype") in SEEN and "/AP" in note:
            _keep(note, OF_NOTE)
            yield note


def _keep(found: DictionaryObject, names: set[str]) -> None:
    for name in set(found) - names:
        del found[name]


def _purge(found: DictionaryObject) -> None:
    """Take out of a part of the document what isn't seen, and out of a picture what its camera wrote.

    A dictionary without a type is one of names that its maker chose, such as those of fonts: they mean nothing.
    """
    if isinstance(found, StreamObject) or "/Type" in found or "/Subtype" in found:
        for name in LEFT_BEHIND:
            found.pop(name, None)
    for value in found.values():
        if isinstance(value, DictionaryObject):
            _purge(value)
    if isinstance(found, StreamObject) and found.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        found._data = plain_jpeg(found._data)


def plain_jpeg(content: bytes) -> bytes:
    """A JPEG without the parts in which place, camera and notes stand; one that can't be read is left as it is."""
    parts, place = [content[:2]], 2
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        mark = content[place + 1]
        if mark == 0xDA:  # from here on the picture itself
            return b"".join(parts) + content[place:]
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if mark in KEPT_IN_JPEG or not (0xE0 <= mark <= 0xEF or mark == 0xFE):
            parts.append(content[place:end])
        place = end
    return content
