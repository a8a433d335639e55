"""The register's pages: the list of projects, and everything that is on file about one of them."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from portal import clock, lists
from portal.accounts import signed_in
from portal.models.naming import localized
from projects import dossier, register_extract
from projects.models import Project
from projects.views.register_list import ProjectFilter, ProjectTable, cells, year_of


def project_list(request: HttpRequest) -> HttpResponseBase:
    today = clock.today()
    year = year_of(request, today)
    visible = Project.objects.visible_to(signed_in(request), on=today)
    return lists.show(
        request,
        queryset=visible.with_facts(on=today, year=year).annotate(listed_name=localized()),
        filterset=ProjectFilter,
        table=ProjectTable,
        template="projects/project_list.html",
        filename=_("Projects"),
        cells=cells,
        source=partial(register_extract.source, on=today, year=year),
        context={"year": year},
    )


def project_detail(request: HttpRequest, code: str) -> HttpResponse:
    today, person = clock.today(), signed_in(request)
    visible = Project.objects.visible_to(person, on=today).with_facts(on=today, year=today.year)
    project = get_object_or_404(visible.select_related("location", "category", "chain"), code=code)
    context = {
        "project": project,
        "dossier": dossier.compiled(project, for_person=person, on=today),
        "year": today.year,
    }
    return render(request, "projects/project_detail.html", context)
