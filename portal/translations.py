"""Compiles the .po files of locale/ with Babel, since a fresh machine has no gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from portal.environment import BASE


def compile_all(folder: Path = BASE / "locale") -> list[Path]:
    """Write each .mo beside its .po where the .po is newer; returns those written."""
    written = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written.append(target)
    return written
