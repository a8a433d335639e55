"""Addresses of what shows judgement beside facts: home, dashboards, league tables, the situation page."""

from django.urls import path

from commitments.views import dashboard, home, league, situation

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<str:code>/", dashboard.unit_dashboard, name="unit_dashboard"),
    path("league/", league.league, name="league"),
    path("league/<str:code>/", league.score_sheet, name="score_sheet"),
    path("situation/", situation.situation, name="situation"),
]
