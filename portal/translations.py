"""The catalogue of texts in locale/: compiled with Babel, since a fresh machine has no gettext; checked and sorted.

`python -m portal.translations check` lists what is missing, superfluous, empty, fuzzy, there twice or has the wrong
placeholders; `sort` merges what is there twice and orders the entries, so that branches merge cleanly.
"""

import re
import string
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

from portal.environment import BASE

CATALOGUE = BASE / "locale/zh_Hans/LC_MESSAGES/django.po"
PACKAGES = ("portal", "projects", "commitments")
# Texts of packages whose own Chinese is missing, is not loaded for zh-hans, or uses another word than ours.
BORROWED = BASE / "locale/borrowed.txt"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}

# What names an entry: its context, or None, and its text in the singular.
Key = tuple[str | None, str]


def compile_all(folder: Path = BASE / "locale") -> list[Path]:
    """Write each .mo beside its .po where the .po is newer; returns those written."""
    written = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        # Put there in one move: others read it meanwhile, and half a catalogue would keep them from starting.
        with NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".mo", delete=False) as whole:
            write_mo(whole, catalogue)
        Path(whole.name).chmod(0o644)
        Path(whole.name).replace(target)
        translation_file_changed(None, target)  # what this process has read by now was without it
        written.append(target)
    return written


def texts_of(source: str, *, template: bool) -> set[Key]:
    """The texts a Python module, or a Django template, asks translations of."""
    # What Django makes of a template for xgettext is indented as the template is, which Python would refuse.
    python = "\n".join(line.lstrip() for line in templatize(source).splitlines()) if template else source
    found = set()
    for _line, text, _comments, context in extract("python", BytesIO(python.encode()), KEYWORDS):
        found.add((context, text[0] if isinstance(text, tuple) else text))
    return found - {(None, "")}


def texts_asked_for(base: Path = BASE) -> set[Key]:
    """Every text that our code and templates ask translations of."""
    found: set[Key] = set()
    for package in PACKAGES:
        for module in (base / package).rglob("*.py"):
            found |= texts_of(module.read_text(), template=False)
    for page in (base / "templates").rglob("*.*"):
        if page.suffix in {".html", ".txt"}:
            found |= texts_of(page.read_text(), template=True)
    return found


def borrowed(path: Path = BORROWED) -> set[Key]:
    """The texts of packages that our catalogue translates, one a line, \\n for a line break."""
    lines = path.read_text().splitlines()
    return {(None, line.replace("\\n", "\n")) for line in lines if line and not line.startswith("#")}


def faults(source: str, asked_for: Collection[Key], others: Collection[Key]) -> list[str]:
    """What is wrong with a catalogue whose entries should be those asked for, and may be those of others."""
    found = [f"twice: {name}" for name, times in Counter(_names(source)).items() if times > 1]
    catalogue = read_po(BytesIO(source.encode()))
    entries = {key(message): message for message in catalogue if message.id}
    found += [f"missing: {_shown(name)}" for name in sorted(set(asked_for) - entries.keys(), key=str)]
    found += [f"superfluous: {_shown(name)}" for name in sorted(entries.keys() - set(asked_for) - set(others), key=str)]
    for name, message in entries.items():
        texts = _forms(message.string)
        if not all(texts):
            found.append(f"empty: {_shown(name)}")
        elif message.fuzzy:
            found.append(f"fuzzy: {_shown(name)}")
        elif any(placeholders(text) != placeholders(_longest(message)) for text in texts):
            found.append(f"placeholders: {_shown(name)}")
    return found


def key(message: Message) -> Key:
    return message.context, _forms(message.id)[0]


def _longest(message: Message) -> str:
    """The plural, where there is one: Chinese has one form, which must hold what the plural holds."""
    return _forms(message.id)[-1]


def _forms(text: Iterable[str] | str | None) -> list[str]:
    """Singular and plural as Babel holds them: a text, or several."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    """%(name)s, %s and {name} in a text; %% is a percent sign."""
    plain = text.replace("%%", "")
    named = set(re.findall(r"%\(\w+\)[sd]|%[sd]", plain))
    try:
        return named | {f"{{{name}}}" for _text, name, _spec, _conversion in string.Formatter().parse(plain) if name}
    except ValueError:
        return named


def _names(source: str) -> Iterator[str]:
    """The entries as they are written, which reading the catalogue would merge."""
    for block in re.split(r"\n\s*\n", source):
        if match := re.search(r'((?:^msgctxt .*\n(?:".*\n)*)?^msgid .*\n(?:".*(?:\n|$))*)', block, re.MULTILINE):
            yield match[1].strip()


def _shown(name: Key) -> str:
    return f"{name[0]} | {name[1]!r}" if name[0] else repr(name[1])


def sort(path: Path = CATALOGUE) -> None:
    """Write the catalogue anew, each entry once, in the order of the texts, without the places they come from."""
    with path.open("rb") as file:
        read = read_po(file)
    ordered = Catalog(locale="zh_Hans", project="Concentric", charset="utf-8", fuzzy=False)
    for message in read:
        if message.id:
            ordered.add(message.id, message.string, context=message.context, flags=message.flags)
    head = path.read_text().partition("\n\n")[0]
    body = BytesIO()
    write_po(body, ordered, sort_output=True, no_location=True, omit_header=True, width=0)
    path.write_text(f"{head}\n\n{body.getvalue().decode().strip()}\n")


def check() -> list[str]:
    """What is wrong with our catalogue."""
    return faults(CATALOGUE.read_text(), texts_asked_for(), borrowed())


def main(arguments: list[str]) -> int:
    if arguments == ["sort"]:
        sort()
        return 0
    if arguments == ["check"]:
        found = check()
        print("\n".join(found) or "every text is there in Chinese")
        return 1 if found else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
