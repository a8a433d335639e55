"""Addresses of what shows judgement beside facts: home, dashboards, the situation page."""

from django.urls import path

from commitments.views import dashboard, home, letter_pdf, situation, verify

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<str:code>/", dashboard.unit_dashboard, name="unit_dashboard"),
    path("situation/", situation.situation, name="situation"),
    path("letters/<str:code>/<int:year>/<int:number>.pdf", letter_pdf.letter_pdf, name="letter_pdf"),
    path("verify/", verify.verify_home, name="verify_home"),
    path("verify/<path:serial>", verify.verify, name="verify"),
]
