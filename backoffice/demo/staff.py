"""What the staff of the demo shop do with its orders, and when they will say that they did it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from backoffice.demo.moving import Sale
from backoffice.demo.orders import Parcel
from bookings.models import BookingStatus
from checkout import fulfilment, operations
from checkout.models import CounterMethod, EventKind, Order, OrderEvent, OrderLine, OrderStatus, ParcelStatus
from petshop.core.demo_logins import DESK

A_DAY = timedelta(days=1)
# How long after a visit's start or end, or after the purchase, something is done.
AFTER_START = {EventKind.CHECKED_IN: timedelta(minutes=-3), EventKind.NO_SHOW: timedelta(minutes=20)}
PACKED_BEFORE_VISIT = timedelta(hours=-1)
HANDED_OVER_AFTER_VISIT = timedelta(minutes=4)
AFTER_PURCHASE = {EventKind.PACKED: timedelta(minutes=25), EventKind.HANDED_OVER: timedelta(minutes=190)}
AFTER_PURCHASE[EventKind.SENT] = AFTER_PURCHASE[EventKind.HANDED_OVER]
A_MOMENT = timedelta(seconds=4)
NOTED_AFTER = timedelta(minutes=9)


def work_on(sale: Sale, seen_at: datetime) -> None:
    """Everything that the staff have done with an order by then: pack, welcome, say goodbye, hand over, write down."""
    lines = list(sale.order.lines.select_related("booking"))
    if any(line.is_visit and line.starts_at <= seen_at for line in lines):
        take_the_rest(sale.order)
    if sale.order.status == OrderStatus.PAID:
        visits = [line for line in lines if line.is_visit and line.booking.status == BookingStatus.CONFIRMED]
        has_products = any(line.parcel == ParcelStatus.TO_PACK for line in lines)
        is_due = not visits or visits[0].starts_at < seen_at + A_DAY
        if has_products and is_due and sale.story.parcel != Parcel.UNTOUCHED:
            fulfilment.pack(sale.order, actor=DESK)
        for line in visits:
            welcome(line, sale, seen_at)
        is_over = all(ends_at(line) <= seen_at for line in visits)
        if has_products and is_over and sale.story.parcel == Parcel.COLLECTED:
            is_brought = bool(sale.order.street)
            (fulfilment.send if is_brought else fulfilment.hand_over)(sale.order, actor=DESK)
    if sale.story.note:
        operations.add_note(sale.order, text=sale.story.note, actor=DESK)


def take_the_rest(order: Order) -> None:
    """Whoever comes with a deposit pays the rest at the desk."""
    if order.status == OrderStatus.CONFIRMED and order.received and order.outstanding:
        terminal = {"method": CounterMethod.TERMINAL, "note": "Terminal", "press": uuid4()}
        operations.take_at_counter(order, **terminal, agreed=order.outstanding, actor=DESK)
        order.refresh_from_db()


def welcome(line: OrderLine, sale: Sale, seen_at: datetime) -> None:
    if line.starts_at > seen_at:
        return
    if sale.story.is_missed:
        fulfilment.mark_no_show(line, actor=DESK)
        return
    fulfilment.check_in(line, actor=DESK)
    if ends_at(line) <= seen_at:
        fulfilment.complete(line, actor=DESK)


def ends_at(line: OrderLine) -> datetime:
    """When a visit is over: a course with its last date."""
    return datetime.fromisoformat(line.dates[-1][1]) if line.dates else line.ends_at


def moments(sales: Iterable[Sale], events: Iterable[OrderEvent], now: datetime) -> dict[OrderEvent, datetime]:
    """When each of these events, which happened just now, is said to have happened: never later than now."""
    sales = {sale.order.pk: sale for sale in sales}
    last: dict[int, datetime] = {}
    found = {}
    for event in events:
        sale = sales[event.order_id]
        at = min(moment_of(event, sale, last.get(event.order_id, sale.bought_at)), now)
        found[event] = last[event.order_id] = at
    return found


def moment_of(event: OrderEvent, sale: Sale, last: datetime) -> datetime:
    visits = [line for line in sale.order.lines.all() if line.is_visit]
    match event.kind:
        case EventKind.MESSAGE_SENT if event.details["about"] != "balance_paid":
            return sale.bought_at + sale.settled_after + A_MOMENT
        case EventKind.CHECKED_IN | EventKind.NO_SHOW:
            return visit_of(event, visits).starts_at + AFTER_START[event.kind]
        case EventKind.COMPLETED:
            return ends_at(visit_of(event, visits))
        case EventKind.PACKED if visits:
            return visits[0].starts_at + PACKED_BEFORE_VISIT
        case EventKind.HANDED_OVER if visits:
            return ends_at(visits[-1]) + HANDED_OVER_AFTER_VISIT
        case EventKind.PACKED | EventKind.HANDED_OVER | EventKind.SENT:
            return sale.bought_at + AFTER_PURCHASE[event.kind]
        case EventKind.NOTE:
            return last + NOTED_AFTER
    return last


def visit_of(event: OrderEvent, visits: list[OrderLine]) -> OrderLine:
    return next(line for line in visits if line.pk == event.details["line"])
