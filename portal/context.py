"""What every page knows: whether this is the demo, the portal's time, and the way around for this person."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import clock, navigation


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "now": clock.now(),
        "navigation": SimpleLazyObject(lambda: navigation.entries(request)),
    }
