"""Asking for an adjustment or an exemption of a pledge, and deciding on it."""

from collections.abc import Sequence
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from commitments import relief, typed
from commitments.fulfilment import Fulfilment, fulfilments
from commitments.models import LetterState, Pledge, Relief
from commitments.relief import QUARTERLY, Targets
from commitments.views import account_desk
from commitments.views.account_desk import Desk
from portal import clock
from portal.models import Quarter
from projects.lifecycle import StepRefused, StepTaken
from projects.reading import Misread, written


def relief_ask(request: HttpRequest, code: str, year: int, pledge: int) -> HttpResponse:
    """The form by which a unit asks for new targets of a pledge, or for an exemption."""
    desk = account_desk.at(request, code, year)
    found = get_object_or_404(
        Pledge.objects.select_related("indicator", "project", "version__letter__unit", "version__letter__campaign"),
        pk=pledge,
        version__letter=desk.letter,
        version__state=LetterState.IN_FORCE,
    )
    if not desk.is_own:
        raise PermissionDenied
    quarters = list(Quarter.objects.filter(year=year).order_by("number"))
    asking = Asking(found, quarters, request)
    if request.method == "POST" and asking.is_readable:
        try:
            asking.ask(desk)
        except StepRefused as refusal:
            asking.errors[""] = str(refusal)
        else:
            messages.success(request, _("Asked for. The administrator of the campaign decides; you get an e-mail."))
            return redirect("letter_fulfilment", *desk.address)
    context = {"desk": desk, "pledge": found, "asking": asking, "quarters": quarters}
    return render(request, "commitments/relief_ask.html", context, status=422 if asking.errors else 200)


class Asking:
    """What was typed into the form, or what it begins with, and what can't be taken, by field; "" is the whole."""

    def __init__(self, pledge: Pledge, quarters: Sequence[Quarter], request: HttpRequest) -> None:
        self.pledge = pledge
        self.errors: dict[str, str] = {}
        self.values: dict[str, Decimal | None] = {}
        self.from_quarter: Quarter | None = None
        if request.method == "POST":
            self.typed = {name: request.POST.get(name, "") for name in ("kind", "from_quarter", "reason", *QUARTERLY)}
            self._read(quarters)
        else:
            targets = {name: written(getattr(pledge, name)) for name in QUARTERLY}
            self.typed = {"kind": "adjusted", "from_quarter": request.GET.get("quarter", ""), "reason": "", **targets}
            if pledge.project_id:
                self.typed["target"] = ""

    @property
    def refusal(self) -> str:
        """What the rules say against the whole, where every field can be read."""
        return self.errors.get("", "")

    @property
    def is_readable(self) -> bool:
        return not self.errors

    def _read(self, quarters: Sequence[Quarter]) -> None:
        self.from_quarter = next((each for each in quarters if each.label == self.typed["from_quarter"]), None)
        if self.from_quarter is None:
            self.errors["from_quarter"] = _("Choose the quarter from which on it is to hold.")
        if self.typed["kind"] not in Relief.Kind.values:
            self.errors["kind"] = _("Choose what is asked for.")
        if not self.typed["reason"].strip():
            self.errors["reason"] = _("Give a reason.")
        if self.typed["kind"] != Relief.Kind.ADJUSTED:
            return
        if self.pledge.project_id and self.typed["target"] not in {"1", "2", "3", "4"}:
            self.errors["target"] = _("Choose by when it is to be reached.")
        for name in () if self.pledge.project_id else QUARTERLY:
            try:
                self.values[name] = typed.of_pledge(self.typed[name], self.pledge)
            except Misread as misread:
                self.errors[name] = str(misread)

    def ask(self, desk: Desk) -> Relief:
        if self.typed["kind"] == Relief.Kind.EXEMPT:
            targets = relief.EXEMPT
        elif self.pledge.project_id:
            targets = Targets.from_quarter(int(self.typed["target"]))
        else:
            targets = Targets(**self.values)
        if self.from_quarter is None:
            raise StepRefused(_("Choose the quarter from which on it is to hold."))
        return relief.ask(
            self.pledge,
            kind=self.typed["kind"],
            from_quarter=self.from_quarter,
            targets=targets,
            reason=self.typed["reason"],
            by=desk.user,
            at=clock.now(),
        )

    def fields(self) -> list[tuple[str, str, str, str]]:
        """The four targets: name, label, what stands in it, and what can't be taken."""
        labels = (_("to the end of Q1"), _("to the end of Q2"), _("to the end of Q3"), _("target of the year"))
        named = zip(QUARTERLY, labels, strict=True)
        return [(name, label, self.typed[name], self.errors.get(name, "")) for name, label in named]


def relief_decide(request: HttpRequest, code: str, year: int, pk: int) -> HttpResponse:
    """What was asked for beside the pledge as it stands; the administrator of the campaign grants or refuses it."""
    desk = account_desk.at(request, code, year)
    asked = get_object_or_404(
        Relief.objects.select_related(
            "from_quarter",
            "asked_by",
            "decided_by",
            "pledge__project",
            "pledge__indicator",
            "pledge__version__letter__unit",
            "pledge__version__letter__campaign__unit",
        ),
        pk=pk,
        pledge__version__letter=desk.letter,
    )
    if not desk.is_administrator:
        raise PermissionDenied
    context = {"desk": desk, "relief": asked, "answer": request.POST.get("answer", "")}
    status = 200
    if request.method == "POST":
        try:
            return _decide(request, desk, asked)
        except StepTaken as refusal:
            context |= {"refused": str(refusal), "relief": Relief.objects.get(pk=asked.pk)}
            status = 409
        except StepRefused as refusal:
            context["refused"], status = str(refusal), 422
    context["found"] = _standing(asked)
    return render(request, "commitments/relief_decide.html", context, status=status)


def _decide(request: HttpRequest, desk: Desk, asked: Relief) -> HttpResponse:
    decision = request.POST.get("decision", "")
    if decision not in {"grant", "refuse"}:
        raise StepRefused(_("Choose whether it is granted or refused."))
    answer = request.POST.get("answer", "")
    relief.decide(asked, granted=decision == "grant", answer=answer, by=desk.user, at=clock.now())
    words = _("Granted. It holds in every figure from now on.") if decision == "grant" else _("Refused.")
    messages.success(request, words)
    return redirect("letter_fulfilment", *desk.address)


def _standing(asked: Relief) -> Fulfilment | None:
    """The pledge in the newest quarter that has opened; null before the year's first."""
    opened = Quarter.objects.opened(on=clock.today()).filter(year=asked.from_quarter.year).order_by("number").last()
    return fulfilments([asked.pledge], opened)[asked.pledge_id] if opened else None
