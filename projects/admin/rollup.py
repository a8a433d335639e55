"""What the nightly audit of the figures found wrong and has repaired, to be read and never edited."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import DecimalField, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import yesno
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin import scope
from portal.admin.long import LongList
from portal.templatetags.figures import NOT_KNOWN, money, money_unit
from projects.audit import differing
from projects.models import Category, Cell, Chain, Grain, KeptSum, ProjectList, RollupAlarm
from projects.models.kept_sum import ITSELF, WHOLE
from projects.selection import Selection

if TYPE_CHECKING:
    RollupAlarmModelAdmin = admin.ModelAdmin[RollupAlarm]
else:
    RollupAlarmModelAdmin = admin.ModelAdmin

NAMES = {
    "year": gettext_lazy("year"),
    "lines_expected": gettext_lazy("lines expected"),
    "lines_reported": gettext_lazy("lines reported"),
    "is_reported": gettext_lazy("report accepted"),
    "is_covered": gettext_lazy("year to date known"),
    "flow": gettext_lazy("Completed this quarter"),
    "year_to_date": gettext_lazy("Completed year to date"),
    "started": gettext_lazy("Started"),
    "newly_started": gettext_lazy("Newly started projects"),
    "completed": gettext_lazy("Completed projects"),
    "due_started": gettext_lazy("started of those due to start"),
    "completed_output": gettext_lazy("Expected annual output of completed projects"),
    "projects": gettext_lazy("Projects"),
    "planned": gettext_lazy("Annual planned investment"),
    "planned_to_date": gettext_lazy("plan to date"),
    "due_to_start": gettext_lazy("due to start"),
    "due_to_finish": gettext_lazy("due to finish"),
    "large": gettext_lazy("Projects of at least CNY 1 billion"),
    "total_investment": gettext_lazy("Total investment"),
    "expected_output": gettext_lazy("Expected annual output"),
    # Of the sums up the tree only.
    "family": gettext_lazy("units merged with each other"),
    "members": gettext_lazy("of them, those in this sum"),
    "is_known": gettext_lazy("year to date known"),
    "was_known": gettext_lazy("year to date known a year before"),
    "planned_covered": gettext_lazy("plan of the units whose reports count"),
    "owing": gettext_lazy("units that owe a report"),
    "reported": gettext_lazy("units whose reports count"),
    "now": gettext_lazy("year to date that is compared"),
    "before": gettext_lazy("the same a year before"),
    "is_new": gettext_lazy("new to the register"),
    "projects_now": gettext_lazy("projects that are compared"),
    "projects_before": gettext_lazy("compared projects a year before"),
    "units_now": gettext_lazy("units that are compared"),
    "units_before": gettext_lazy("compared units a year before"),
    "computed_at": gettext_lazy("computed at"),
}
MONEY = {
    field.name for model in (Cell, KeptSum) for field in model._meta.concrete_fields if isinstance(field, DecimalField)
}


@dataclass(frozen=True)
class Names:
    """How the keys of cells are called today; a key that was deleted since stands for itself."""

    by_key: Mapping[tuple[str, object], str]

    @classmethod
    def read(cls) -> Self:
        known: dict[tuple[str, object], str] = {("list", each.code): each.name for each in ProjectList.objects.all()}
        known |= {("category", each.pk): each.name for each in Category.objects.all()}
        return cls(known | {("chain", each.pk): each.name for each in Chain.objects.all()})

    def category(self, key: object) -> str:
        return self.by_key.get(("category", key), str(key))

    def chain(self, key: object) -> str:
        return self.by_key.get(("chain", key), str(key))

    def part(self, part: str) -> str:
        """Of a sum up the tree."""
        if part in {WHOLE, ITSELF}:
            return _("the whole unit")
        lists, category, chain = part.split("|")
        named = [self.lists(lists)] if lists else []
        named += [self.category(int(category))] if category else []
        return " · ".join(named) or _("industry chain: %(chain)s") % {"chain": self.chain(int(chain))}

    def lists(self, codes: str) -> str:
        named = [self.by_key.get(("list", code), code) for code in codes.split(",") if code]
        return " + ".join(named) or _("on no list")


class Alarms(LongList):
    """Names the cells of a page from three small tables, however many alarms there are."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self._named(self.result_list)

    def whole(self) -> Iterator[RollupAlarm]:
        names = Names.read()
        for alarm in super().whole():
            alarm.names = names
            yield alarm

    def _named(self, alarms: Iterable[RollupAlarm]) -> list[RollupAlarm]:
        found, names = list(alarms), Names.read()
        for alarm in found:
            alarm.names = names  # type: ignore[attr-defined]
        return found


