"""Moves what was just made to the days on which it is said to have happened. The clock is the database's and stands.

The operations only book ahead, and history is frozen. So the past of the demo shop is made ahead of time and then moved,
row by row and all of it together; every constraint still judges the result.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Model, Value
from django.db.models.functions import Concat
from django.utils.timezone import localtime

from backoffice.demo.later import back
from backoffice.demo.orders import Story
from bookings.models import Booking, Pet
from catalog.models import StockMovement, StockReason
from checkout.models import EventKind, Message, Order, OrderEvent, OrderLine, OrderLineNight, Payment, Receipt

FROZEN = [
    ("checkout_orderline", "order_line_frozen"),
    ("checkout_orderlinenight", "order_line_night_frozen"),
    ("checkout_orderevent", "order_event_append_only"),
    ("checkout_receipt", "receipt_append_only"),
    ("checkout_receiptline", "receipt_line_append_only"),
    ("catalog_stockmovement", "stock_movement_append_only"),
]
TIMES = ["starts_at", "ends_at", "blocked_from", "blocked_until"]
FIRST_DELIVERY = timedelta(weeks=7)
NO_TIME = timedelta(0)
BEFORE_SETTLING = [EventKind.PLACED, EventKind.PAYMENT_OPENED]
ROWS_AT_ONCE = 500


@dataclass
class Sale:
    """An order and its place in the past: when it was placed, how long its payment took, and which visits move back."""

    order: Order
    story: Story
    bought_at: datetime
    settled_after: timedelta = NO_TIME
    earlier: set[int] = field(default_factory=set)  # its bookings that were made eight weeks later
    by: timedelta = field(init=False)

    def __post_init__(self):
        self.by = self.bought_at - self.order.placed_at


class Movers:
    """Collects rows with their moved columns, and saves them together: one statement for some hundred rows."""

    def __init__(self):
        self.rows: dict[tuple, list[Model]] = {}

    def shift(self, row: Model, by: timedelta, *columns: str) -> None:
        for column in columns:
            if moment := getattr(row, column):
                setattr(row, column, moment + by)
        self.rows.setdefault((type(row), columns), []).append(row)

    def back(self, row: Model, *columns: str, **others) -> None:
        """Eight weeks, in these columns; the others get what is said here."""
        for column in columns:
            if moment := getattr(row, column):
                setattr(row, column, back(moment))
        for column, value in others.items():
            setattr(row, column, value)
        self.rows.setdefault((type(row), (*columns, *others)), []).append(row)

    def save(self) -> None:
        for (model, columns), rows in self.rows.items():
            model.objects.bulk_update(rows, columns, batch_size=ROWS_AT_ONCE)


def move(sales: Iterable[Sale], seats: dict[int, int]) -> None:
    """Move everything that has happened so far; the guests to the seats that are kept for them."""
    sales = {sale.order.pk: sale for sale in sales}
    movers = Movers()
    for sale in sales.values():
        movers.shift(sale.order, sale.by, "placed_at", "held_until")
    for payment in Payment.objects.filter(order__in=sales):
        sale = sales[payment.order_id]
        if payment.settled_at:
            payment.settled_at += sale.settled_after
        movers.shift(payment, sale.by, "created_at", "session_expires_at", "last_checked_at", "settled_at")
    for message in Message.objects.filter(order__in=sales):
        sale = sales[message.order_id]
        movers.shift(message, sale.by + sale.settled_after, "created_at")
    for event in OrderEvent.objects.filter(order__in=sales):
        sale = sales[event.order_id]
        movers.shift(event, sale.by + (NO_TIME if event.kind in BEFORE_SETTLING else sale.settled_after), "at")
    lines = list(OrderLine.objects.filter(order__in=sales))
    move_visits(movers, [line for line in lines if line.is_visit], sales, seats)
    move_stock(movers, [line for line in lines if line.parcel], sales)
    with unfrozen():
        movers.save()
        received = StockMovement.objects.filter(reason=StockReason.RECEIVED)
        received.update(created_at=F("created_at") - FIRST_DELIVERY)
        number_receipts_anew()


def move_visits(movers: Movers, lines: list[OrderLine], sales: dict[int, Sale], seats: dict[int, int]) -> None:
    sale_of = {line.booking_id: sales[line.order_id] for line in lines}
    mains = [Booking(pk=pk) for pk in sale_of]
    pets: dict[int, Pet] = {}
    for booking in Booking.objects.families_of(mains).select_related("pet").order_by("pk"):
        sale = sale_of[booking.main_id]
        movers.shift(booking, sale.by, "created_at")
        if booking.main_id in sale.earlier:
            move_back(movers, booking, seats)
        if booking.pet_id and booking.pet_id not in pets:
            pets[booking.pet_id] = booking.pet
            movers.shift(booking.pet, sale.by, "created_at")
    earlier = [line for line in lines if line.booking_id in sale_of[line.booking_id].earlier]
    for line in earlier:
        dates = [[back(datetime.fromisoformat(at)).isoformat() for at in date] for date in line.dates]
        movers.back(line, "starts_at", "ends_at", dates=dates, due_by=None)  # what is left of it is paid at the desk
    for night in OrderLineNight.objects.filter(line__in=earlier).order_by("line", "day"):
        movers.back(night, "day")


def move_back(movers: Movers, booking: Booking, seats: dict[int, int]) -> None:
    if booking.nights:
        movers.back(booking, *TIMES, "arrives_on", "leaves_on", seat=seats[booking.pk])
    else:
        movers.back(booking, *TIMES)


def move_stock(movers: Movers, lines: list[OrderLine], sales: dict[int, Sale]) -> None:
    references = {f"{line.stock_reference}{tail}": sales[line.order_id] for line in lines for tail in ("", ":late")}
    for movement in StockMovement.objects.filter(reference__in=references):
        sale = references[movement.reference]
        later = NO_TIME if movement.reason == StockReason.SOLD else sale.settled_after
        movers.shift(movement, sale.by + later, "created_at")


def number_receipts_anew() -> None:
    """In the order in which their payments are now said to have come."""
    receipts = sorted(Receipt.objects.select_related("payment", "refund").order_by("pk"), key=settled_at)
    taken, counts = len(receipts), Counter()
    Receipt.objects.update(serial=F("serial") + taken, number=Concat("number", Value("-")))  # out of each other's way
    for receipt in receipts:
        letters, _year = receipt.series.rsplit("-", 1)
        receipt.issued_at = settled_at(receipt)
        receipt.series = f"{letters}-{localtime(receipt.issued_at).year}"
        counts[receipt.series] += 1
        receipt.serial = counts[receipt.series]
        receipt.number = f"{receipt.series}-{receipt.serial:06}"
    Receipt.objects.bulk_update(receipts, ["issued_at", "series", "serial", "number"], batch_size=ROWS_AT_ONCE)


def settled_at(receipt: Receipt) -> datetime:
    """When what it is about had happened."""
    return (receipt.refund or receipt.payment).settled_at


def stamp(moments: dict[OrderEvent, datetime]) -> None:
    """Give what happened to the moved orders since then its moment: the mails, and what the staff did."""
    events, messages = list(moments), []
    for event, at in moments.items():
        event.at = at
        if event.kind == EventKind.MESSAGE_SENT:
            messages.append(Message(pk=event.details["message"], sent_at=at))
    with unfrozen():
        OrderEvent.objects.bulk_update(events, ["at"], batch_size=ROWS_AT_ONCE)
        Message.objects.bulk_update(messages, ["sent_at"], batch_size=ROWS_AT_ONCE)


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
