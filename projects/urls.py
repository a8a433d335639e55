"""Addresses of the register, of reporting and of the lines behind a figure."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