@admin.register(RollupAlarm)
class RollupAlarmAdmin(RollupAlarmModelAdmin):
    """Read by all who enter the admin, each as far as they reach; an alarm is raised and repaired by the audit only."""

    list_display = ("raised_at", "unit", "quarter_name", "cell", "difference")
    list_select_related = ("unit", "quarter")
    list_per_page = 50
    fields = ("raised_at", "unit", "quarter", "cell", "difference", "figures", "lines")
    search_fields = ("unit__code", "unit__name_zh", "unit__name_en")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RollupAlarm]:
        return super().get_queryset(request).filter(unit__in=scope.units_seen(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RollupAlarm | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RollupAlarm | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("quarter"), ordering="quarter")
    def quarter_name(self, alarm: RollupAlarm) -> str:
        return alarm.quarter.name

    @admin.display(description=gettext_lazy("cell"))
    def cell(self, alarm: RollupAlarm) -> str:
        """Which figures of the unit's quarter: all of them, or those of lists and a category, or of a chain.

        Of a sum up the tree, whose are added up: the unit's alone, or those of all below it, too.
        """
        known: Mapping[str, Any] = alarm.expected or alarm.found or {}
        names: Names = getattr(alarm, "names", None) or Names.read()
        if "part" in known:
            told = _("the unit alone: %(part)s") if known["part"] == ITSELF else _("with all below it: %(part)s")
            return told % {"part": names.part(known["part"])}
        if known.get("grain") == Grain.CHAIN:
            return _("industry chain: %(chain)s") % {"chain": names.chain(known["chain_id"])}
        if known.get("grain") == Grain.CLASS:
            return f"{names.lists(known['list_set'])} · {names.category(known['category_id'])}"
        return _("the whole unit")

    def get_changelist(self, request: HttpRequest, **options: object) -> type[ChangeList]:
        return Alarms

    @admin.display(description=gettext_lazy("what was wrong"))
    def difference(self, alarm: RollupAlarm) -> str:
        if alarm.found is None:
            return _("These figures were missing.")
        if alarm.expected is None:
            return _("These figures had no project behind them.")
        return "; ".join(_sentences(alarm))

    @admin.display(description=gettext_lazy("found and expected"))
    def figures(self, alarm: RollupAlarm) -> SafeString:
        """Figure by figure, also where all of them were missing or too many; shown on the alarm's own page only."""
        return format_html_join("", "<div>{}</div>", ((each,) for each in _sentences(alarm)))

    @admin.display(description=gettext_lazy("lines behind it"))
    def lines(self, alarm: RollupAlarm) -> SafeString:
        """The way to compare what bulletins and e-mails have said with what was accepted."""
        known: Mapping[str, Any] = alarm.expected or alarm.found or {}
        alone = known.get("part", ITSELF) == ITSELF
        selection = Selection(quarter=alarm.quarter, units=(alarm.unit.code,), itself=alone)
        return format_html('<a href="{}&amp;measure=projects">{}</a>', selection.lines, _("Open the lines"))


def _sentences(alarm: RollupAlarm) -> list[str]:
    """Each figure that differs, with what was found and what is right."""
    words = _("%(figure)s: %(found)s instead of %(expected)s")
    return [
        words % {"figure": _label(name), "found": _printed(name, was), "expected": _printed(name, right)}
        for name, (was, right) in differing(alarm.found, alarm.expected).items()
    ]


def _label(name: str) -> str:
    label = str(NAMES.get(name, name))
    return f"{label} ({money_unit()})" if name in MONEY else label


def _printed(name: str, value: Any) -> str:
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return str(yesno(value))
    return money(Decimal(str(value))) if name in MONEY else str(value)
