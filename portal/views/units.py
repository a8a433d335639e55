"""Which units are called so, for fields in which one types."""

from django.http import HttpRequest, JsonResponse

from portal import clock, unit_choice
from portal.accounts import signed_in
from portal.models import Unit
from portal.roles import EVERYONE


def unit_choices(request: HttpRequest) -> JsonResponse:
    """A few units of whose code or names the text is a part, within the person's reach or `among=all`."""
    units = Unit.objects.all()
    if request.GET.get("among") != unit_choice.ALL:
        units = units.reached_by(signed_in(request), EVERYONE, on=clock.today())
    near = unit_choice.nearest(units, request.GET.get("text", ""))
    return JsonResponse({"units": [unit_choice.words(unit) for unit in near]})
