"""Where a unit's projects go: once its end and its successor are written down in the admin, they pass on."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts import signed_in
from portal.admin.unit import UnitAdmin
from portal.models import Unit
from projects import register, tasks
from projects.models import Project

if TYPE_CHECKING:
    from django.forms import ModelForm

admin.site.unregister(Unit)


@admin.register(Unit)
class EndingUnitAdmin(UnitAdmin):
    """The portal's page of a unit, which knows nothing of projects; saving an end says what becomes of them."""

    def save_model(self, request: HttpRequest, obj: Unit, form: "ModelForm[Unit]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.valid_until or obj.valid_until == date.max:
            return
        since = obj.valid_until + timedelta(days=1)
        if obj.successor:
            _pass_on(request, obj, obj.successor, since)
        else:
            _tell_left(request, obj, since)


def _pass_on(request: HttpRequest, unit: Unit, successor: Unit, since: date) -> None:
    """Say how many projects passed; on a later save of the same page none is left and nothing is said.

    A successor whose own end is written down already passes them on in its turn.
    """
    names = {"unit": unit.name, "successor": successor.name, "day": since}
    reason = _("%(unit)s has ended; %(successor)s succeeds it.") % names
    passed = register.pass_on(unit, successor, on=since, by=signed_in(request), reason=reason[:300])
    if not passed:
        return
    tasks.ring()
    words = ngettext(
        "%(count)s project of %(unit)s passes to %(successor)s on %(day)s, which reports it from that quarter on.",
        "%(count)s projects of %(unit)s pass to %(successor)s on %(day)s, which reports them from that quarter on.",
        passed,
    )
    messages.success(request, words % {**names, "count": passed})
    if successor.successor and successor.valid_until and successor.valid_until >= since:
        _pass_on(request, successor, successor.successor, successor.valid_until + timedelta(days=1))


def _tell_left(request: HttpRequest, unit: Unit, since: date) -> None:
    left = Project.objects.answered_for_by(unit, on=since).count()
    if left:
        words = ngettext(
            "%(unit)s ends and has no successor: %(count)s project still stands in its name.",
            "%(unit)s ends and has no successor: %(count)s projects still stand in its name.",
            left,
        )
        messages.warning(request, words % {"unit": unit.name, "count": left})
