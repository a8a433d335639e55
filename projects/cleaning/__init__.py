"""Photos and documents are made anew from what was uploaded: only what is seen is carried over, and nothing else.

What is uploaded may be made to harm whoever decodes it, so `apart` does it in a process of its own with little memory
and little time. That process needs neither Django nor the database: photo.py and document.py import neither.
"""

from dataclasses import dataclass


class Unfit(Exception):
    """It can't be taken; `reason` is one of those that projects/attaching.py has words for, with these figures."""

    def __init__(self, reason: str, **figures: int) -> None:
        self.reason, self.figures = reason, figures
        super().__init__(reason)


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made: the file itself, of a photo also a small one, and its measures; null where it has none such."""

    content: bytes
    thumbnail: bytes = b""
    width: int | None = None
    height: int | None = None
    pages: int | None = None
