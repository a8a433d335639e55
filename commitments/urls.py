"""Addresses of what shows judgement beside facts: home, dashboards, league tables, the situation page."""

from django.urls import path

from commitments.views import bulletins, dashboard, home, league, situation

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<str:code>/", dashboard.unit_dashboard, name="unit_dashboard"),
    path("league/", league.league, name="league"),
    path("league/<str:code>/", league.score_sheet, name="score_sheet"),
    path("situation/", situation.situation, name="situation"),
    path("campaigns/<str:code>/<int:year>/bulletins/", bulletins.bulletin_list, name="bulletin_list"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>/", bulletins.bulletin, name="bulletin"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>/begin/", bulletins.begin, name="bulletin_begin"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>.<str:kind>", bulletins.file, name="bulletin_file"),
]
