"""Addresses of what shows judgement beside facts: home, dashboards, letters, fulfilment, settlements, league tables."""

from django.urls import path

from commitments.views import (
    bulletins,
    campaign,
    dashboard,
    fulfilment,
    home,
    league,
    letter,
    letter_edit,
    letter_list,
    letter_pdf,
    letter_sign,
    letter_steps,
    relief,
    scans,
    settlement,
    settlement_list,
    situation,
    verify,
)

LETTER = "letters/<str:code>/<int:year>/"

LETTERS = [
    path("letters/", letter.letter_home, name="letter_home"),
    path("campaigns/<str:code>/<int:year>/letters/", letter_list.letter_list, name="letter_list"),
    path(LETTER, letter.letter, name="letter"),
    path(LETTER + "<int:number>/", letter.letter_version, name="letter_version"),
    path(LETTER + "<int:number>.pdf", letter_pdf.letter_pdf, name="letter_pdf"),
    path(LETTER + "<int:number>/receipt/", letter_sign.letter_receipt, name="letter_receipt"),
    path(LETTER + "<int:number>/scans/", scans.scan_upload, name="scan_upload"),
    path(LETTER + "scans/<int:pk>/", scans.scan, name="scan"),
    path(LETTER + "edit/", letter_edit.letter_edit, name="letter_edit"),
    path(LETTER + "sign/", letter_sign.letter_sign, name="letter_sign"),
    path(LETTER + "steps/<str:step>/", letter_steps.letter_step, name="letter_step"),
]

FULFILMENT = [
    path("fulfilment/", fulfilment.fulfilment_home, name="fulfilment_home"),
    path("campaigns/<str:code>/<int:year>/fulfilment/", fulfilment.fulfilment, name="fulfilment"),
    path("campaigns/<str:code>/<int:year>/settlement/", settlement_list.settlement_list, name="settlement_list"),
    path(LETTER + "fulfilment/", fulfilment.letter_fulfilment, name="letter_fulfilment"),
    path(LETTER + "fulfilment/<int:pledge>/", relief.relief_ask, name="relief_ask"),
    path(LETTER + "relief/<int:pk>/", relief.relief_decide, name="relief_decide"),
    path(LETTER + "settlement/", settlement.settlement, name="settlement"),
    path(
        LETTER + "settlement/evidence/<int:pk>/",
        settlement.settlement_evidence,
        name="settlement_evidence",
    ),
    path(LETTER + "settlement/sheet.pdf", settlement.settlement_sheet, name="settlement_sheet"),
]

CAMPAIGNS = [
    path("campaigns/", campaign.campaign_home, name="campaign_home"),
    path("campaigns/<str:code>/<int:year>/", campaign.campaign, name="campaign"),
    path("campaigns/<str:code>/<int:year>/bulletins/", bulletins.bulletin_list, name="bulletin_list"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>/", bulletins.bulletin, name="bulletin"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>/begin/", bulletins.begin, name="bulletin_begin"),
    path("campaigns/<str:code>/<int:year>/bulletins/<int:number>.<str:kind>", bulletins.file, name="bulletin_file"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<str:code>/", dashboard.unit_dashboard, name="unit_dashboard"),
    path("league/", league.league, name="league"),
    path("league/<str:code>/", league.score_sheet, name="score_sheet"),
    path("situation/", situation.situation, name="situation"),
    *CAMPAIGNS,
    *LETTERS,
    path("verify/", verify.verify_home, name="verify_home"),
    path("verify/<path:serial>", verify.verify, name="verify"),
    *FULFILMENT,
]
