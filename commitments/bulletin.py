"""What a quarter's bulletin 通报 says: its figures, and the sentences and tables filled from them, in both languages.

Nothing here is typed but the outlook. Until a bulletin is published all of it is computed when it is looked at; what is
published is the canonical form of `content`, kept as it was (commitments/publishing.py).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.board import Board
from commitments.fulfilment import Fulfilment, city_standing, fulfilments
from commitments.league import League, Row, Table
from commitments.models import Bulletin, Campaign, CityTarget, Indicator, LetterState, Pledge, PledgeState
from commitments.restated import Measure, told
from commitments.situation import sentences
from portal.models import Quarter, Unit
from portal.rounding import rounded
from portal.templatetags.figures import money_large, money_large_unit, percent, points, points_unit
from projects.duty import State, duties
from projects.models import ReportLine, Stage
from projects.selection import Tree
from projects.standings import Total

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
# How many are named where the best, the last and the obstacles are told.
NAMED = 3
OBSTACLES = 10

# {"heading", "paragraphs", "tables": [{"caption", "head", "numeric", "rows"}]}: what pages and print/*.typ lay out.
Section = dict[str, Any]


@dataclass(frozen=True)
class Ground:
    """What a bulletin is made of, read once; the same for both languages."""

    campaign: Campaign
    quarter: Quarter
    board: Board
    league: League
    targets: Sequence[Fulfilment]
    pledges: Sequence[Fulfilment]
    obstacles: Sequence[ReportLine]
    suspended: int
    not_accepted: Sequence[Unit]

    @classmethod
    def read(cls, campaign: Campaign, quarter: Quarter, *, on: date) -> "Ground":
        units = list(Unit.objects.within(campaign.unit))
        tree = Tree([campaign.unit], units)
        accepted = ReportLine.objects.filter(quarter=quarter, report__state="accepted", unit__in=units)
        pledges = list(
            Pledge.objects.filter(
                version__letter__campaign=campaign, version__state=LetterState.IN_FORCE
            ).select_related("indicator", "project", "version__letter__unit")
        )
        return cls(
            campaign=campaign,
            quarter=quarter,
            board=Board.read(quarter, tree),
            league=League.read(quarter, campaign),
            targets=city_standing(campaign, quarter),
            pledges=list(fulfilments(pledges, quarter).values()),
            obstacles=_obstacles(accepted),
            suspended=accepted.filter(stage=Stage.SUSPENDED).count(),
            not_accepted=[
                duty.unit
                for duty in duties(units, [quarter], on=on)
                if duty.accepted is None and duty.state != State.NOTHING_OWED
            ],
        )

    @property
    def rows(self) -> list[Row]:
        return [row for table in self.league.tables for row in table.rows]

    @property
    def figures(self) -> dict[str, dict[str, str | None]]:
        """By code of the unit, the campaign's own among them, exact (commitments/restated.py)."""
        root = self.board.headline().total
        values: dict[str, dict[Measure, Any]] = {self.campaign.unit.code: _of_total(root)}
        for row in self.rows:
            scored = {Measure.SCORE: row.sheet.total if row.sheet else None, Measure.RANK: row.rank}
            values[row.unit.code] = _of_total(row.total) | scored
        return told(values)


def _of_total(total: Total) -> dict[Measure, Any]:
    return {
        Measure.PROJECTS: total.projects,
        Measure.PLANNED: total.planned,
        Measure.YEAR_TO_DATE: total.year_to_date,
        Measure.COMPLETION_RATE: total.completion_rate,
        Measure.GROWTH: total.growth.rate,
        Measure.START_RATE: total.start_rate,
    }


def _obstacles(accepted: "QuerySet[ReportLine]") -> list[ReportLine]:
    """What holds up the projects with the largest plans, as their units say; accepted lines only."""
    told_of = accepted.exclude(obstacle="").annotate(plan=F("project__annualplan__planned_investment"))
    lines = told_of.filter(project__annualplan__year=F("quarter__year")).select_related("project", "unit")
    found: dict[int, ReportLine] = {}
    for line in lines.order_by("-plan", "project__code")[: OBSTACLES * 4]:
        found.setdefault(line.project_id, line)  # once, however many versions its plan has
    return list(found.values())[:OBSTACLES]


def content(ground: Ground, bulletin: Bulletin) -> dict[str, Any]:
    """All that is frozen when it is published: the figures, and what is printed in each language."""
    said: dict[str, Any] = {"figures": ground.figures, "quarter": ground.quarter.label, "number": bulletin.number}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = paper(ground, bulletin)
    return said


