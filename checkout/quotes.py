"""What another time of a visit costs beside the one that it has: said before the button, and agreed with it. Pure.

Whatever was paid for a visit is its price at any time. Only nights have prices of their own: those of the new time cost
what they cost today, and what was off the visit when it was sold is off them in the same proportion. The move itself is
free of charge, as the accepted terms promise; but what cancelling has come to cost by then it costs at least from then on.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localtime

from bookings.models import Booking
from bookings.nights import nights
from checkout.models import Order, OrderLine
from petshop.core.money import round_money


@dataclass(frozen=True)
class MoveQuote:
    """What the visit costs at the time that it has, what at the new one, and what of the difference comes back."""

    old: Decimal
    new: Decimal
    comes_back: Decimal = Decimal(0)

    @property
    def is_even(self) -> bool:
        return self.old == self.new

    @property
    def is_dearer(self) -> bool:
        return self.new > self.old


def quoted(order: Order, line: OrderLine, visit: Booking, starts_at: datetime) -> MoveQuote:
    """What moving this visit there means for its money. Nobody gets back what has gone back already."""
    new = price_then(line, visit, starts_at, currency=order.currency)
    if new >= line.worth:
        return MoveQuote(line.worth, new)
    left = max(order.left_of(line), Decimal(0))
    return MoveQuote(line.worth, new, min(line.worth - new, left))


def price_then(line: OrderLine, visit: Booking, starts_at: datetime, *, currency: str) -> Decimal:
    """What the visit costs there, after what was off it."""
    if not visit.nights or starts_at == visit.starts_at or not line.total:
        return line.worth
    arrival, seasons = localtime(starts_at).date(), line.variant.offering.seasons.all()
    wanted = nights(line.variant.price, seasons, arrival=arrival, count=visit.nights)
    price = sum((night.price for night in wanted), Decimal(0)) + sum((extra.price for extra in line.chosen), Decimal(0))
    return round_money(price * line.amount / line.total, currency)
