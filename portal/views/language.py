"""The language switch: kept with the person where somebody is signed in, else in a cookie."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from portal.models import User


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Go on in this language; the form's `next` says where."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return set_language(request)
