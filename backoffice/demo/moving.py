"""Moves what was just made to the days on which it is said to have happened. The clock is the database's and stands.

The operations only book ahead, and history is frozen. So the past of the demo shop is made ahead of time and then moved,
row by row and all of it together; every constraint still judges the result.
"""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from backoffice.demo.orders import Story
from bookings.models import Booking, Pet
from catalog.models import StockMovement, StockReason
from checkout.models import EventKind, Message, Order, OrderEvent, OrderLine, Payment

FROZEN = [
    ("checkout_orderline", "order_line_frozen"),
    ("checkout_orderevent", "order_event_append_only"),
    ("catalog_stockmovement", "stock_movement_append_only"),
]
FIRST_DELIVERY = timedelta(weeks=3)
A_MOMENT = timedelta(seconds=4)
NO_TIME = timedelta(0)
BEFORE_SETTLING = [EventKind.PLACED, EventKind.PAYMENT_OPENED]


@dataclass
class Sale:
    """An order and its place in the past: when it was placed, how long its payment took, and how far its visits move."""

    order: Order
    story: Story
    bought_at: datetime
    visits_by: timedelta = NO_TIME
    settled_after: timedelta = NO_TIME
    stamps: dict[int, datetime] = field(default_factory=dict)  # moments of events that have one of their own


def move(sales: Iterable[Sale]) -> None:
    """Move everything that has happened so far."""
    with unfrozen():
        for sale in sales:
            move_order(sale)
            move_visits(sale)
        shift(StockMovement.objects.filter(reason=StockReason.RECEIVED), -FIRST_DELIVERY, "created_at")


def stamp(sales: Iterable[Sale]) -> None:
    """Give what happened to the moved orders since then its moment: the mails, and what the staff did."""
    with unfrozen():
        for sale in sales:
            sent_at = sale.bought_at + sale.settled_after + A_MOMENT
            Message.objects.filter(order=sale.order).update(sent_at=sent_at)
            sale.order.events.filter(kind=EventKind.MESSAGE_SENT).update(at=sent_at)
            for event, at in sale.stamps.items():
                OrderEvent.objects.filter(pk=event).update(at=at)


@contextmanager
def unfrozen():
    """One transaction in which the triggers that freeze history are off. If it fails they were never off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come refuses to be altered
        for table, trigger in FROZEN:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
        for table, trigger in FROZEN:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def move_order(sale: Sale) -> None:
    order, by = sale.order, sale.bought_at - sale.order.placed_at
    references = [f"{line.stock_reference}{tail}" for line in order.lines.all() for tail in ("", ":late")]
    bookings = Booking.objects.filter(order_line__order=order)
    shift(Order.objects.filter(pk=order.pk), by, "placed_at", "held_until")
    shift(Payment.objects.filter(order=order), by, "created_at", "session_expires_at", "last_checked_at")
    shift(Payment.objects.filter(order=order), by + sale.settled_after, "settled_at")
    shift(Message.objects.filter(order=order), by + sale.settled_after, "created_at")
    moved = StockMovement.objects.filter(reference__in=references)
    shift(moved.filter(reason=StockReason.SOLD), by, "created_at")
    shift(moved.exclude(reason=StockReason.SOLD), by + sale.settled_after, "created_at")
    shift(order.events.filter(kind__in=BEFORE_SETTLING), by, "at")
    shift(order.events.exclude(kind__in=BEFORE_SETTLING), by + sale.settled_after, "at")
    shift(Pet.objects.filter(pk__in=bookings.values("pet")), by, "created_at")
    shift(bookings, by, "created_at")


def move_visits(sale: Sale) -> None:
    by = sale.visits_by
    bookings = Booking.objects.filter(order_line__order=sale.order)
    shift(bookings, by, "starts_at", "ends_at", "blocked_from", "blocked_until")
    for line in OrderLine.objects.filter(order=sale.order).visits():
        free_until = datetime.fromisoformat(line.rules["free_until"]) + by
        OrderLine.objects.filter(pk=line.pk).update(
            starts_at=line.starts_at + by,
            ends_at=line.ends_at + by,
            rules=line.rules | {"free_until": free_until.isoformat()},
        )


def shift(rows, by: timedelta, *columns: str) -> None:
    rows.update(**{column: F(column) + by for column in columns})
