"""A letter on paper: what stands where, as the templates of portal/printing take it. Units of measure in every row.

A letter is printed in the language it is written in, whoever asks; so a signed one is the same paper for everybody.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commitments import canonical
from commitments.canonical import Status
from commitments.models import LetterProject, LetterSignature, LetterState, LetterVersion, Pledge
from portal.clock import SHANGHAI
from portal.templatetags.figures import NOT_KNOWN, amount

Party = LetterSignature.Party
Table = dict[str, object]
CHINESE_NUMBERS = "一二三"
HAN = re.compile(r"[\u3400-\u9fff]")


def content(version: LetterVersion) -> dict[str, Any]:
    """The paper's content: plain texts and tables, money in 万元 in both languages, as it was pledged."""
    language = language_of(version)
    with translation.override("zh-hans" if language == "zh" else "en"):
        signatures = {each.party: each for each in version.signatures.all()}
        projects, pledges = list(version.projects.all()), list(version.pledges.all())
        paper: dict[str, Any] = {
            "language": language,
            "dated": _dated(version).isoformat(),
            "title": version.title,
            "to": version.addressee,
            "paragraphs": _paragraphs(version.opening),
            "closing": _paragraphs(version.closing),
            "signatures": _signatures(version, signatures),
            "notes": _notes(version, projects),
        }
        parts = {
            "projects": (pgettext("in a letter", "Major projects"), projects_table(projects) if projects else None),
            "pledges": (pgettext("in a letter", "Pledges"), pledges_table(pledges) if pledges else None),
            "measures": (pgettext("in a letter", "Measures"), _paragraphs(version.measures)),
        }
        there = [(name, *part) for name, part in parts.items() if part[1]]
        for number, (name, heading, part) in enumerate(there):
            paper |= {f"{name}_heading": _numbered(number, heading), name: part}
        return paper | _standing(version) | _proof(version)


def _numbered(number: int, heading: str) -> str:
    return f"{number + 1}. {heading}" if _is_english() else f"{CHINESE_NUMBERS[number]}、{heading}"


def language_of(version: LetterVersion) -> str:
    """zh where the letter is written in Chinese, else en."""
    return "zh" if HAN.search(version.title + version.opening) else "en"


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _dated(version: LetterVersion) -> datetime:
    """The letter's date: of the unit's signature, else of its issue or its last saving, else of its beginning."""
    signature = version.signatures.filter(party=Party.UNIT).first()
    if signature:
        return signature.signed_at.astimezone(SHANGHAI)
    begun = version.events.order_by("at", "pk").first()
    known = [version.issued_at if version.state != LetterState.DRAFT else None, version.edited_at]
    at = next(
        (each for each in known if each),
        begun.at if begun else datetime(version.letter.campaign.year, 1, 1, tzinfo=SHANGHAI),
    )
    return at.astimezone(SHANGHAI)


def projects_table(projects: Sequence[LetterProject]) -> Table:
    """With the sum of the year's plans in its last row; investment in 万元."""
    head = [
        pgettext("running number", "No."),
        _("name of the project"),
        _("annual planned investment (10,000 CNY)"),
        _("to start by"),
        _("to be completed by"),
    ]
    rows = [
        [
            str(each.position),
            each.name,
            amount(each.planned_investment),
            _day(each.start_due_on),
            _day(each.finish_due_on),
        ]
        for each in projects
    ]
    whole = sum((each.planned_investment for each in projects), Decimal())
    rows.append(["", _("total"), amount(whole), "", ""])
    return {"head": [_capital(title) for title in head], "rows": rows, "numeric": [True, False, True, False, False]}


