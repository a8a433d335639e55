"""What a published bulletin said beside what the same figures are now, and why they differ.

A figure is named by what it is about (the campaign or a unit) and its measure. Values are exact decimals as strings, in
the measure's own unit: money in 万元, shares as fractions, counts and points as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.models import Bulletin, Reading, ScoringRuling
from portal.models import Unit
from projects.models import AnnualPlan, Assignment, ListEntry, Project, Report, Valuation
from projects.recorded import Moment
from projects.selection import Selection


class Measure(StrEnum):
    """What a bulletin tells of the campaign and of each unit."""

    PROJECTS = "projects"
    PLANNED = "planned"
    YEAR_TO_DATE = "year_to_date"
    COMPLETION_RATE = "completion_rate"
    GROWTH = "growth"
    START_RATE = "start_rate"
    SCORE = "score"
    RANK = "rank"


LABELS = {
    Measure.PROJECTS: gettext_lazy("projects"),
    Measure.PLANNED: gettext_lazy("planned investment"),
    Measure.YEAR_TO_DATE: gettext_lazy("completed year to date"),
    Measure.COMPLETION_RATE: gettext_lazy("completion rate"),
    Measure.GROWTH: gettext_lazy("year on year"),
    Measure.START_RATE: gettext_lazy("start rate"),
    Measure.SCORE: gettext_lazy("score"),
    Measure.RANK: gettext_lazy("rank"),
}
MONEY = frozenset({Measure.PLANNED, Measure.YEAR_TO_DATE})
SHARES = frozenset({Measure.COMPLETION_RATE, Measure.GROWTH, Measure.START_RATE})
# Figures that rest on other units' as well: a rank moves without anything of its own having changed.
RELATIVE = frozenset({Measure.SCORE, Measure.RANK})

# {code of the unit: {measure: value or null}}, the campaign's own unit among them.
Told = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Something that has changed since the bulletin was published, in words of the page's language.

    `is_of_scores`: it moves scores and ranks only, as a reading does.
    """

    unit: Unit
    words: str
    is_of_scores: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How a figure of a bulletin is called and printed."""

    measure: Measure

    @property
    def label(self) -> str:
        return str(LABELS[self.measure])

    @property
    def is_money(self) -> bool:
        return self.measure in MONEY

    @property
    def is_share(self) -> bool:
        return self.measure in SHARES


@dataclass(frozen=True, kw_only=True)
class Difference(Measured):
    """One figure that is another by now. `published` and `now` are null where there was, or is, none."""

    unit: Unit
    published: Decimal | None
    now: Decimal | None
    causes: Sequence[Cause]
    # The addresses of the lines behind what was published, as known then, and behind what it is now; "" for a score or
    # a rank, which the score sheet explains.
    lines_then: str = ""
    lines_now: str = ""

    @property
    def change(self) -> Decimal | None:
        return None if self.published is None or self.now is None else self.now - self.published


def differences(bulletin: Bulletin, published: Told, now: Told) -> list[Difference]:
    """Every figure that isn't any more what the bulletin says, in the order in which the bulletin tells them."""
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=[*published, *now])}
    changed = [
        (units[code], Measure(measure), said.get(measure), now.get(code, {}).get(measure))
        for code, said in published.items()
        for measure in said
        if said.get(measure) != now.get(code, {}).get(measure)
    ]
    found = causes(bulletin) if changed else []
    return [
        Difference(
            unit=unit,
            measure=measure,
            published=_number(before),
            now=_number(after),
            causes=_behind(unit, measure, found, root=bulletin.campaign.unit),
            lines_then=lines(bulletin, unit, measure, at=bulletin.published_at),
            lines_now=lines(bulletin, unit, measure),
        )
        for unit, measure, before, after in changed
    ]


def lines(bulletin: Bulletin, unit: Unit, measure: Measure, *, at: datetime | None = None) -> str:
    """The address of the lines behind a figure of the bulletin, as known at that moment, null for now.

    "" for what no lines make. Each of these measures has the name that projects/facts.py knows it by.
    """
    if measure in RELATIVE:
        return ""
    as_of = Moment.exactly(at) if at else None
    return f"{Selection(quarter=bulletin.quarter, units=(unit.code,), as_of=as_of).lines}&measure={measure}"


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _behind(unit: Unit, measure: Measure, found: Sequence[Cause], *, root: Unit) -> list[Cause]:
    """A unit's own causes; for the campaign's figures, and for ranks and scores without an own cause, those of all."""
    bearing = [cause for cause in found if measure in RELATIVE or not cause.is_of_scores]
    own = [cause for cause in bearing if cause.unit == unit]
    return bearing if unit == root or (measure in RELATIVE and not own) else own


