"""The tax inside a total, for the basket, the receipt and the mail alike."""

from collections.abc import Iterable
from decimal import Decimal

from petshop.core.money import included_tax


def included_taxes(amounts: Iterable[tuple[Decimal, Decimal]]) -> list[tuple[Decimal, Decimal]]:
    """(rate, tax) for each tax rate among these (rate, amount), lowest first.

    Rounded for each amount, so that a line has the same tax here, on a receipt of its own and when it goes back alone.
    """
    by_rate: dict[Decimal, Decimal] = {}
    for rate, amount in amounts:
        by_rate[rate] = by_rate.get(rate, Decimal(0)) + included_tax(amount, rate)
    return sorted(by_rate.items())
