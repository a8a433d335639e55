"""What was posted when the session had ended: kept in the session, by address, until it is saved or thrown away."""

import json
from typing import Any

from django.http import HttpRequest

KEPT = "kept_lines"
KEPT_PAGES = 5
KEPT_SIZE = 300_000  # characters: a table of 300 lines, each changed


def put(request: HttpRequest, said: dict[str, Any]) -> None:
    """Keep what this address was sent, as JSON can hold it; more than a table holds is nobody's typing."""
    if len(json.dumps(said)) > KEPT_SIZE:
        return
    others = {path: kept for path, kept in request.session.get(KEPT, {}).items() if path != request.path}
    request.session[KEPT] = dict([*others.items(), (request.path, said)][-KEPT_PAGES:])


def of(request: HttpRequest) -> dict[str, Any]:
    """What is kept for this address; empty for nothing."""
    found = request.session.get(KEPT, {}).get(request.path)
    return found if isinstance(found, dict) else {}


def forget(request: HttpRequest, *paths: str) -> None:
    """Let go of what was kept for these addresses: it is saved now, or wasn't wanted."""
    kept = request.session.get(KEPT, {})
    if kept.keys() & set(paths):
        request.session[KEPT] = {path: said for path, said in kept.items() if path not in paths}
