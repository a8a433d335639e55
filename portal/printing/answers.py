"""How a printed file goes to the browser: by its name, Chinese or not, and as what it is."""

import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# What Windows refuses in the name of a file, and what would end the header.
REFUSED = re.compile(r'[\x00-\x20\x7f"*/:<>?\\|]+')


def answer(content: bytes, name: str, kind: str, *, attached: bool = True) -> HttpResponse:
    """The file as `name.kind`, kind one of KINDS; not attached, a browser shows a PDF instead of saving it.

    The name may be any text: it goes into the header as RFC 6266 wants it.
    """
    response = HttpResponse(content, content_type=KINDS[kind])
    name = f"{REFUSED.sub(' ', name).strip()}.{kind}"
    response["Content-Disposition"] = str(content_disposition_header(attached, name))
    return response
