"""Photos and documents to send in tests, drawn and written here."""

import base64
import io
import struct
import zlib
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

RED, BLUE = (200, 30, 30), (30, 30, 200)
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825

# Blue on the left and red on the right, with a camera's maker and a place, as an iPhone would send it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAZdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA"
    "AAAERAAAIAAQAAAAABuwABAAAAAAAAAEcAAgAAAAACAgABAAAAAAAAAGwAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp"
    "bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE"
    "ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAi"
    "QAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAB"
    "ppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAu21kYXQAAABDKAGvWIp+DpJf//iAfI/Ken/0fI6NxbtL9/3C9r9OFUBk5CQ1b6UbYO9BONM4LJsM"
    "8CN4w4SKltvU2OK68nPu0tOOcAAAAAZFeGlmAABNTQAqAAAACAACAQ8AAgAAAAYAAAAmiCUABAAAAAEAAAAsAAAAAE1ha2VyAAACAAEAAgAAAA"
    "JOAAAAAAIABQAAAAMAAABKAAAAAAAAABoAAAABAAAANQAAAAEAAAABAAAAAQ=="
)


def two_coloured(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Blue on the left, red on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (0, 0, width // 2, height))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def jpeg(width: int = 96, height: int = 64, *, orientation: int = 1, seed: int = 0) -> bytes:
    """A photo as a phone takes it: held in some way, with maker and place. Another seed, another photo."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, f"Maker {seed}"
    exif.get_ifd(GPS).update({1: "N", 2: (26.0, 53.0, 1.0)})
    return saved(two_coloured(width, height), "JPEG", exif=exif, comment=b"secret note")


def png(width: int = 96, height: int = 64, **options: Any) -> bytes:
    return saved(two_coloured(width, height), "PNG", **options)


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it has so many pixels."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = part(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + pixels + part(b"IEND", b"")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def sides(content: bytes) -> tuple[str, str]:
    """What colour the left and the right of a picture have."""
    picture = opened(content).convert("RGB")
    middle = picture.height // 2
    return tuple(_colour(picture.getpixel((x, middle))) for x in (4, picture.width - 5))  # type: ignore[return-value]


def _colour(pixel: Any) -> str:
    return "red" if pixel[0] > pixel[2] else "blue"


def pdf(pages: int = 1, *, photo: bytes = b"", password: str = "") -> bytes:
    """A document of blank pages; the first has scripts, an attached file, a note and, where given, a photo."""
    writer = PdfWriter()
    for _number in range(pages):
        page = writer.add_blank_page(width=200, height=300)
    page = writer.pages[0]
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): _script("app.alert('opened')")})
    page[NameObject("/Metadata")] = writer._add_object(DecodedStreamObject())
    link = {"/Subtype": NameObject("/Link"), "/Rect": RectangleObject((0, 0, 9, 9)), "/A": _script("go()")}
    seal = {"/Subtype": NameObject("/Stamp"), "/Rect": RectangleObject((0, 0, 9, 9)), "/AP": DictionaryObject()}
    for note in (link, seal):
        writer.add_annotation(0, DictionaryObject({NameObject(name): value for name, value in note.items()}))
    if photo:
        _draw(writer, photo)
    writer.root_object[NameObject("/OpenAction")] = _script("app.alert('hello')")
    writer.add_attachment("secret.txt", b"attached secret")
    writer.add_metadata({"/Author": "Zhang San", "/Title": "secret title"})
    if password:
        writer.encrypt(password)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _script(text: str) -> DictionaryObject:
    return DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(text)})


def _draw(writer: PdfWriter, photo: bytes) -> None:
    picture = StreamObject()
    picture._data = photo
    width, height = opened(photo).size
    for name, value in {
        "/Type": NameObject("/XObject"),
        "/Subtype": NameObject("/Image"),
        "/Width": NumberObject(width),
        "/Height": NumberObject(height),
        "/ColorSpace": NameObject("/DeviceRGB"),
        "/BitsPerComponent": NumberObject(8),
        "/Filter": NameObject("/DCTDecode"),
    }.items():
        picture[NameObject(name)] = value
    # Named as what a document would run: names of resources are their maker's own.
    pictures = DictionaryObject({NameObject("/A"): writer._add_object(picture)})
    writer.pages[0][NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): pictures})
    drawing = DecodedStreamObject()
    drawing.set_data(b"q 100 0 0 100 50 50 cm /A Do Q")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(drawing)
