"""Spreading exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.demo.distribution import capped_shares, fraction, shares, spread

weights = st.lists(st.integers(1, 10_000), min_size=1, max_size=60)


@given(st.integers(0, 10**9), weights)
def test_shares_sum_to_the_total_and_keep_to_their_weights(total: int, given_weights: list[int]) -> None:
    parts = shares(total, given_weights)
    assert sum(parts) == total
    whole = sum(given_weights)
    assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, given_weights, strict=True))


def test_shares_give_the_rest_to_the_largest_remainders() -> None:
    assert shares(10, [1, 1, 1]) == [4, 3, 3]
    assert shares(7, [5, 3, 2]) == [4, 2, 1]


def test_capped_shares_pass_on_what_a_cap_cuts_off() -> None:
    assert capped_shares(100, [8, 1, 1], [50, 100, 20]) == [50, 30, 20]


def test_capped_shares_refuse_a_total_above_all_caps() -> None:
    with pytest.raises(ValueError, match="no room"):
        capped_shares(100, [1, 1], [40, 40])


def test_spread_gives_everyone_one_before_anyone_two() -> None:
    assert spread(5, {"a": 3, "b": 1, "c": 1}) == ["a", "b", "c", "a", "a"]


def test_fraction_is_the_same_on_every_run() -> None:
    assert fraction("YS-430422-01", "plan") == fraction("YS-430422-01", "plan")
    assert f"{fraction('YS-430422-01', 'plan'):.6f}" == "0.164533"
