"""What an order's page offers for what its money came too late for: the nearest times, the product after all, the money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bookings.calendar import FreeTime
from bookings.picker_to_move import nearest_times
from checkout.models import Order, OrderLine
from checkout.operations import OtherPrice, check_price, visit_without_time, why_no_other_time

TIMES_AT_MOST = 3
NIGHTS_TO_LOOK_AT = 30  # of which some cost what was paid


@dataclass(frozen=True)
class Choices:
    """Of a line that waits for its customer's choice."""

    money: Decimal  # what goes back, to the cent
    times: list[FreeTime]
    why_no_time: str  # empty if another time can be chosen
    is_in_stock: bool


def choices_of(order: Order, line: OrderLine) -> Choices | None:
    """What can be had instead of this line at the moment at which its order is seen; None for one that waits for nothing."""
    if not line.choose_by:
        return None
    reason = why_no_other_time(line) if line.is_visit else ""
    times = times_for(line, now=order.seen_at) if line.is_visit and not reason else []
    is_in_stock = not line.is_visit and line.variant.is_active and line.variant.stock >= line.quantity
    return Choices(order.left_of(line), times, reason, is_in_stock)


def times_for(line: OrderLine, *, now: datetime) -> list[FreeTime]:
    """The nearest free times that cost what was paid."""
    visit = visit_without_time(line)
    count = NIGHTS_TO_LOOK_AT if visit.nights else TIMES_AT_MOST
    near = nearest_times(visit, now=now, count=count)
    affordable = [free for free in near if is_of_same_price(line, visit, free)]
    nearest = sorted(affordable, key=lambda free: abs(free.starts_at - visit.starts_at))[:TIMES_AT_MOST]
    return sorted(nearest, key=lambda free: free.starts_at)


def is_of_same_price(line: OrderLine, visit, free: FreeTime) -> bool:
    try:
        check_price(line, visit, free.starts_at)
    except OtherPrice:
        return False
    return True
