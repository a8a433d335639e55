"""Addresses of the register, of reporting and of the lines behind a figure."""

from django.urls import URLPattern, path

from projects.views import lines, register

REGISTER: list[URLPattern] = [
    path("projects/", register.project_list, name="project_list"),
    path("projects/<str:code>/", register.project_detail, name="project_detail"),
]
LINES: list[URLPattern] = [
    path("lines/", lines.lines, name="lines"),
]

urlpatterns: list[URLPattern] = [*REGISTER, *LINES]
