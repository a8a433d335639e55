"""The city's project investment situation in sentences: which are said, and how their wording follows the figures.

No figure stands in a text: each is computed from cells and opens the lines it is made of. What nobody has reported is
said to be so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.board import Board
from commitments.figures import Figures
from commitments.models import PolicyLight
from portal.rounding import rounded
from portal.templatetags.figures import money_large, percent
from projects.demo.headlines import ASSUMED_PLANS
from projects.models import ProjectList
from projects.models.classification import INDUSTRY
from projects.selection import Selection
from projects.standings import Coverage, Total

# How the code of a quarter's group start begins (集中开工).
GROUP_START = "group_start"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence, what it covers (null where it rests on the register alone), and how exact its figures are.

    `lines` is the address of the lines that it covers, "" where it rests on the register.
    `assumption` says which of its figures is the demonstration's own, as against a published one.
    """

    text: SafeString
    coverage: Coverage | None = None
    lines: str = ""
    precision: str
    assumption: str = ""


def sentences(board: Board) -> list[Sentence]:
    """All that can be said of the board's quarter; nothing where no project has a plan for the year."""
    headline = board.headline()
    if not headline.total.projects:
        return []
    lists = [
        each for each in board.catalogue.lists if board.figures(board.selection.but(list=each.code)).total.projects
    ]
    starts = [each for each in lists if each.code.startswith(GROUP_START)]
    said = [_of_all(board, headline), _of_starts(board.selection, headline)]
    said += [_of_list(board, each) for each in lists if each not in starts]
    said += _of_industry(board)
    said += [_of_group_start(board, each) for each in starts]
    return [sentence for sentence in said if sentence]


def _link(selection: Selection, measure: str, printed: str) -> SafeString:
    return format_html('<a href="{}&amp;measure={}">{}</a>', selection.lines, measure, printed)


def _money(selection: Selection, measure: str, amount: Decimal | None) -> SafeString:
    """A sum in 亿元, in English in CNY billion, with its unit."""
    return format_html(_("CNY {sum} billion"), sum=_link(selection, measure, money_large(amount)))


def _sentence(clauses: Iterable[SafeString | None]) -> SafeString:
    said = [clause for clause in clauses if clause]
    return mark_safe(_(", ").join(said) + _("."))  # noqa: S308 - every clause is safe by now


def _tenths() -> str:
    return _("rates to a tenth of a percent")


def _of_all(board: Board, figures: Figures) -> Sentence:
    selection, total = board.selection, figures.total
    planned = format_html(
        ngettext(
            "{projects} project with an annual planned investment of {planned}",
            "{projects} projects with an annual planned investment of {planned}",
            total.projects,
        ),
        projects=_link(selection, "projects", str(total.projects)),
        planned=_money(selection, "planned", total.planned),
    )
    if total.year_to_date is None:
        clauses: list[SafeString | None] = [planned, _silence()]
    else:
        clauses = [planned, _done(selection, total), _rate(selection, figures), _gap(selection, figures)]
        clauses.append(_growth(selection, total))
    return Sentence(
        text=_sentence(clauses),
        coverage=total.coverage,
        lines=selection.lines,
        precision=_tenths(),
        assumption=_assumption(board.quarter.year),
    )


def _assumption(year: int) -> str:
    if not settings.DEMO or year not in ASSUMED_PLANS:
        return ""
    return _(
        "demonstration: the annual plans of {year} are an assumption, what was published is a target of completed "
        "investment"
    ).format(year=year)


def _done(selection: Selection, total: Total) -> SafeString:
    return format_html(_("{done} completed to date"), done=_money(selection, "year_to_date", total.year_to_date))


def _silence() -> SafeString:
    return escape(_("no unit has an accepted report yet"))


def _rate(selection: Selection, figures: Figures) -> SafeString | None:
    rate = figures.total.completion_rate
    if rate is None:
        return None
    wording = _("{rate} of the annual plan")
    if not figures.total.coverage.is_complete:
        wording = _("{rate} of the annual plan of the units that have reported")
    return format_html(wording, rate=_link(selection, "completion_rate", percent(rate)))


def _gap(selection: Selection, figures: Figures) -> SafeString | None:
    if figures.gap is None:
        return None
    points = rounded(figures.gap * 100, 1)
    if points > 0:
        wording = _("{points} percentage points ahead of time-proportional progress")
    elif points < 0:
        wording = _("{points} percentage points behind time-proportional progress")
    else:
        wording = _("level with time-proportional progress")
    return format_html(wording, points=_link(selection, "completion_rate", str(abs(points)))) + _light(figures.light)


def _light(light: PolicyLight | None) -> SafeString:
    """The light by its colour and its word; its shape is for tables, where there is no room for both."""
    if light is None:
        return SafeString()
    return format_html(_(" ({colour} light: {word})"), colour=light.get_colour_display(), word=light.name)


