"""Saves what is being typed, in the table or in the form of one line, and answers in JSON how the lines stand."""

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal import clock
from portal.accounts import signed_in
from portal.models import quarter as quarters
from portal.templatetags.figures import amount, percent
from projects import entry
from projects.entry import Entered, Sent
from projects.forms import LineForm
from projects.lifecycle import StepRefused
from projects.templatetags.line_status import line_status
from projects.views import desk as desks
from projects.views import kept
from projects.views.grid_rows import COLUMNS, Row


@login_not_required
@require_POST
def line_autosave(request: HttpRequest, label: str, code: str) -> JsonResponse:
    """Several lines at once. Whatever is the matter comes back as a reason in words; what was typed stays in the page.

    A window that another person has signed in beside is told so: nobody's words are saved in another's name.
    """
    if not request.user.is_authenticated:
        return signed_out()
    try:
        asked = json.loads(request.body)
        sent = {str(project): Sent.read(said) for project, said in asked["lines"].items()}
        person, is_form = int(asked["person"]), asked.get("shape") == "form"
    except (ValueError, TypeError, KeyError, AttributeError):
        return _refused("unreadable", _("The portal could not read what the page sent. Reload the page."), status=400)
    if len(sent) > entry.MOST_LINES:
        return _refused("unreadable", _("Too many lines at once."), status=400)
    if person != signed_in(request).pk:
        return _refused(
            "other_person", _("Somebody else has signed in here in the meantime. Reload the page."), status=403
        )
    try:
        entered = _enter(request, label, code, sent)
        _let_go(request, label, code, entered)
        return _answer(entered, is_form=is_form)
    except StepRefused as refusal:
        return _refused("refused", str(refusal), status=409)
    except PermissionDenied:
        return _refused("forbidden", _("Your role at this unit doesn't allow this step."), status=403)
    except Http404:
        return _refused("not_found", _("There is no such report here."), status=404)


def signed_out() -> JsonResponse:
    message = _("You have been signed out. What you typed is kept in this window: sign in again to save it.")
    return JsonResponse(
        {"error": "signed_out", "message": message, "sign_in": reverse("account_login"), "word": _("Sign in again")},
        status=401,
    )


def stale_token(request: HttpRequest) -> JsonResponse:
    """For a window whose token is that of an earlier sign-in: the page sends again with the token it has now."""
    if not request.user.is_authenticated:
        return signed_out()
    return _refused("stale", _("The page was open for too long. Reload it: what you typed is kept."), status=403)


def _refused(error: str, message: str, *, status: int) -> JsonResponse:
    return JsonResponse({"error": error, "message": message}, status=status)


def _enter(request: HttpRequest, label: str, code: str, sent: dict[str, Sent]) -> Entered:
    """Straight into the open draft; only where there is none, or it lacks a line, is the whole desk looked at."""
    found = quarters.parts(label)
    if found is None:
        raise Http404
    by, now = signed_in(request), clock.now()
    entered = entry.enter(sent, unit_code=code, year=found[0], number=found[1], by=by, at=now)
    if entered and not entered.missing:
        return entered
    desk = desks.own(request, label, code)
    if not desk.may_prepare:
        raise PermissionDenied
    left = {project: sent[project] for project in entered.missing} if entered else sent
    more = entry.begin_and_enter(left, desk.unit, desk.quarter, by=by, at=now)
    if entered:
        more.saved.extend(entered.saved)
        more.taken.extend(entered.taken)
    return more


def _let_go(request: HttpRequest, label: str, code: str, entered: Entered) -> None:
    """What was kept when the session had ended is saved now."""
    codes = [each.checked.line.project.code for each in entered.saved]
    forms = [reverse("line_form", args=[label, code, project]) for project in codes]
    kept.forget(request, reverse("report_grid", args=[label, code]), *forms)


def _answer(entered: Entered, *, is_form: bool) -> JsonResponse:
    rows = [
        *(Row(checked=each.checked, understood=each.understood, idle=each.idle) for each in entered.saved),
        *(Row(checked=each.checked, taken=each) for each in entered.taken),
    ]
    time = clock.now().astimezone(clock.SHANGHAI).strftime("%H:%M")
    gone = _("The register no longer asks for this project in this quarter.")
    return JsonResponse(
        {
            "at": time,
            "message": _("Saved %(time)s") % {"time": time},
            "lines": {row.code: _line(row, is_form=is_form) for row in rows},
            "gone": dict.fromkeys(entered.missing, gone),
        }
    )


def _line(row: Row, *, is_form: bool) -> dict[str, Any]:
    """How one line stands: its version, texts, marks and findings, and the parts of the page that say so."""
    return {
        "version": row.checked.line.version,
        "status": row.checked.status,
        "is_taken": row.taken is not None,
        "cells": row.shown,
        "marks": row.marks,
        "sources": {cell.column: cell.source for cell in row.cells if cell.source},
        "findings": [
            {"field": each.field, "level": each.level, "code": each.code, "message": each.message}
            for each in row.findings
        ],
        "understood": [{"text": text, "meant": meant} for text, meant in row.understood],
        "parts": form_parts(row) if is_form else _table_parts(row),
    }


def _table_parts(row: Row) -> dict[str, str]:
    return {
        "below": render_to_string("projects/_grid_below.html", {"row": row, "columns": COLUMNS}),
        "status": line_status(row.checked.status),
    }


def form_parts(row: Row) -> dict[str, str]:
    """The parts of a line's form that say how it stands."""
    form = LineForm.of(row.checked)
    form.show_findings()
    context = {"form": form, "row": row, "checked": row.checked, "line": row.checked.line}
    fields = {
        f"said-{name}": render_to_string(
            "components/_line_notices.html", {"errors": form.errors.get(name, []), "notices": form.notices[name]}
        )
        for name in COLUMNS
    }
    return {
        **fields,
        "known-year_to_date": amount(row.checked.line.year_to_date),
        "known-share_of_plan": percent(row.checked.share_of_plan),
        "known-since_start": amount(row.checked.since_start),
        "status": line_status(row.checked.status),
        "summary": render_to_string("projects/_error_summary.html", {"pointers": form.summary, "is_quiet": True}),
        "taken": render_to_string("projects/_line_taken.html", context),
    }
