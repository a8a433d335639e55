"""Two windows on one line: which cells are to be chosen in."""

from projects.conflict import Difference, differences, merged

BASE = {"flow": "10", "stage": "continuing", "progress": "地基"}


def test_cell_both_have_changed_waits_for_a_choice() -> None:
    mine, theirs = {**BASE, "flow": "12"}, {**BASE, "flow": "15"}
    found = differences(base=BASE, mine=mine, theirs=theirs)
    assert found == [Difference(field="flow", mine="12", theirs="15", chosen="")]
    assert merged(found, theirs=theirs) == mine


def test_cell_only_typed_in_here_is_proposed_as_typed() -> None:
    found = differences(base=BASE, mine={**BASE, "progress": "封顶"}, theirs={**BASE, "flow": "15"})
    assert found == [Difference(field="progress", mine="封顶", theirs="地基", chosen="mine")]


def test_cell_only_others_have_changed_is_theirs() -> None:
    theirs = {**BASE, "flow": "15", "progress": "封顶"}
    found = differences(base=BASE, mine={**BASE, "flow": "12"}, theirs=theirs)
    assert [each.field for each in found] == ["flow"]
    assert merged(found, theirs=theirs) == {**theirs, "flow": "12"}


def test_same_text_typed_twice_is_no_difference() -> None:
    assert differences(base=BASE, mine={**BASE, "flow": "12"}, theirs={**BASE, "flow": "12"}) == []


def test_sentence_that_only_one_side_has_is_a_difference() -> None:
    found = differences(base=BASE, mine={**BASE, "explanation_jump": "补报"}, theirs=BASE)
    assert found == [Difference(field="explanation_jump", mine="补报", theirs="", chosen="mine")]
