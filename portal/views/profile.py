"""A person's own page: name and post, language, e-mails, and the roles they hold."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.forms import ProfileForm
from portal.models import User


def profile(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    # A copy: a form fills the record it checks, and the page's header names the person as saved.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=person.pk))
    if request.method == "POST" and form.is_valid():
        language = form.save().language
        if language:
            translation.activate(language)
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    memberships = person.membership_set.in_force(on=clock.today()).select_related("unit")
    return render(request, "portal/profile.html", {"form": form, "memberships": memberships})
