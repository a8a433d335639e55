"""What a person meant by what they typed: amounts in 万元 and days. What can't be meant is refused with a reason."""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import override

from projects.models import Stage

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 12  # the column holds twelve digits before the point
NUMBER = re.compile(r"([+-]?)([0-9]{1,3}(?:[ ,][0-9]{3})+|[0-9]+)?(\.[0-9]+)?(亿元|亿|万元|万|元)?")
SCALES = {"亿元": Decimal(10_000), "亿": Decimal(10_000), "元": Decimal("0.0001")}
DAY = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?")
# What an input method for Chinese writes for a point, a minus or a separator and NFKC leaves alone.
SIGNS = str.maketrans({"。": ".", "−": "-", "–": "-", "—": "-", "、": ",", "，": ",", "\t": " "})


# Beside the words of the portal, what stands in people's own tables.
ALSO_CALLED = {
    Stage.RESERVE: "储备 谋划 策划 planned",
    Stage.PREPARATORY: "前期 前期工作 开展前期 preparation",
    Stage.NEWLY_STARTED: "新开工 开工 新建 已开工 started new",
    Stage.CONTINUING: "续建 在建 建设中 ongoing",
    Stage.COMPLETED: "竣工投产 竣工 投产 完工 已竣工 已投产 已完工 建成 finished",
    Stage.SUSPENDED: "停工 停建 暂停 已停工 stopped",
}


class Misread(ValueError):
    """The text can't be taken for what the field asks; the message says why, in the language of the person."""


def plain(text: str) -> str:
    """The text in half-width signs, without spaces around it."""
    return unicodedata.normalize("NFKC", text).translate(SIGNS).strip()


def amount(text: str) -> Decimal | None:
    """An amount in 万元 with at most two decimals, from what people type: １２．５, 1,234.50, 12。5, 1.2亿, 35000元.

    Null where nothing was typed. Raises Misread. More than two decimals are refused, never rounded in silence.
    """
    typed = re.sub(r"\s*(亿元|亿|万元|万|元)$", r"\1", plain(text))
    if not typed:
        return None
    found = NUMBER.fullmatch(typed)
    if not found or not (found[2] or found[3]):
        raise Misread(_unlike_a_number(typed))
    sign, whole, decimals, suffix = found.groups()
    digits = re.sub("[ ,]", "", whole or "0")
    if len(digits) > 16 or len(decimals or "") > 10:  # more would be rounded by the arithmetic itself
        raise Misread(_("This figure is too long."))
    value = Decimal(digits + (decimals or "")) * SCALES.get(suffix or "", Decimal(1))
    return _kept(-value if sign == "-" else value)


def _kept(value: Decimal) -> Decimal:
    if value < 0:
        raise Misread(
            _("A quarter can't be below zero. If an earlier figure was too high, correct the earlier quarter.")
        )
    if value >= LARGEST:
        raise Misread(_("This figure is too long."))
    rounded = value.quantize(CENT, ROUND_HALF_UP)
    if rounded != value:
        raise Misread(
            _("At most two decimals, which is 100 yuan. Round it yourself, for example to %(rounded)s.")
            % {"rounded": rounded}
        )
    return rounded + 0  # so that -0 is 0


def _unlike_a_number(typed: str) -> str:
    if "%" in typed:
        return _("Enter an amount in 10,000 CNY, not a percentage.")
    if re.search(r"[0-9],[0-9]", typed) and not re.search(r"[^0-9,. +-]", typed):
        return _("Commas stand between groups of three digits, as in 1,234.50; the decimal sign is a point.")
    return _("Enter a number in 10,000 CNY, such as 1250.5; letters and other words can't be read as a figure.")


def day(text: str) -> date | None:
    """A day as 2022-03-15, 2022/3/15, 2022.3.15 or 2022年3月15日; null where nothing was typed. Raises Misread."""
    typed = plain(text)
    if not typed:
        return None
    found = DAY.fullmatch(typed)
    if not found:
        raise Misread(_("Enter a day with its year, such as 2022-03-15."))
    try:
        meant = date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise Misread(_("The calendar has no such day.")) from error
    if not 1950 <= meant.year <= 2100:
        raise Misread(_("Look at the year again."))
    return meant


def stage(text: str) -> str:
    """A stage by its word in Chinese or English, or another that people use for it; empty where nothing was typed.

    Raises Misread.
    """
    typed = plain(text).casefold()
    if not typed:
        return ""
    found = _stages().get(typed)
    if found is None:
        raise Misread(
            _("“%(text)s” is no stage. One of these is expected: %(choices)s.")
            % {"text": plain(text)[:60], "choices": ", ".join(str(label) for label in Stage.labels)}
        )
    return found


@cache
def _stages() -> dict[str, str]:
    words = {word.casefold(): str(value) for value in Stage for word in (value, *ALSO_CALLED[value].split())}
    for language in ("zh-hans", "en"):
        with override(language):
            words |= {str(label).casefold(): str(value) for value, label in Stage.choices}
    return words


def written(value: Decimal | None) -> str:
    """An amount as it stands in a field: without separators or idle zeros; empty for null."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
