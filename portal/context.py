"""What every page knows: whether this is the demo, and the portal's time."""

from django.conf import settings
from django.http import HttpRequest

from portal import clock


def site(request: HttpRequest) -> dict[str, object]:
    return {"demo": settings.DEMO, "now": clock.now()}
