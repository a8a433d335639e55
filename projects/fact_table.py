"""The columns in which the lines behind a figure are shown and taken along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import django_tables2 as tables
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal import columns
from portal.models import Unit
from projects.facts import Fact
from projects.selection import Catalogue


@dataclass(frozen=True)
class Names:
    """What a fact's keys are called on the page, and the moment as of which all of it is known."""

    units: Mapping[int, str]
    lists: Mapping[str, str]
    categories: Mapping[int, str]
    chains: Mapping[int, str]
    known_at: datetime

    @classmethod
    def of(cls, units: Iterable[Unit], catalogue: Catalogue, *, known_at: datetime) -> "Names":
        return cls(
            {unit.pk: unit.name for unit in units},
            {each.code: each.name for each in catalogue.lists},
            {each.pk: each.name for each in catalogue.categories},
            {each.pk: each.name for each in catalogue.chains},
            known_at,
        )


# What a project has only once its report is accepted.
ACCEPTED = ("flow", "year_to_date", "started_on", "receipt", "revision", "accepted_by", "accepted_at")


class FactTable(tables.Table):
    code = tables.Column(verbose_name=_("code"))
    name = tables.Column(verbose_name=_("project"), linkify=("project_detail", {"code": tables.A("code")}))
    unit = tables.Column(verbose_name=_("unit"))
    share = columns.PercentColumn(verbose_name=_("share of the amounts"))
    lists = tables.Column(verbose_name=_("lists"))
    category = tables.Column(verbose_name=_("category"))
    chain = tables.Column(verbose_name=_("industry chain"))
    planned = columns.MoneyColumn(verbose_name=_("planned investment"))
    flow = columns.MoneyColumn(verbose_name=_("completed this quarter"))
    year_to_date = columns.MoneyColumn(verbose_name=_("completed year to date"))
    total_investment = columns.MoneyColumn(verbose_name=_("total investment"))
    expected_output = columns.MoneyColumn(verbose_name=_("expected annual output"))
    stage = tables.Column(verbose_name=_("stage"))
    started_on = tables.DateColumn(format="Y-m-d", verbose_name=_("actual start"))
    receipt = tables.Column(verbose_name=_("receipt number"), linkify=("report_detail", {"pk": tables.A("report_id")}))
    revision = columns.NumberColumn(verbose_name=_("revision"))
    accepted_by = tables.Column(verbose_name=_("accepted by"))
    accepted_at = columns.TimeColumn(verbose_name=_("accepted at"))
    known_at = columns.TimeColumn(verbose_name=_("as known at"))

    class Meta:
        empty_text = _("No project counts here.")

    @classmethod
    def of(cls, facts: list[Fact], names: Names, *, without: tuple[str, ...] = (), prefix: str = "") -> "FactTable":
        """Without shares where all of them are whole."""
        if all(fact.share == 1 for fact in facts):
            without = (*without, "share")
        return cls([_cells(fact, names) for fact in facts], exclude=without, prefix=prefix)


def _cells(fact: Fact, names: Names) -> dict[str, object]:
    english = (get_language() or "").startswith("en")
    return {
        "code": fact.code,
        "name": fact.name_en if english and fact.name_en else fact.name_zh,
        "unit": names.units[fact.unit_id],
        "share": fact.share,
        "lists": " · ".join(names.lists[code] for code in fact.list_set.split(",") if code),
        "category": names.categories[fact.category_id],
        "chain": "" if fact.chain_id is None else names.chains[fact.chain_id],
        "planned": fact.planned,
        "flow": fact.flow,
        "year_to_date": fact.year_to_date,
        "total_investment": fact.total_investment,
        "expected_output": fact.expected_output,
        "stage": fact.stage_label,
        "started_on": fact.started_on,
        "report_id": fact.report_id,
        "receipt": fact.receipt,
        "revision": fact.revision,
        "accepted_by": fact.accepted_by,
        "accepted_at": fact.accepted_at,
        "known_at": names.known_at,
    }
