"""Addresses of what shows judgement beside facts: home, dashboards, the situation page."""

from django.urls import path

from commitments.views import home

urlpatterns = [
    path("", home.home, name="home"),
]
