"""Policies in the admin: what has come into force stays as it is; the next is a row of its own."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from commitments.models import Policy
from tests.conftest import City

FORM = {
    "effective_on": "2099-01-01",
    "reason": "months elapsed ÷ 12 × 120%",
    "baseline_q1": "0.3",
    "baseline_q2": "0.6",
    "baseline_q3": "0.9",
    "baseline_q4": "1.2",
}


@pytest.fixture
def first(db: None) -> Policy:
    return Policy.objects.get(effective_on=date(2000, 1, 1))


@pytest.mark.parametrize(
    ("who", "status"), [("administrator", 200), ("reviewer", 403), ("leader", 403), ("staff", 403)]
)
def test_policy_is_added_by_administrators_alone(client: Client, town: City, who: str, status: int) -> None:
    client.force_login(getattr(town, who))
    assert client.get("/admin/commitments/policy/add/", follow=True).status_code == status


def test_administrator_adds_a_policy_from_a_day_on(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert client.post("/admin/commitments/policy/add/", FORM).status_code == 302
    assert Policy.objects.in_force(on=date(2099, 3, 31)).baseline(1) == Decimal("0.3")
    assert Policy.objects.in_force(on=date(2098, 12, 31)).baseline(1) == Decimal("0.25")


def test_baseline_that_falls_is_refused_with_the_reason(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    response = client.post("/admin/commitments/policy/add/", {**FORM, "baseline_q2": "0.1"})
    assert response.status_code == 200
    assert "后一季度的序时进度不得低于前一季度" in response.content.decode()


def test_policy_in_force_is_neither_changed_nor_deleted(client: Client, town: City, first: Policy) -> None:
    client.force_login(town.administrator)
    url = f"/admin/commitments/policy/{first.pk}/"
    assert client.get(f"{url}change/").status_code == 200
    assert client.post(f"{url}change/", FORM).status_code == 403
    assert client.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": first.pk, "post": "yes"}
    client.post("/admin/commitments/policy/", chosen)
    first.refresh_from_db()
    assert first.baseline(1) == Decimal("0.25")


def test_policy_whose_day_has_not_come_may_still_change(client: Client, town: City) -> None:
    later = Policy.objects.create(effective_on=date(2099, 1, 1), reason="later")
    client.force_login(town.administrator)
    assert client.post(f"/admin/commitments/policy/{later.pk}/change/", FORM).status_code == 302
    later.refresh_from_db()
    assert later.baseline_q1 == Decimal("0.3")