def canonical(said: Mapping[str, Any]) -> tuple[str, str]:
    """The text that is kept, and its SHA-256: JSON with sorted keys and nothing between them, UTF-8."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def paper(ground: Ground, bulletin: Bulletin) -> dict[str, Any]:
    """The bulletin in the language of the moment, as portal/printing takes it but for date, hash and address."""
    campaign, quarter = ground.campaign, ground.quarter
    issuer = campaign.issuer_en if translation.get_language() == "en" else campaign.issuer_zh
    return {
        "language": "en" if translation.get_language() == "en" else "zh",
        "masthead": _("Bulletin on major projects of %(unit)s") % {"unit": campaign.unit.name},
        "number": _("%(year)s No. %(number)s") % {"year": campaign.year, "number": bulletin.number},
        "issuer": issuer or campaign.unit.name,
        "title": _("Major projects in %(quarter)s: how they stand") % {"quarter": quarter.name},
        "sections": numbered(
            [
                _overview(ground),
                *([_targets(ground)] if ground.targets else []),
                _groups(ground),
                _best_and_behind(ground),
                *([_pledges(ground)] if ground.pledges else []),
                _problems(ground),
                _next(ground, bulletin),
            ]
        ),
        "notes": [
            _("Not official statistics: investment by physical progress, as reported and accepted."),
            _("Figures as accepted when this bulletin was published. A dash means not reported; 0 is 0."),
        ],
    }


def numbered(sections: Sequence[Section]) -> list[Section]:
    """Headings with their number, in Chinese 一、二、…"""
    signs = "一二三四五六七八九十"
    english = translation.get_language() == "en"
    return [
        {
            **section,
            "heading": f"{place}. {section['heading']}" if english else f"{signs[place - 1]}、{section['heading']}",
        }
        for place, section in enumerate(sections, start=1)
    ]


def _section(heading: str, paragraphs: Iterable[str], tables: Iterable[dict[str, Any]] = ()) -> Section:
    return {"heading": heading, "paragraphs": [text for text in paragraphs if text], "tables": list(tables)}


def _overview(ground: Ground) -> Section:
    coverage = ground.board.headline().total.coverage
    covered = _("The figures cover %(n)s of %(m)s units, %(share)s of the plan.") % {
        "n": len(coverage.reported),
        "m": len(coverage.owing),
        "share": percent(coverage.share),
    }
    said = [unescape(strip_tags(sentence.text)) for sentence in sentences(ground.board)]
    return _section(_("Overview"), [*said, covered])


def _targets(ground: Ground) -> Section:
    head = [_("target"), _("unit of measure"), _("of the year"), _("actual"), _("reached"), _("state")]
    rows = []
    for found in ground.targets:
        if not isinstance(found.pledge, CityTarget):
            continue
        indicator = found.pledge.indicator
        printed = value(found.target, indicator)
        rows.append(
            [
                indicator.name,
                indicator.unit_of_measure,
                _("over %(figure)s") % {"figure": printed} if found.pledge.is_over else printed,
                value(found.actual, indicator),
                percent(found.rate),
                str(found.state.label),
            ]
        )
    table = {"caption": "", "head": head, "numeric": [False, False, True, True, True, False], "rows": rows}
    return _section(_("Targets of the year"), [], [table])


def value(figure: Decimal | None, indicator: Indicator) -> str:
    """A figure in the indicator's own unit of measure; null is a dash."""
    if figure is None:
        return "—"
    text = f"{rounded(figure, 2):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _groups(ground: Ground) -> Section:
    return _section(_("By group"), [], [_table(table) for table in ground.league.tables if table.rows])


def _table(table: Table) -> dict[str, Any]:
    """A group's league table as it is printed; money in 亿元."""
    scored = [_("score")] if table.is_scored else []
    head = [
        _("rank"),
        _("unit"),
        *scored,
        f"{_('completed year to date')} ({money_large_unit()})",
        _("completion rate"),
        _("light"),
        _("year on year"),
        _("start rate"),
    ]
    rows = [
        [
            str(row.rank or "—"),
            row.unit.name,
            *([_score(row)] if table.is_scored else []),
            money_large(row.total.year_to_date),
            percent(row.total.completion_rate),
            row.light.name if row.light else str(row.place.label),
            _growth(row.total),
            percent(row.total.start_rate),
        ]
        for row in table.rows
    ]
    numeric = [True, False, *([True] if table.is_scored else []), True, True, False, True, True]
    return {"caption": table.group.name, "head": head, "numeric": numeric, "rows": rows}


def _growth(total: Total) -> str:
    return _("not comparable") if total.growth.is_not_comparable else percent(total.growth.rate)


def _score(row: Row) -> str:
    return "—" if row.sheet is None or row.sheet.total is None else f"{rounded(row.sheet.total, 2):f}"


def _best_and_behind(ground: Ground) -> Section:
    return _section(_("Ahead and behind"), [text for table in ground.league.tables for text in _ends(table)])


