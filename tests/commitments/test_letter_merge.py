"""Two windows: nobody's change is lost, and only what both have changed differently is asked about."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commitments import letter_merge

texts = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["", "1", "2", "3"]))


def test_change_of_one_window_is_kept_whichever_it_is() -> None:
    both = letter_merge.merged({"a": "mine", "b": "0"}, {"a": "0", "b": "0"}, {"a": "0", "b": "theirs"})
    assert both.texts == {"a": "mine", "b": "theirs"}
    assert (both.taken, both.disputed, both.lost) == (["b"], [], [])


def test_field_changed_by_both_is_disputed_unless_they_agree() -> None:
    both = letter_merge.merged({"a": "1", "b": "5"}, {"a": "0", "b": "0"}, {"a": "2", "b": "5"})
    assert both.texts["a"] == "1"
    assert both.disputed == ["a"]


def test_field_that_is_gone_is_told_only_where_it_was_changed() -> None:
    both = letter_merge.merged({"a": "1", "b": "0"}, {"a": "0", "b": "0"}, {})
    assert both.lost == ["a"]


def test_field_that_is_new_is_taken_over() -> None:
    assert letter_merge.merged({}, {}, {"n": "9"}).texts == {"n": "9"}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a machine that is busy
@given(mine=texts, shown=texts, theirs=texts)
def test_merging_loses_nothing(mine: dict[str, str], shown: dict[str, str], theirs: dict[str, str]) -> None:
    both = letter_merge.merged(mine, shown, theirs)
    for name, text in theirs.items():
        changed_by_them, changed_by_me = text != shown.get(name), mine.get(name, text) not in (shown.get(name), text)
        assert (name in both.disputed) == (changed_by_them and changed_by_me)
        if not changed_by_me:
            assert both.texts[name] == text or mine.get(name) == both.texts[name] == shown.get(name) == text
        else:
            assert both.texts[name] == mine[name]


def test_choice_takes_what_the_page_had_shown() -> None:
    posted = {"a": "mine", "b": "mine", "keep-a": "theirs", "keep-b": "mine", "keep-gone": "theirs"}
    assert letter_merge.chosen(posted, {"a": "theirs", "b": "theirs"}) == {"a": "theirs", "b": "mine"}
