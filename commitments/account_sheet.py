"""The settlement sheet 总账单: a letter's verified account on paper, in the language of the page."""

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.account import Account, AccountLine
from commitments.models import LetterEvent, PledgeState
from commitments.templatetags.pledges import in_its_unit, signed
from portal.clock import SHANGHAI
from portal.models import Unit
from portal.printing import pdf
from portal.printing.paper import Section, Sheet, Table
from portal.templatetags.figures import percent


def printed(account: Account, *, at: datetime) -> bytes:
    """The PDF. Dated by the closing or, while it is open to objections, by `at`. Raises pdf.NotPrinted."""
    return pdf.printed("sheet", content(account, at=at)).pdf


def content(account: Account, *, at: datetime) -> Sheet:
    """What stands on the sheet; the order of sections is that of an official account."""
    settlement = account.settlement
    letter = settlement.version.letter
    dated = settlement.closed_at or at
    sections: list[Section] = [{"heading": _("I. Results"), "tables": [_results(account)]}]
    if spoken := [line for line in account.lines if line.entry.own_words or line.entry.objection or line.relief]:
        sections.append(
            {"heading": _("II. Remarks"), "paragraphs": [words for line in spoken for words in _said(line)]}
        )
    if settlement.conclusion:
        number = _("III. Conclusion") if spoken else _("II. Conclusion")
        sections.append({"heading": number, "paragraphs": [settlement.conclusion]})
    return {
        "language": "en" if (get_language() or "").startswith("en") else "zh",
        "title": _("Year-end settlement of the letter of commitment of %(unit)s") % {"unit": letter.unit.name},
        "subtitle": str(letter.campaign.year),
        "number": settlement.version.serial or "",
        "dated": dated.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "superseded": "" if settlement.closed_at else _("Not closed yet: open to objections"),
        "facts": _facts(account, letter.unit),
        "sections": sections,
        "notes": [
            _("Verified results come from accepted reports and the bureaus' readings. Not official statistics."),
            _("Own less verified: how far the unit's own figure lies above the verified one, below zero beneath it."),
        ],
    }


def _facts(account: Account, unit: Unit) -> list[list[str]]:
    steps = {event.verb: event for event in account.events}  # of several, the last
    counts = [
        f"{state.label} {number}"
        for state in PledgeState
        if (number := sum(line.entry.verified_state == state for line in account.lines))
    ]
    facts = [[_("unit"), unit.name], [_("state"), str(account.settlement.get_state_display())]]
    for verb in (LetterEvent.Verb.ASSESS, LetterEvent.Verb.VERIFY, LetterEvent.Verb.CLOSE):
        if verb in steps:
            at = steps[verb].at.astimezone(SHANGHAI)
            facts.append([str(verb.label), f"{at:%Y-%m-%d %H:%M} · {steps[verb].by}"])
    return [*facts, [_("pledges"), " · ".join(counts)]]


def _results(account: Account) -> Table:
    head = [
        _("pledge"),
        _("unit of measure"),
        _("target"),
        _("own figure"),
        _("verified result"),
        _("own less verified"),
        _("rate (%)"),
        _("result"),
    ]
    return {
        "head": head,
        "numeric": [False, False, True, True, True, True, True, False],
        "rows": [_row(line) for line in account.lines],
    }


def _row(line: AccountLine) -> list[str]:
    entry = line.entry
    state = str(PledgeState(entry.verified_state).label) if entry.verified_state else "—"
    if line.relief is not None and line.relief.kind == "adjusted":
        state = f"{state} ({_('adjusted')})"
    return [
        line.pledge.name,
        line.pledge.unit_of_measure,
        in_its_unit(entry.target),
        in_its_unit(entry.own_value),
        in_its_unit(entry.verified_value),
        signed(line.difference),
        percent(entry.verified_rate),
        state,
    ]


def _said(line: AccountLine) -> list[str]:
    """What was said of one pledge, one paragraph a speaker."""
    entry, relief = line.entry, line.relief
    said = [(_("the unit"), entry.own_words), (_("objection"), entry.objection), (_("answer"), entry.answer)]
    if relief is not None:
        quarter = _("from %(quarter)s on") % {"quarter": relief.from_quarter.name}
        said.insert(0, (f"{relief.wish} · {quarter} · {relief.decided_by}", relief.reason))
    shape = _("%(pledge)s (%(who)s): %(words)s")
    return [shape % {"pledge": line.pledge.name, "who": who, "words": words} for who, words in said if words]
