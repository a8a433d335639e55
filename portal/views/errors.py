"""What a person sees when a page can't be shown, and the way on from there."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Without the request, so that no context processor, session or database is asked: they may be what broke."""
    return HttpResponse(render_to_string("500.html", {"stylesheet": f"{settings.STATIC_URL}css/site.css"}), status=500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open so long that its token is no longer good: the browser still holds the text."""
    return render(request, "403_csrf.html", status=403)
