"""Quarters filled in as a beginning: by share of the year where a figure grows, never out of order."""

from decimal import Decimal

import pytest

from commitments import letter_fill
from commitments.letter_form import LetterForm
from commitments.models import LetterVersion
from tests.commitments.letters import Campaigning, campaigning

__all__ = ["campaigning"]
BASELINES = [Decimal("0.25"), Decimal("0.5"), Decimal("0.75")]


@pytest.mark.parametrize(
    ("typed", "filled"),
    [
        ({"target": "1.2亿"}, ["3000", "6000", "9000"]),
        ({"target": "12000", "target_q1": "5000"}, ["5000", "6000", "9000"]),
        ({"target": "12000", "target_q1": "7000"}, ["7000", "7000", "9000"]),
        ({"target": "12000", "target_q3": "1000"}, ["1000", "1000", "1000"]),
        ({"target": "12000", "target_q2": "什么"}, ["3000", "什么", "9000"]),
        ({"target": ""}, ["", "", ""]),
        ({"target": "什么"}, ["", "", ""]),
    ],
)
def test_quarters_are_filled(campaigning: Campaigning, typed: dict[str, str], filled: list[str]) -> None:
    version: LetterVersion = campaigning.begun()
    key = f"i{version.pledges.get(indicator__code='investment').indicator_id}-"
    texts = {f"{key}{name}": text for name, text in typed.items()}
    form = LetterForm(texts, version=version, is_free=False)
    found = {**texts, **letter_fill.filled(form, BASELINES)}
    assert [found.get(f"{key}target_q{number}", "") for number in (1, 2, 3)] == filled
