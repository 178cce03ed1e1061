"""What a basket costs: each line with what is off it, what is paid beside the things themselves, and how much of it now.

Pure: reads what is loaded, asks nobody. The basket's pages show this, and an order is frozen from it, so that what is seen
is what is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from checkout.discounts import Deal, Goods, frees_delivery, reductions
from checkout.models import CartLine
from checkout.promotions import why_not
from checkout.totals import included_taxes


@dataclass(frozen=True)
class Off:
    """What a promotion takes off."""

    deal: Deal
    amount: Decimal

    @property
    def name(self) -> str:
        return self.deal.name


@dataclass(frozen=True)
class PricedLine:
    """A basket's line at its price of this moment."""

    line: CartLine
    off: tuple[Off, ...] = ()
    due_later: Decimal = Decimal(0)  # of its amount, what is not asked for when it is ordered

    @cached_property
    def discount(self) -> Decimal:
        return sum((off.amount for off in self.off), Decimal(0))

    @property
    def amount(self) -> Decimal:
        """What its customer pays for it, now and later."""
        return self.line.total - self.discount


@dataclass(frozen=True)
class Charge:
    """What is paid beside the things themselves, such as delivery; all of it when it is ordered."""

    name: str
    price: Decimal
    tax_rate: Decimal
    off: tuple[Off, ...] = ()

    @property
    def discount(self) -> Decimal:
        return sum((off.amount for off in self.off), Decimal(0))

    @property
    def amount(self) -> Decimal:
        """What its customer pays for it."""
        return self.price - self.discount


@dataclass(frozen=True)
class Quote:
    """The whole price, in the shop's currency, tax included."""

    lines: list[PricedLine]
    charges: list[Charge] = field(default_factory=list)
    typed: Deal | None = None  # the promotion whose code was typed
    refusal: str = ""  # why that takes nothing off

    @cached_property
    def subtotal(self) -> Decimal:
        prices = [*(priced.line.total for priced in self.lines), *(charge.price for charge in self.charges)]
        return sum(prices, Decimal(0))

    @cached_property
    def discount(self) -> Decimal:
        return sum((off.amount for off in self.off), Decimal(0))

    @cached_property
    def off(self) -> list[Off]:
        """What each promotion takes off in all, in the order in which they work."""
        found: dict[Deal, Decimal] = {}
        for each in (*self.lines, *self.charges):
            for off in each.off:
                found[off.deal] = found.get(off.deal, Decimal(0)) + off.amount
        return [Off(deal, amount) for deal, amount in sorted(found.items(), key=lambda item: item[0].order)]

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


def quote(lines: Sequence[CartLine], *, deals: Sequence[Deal] = (), charges: Sequence[Charge] = ()) -> Quote:
    """What these lines cost together at this moment, with the promotions in question and what is paid beside them."""
    goods = [goods_of(line) for line in lines] if deals else []
    found = reductions(deals, goods)
    priced = [
        PricedLine(line, tuple(Off(each.deal, each.amounts[place]) for each in found if each.amounts[place]))
        for place, line in enumerate(lines)
    ]
    free = frees_delivery(deals, goods)
    price = Quote(priced, [without(charge, free) if free else charge for charge in charges])
    typed = next((deal for deal in deals if deal.code), None)
    if typed is None or any(off.deal == typed for off in price.off):
        return replace(price, typed=typed)
    return replace(price, typed=typed, refusal=why_not(typed, goods))


def goods_of(line: CartLine) -> Goods:
    offering = line.variant.offering
    return Goods(line.total, line.quantity, offering.pk, offering.category_id, offering.kind)


def without(charge: Charge, deal: Deal) -> Charge:
    """What is brought for nothing."""
    return replace(charge, off=(Off(deal, charge.price),)) if charge.price else charge