def pledges_table(pledges: Sequence[Pledge]) -> Table:
    """Each row with its own unit of measure; targets are cumulative. Weights only where there are any."""
    weighted = any(each.weight for each in pledges)
    head = [
        pgettext("running number", "No."),
        _("pledge"),
        _("unit of measure"),
        _("to the end of Q1"),
        _("to the end of Q2"),
        _("to the end of Q3"),
        _("target of the year"),
        *([_("weight")] if weighted else []),
        _("responsible leader"),
    ]
    rows = []
    for number, each in enumerate(pledges, start=1):
        targets = [figure(each.to_date(quarter)) for quarter in (1, 2, 3, 4)]
        weight = [figure(each.weight)] if weighted else []
        rows.append([str(number), _name(each), _unit_of_measure(each), *targets, *weight, each.leader or NOT_KNOWN])
    numeric = [True, False, False, True, True, True, True, *([True] if weighted else []), False]
    return {"head": [_capital(title) for title in head], "rows": rows, "numeric": numeric}


def figure(value: Decimal | None) -> str:
    """A target as it was pledged, to the last place; null is a dash, never 0."""
    if value is None:
        return NOT_KNOWN
    return f"{value.normalize():,f}"


def _name(pledge: Pledge) -> str:
    name = pledge.name_en if _is_english() and pledge.name_en else pledge.name_zh
    if not pledge.due_on:
        return name
    return _("%(pledge)s (by %(day)s)") % {"pledge": name, "day": _day(pledge.due_on)}


def _unit_of_measure(pledge: Pledge) -> str:
    english = _is_english() and pledge.unit_of_measure_en
    return pledge.unit_of_measure_en if english else pledge.unit_of_measure_zh


def _is_english() -> bool:
    return (translation.get_language() or "").startswith("en")


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else NOT_KNOWN


def _signatures(version: LetterVersion, signed: dict[str, LetterSignature]) -> list[dict[str, str]]:
    """For the unit, then for the city; who hasn't signed yet has room to sign by hand."""
    unit, city = canonical.names(version)
    parties = ((Party.UNIT, _("Committed unit"), unit), (Party.CITY, _("Counter-signed for"), city))
    found = []
    for party, label, name in parties:
        part = {"party": label, "unit": name, "post": _("Principal")}
        if signature := signed.get(party):
            at = date_format(signature.signed_at.astimezone(SHANGHAI), "DATETIME_FORMAT")
            part |= {"post": signature.post, "name": signature.name, "at": at}
        found.append(part)
    return found


def _notes(version: LetterVersion, projects: Sequence[LetterProject]) -> list[str]:
    notes = [_("Targets by quarter are cumulative from January on.")]
    if projects:
        notes.append(_("Investment is counted by physical progress; it is not statistics."))
    if version.reason:
        words = _("Version %(number)s of this letter, amended because: %(reason)s")
        notes.append(words % {"number": version.number, "reason": version.reason})
    return notes


def _standing(version: LetterVersion) -> dict[str, str]:
    """The words in the frame on every page of what isn't in force, or isn't what was signed."""
    if version.sha256 and canonical.examine(version).status == Status.TAMPERED:
        return {"superseded": _("Tampered with: this is not what was signed")}
    match LetterState(version.state):
        case LetterState.DRAFT:
            words = _("DRAFT")
        case LetterState.ISSUED:
            words = _("Not signed yet")
        case LetterState.SIGNED:
            words = _("Not in force yet: the counter-signature is awaited")
        case LetterState.SUPERSEDED:
            words = _("No longer in force: superseded by an amendment")
        case LetterState.DECLINED:
            words = _("Declined: never in force")
        case _:
            return {}
    return {"superseded": words}


def _proof(version: LetterVersion) -> dict[str, object]:
    """Number, and how to check it; a draft has neither, even where it had a number before it was taken back."""
    if version.state == LetterState.DRAFT or not version.serial:
        return {}
    found: dict[str, object] = {"number": version.serial}
    if version.sha256:
        words = _("Anybody can check this letter: follow the code, or open the address and compare what stands below.")
        address = settings.SITE_URL + reverse("verify", args=[version.serial])
        found["verify"] = {"words": words, "address": address, "sha256": version.sha256}
    return found
