"""The board of who has reported a quarter, and the reminders that reviewers send from it."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.accounts import signed_in
from portal.models import ExtensionRequest, Quarter, Unit
from portal.models.unit import UnitQuerySet
from portal.roles import ADMIN_ROLES, REVIEWERS
from portal.unit_choice import UnitField
from projects import filing, reminders
from projects.filing import Board, Choice, Entry
from projects.lifecycle import StepRefused
from projects.reminders import Reminded
from projects.selection import opened_quarters

PER_PAGE = 50
DONE = "reminders_done"  # what came of a reminder, by unit, until the board has shown it
SHOWN_AT_MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
def filing_board(request: HttpRequest) -> HttpResponse:
    """Every unit within reach that owes the quarter a report: how far it is, since when and until when."""
    person, today = signed_in(request), clock.today()
    if not person.roles(on=today) & ADMIN_ROLES:
        raise PermissionDenied
    opened, quarter = opened_quarters(request.GET.get("quarter", ""), on=today)
    if quarter is None:
        return render(request, "projects/filing_board.html", {"quarters": opened})
    reached = Unit.objects.reached_by(person, ADMIN_ROLES, on=today)
    board, below = Board.read(quarter, list(reached), on=today), BelowForm(request.GET, units=reached)
    choice = _choice(request.GET, below)
    found = board.chosen(choice)
    may_remind = bool(person.roles(on=today) & REVIEWERS)
    if request.method == "POST":
        if not may_remind:
            raise PermissionDenied
        return _remind(request, quarter, found)
    before = filing.quarters_before(quarter)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "quarters": opened,
        "quarter": quarter,
        "board": board,
        "choice": choice,
        "below": below,
        "kinds": sorted((kind, Unit.Kind(kind).label) for kind in {entry.unit.kind for entry in board.entries}),
        "has_parents": len({entry.unit.parent_id for entry in board.entries} - {None}) > 1,
        "page": page,
        "before": before,
        "rows": filing.rows(list(page), quarter, beside=before, on=today),
        "to_remind": sum(not entry.duty.has_filed for entry in found),
        "may_remind": may_remind,
        "asked": ExtensionRequest.objects.decidable_by(person, on=today).count(),
        "done": request.session.pop(DONE, None) if DONE in request.session else None,
    }
    return render(request, "projects/filing_board.html", context)


class BelowForm(forms.Form):
    """Above which units those of the board stand."""

    parent = UnitField(label=gettext_lazy("belongs to"), required=False, queryset=Unit.objects.none())

    def __init__(self, query: QueryDict, *, units: UnitQuerySet) -> None:
        super().__init__(query, auto_id="board_%s", label_suffix="")
        field = self.fields["parent"]
        assert isinstance(field, UnitField)  # noqa: S101 - declared above
        field.of(units)
        field.widget.attrs["class"] = "form-control form-control-sm"


def _choice(query: QueryDict, below: BelowForm) -> Choice:
    """A unit that can't be read leaves nothing, as in every list."""
    chosen = below.cleaned_data["parent"] if below.is_valid() else None
    under = Unit.objects.within(chosen).exclude(pk=chosen.pk).order_by() if chosen else Unit.objects.none()
    return Choice(
        text=query.get("text", "").strip(),
        standing=query.get("state", ""),
        kind=query.get("kind", ""),
        below=frozenset(under.values_list("pk", flat=True)) if chosen or below.errors else None,
    )


def _remind(request: HttpRequest, quarter: Quarter, found: Sequence[Entry]) -> HttpResponse:
    """Remind one unit, those ticked, or all that the filter shows and that have not reported."""
    step, codes = request.POST.get("step", ""), set(request.POST.getlist("unit"))
    if step.startswith("one:"):
        codes = {step.removeprefix("one:")}
    elif step == "all":
        codes = {entry.unit.code for entry in found if not entry.duty.has_filed}
    elif step != "ticked":
        raise SuspiciousOperation("the board has no such step")
    shown = f"{reverse('filing_board')}?{request.GET.urlencode()}"
    person, today = signed_in(request), clock.today()
    reached = Unit.objects.reached_by(person, ADMIN_ROLES, on=today)
    units = list(reached.filter(code__in=codes))
    if not units:
        messages.warning(request, _("Choose units first: tick the boxes in the list."))
        return redirect(shown)
    try:
        reminded = reminders.remind(quarter, units, by=person, at=clock.now())
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        _say(request, reminded)
    return redirect(shown)


def _say(request: HttpRequest, reminded: Reminded) -> None:
    count = len(reminded.sent)
    words = ngettext("%(count)s unit reminded to report.", "%(count)s units reminded to report.", count) % {
        "count": count
    }
    (messages.success if count else messages.warning)(request, words)
    told = [
        (unit.name, _("told: %(people)s") % {"people": ", ".join(map(str, people))}) for unit, people in reminded.sent
    ]
    skipped = [(unit.name, why) for unit, why in reminded.skipped]
    request.session[DONE] = [*skipped, *told][:SHOWN_AT_MOST]
