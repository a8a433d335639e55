"""How figures are rounded for print: half away from zero 四舍五入, as a person does who checks them."""

from decimal import ROUND_HALF_UP, Decimal

PLACES = [Decimal(1).scaleb(-places) for places in range(10)]


def rounded(value: Decimal, places: int) -> Decimal:
    """The value with this many places after the point; a half goes away from zero."""
    return value.quantize(PLACES[places], rounding=ROUND_HALF_UP)
