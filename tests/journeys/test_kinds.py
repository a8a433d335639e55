"""Which elements axe is taken to judge alike, and which pages are enough to show them all."""

import pytest

from tests.journeys.kinds import kinds, showing_all

FIELD = '<form class="panel"><label for="a">Name</label><input id="a" type="text" value="x"></form>'
ALIKE = [
    FIELD.replace("Name", "Amount").replace('"x"', '"5"'),
    FIELD.replace('"a"', '"b"'),
    FIELD + FIELD,
    FIELD.replace('class="panel"', 'class="panel model-unit"'),
]
OTHERS = [
    FIELD.replace("Name", ""),
    FIELD.replace('for="a"', 'for="b"'),
    FIELD.replace("panel", "quiet"),
    FIELD.replace("text", "date"),
    FIELD.replace("<input", '<input aria-label=""'),
    FIELD.replace("<input", '<input aria-invalid="true"'),
    FIELD.replace("<input", '<input aria-describedby="nowhere"'),
    f"<nav>{FIELD}</nav>",
]


@pytest.mark.parametrize("html", ALIKE)
def test_kinds_know_no_words_values_or_numbers_of_rows(html: str) -> None:
    assert kinds(html) == kinds(FIELD)


@pytest.mark.parametrize("html", OTHERS)
def test_kinds_tell_apart_what_axe_could_find_fault_with(html: str) -> None:
    assert not kinds(html) <= kinds(FIELD)


def test_attribute_that_names_is_told_from_an_empty_one() -> None:
    assert kinds('<img alt="">') != kinds('<img alt="a map">') != kinds("<img>")


def test_every_kind_is_shown_by_as_few_pages_as_the_largest_need() -> None:
    pages = ["<p>one</p>", "<p>one</p><b>two</b>", "<b>three</b>", "<i>four</i>"]
    assert showing_all(pages) == [1, 3]
