"""Parts of an amount that are exactly the amount, to the smallest coin: no cent is lost, and none is made. Pure.

A discount is shared among the lines of an order, and a line's tax among the refunds of it, however often one is refunded.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from petshop.core.money import quantum, round_money


def split(amount: Decimal, weights: Sequence[Decimal], currency: str | None = None) -> list[Decimal]:
    """`amount` in one part for each weight, in their proportion; the parts are exactly the amount.

    Every part is rounded down, and the coins that are left over go to the largest remainders; of equal ones to the first.
    Raises ValueError for an amount that cannot be charged, or that nobody has any weight to carry.
    """
    coin = quantum(currency)
    coins = Fraction(amount / coin)
    whole = sum(map(Fraction, weights), Fraction(0))
    if coins.denominator != 1 or coins < 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"{amount} cannot be split among {weights}.")
    if not coins:
        return [Decimal(0) for _weight in weights]
    if not whole:
        raise ValueError(f"There is nobody to carry {amount}.")
    exact = [coins * Fraction(weight) / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: int(coins) - sum(parts)]:
        parts[place] += 1
    return [part * coin for part in parts]


def portion(share: Decimal, part: Decimal, left: Decimal, currency: str | None = None) -> Decimal:
    """How much of `share` goes with `part` of what is `left`: the tax in a refund, of the tax that was not refunded yet.

    Taken of what is left and not of what there was, so that the last part takes all the rest, whatever was rounded before.
    """
    if not 0 < part <= left:
        raise ValueError(f"{part} is no part of {left}.")
    return round_money(share * part / left, currency)
