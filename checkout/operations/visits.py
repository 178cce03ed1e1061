"""Another time for a visit that was sold: by its customer within the accepted terms, or by staff."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Booking, BookingStatus, Resource
from bookings.nights import nights
from checkout.fulfilment import NothingToDo, lock_accepted
from checkout.models import ACCEPTED, CUSTOMER, EventKind, Order, OrderLine
from checkout.operations.lost import why_no_other_time
from checkout.operations.messages import queue_message
from checkout.terms import sold_terms
from petshop.core.errors import ShopError
from petshop.core.money import format_money


class OtherPrice(ShopError):
    """The nights of the new time are not worth what was paid for the old ones."""

    def __init__(self, paid: Decimal, price: Decimal):
        super().__init__(
            _("You paid %(paid)s, and those nights cost %(price)s. Please call us, and we move it for you.")
            % {"paid": format_money(paid), "price": format_money(price)}
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
        check_price(line, before, starts_at)
    after = calendar.move_booking(
        before, starts_at=starts_at, resource=resource, accepted=sold_terms(line) if is_customers else None
    )
    line.booking = after
    if after.sequence == before.sequence:
        return line
    if line.due_by:
        move_balance(line)
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


def move_balance(line: OrderLine) -> None:
    """The rest of a visit that was moved is due no sooner than was said, and before it begins."""
    starts_at = line.booking.starts_at
    line.due_by = min(starts_at, max(line.due_by, sold_terms(line).balance_due_by(starts_at)))
    line.save(update_fields=["due_by"])


def check_price(line: OrderLine, visit: Booking, starts_at: datetime) -> None:
    """Whatever was paid for a visit is its price at any time. Nights have prices of their own: raises OtherPrice."""
    if not visit.nights:
        return
    arrival = localtime(starts_at).date()
    seasons = line.variant.offering.seasons.all()
    wanted = nights(line.variant.price, seasons, arrival=arrival, count=visit.nights)
    price = sum((add_on.price for add_on in line.add_ons.all()), sum((night.price for night in wanted), Decimal(0)))
    if price != line.total:
        raise OtherPrice(line.total, price)


def why_it_stays(order: Order, line: OrderLine, *, now: datetime) -> str:
    """Why its customer cannot move this visit at this moment, in a sentence; empty if they can."""
    if line.choose_by:
        return why_no_other_time(line)
    if order.status not in ACCEPTED:
        return _("This visit is not booked.")
    if line.cancelled_at:
        return _("This visit is cancelled.")
    if line.booking is None or line.booking.status == BookingStatus.CANCELLED:
        return _("This visit has no time.")
    try:
        calendar.check_movable(line.booking, sold_terms(line), now)
    except ShopError as error:
        return str(error)
    return ""


def lines_of(order: Order):
    lines = order.lines.visits().select_related("variant__offering__rules", "booking__resource", "booking__pet")
    return lines.select_related("booking__variant__offering__rules").prefetch_related("add_ons")
