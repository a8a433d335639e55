"""Addresses of what shows judgement beside facts: home, dashboards, fulfilment and settlements, the situation page."""

from django.urls import path

from commitments.views import dashboard, fulfilment, home, relief, settlement, settlement_list, situation

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<str:code>/", dashboard.unit_dashboard, name="unit_dashboard"),
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
]
