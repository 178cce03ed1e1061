"""What a basket costs: each line with what is off it, what is paid beside the things themselves, and how much of it now.

Pure: reads what is loaded, asks nobody. The basket's pages show this, and an order is frozen from it, so that what is seen
is what is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext as _

from checkout.at_shop import keep_until
from checkout.discounts import Deal, Goods, frees_delivery, reductions
from checkout.models import CartLine, DeliveryZone
from checkout.promotions import why_not
from checkout.terms import terms_now
from checkout.totals import included_taxes
from petshop.core.money import minimum_charge, round_money


@dataclass(frozen=True)
class Off:
    """What a promotion takes off."""

    deal: Deal
    amount: Decimal

    @property
    def name(self) -> str:
        return self.deal.name


class Reduced:
    """What promotions may take something off."""

    off: Sequence[Off]

    @cached_property
    def discount(self) -> Decimal:
        return sum((off.amount for off in self.off), Decimal(0))


@dataclass(frozen=True)
class PricedLine(Reduced):
    """A basket's line at its price of this moment."""

    line: CartLine
    off: tuple[Off, ...] = ()
    due_later: Decimal = Decimal(0)  # of its amount, what is not asked for when it is ordered
    due_by: datetime | None = None  # by when that must be here; None: when its visit takes place

    @property
    def amount(self) -> Decimal:
        """What its customer pays for it, now and later."""
        return self.line.total - self.discount


@dataclass(frozen=True)
class Charge(Reduced):
    """What is paid beside the things themselves, such as delivery; all of it when it is ordered."""

    name: str
    price: Decimal
    tax_rate: Decimal
    detail: str = ""  # such as where to
    off: tuple[Off, ...] = ()

    @property
    def amount(self) -> Decimal:
        """What its customer pays for it."""
        return self.price - self.discount


@dataclass(frozen=True)
class Quote(Reduced):
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
    def due_by(self) -> datetime | None:
        """By when the first of what is due later must be here."""
        return min((priced.due_by for priced in self.lines if priced.due_by), default=None)

    @property
    def taxes(self) -> list[tuple[Decimal, Decimal]]:
        """(rate, the tax in the total at this rate), lowest first."""
        amounts = [(priced.line.variant.tax_rate, priced.amount) for priced in self.lines]
        return included_taxes(amounts + [(charge.tax_rate, charge.amount) for charge in self.charges])

    def of(self, line: CartLine) -> PricedLine:
        return next(priced for priced in self.lines if priced.line == line)


def quote(
    lines: Sequence[CartLine],
    *,
    now: datetime,
    deals: Sequence[Deal] = (),
    zone: DeliveryZone | None = None,
    at_shop: bool = False,
) -> Quote:
    """What these lines cost together at this moment, with the promotions in question and what is paid beside them.

    `zone` is where what is delivered is brought to: without one that costs nothing, and cannot be ordered.
    `at_shop`: all of it is paid when its customer comes.
    """
    goods = [goods_of(line) for line in lines] if deals else []
    found = reductions(deals, goods)
    priced = [
        PricedLine(line, tuple(Off(each.deal, each.amounts[place]) for each in found if each.amounts[place]))
        for place, line in enumerate(lines)
    ]
    if at_shop:
        until = keep_until(lines, now=now)
        priced = [paid_at_shop(each, until=until) for each in priced]
    else:
        priced = [with_deposit(each, now=now) for each in priced]
    free = frees_delivery(deals, goods)
    charges = delivery(priced, zone) if zone else []
    price = Quote(priced, [without(charge, free) if free else charge for charge in charges])
    typed = next((deal for deal in deals if deal.code), None)
    if typed is None or any(off.deal == typed for off in price.off):
        return replace(price, typed=typed)
    return replace(price, typed=typed, refusal=why_not(typed, goods, is_delivered=bool(charges)))


def goods_of(line: CartLine) -> Goods:
    offering = line.variant.offering
    return Goods(line.total, line.quantity, offering.pk, offering.category_id, offering.kind)


def without(charge: Charge, deal: Deal) -> Charge:
    """What is brought for nothing."""
    return replace(charge, off=(Off(deal, charge.price),)) if charge.price else charge


def delivery(lines: Sequence[PricedLine], zone: DeliveryZone) -> list[Charge]:
    """What it costs to bring what is to be brought; a charge of nothing, if they are worth enough."""
    brought = [priced for priced in lines if priced.line.is_delivered]
    if not brought:
        return []
    price = zone.price_for(sum((priced.amount for priced in brought), Decimal(0)))
    return [Charge(_("Delivery"), price, zone.tax_rate, detail=zone.name)]


def with_deposit(priced: PricedLine, *, now: datetime) -> PricedLine:
    """A visit whose service asks for a deposit, if it is far enough away that the rest can be due later.

    Neither the deposit nor the rest is ever too little for a card.
    """
    if not priced.line.is_visit:
        return priced
    terms, starts_at = terms_now(priced.line), priced.line.booking.starts_at
    if not terms.asks_deposit(starts_at, now=now):
        return priced
    deposit = round_money(priced.amount * terms.deposit_percent / 100)
    rest = priced.amount - deposit
    if min(deposit, rest) < minimum_charge(settings.SHOP_CURRENCY):
        return priced
    return replace(priced, due_later=rest, due_by=terms.balance_due_by(starts_at))


def paid_at_shop(priced: PricedLine, *, until: datetime) -> PricedLine:
    """Nothing of it is asked for now. A visit is paid when it takes place, a product is kept for some days."""
    if not priced.amount:
        return priced
    return replace(priced, due_later=priced.amount, due_by=None if priced.line.is_visit else until)
