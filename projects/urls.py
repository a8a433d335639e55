"""Addresses of the register, of reporting and of the lines behind a figure."""

from django.urls import URLPattern, path

from projects.views import lines

urlpatterns: list[URLPattern] = [
    path("lines/", lines.lines, name="lines"),
]
