"""What another time of a visit costs beside the one that it has: said before the button, and agreed with it. Pure.

Whatever was paid for a visit is its price at any time. Only nights have prices of their own: those of the new time cost
what they cost today, and what was off the visit when it was sold is off them in the same proportion. The move itself is
free of charge, as the accepted terms promise; but what cancelling has come to cost by then it costs at least from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localtime

from bookings.models import Booking
from bookings.nights import nights
from checkout.models import Order, OrderLine
from petshop.core.money import minimum_charge, round_money


@dataclass(frozen=True)
class MoveQuote:
    """What the visit costs at the time that it has, what at the new one, and what of the difference is paid or comes back."""

    old: Decimal
    new: Decimal
    comes_back: Decimal = Decimal(0)
    to_pay: Decimal = Decimal(0)

    @property
    def is_even(self) -> bool:
        """Whether the money stays as it is: the same price, or so little more that nobody is asked for it."""
        return self.old <= self.new and not self.to_pay

    @property
    def is_dearer(self) -> bool:
        return self.to_pay > 0


def quoted(order: Order, line: OrderLine, visit: Booking, starts_at: datetime) -> MoveQuote:
    """What moving this visit there means for its money. Nobody gets back what has gone back already, or pays what is too
    little for a card (PAYMENTS 4: that is waived).
    """
    line.order = order
    old, new = cost_of(line), price_then(line, visit, starts_at)
    if new >= old:
        return MoveQuote(old, new, to_pay=new - old if new - old >= minimum_charge(order.currency) else Decimal(0))
    left = sum((left_there(each) for each in paid_with(line)), Decimal(0))
    return MoveQuote(old, new, min(old - new, left))


def left_there(line: OrderLine) -> Decimal:
    """What of its price there is left. What came down before and did not go back after all is sent again by itself."""
    return max(min(line.order.left_of(line), line.worth), Decimal(0))


def cost_of(line: OrderLine) -> Decimal:
    """What a visit costs at the time that it has: its own price there, and what was paid for that time beside it."""
    return sum((each.worth for each in paid_with(line)), Decimal(0))


def paid_with(line: OrderLine) -> list[OrderLine]:
    """All that a visit's price is made of, what was paid last first: so it comes back."""
    return [each for each in reversed(line.order.made_of(line)) if each is line or not each.cancelled_at]


def taken_from(line: OrderLine, amount: Decimal, room: Callable[[OrderLine], Decimal]) -> dict[OrderLine, Decimal]:
    """Of what that a visit's price is made of an amount is: what was paid last first, each as far as there is `room`."""
    parts = {}
    for each in paid_with(line):
        part = min(room(each), amount)
        if part > 0:
            parts[each] = part
            amount -= part
    return parts


def price_then(line: OrderLine, visit: Booking, starts_at: datetime) -> Decimal:
    """What the visit costs there, after what was off it."""
    if not visit.nights or starts_at == visit.starts_at or not line.total:
        return cost_of(line)
    arrival, seasons = localtime(starts_at).date(), line.variant.offering.seasons.all()
    wanted = nights(line.variant.price, seasons, arrival=arrival, count=visit.nights)
    price = sum((night.price for night in wanted), Decimal(0)) + sum((extra.price for extra in line.chosen), Decimal(0))
    return round_money(price * line.amount / line.total, line.order.currency)
