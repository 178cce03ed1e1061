"""A thousand baskets that nobody would think of: two tax rates, nights, deposits and promotions, in cents and without any.

Whatever is in one, its lines are its total, that is what Stripe is asked for, and all of it can go back, to the coin.
"""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils.timezone import localtime

from bookings.models import Booking, Season, ServiceRules
from bookings.nights import nights
from catalog.models import Category, Kind, Offering, Variant
from checkout.discounts import Deal, Item
from checkout.models import CartLine, DeliveryZone, Gives, OrderLine
from checkout.operations.ordering import frozen_line
from checkout.operations.paying import asked_for
from checkout.pricing import quote
from checkout.shares import portion
from petshop.core.money import included_tax, quantum, to_stripe

pytestmark = pytest.mark.proof

BASKETS = 10_000 if os.environ.get("PROOF") else 1_000
NOW = datetime(2027, 3, 20, 9, tzinfo=UTC)
RATES = [Decimal(10), Decimal(21)]
WEEKENDS = Season(name="Weekends", percent=15, weekdays=[4, 5])


class Dice(Random):
    """Draws a basket and what is in force for it."""

    def price(self, most=20_000) -> Decimal:
        return self.randrange(most) * quantum()

    def offering(self, kind) -> Offering:
        offering = Offering(
            pk=self.randrange(1, 9),
            kind=kind,
            name="Something",
            can_be_delivered=True,
            category=Category(pk=self.randrange(1, 4)),
        )
        offering.rules = ServiceRules(offering=offering, deposit_percent=self.choice([None, 1, 30, 50, 99]))
        offering.fee_steps = []
        return offering

    def line(self, pk: int) -> CartLine:
        kind = self.choice([Kind.PRODUCT, Kind.PRODUCT, Kind.APPOINTMENT, Kind.STAY])
        variant = Variant(offering=self.offering(kind), price=self.price(), tax_rate=self.choice(RATES))
        if kind == Kind.PRODUCT:
            line = CartLine(pk=pk, variant=variant, quantity=self.randrange(1, 10), wants_delivery=self.random() < 0.5)
            line.unit_price = variant.price
        else:
            starts_at = NOW + timedelta(hours=self.randrange(1, 90 * 24))
            booking = Booking(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
            line = CartLine(pk=pk, variant=variant, booking=booking, wanted_start=starts_at)
            line.unit_price = variant.price + self.price(2_000)  # with an extra
            if kind == Kind.STAY:
                count = self.randrange(1, 15)
                of_it = nights(variant.price, [WEEKENDS], arrival=localtime(starts_at).date(), count=count)
                line.unit_price = sum(night.price for night in of_it)
        line.chosen = []
        return line

    def zone(self) -> DeliveryZone | None:
        free_from = self.choice([None, self.price(50_000)])
        return self.choice(
            [None, DeliveryZone(name="Town", fee=self.price(1_000), free_from=free_from, tax_rate=RATES[1])]
        )

    def item(self) -> Item:
        named = self.choice(
            [{"offering": self.randrange(1, 9)}, {"category": self.randrange(1, 4)}, {"kind": Kind.PRODUCT}]
        )
        return Item("Something", **named, is_reduced=self.random() < 0.8)

    def deal(self, pk: int) -> Deal:
        gives = self.choice(list(Gives))
        values = {
            Gives.PERCENT: Decimal(self.randrange(1, 10_001)) / 100,
            Gives.AMOUNT: self.price(30_000) + quantum(),
            Gives.DELIVERY: None,
        }
        return Deal(
            pk,
            f"Promotion {pk}",
            gives,
            values[gives],
            code="CODE" if pk == 1 else "",
            minimum=self.choice([Decimal(0), self.price()]),
            is_bundle=self.random() < 0.5,
            items=tuple(self.item() for _ in range(self.randrange(4))),
        )


def frozen(priced) -> OrderLine:
    """The order's line that this becomes. Its total is PostgreSQL's to compute, from the same two numbers."""
    line = OrderLine(**frozen_line(priced), quantity=priced.line.quantity)
    line.total = line.unit_price * line.quantity
    line.chosen = []
    return line


@pytest.mark.parametrize("currency", ["EUR", "JPY"])
@pytest.mark.parametrize("at_shop", [False, True])
def test_p19_lines_are_the_total_and_what_stripe_is_asked_for_and_all_of_it_can_go_back(settings, currency, at_shop):
    settings.SHOP_CURRENCY = currency
    discounted = deposits = 0
    for seed in range(BASKETS // 4):
        dice = Dice(f"{currency} {at_shop} {seed}")
        lines = [dice.line(pk) for pk in range(1, dice.randrange(2, 8))]
        deals = [dice.deal(pk) for pk in range(1, dice.randrange(1, 5))]

        price = quote(lines, now=NOW, deals=deals, zone=dice.zone(), at_shop=at_shop)

        sold = [frozen(each) for each in price.lines]
        paid = sum((charge.amount for charge in price.charges), Decimal(0))
        assert price.total == sum((line.amount for line in sold), paid), seed
        assert price.subtotal - price.total == price.discount == sum(off.amount for off in price.off), seed
        assert all(0 <= line.discount == sum(off.amount for off in line.off) <= line.total for line in sold), seed
        assert all(0 <= line.due_later <= line.amount for line in sold), seed
        asked = [asked_for(line, currency) for line in sold if line.due_now]
        on_the_page = sum(each["unit"] * each["quantity"] for each in asked)
        assert on_the_page + to_stripe(paid, currency) == to_stripe(price.due_now, currency), seed
        assert sum(tax for _rate, tax in price.taxes) <= price.total, seed
        assert sum((sent_back(dice, line) for line in sold), paid) == price.total, seed
        discounted += bool(price.discount)
        deposits += bool(price.due_later)

    assert discounted > BASKETS // 16  # or the dice were loaded
    assert deposits > BASKETS // 16


def sent_back(dice, line: OrderLine) -> Decimal:
    """Refund a line in pieces until nothing is left; all of its tax has gone with them."""
    left, tax, sent = line.amount, included_tax(line.amount, line.tax_rate), Decimal(0)
    while left:
        part = dice.randint(1, int(left / quantum())) * quantum()
        tax -= portion(tax, part, left)
        left, sent = left - part, sent + part
        assert tax >= 0
    assert (left, tax) == (0, 0)
    return sent
