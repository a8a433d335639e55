"""Addresses of what shows judgement beside facts: home, dashboards, league tables, the situation page."""

from django.urls import path

from commitments.views import (
    bulletins,
    dashboard,
    fulfilment,
    home,
    league,
    relief,
    settlement,
    settlement_list,
    situation,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<str:code>/", dashboard.unit_dashboard, name="unit_dashboard"),
    path("league/", league.league, name="league"),
    path("league/<str:code>/", league.score_sheet, name="score_sheet"),
    path("fulfilment/", fulfilment.fulfilment_home, name="fulfilment_home"),
    path("campaigns/<str:code>/<int:year>/fulfilment/", fulfilment.fulfilment, name="fulfilment"),
    path("campaigns/<str:code>/<int:year>/settlement/", settlement_list.settlement_list, name="settlement_list"),
    path("letters/<str:code>/<int:year>/fulfilment/", fulfilment.letter_fulfilment, name="letter_fulfilment"),
    path("letters/<str:code>/<int:year>/fulfilment/<int:pledge>/", relief.relief_ask, name="relief_ask"),
    path("letters/<str:code>/<int:year>/relief/<int:pk>/", relief.relief_decide, name="relief_decide"),
    path("letters/<str:code>/<int:year>/settlement/", settlement.settlement, name="settlement"),
    path(
        "letters/<str:code>/<int:year>/settlement/evidence/<int:pk>/",
        settlement.settlement_evidence,
        name="settlement_evidence",
    ),
    path("letters/<str:code>/<int:year>/settlement/sheet.pdf", settlement.settlement_sheet, name="settlement_sheet"),
    path("situation/", situation.situation, name="situation"),
    path("campaigns/<str:code>/<int:year>/bulletins/", bulletins.bulletin_list, name="bulletin_list"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>/", bulletins.bulletin, name="bulletin"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>/begin/", bulletins.begin, name="bulletin_begin"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>.<str:kind>", bulletins.file, name="bulletin_file"),
]
