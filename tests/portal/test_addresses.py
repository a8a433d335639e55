"""Addresses of a list's pages, reversed once: the same as if each were reversed."""

import pytest
from django.urls import reverse

from portal.addresses import of_each


@pytest.mark.parametrize("last", ["A1", "衡阳-2022*", "a b&c=d?#e%", "(1);~:@'"])
def test_address_is_what_reversing_it_gives(last: str) -> None:
    for name in ("line_form", "line_keep"):
        parts = ("2022Q1", "单位*1")
        assert of_each(name, *parts)(last) == reverse(name, args=[*parts, last])