def _growth(selection: Selection, total: Total) -> SafeString | None:
    growth = total.growth
    if growth.is_not_comparable and growth.has_new_tier:
        return escape(_("not comparable with the year before, whose register held no project of some tiers"))
    if growth.is_not_comparable:
        return escape(_("not comparable with the year before, since units were merged"))
    if growth.rate is None:
        return None
    printed = percent(abs(growth.rate))
    if not round(growth.rate * 100, 1):
        return format_html(_("as much as the year before ({rate})"), rate=_link(selection, "growth", printed))
    wording = _("up {rate} on the year before") if growth.rate > 0 else _("down {rate} on the year before")
    return format_html(wording, rate=_link(selection, "growth", printed)) + _other_number(selection, total)


def _other_number(selection: Selection, total: Total) -> SafeString:
    """How many projects both years' figures are about, where these aren't as many as the sentence speaks of."""
    growth = total.growth
    if growth.projects_now != total.projects:
        return format_html(
            _(" (in the units compared: {now} projects, {before} then)"),
            now=_link(selection, "growth", str(growth.projects_now)),
            before=_link(selection, "growth", str(growth.projects_before)),
        )
    if growth.projects_now == growth.projects_before:
        return SafeString()
    return format_html(
        ngettext(" ({number} project then)", " ({number} projects then)", growth.projects_before),
        number=_link(selection, "growth", str(growth.projects_before)),
    )


def _of_starts(selection: Selection, figures: Figures) -> Sentence | None:
    total = figures.total
    if total.start_rate is None or total.due_to_start is None:
        return None
    text = format_html(
        ngettext(
            "Of {due} project due to start by the quarter's end {started} have started: {rate}",
            "Of {due} projects due to start by the quarter's end {started} have started: {rate}",
            total.due_to_start,
        ),
        due=_link(selection, "start_rate", str(total.due_to_start)),
        started=_link(selection, "start_rate", str(total.due_started)),
        rate=_link(selection, "start_rate", percent(total.start_rate)),
    )
    return Sentence(text=_sentence([text]), coverage=total.coverage, lines=selection.lines, precision=_tenths())


def _of_list(board: Board, each: ProjectList) -> Sentence:
    selection = board.selection.but(list=each.code)
    figures = board.figures(selection)
    total = figures.total
    counted = format_html(
        ngettext("{list}: {projects} project", "{list}: {projects} projects", total.projects),
        list=each.name,
        projects=_link(selection, "projects", str(total.projects)),
    )
    clauses: list[SafeString | None] = [counted]
    if total.year_to_date is None:
        clauses.append(_silence())
    else:
        clauses += [_rate(selection, figures), _growth(selection, total)]
    industrial = selection.but(category=INDUSTRY)
    number = board.figures(industrial).total.projects if board.knows_industry else 0
    if number:
        clauses.append(
            format_html(
                _("{number} of them industrial ({share}%)"),
                number=_link(industrial, "projects", str(number)),
                share=round(Decimal(number) / total.projects * 100),
            )
        )
    precision = _("rates to a tenth of a percent, shares to a whole percent")
    return Sentence(text=_sentence(clauses), coverage=total.coverage, lines=selection.lines, precision=precision)


def _of_industry(board: Board) -> list[Sentence]:
    if not board.knows_industry:
        return []
    selection = board.selection.but(category=INDUSTRY)
    total = board.figures(selection).total
    if not total.projects:
        return []
    large = format_html(
        ngettext(
            "{large} industrial project with a total investment of at least CNY 1 billion",
            "{large} industrial projects with a total investment of at least CNY 1 billion",
            total.large,
        ),
        large=_link(selection, "large", str(total.large)),
    )
    said = [Sentence(text=_sentence([large]), precision=_("exact count"))]
    if total.completed == 0:
        none = escape(_("No industrial project completed yet"))
        said.append(
            Sentence(text=_sentence([none]), coverage=total.coverage, lines=selection.lines, precision=_("exact count"))
        )
    elif total.completed is not None:
        completed = format_html(
            ngettext(
                "{completed} industrial project completed, with an expected added annual output of {output}",
                "{completed} industrial projects completed, with an expected added annual output of {output}",
                total.completed,
            ),
            completed=_link(selection, "completed", str(total.completed)),
            output=_money(selection, "completed_output", total.completed_output),
        )
        said.append(
            Sentence(
                text=_sentence([completed]), coverage=total.coverage, lines=selection.lines, precision=_hundredths()
            )
        )
    return said


def _hundredths() -> str:
    return _("exact count, money to CNY 0.001 billion")


def _of_group_start(board: Board, each: ProjectList) -> Sentence:
    selection = board.selection.but(list=each.code)
    total = board.figures(selection).total
    text = format_html(
        ngettext(
            "{list}: {projects} project with a total investment of {sum}",
            "{list}: {projects} projects with a total investment of {sum}",
            total.projects,
        ),
        list=each.name,
        projects=_link(selection, "projects", str(total.projects)),
        sum=_money(selection, "total_investment", total.total_investment),
    )
    return Sentence(text=_sentence([text]), precision=_hundredths())