def causes(bulletin: Bulletin) -> list[Cause]:
    """Reports accepted, changes of the register, readings and rulings since it was published that bear on its quarter.

    Nothing where it isn't published yet.
    """
    since = bulletin.published_at
    if since is None:
        return []
    return [
        *_reports(bulletin, since),
        *_register(bulletin),
        *_readings(bulletin, since),
        *_rulings(bulletin, since),
    ]


def _reports(bulletin: Bulletin, since: datetime) -> list[Cause]:
    """Of the quarter or an earlier one: growth compares with the year before, so that year counts as well."""
    quarter = bulletin.quarter
    accepted = Report.objects.accepted().filter(
        reviewed_at__gt=since,
        unit__in=Unit.objects.within(bulletin.campaign.unit),
        quarter__year__in=[quarter.year - 1, quarter.year],
        quarter__number__lte=quarter.number,
    )
    return [
        Cause(
            unit=report.unit,
            words=_("%(unit)s: report of %(quarter)s, revision %(revision)s, accepted on %(day)s%(reason)s")
            % {
                "unit": report.unit.name,
                "quarter": report.quarter.name,
                "revision": report.revision,
                "day": f"{report.reviewed_at:%Y-%m-%d}",
                "reason": _(" (%(reason)s)") % {"reason": report.reason} if report.reason else "",
            },
        )
        for report in accepted.select_related("unit", "quarter").order_by("unit__code", "quarter__year")
    ]


def _register(bulletin: Bulletin) -> list[Cause]:
    """Dated rows written, changed or deleted since, by the history that the database keeps of them."""
    last_day = bulletin.quarter.ends_on
    day = {AnnualPlan: "in_force_on", Assignment: "from_on", ListEntry: "listed_on", Valuation: "from_on"}
    found: list[Cause] = []
    latest = Assignment.objects.filter(from_on__lte=last_day).order_by("project_id", "-from_on")
    answering = dict(latest.distinct("project_id").values_list("project_id", "unit_id"))
    units = {unit.pk: unit for unit in Unit.objects.within(bulletin.campaign.unit)}
    for model, since_day in day.items():
        history = apps.get_model("projects", f"{model.__name__}Event")
        rows = history.objects.filter(pgh_created_at__gt=bulletin.recorded_at, **{f"{since_day}__lte": last_day})
        reasons = dict(rows.order_by("pgh_id").values_list("project", "reason"))
        for project in Project.objects.filter(pk__in=reasons):
            unit = units.get(answering.get(project.pk, 0))
            if unit:
                words = _("%(project)s: %(what)s changed in the register (%(reason)s)") % {
                    "project": project.name,
                    "what": model._meta.verbose_name,
                    "reason": reasons[project.pk],
                }
                found.append(Cause(unit=unit, words=words))
    return found


def _readings(bulletin: Bulletin, since: datetime) -> list[Cause]:
    quarter = bulletin.quarter
    loaded = Reading.objects.filter(
        loaded_at__gt=since,
        unit__in=Unit.objects.within(bulletin.campaign.unit),
        quarter__year=quarter.year,
        quarter__number__lte=quarter.number,
    )
    return [
        Cause(
            unit=reading.unit,
            is_of_scores=True,
            words=_("%(unit)s: %(indicator)s of %(quarter)s, as published in %(source)s")
            % {
                "unit": reading.unit.name,
                "indicator": reading.indicator.name,
                "quarter": reading.quarter.name,
                "source": reading.source,
            },
        )
        for reading in loaded.select_related("unit", "quarter", "indicator")
    ]


def _rulings(bulletin: Bulletin, since: datetime) -> list[Cause]:
    made = ScoringRuling.objects.filter(campaign=bulletin.campaign, made_at__gt=since)
    return [
        Cause(
            unit=ruling.unit,
            is_of_scores=True,
            words=_("%(unit)s: %(ruling)s (%(reason)s)")
            % {"unit": ruling.unit.name, "ruling": ruling.get_kind_display(), "reason": ruling.reason},
        )
        for ruling in made.select_related("unit")
    ]


def told(values: Mapping[str, Mapping[Measure, Any]]) -> dict[str, dict[str, str | None]]:
    """Figures as a bulletin keeps them: exact decimals as plain strings, so that equal figures are equal texts."""
    return {
        code: {str(measure): _plain(value) for measure, value in of_unit.items()} for code, of_unit in values.items()
    }


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    # A rate that goes on for ever is kept to eight digits after the point, beyond anything that is printed.
    text = f"{Decimal(value).quantize(Decimal('1.00000000')):f}"
    return text.rstrip("0").rstrip(".")
