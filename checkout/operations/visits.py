"""Another time for a visit that was sold, and the end of one: by its customer within the accepted terms, or by staff."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import BookingStatus, Resource
from bookings.nights import nights
from checkout.fulfilment import NothingToDo, fulfil_if_done, lock_accepted
from checkout.models import ACCEPTED, CUSTOMER, EventKind, Order, OrderLine, OrderStatus, Payment, PaymentStatus
from checkout.operations.concerns import flag
from checkout.operations.paying import queue_message
from checkout.terms import kept_amount, sold_terms
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money


class OtherPrice(ShopError):
    """The nights of the new time are not worth what was paid for the old ones."""

    def __init__(self, paid: Decimal, price: Decimal):
        super().__init__(
            _("You paid %(paid)s, and those nights cost %(price)s. Please call us, and we move it for you.")
            % {"paid": format_money(paid), "price": format_money(price)}
        )


class MoreIsKept(ShopError):
    """A step of the cancellation fee was reached while the customer was looking."""

    def __init__(self, kept: Decimal):
        self.kept = kept
        super().__init__(
            _("Meanwhile we keep %(kept)s of it if you cancel. Please look, and press again.")
            % {"kept": format_money(kept)}
        )


@transaction.atomic(durable=True)
def move_visit(
    line: OrderLine,
    *,
    starts_at: datetime,
    resource: Resource | None = None,
    actor: str = CUSTOMER,
    cause: str = "Moved on the order's page",
) -> OrderLine:
    """Give a sold visit another time, and tell its customer. What was paid stays as it is.

    Its customer may do so within the accepted terms and for the same price, staff whenever there is a place. Where it is
    already it stays, and nobody hears of it. Raises OtherPrice, NothingToDo and whatever `move_booking` does; then
    nothing has changed.
    """
    order = lock_accepted(line.order_id)
    line = lines_of(order).get(pk=line.pk)
    if line.booking is None or line.cancelled_at:
        raise NothingToDo(_("This visit has no time."))
    before = line.booking
    is_customers = actor == CUSTOMER
    if is_customers:
        check_price(line, starts_at)
    after = calendar.move_booking(
        before, starts_at=starts_at, resource=resource, accepted=sold_terms(line) if is_customers else None
    )
    line.booking = after
    if after.sequence == before.sequence:
        return line
    order.record(
        EventKind.VISIT_MOVED,
        actor=actor,
        cause=cause,
        line=line.pk,
        title=line.title,
        sequence=after.sequence,
        **{"from": before.starts_at.isoformat(), "to": after.starts_at.isoformat()},
        was_with=str(before.resource),
        is_with=str(after.resource),
    )
    queue_message(order, kind="moved", key=f"moved:{after.pk}:{after.sequence}", about=after)
    return line


def check_price(line: OrderLine, starts_at: datetime) -> None:
    """Whatever was paid for a visit is its price at any time. Nights have prices of their own: raises OtherPrice."""
    if not line.booking.nights:
        return
    arrival = localtime(starts_at).date()
    seasons = line.variant.offering.seasons.all()
    wanted = nights(line.variant.price, seasons, arrival=arrival, count=line.booking.nights)
    price = sum((add_on.price for add_on in line.add_ons.all()), sum((night.price for night in wanted), Decimal(0)))
    if price != line.total:
        raise OtherPrice(line.total, price)


@transaction.atomic(durable=True)
def cancel_visit(
    line: OrderLine,
    *,
    actor: str = CUSTOMER,
    cause: str = "Cancelled on the order's page",
    keep_nothing: bool = False,
    agreed: Decimal | None = None,
) -> OrderLine:
    """Call a sold visit off: its time is free, its line says what is kept by the accepted terms, its customer is told.

    `keep_nothing` is for staff, when it is the shop that cannot keep its word; `agreed` is what the customer saw that is
    kept. What is owed back is flagged for staff, to the cent; the order stays what it is until it was sent, for its
    money is here. Safe to repeat. Raises MoreIsKept, NothingToDo and whatever `cancel_bookings` does; then nothing has
    changed.
    """
    order = lock_accepted(line.order_id)
    return call_off(order, line, actor=actor, cause=cause, keep_nothing=keep_nothing, agreed=agreed)


def call_off(
    order: Order,
    line: OrderLine,
    *,
    actor: str,
    cause: str,
    keep_nothing: bool = False,
    agreed: Decimal | None = None,
    message: str = "cancelled",
) -> OrderLine:
    """The same inside the caller's transaction, with the order locked; `message` is the kind of mail that tells of it."""
    received = order.payments.filter(status=PaymentStatus.SUCCEEDED, amount__gt=0)
    payments = list(received.select_for_update().order_by("pk"))
    line = lines_of(order).get(pk=line.pk)
    if line.cancelled_at:
        return line
    if line.booking is None or not calendar.cancel_bookings([line.booking], by_customer=actor == CUSTOMER):
        raise NothingToDo(_("This visit has no time."))
    now = clock.now()
    line.cancelled_at = now
    line.kept = Decimal(0) if keep_nothing else kept_amount(line, now=now, currency=order.currency)
    if agreed is not None and line.kept > agreed:
        raise MoreIsKept(line.kept)
    line.save(update_fields=["cancelled_at", "kept"])
    line.booking.refresh_from_db()
    order.record(
        EventKind.VISIT_CANCELLED,
        actor=actor,
        cause=cause,
        line=line.pk,
        title=line.title,
        sequence=line.booking.sequence,
        **{"from": line.booking.starts_at.isoformat()},
        kept=str(line.kept),
        comes_back=str(line.comes_back),
    )
    if line.comes_back and payments:
        flag_refund(payments[-1], order, line)
    booking = line.booking
    queue_message(order, kind=message, key=f"cancelled:{booking.pk}:{booking.sequence}", about=booking)
    close_if_free(order, payments, actor=actor)
    fulfil_if_done(order, actor=actor)
    return line


def why_it_stays(order: Order, line: OrderLine, *, now: datetime) -> str:
    """Why its customer cannot move this visit at this moment, in a sentence; empty if they can."""
    return refusal(order, line, lambda visit: calendar.check_movable(visit, sold_terms(line), now))


def why_it_is_kept(order: Order, line: OrderLine, *, now: datetime) -> str:
    """Why its customer cannot cancel this visit at this moment, in a sentence; empty if they can."""
    return refusal(order, line, lambda visit: calendar.check_cancellable(visit, now, by_customer=True))


def refusal(order: Order, line: OrderLine, check: Callable) -> str:
    if order.status not in ACCEPTED:
        return _("This visit is not booked.")
    if line.cancelled_at:
        return _("This visit is cancelled.")
    if line.booking is None or line.booking.status == BookingStatus.CANCELLED:
        return _("This visit has no time.")
    try:
        check(line.booking)
    except ShopError as error:
        return str(error)
    return ""


def flag_refund(payment: Payment, order: Order, line: OrderLine) -> None:
    amount = format_money(line.comes_back, order.currency)
    flag(payment, order, f"Send back {amount}: {line.title} was cancelled")


def close_if_free(order: Order, payments: list[Payment], *, actor: str) -> None:
    """An order of which nothing is left is cancelled, if no money came for it. Money must be sent back first."""
    if not payments and all(line.cancelled_at for line in order.parts):
        order.move_to(OrderStatus.CANCELLED, EventKind.CANCELLED, actor=actor, cause="Every visit was cancelled")


def lines_of(order: Order):
    lines = order.lines.visits().select_related("variant__offering__rules", "booking__resource", "booking__pet")
    return lines.select_related("booking__variant__offering__rules").prefetch_related("add_ons")