def _ends(table: Table) -> list[str]:
    """Who leads a group, who stands last in it, and who has gained or lost most; nobody is both first and last."""
    ranked = [row for row in table.rows if row.rank is not None]
    if len(ranked) < 2:
        return []
    first = ranked[: min(NAMED, len(ranked) // 2)]
    last = ranked[-min(NAMED, len(ranked) // 2) :]
    said = [
        _("%(group)s: the first are %(first)s; the last are %(last)s.")
        % {"group": table.group.name, "first": _names(first), "last": _names(last)}
    ]
    climbing = [row for row in ranked if row.climbed]
    if climbing:
        best, worst = max(climbing, key=_climbed), min(climbing, key=_climbed)
        said.append(" ".join(text for text in (_moved(best, up=True), _moved(worst, up=False)) if text))
    return said


def _climbed(row: Row) -> int:
    return row.climbed or 0


def _moved(row: Row, *, up: bool) -> str:
    places = _climbed(row)
    if (places > 0) != up:
        return ""
    wording = (
        ngettext("%(unit)s has gained %(places)s place.", "%(unit)s has gained %(places)s places.", abs(places))
        if up
        else ngettext("%(unit)s has lost %(places)s place.", "%(unit)s has lost %(places)s places.", abs(places))
    )
    return wording % {"unit": row.unit.name, "places": abs(places)}


def _names(rows: Iterable[Row]) -> str:
    return _(", ").join(
        _("%(unit)s (%(rate)s)") % {"unit": row.unit.name, "rate": percent(row.total.completion_rate)} for row in rows
    )


def _pledges(ground: Ground) -> Section:
    """How many of what was pledged in letters in force stands how."""
    counts = {state: sum(found.state == state for found in ground.pledges) for state in PledgeState}
    parts = _(", ").join(f"{state.label} {count}" for state, count in counts.items() if count)
    letters = len({found.pledge.version_id for found in ground.pledges if isinstance(found.pledge, Pledge)})
    said = _("%(letters)s letters of commitment are in force with %(pledges)s pledges: %(parts)s.") % {
        "letters": letters,
        "pledges": len(ground.pledges),
        "parts": parts,
    }
    return _section(_("What was pledged"), [said])


def _problems(ground: Ground) -> Section:
    said = [_silent(ground), _red(ground), _unstarted(ground)]
    if ground.suspended:
        said.append(
            ngettext("%(count)s project is suspended.", "%(count)s projects are suspended.", ground.suspended)
            % {"count": ground.suspended}
        )
    tables = []
    if ground.obstacles:
        rows = [[line.project.name, line.unit.name, line.obstacle] for line in ground.obstacles]
        head = [_("project"), _("unit"), _("what holds it up")]
        caption = _("What holds up the projects with the largest plans, as their units say")
        tables.append({"caption": caption, "head": head, "numeric": [False] * 3, "rows": rows})
    if not any(said) and not tables:
        said = [_("No accepted report names a problem.")]
    return _section(_("Problems"), said, tables)


def _silent(ground: Ground) -> str:
    if not ground.not_accepted:
        return ""
    names = _(", ").join(unit.name for unit in ground.not_accepted)
    return _("Not reported, or not accepted yet: %(units)s.") % {"units": names}


def _red(ground: Ground) -> str:
    """Units whose light is the one of the highest urgency that the policy has."""
    lights = [light for light in ground.league.yardstick.lights if light.threshold is not None]
    if not lights:
        return ""
    by_points = ground.league.yardstick.policy.lights_by == "points"
    worst = (max if by_points else min)(lights, key=lambda light: light.threshold or 0)
    names = [row.unit.name for row in ground.rows if row.light == worst]
    return _("%(light)s: %(units)s.") % {"light": worst.name, "units": _(", ").join(names)} if names else ""


def _unstarted(ground: Ground) -> str:
    total = ground.board.headline().total
    if total.due_to_start is None or total.due_started is None or total.due_to_start == total.due_started:
        return ""
    left = total.due_to_start - total.due_started
    wording = ngettext(
        "%(left)s of the %(due)s projects due to start by the quarter's end has not started.",
        "%(left)s of the %(due)s projects due to start by the quarter's end have not started.",
        left,
    )
    return wording % {"left": left, "due": total.due_to_start}


def _next(ground: Ground, bulletin: Bulletin) -> Section:
    quarter = ground.quarter
    following = Quarter.objects.filter(year=quarter.year + quarter.number // 4, number=quarter.number % 4 + 1).first()
    said = []
    if following:
        said.append(
            _("The reports of %(quarter)s open on %(opens)s and are due on %(due)s.")
            % {"quarter": following.name, "opens": following.opens_on, "due": following.due_on}
        )
    behind = [row for row in ground.rows if row.light and row.light.threshold is not None]
    if behind:
        names = _(", ").join(
            _("%(unit)s (%(gap)s %(unit_of_measure)s)")
            % {"unit": row.unit.name, "gap": points(_gap(row, ground)), "unit_of_measure": points_unit()}
            for row in behind
        )
        said.append(_("To catch up with time-proportional progress: %(units)s.") % {"units": names})
    return _section(_("What comes next"), [*said, *bulletin.outlook.splitlines()])


def _gap(row: Row, ground: Ground) -> Decimal | None:
    rate = row.total.completion_rate
    return None if rate is None else rate - ground.league.yardstick.baseline
