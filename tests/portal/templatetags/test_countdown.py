"""How a countdown reads: days in words, hours on the last day, amber from three days on and red from one on."""

from datetime import date

import pytest
from django.utils import translation

from portal.templatetags.countdown import Countdown
from tests.world import at

DUE = date(2022, 4, 10)


@pytest.mark.parametrize(
    ("day", "hour", "words", "level"),
    [
        ("2022-04-05", 10, "5 days left", "calm"),
        ("2022-04-06", 23, "4 days left", "calm"),
        ("2022-04-07", 0, "3 days left", "warn"),
        ("2022-04-08", 10, "2 days left", "warn"),
        ("2022-04-09", 23, "1 day left", "bad"),
        ("2022-04-10", 0, "due today, 24 hours left", "bad"),
        ("2022-04-10", 22, "due today, 2 hours left", "bad"),
        ("2022-04-10", 23, "due today, 1 hour left", "bad"),
        ("2022-04-11", 0, "1 day late", "bad"),
        ("2022-04-20", 10, "10 days late", "bad"),
    ],
)
def test_countdown_by_the_clock_of_beijing(day: str, hour: int, words: str, level: str) -> None:
    countdown = Countdown(DUE, at(day, hour))
    with translation.override("en"):
        assert (countdown.words, countdown.level) == (words, level)


def test_last_hour_has_words_of_its_own() -> None:
    countdown = Countdown(DUE, at("2022-04-10", 23).replace(minute=30))
    with translation.override("en"):
        assert countdown.words == "due today, less than an hour left"
    assert countdown.words == "今天截止，还剩不到 1 小时"


def test_deadline_is_the_end_of_the_day_in_shanghai() -> None:
    assert Countdown(DUE, at("2022-04-05")).ends_at.isoformat() == "2022-04-11T00:00:00+08:00"
