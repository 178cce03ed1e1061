"""What a basket costs: each line with what is off it, what is paid beside the things themselves, and how much of it now.

Pure: reads what is loaded, asks nobody. The basket's pages show this, and an order is frozen from it, so that what is seen
is what is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from checkout.models import CartLine
from checkout.totals import included_taxes


@dataclass(frozen=True)
class PricedLine:
    """A basket's line at its price of this moment."""

    line: CartLine
    discount: Decimal = Decimal(0)
    due_later: Decimal = Decimal(0)  # of its amount, what is not asked for when it is ordered

    @property
    def amount(self) -> Decimal:
        """What its customer pays for it, now and later."""
        return self.line.total - self.discount


@dataclass(frozen=True)
class Charge:
    """What is paid beside the things themselves, such as delivery; all of it when it is ordered."""

    name: str
    amount: Decimal
    tax_rate: Decimal


@dataclass(frozen=True)
class Quote:
    """The whole price, in the shop's currency, tax included."""

    lines: list[PricedLine]
    charges: list[Charge] = field(default_factory=list)

    @cached_property
    def subtotal(self) -> Decimal:
        prices = [*(priced.line.total for priced in self.lines), *(charge.amount for charge in self.charges)]
        return sum(prices, Decimal(0))

    @cached_property
    def discount(self) -> Decimal:
        return sum((priced.discount for priced in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount

    @cached_property
    def due_later(self) -> Decimal:
        return sum((priced.due_later for priced in self.lines), Decimal(0))

    @property
    def due_now(self) -> Decimal:
        return self.total - self.due_later

    @property
    def taxes(self) -> list[tuple[Decimal, Decimal]]:
        """(rate, the tax in the total at this rate), lowest first."""
        amounts = [(priced.line.variant.tax_rate, priced.amount) for priced in self.lines]
        return included_taxes(amounts + [(charge.tax_rate, charge.amount) for charge in self.charges])

    def of(self, line: CartLine) -> PricedLine:
        return next(priced for priced in self.lines if priced.line == line)


def quote(lines: Sequence[CartLine]) -> Quote:
    """What these lines cost together at this moment."""
    return Quote([PricedLine(line) for line in lines])
