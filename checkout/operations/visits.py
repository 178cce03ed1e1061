"""Another time for a visit that was sold: by its customer within the accepted terms, or by staff."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Booking, BookingStatus, Resource
from checkout.fulfilment import NothingToDo, check_accepted
from checkout.models import ACCEPTED, CUSTOMER, EventKind, Order, OrderLine, RefundOrigin
from checkout.operations.lost import why_no_other_time
from checkout.operations.messages import queue_message
from checkout.operations.refunding import lock_money, request_refund, sendable
from checkout.quotes import MoveQuote, price_then, quoted
from checkout.terms import kept_percent, sold_terms
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money

CHEAPER = "The new time costs less"


class OtherPrice(ShopError):
    """The nights of the new time are not worth what was paid for the old ones."""

    def __init__(self, paid: Decimal, price: Decimal):
        super().__init__(
            _("You paid %(paid)s, and those nights cost %(price)s. Please call us, and we move it for you.")
            % {"paid": format_money(paid), "price": format_money(price)}
        )


class NotAsQuoted(ShopError):
    """The new time costs something else, and whoever moves the visit has not agreed to these amounts."""

    def __init__(self, quote: MoveQuote, currency: str):
        self.quote = quote
        amounts = {"price": format_money(quote.new, currency), "back": format_money(quote.comes_back, currency)}
        super().__init__(
            _("Meanwhile the new time costs %(price)s, and %(back)s comes back. Please look, and press again.")
            % amounts
        )


class NotByCard(ShopError):
    """Another price is settled with the card that paid; this order's money has another story."""


@transaction.atomic(durable=True)
def move_visit(
    line: OrderLine,
    *,
    starts_at: datetime,
    resource: Resource | None = None,
    agreed: MoveQuote | None = None,
    actor: str = CUSTOMER,
    cause: str = "Moved on the order's page",
) -> OrderLine:
    """Give a sold visit another time, and tell its customer; what it costs less there is asked back in the same act.

    Its customer may do so within the accepted terms, and `agreed` are the amounts that stood beside the button; what
    cancelling costs by now it costs from then on at least. Staff may do so whenever there is a place, and without `agreed`
    for what was paid. Where it is already it stays, and nobody hears of it. Raises OtherPrice, NotAsQuoted, NotByCard,
    NothingToDo and whatever `move_booking` and `request_refund` do; then nothing has changed.
    """
    order, payments = lock_money(line.order_id)
    order.attempts = payments
    check_accepted(order)
    line = lines_of(order).get(pk=line.pk)
    if line.booking is None or line.cancelled_at:
        raise NothingToDo(_("This visit has no time."))
    before = line.booking
    is_customers = actor == CUSTOMER
    is_priced = is_customers or agreed is not None
    quote = quoted(order, line, before, starts_at) if is_priced else MoveQuote(line.worth, line.worth)
    if before.starts_at != starts_at:
        check_agreed(order, quote, agreed)
    kept = kept_percent(line, now=clock.now())
    after = calendar.move_booking(
        before, starts_at=starts_at, resource=resource, accepted=sold_terms(line) if is_customers else None
    )
    line.booking = after
    if after.sequence == before.sequence:
        return line
    if line.due_by:
        move_balance(line)
    if not quote.is_even:
        line.amount_there = quote.new
    if is_customers:
        line.kept_at_least = kept
    line.save(update_fields=["amount_there", "kept_at_least"])
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
        **({} if quote.is_even else {"cost": str(quote.old), "costs": str(quote.new)}),
    )
    if quote.comes_back:
        origin = RefundOrigin.CUSTOMER if is_customers else RefundOrigin.SHOP
        request_refund(order, {line: quote.comes_back}, reason=CHEAPER, actor=actor, origin=origin)
    queue_message(order, kind="moved", key=f"moved:{after.pk}:{after.sequence}", about=after)
    return line


def move_balance(line: OrderLine) -> None:
    """The rest of a visit that was moved is due no sooner than was said, and before it begins."""
    starts_at = line.booking.starts_at
    line.due_by = min(starts_at, max(line.due_by, sold_terms(line).balance_due_by(starts_at)))
    line.save(update_fields=["due_by"])


def check_agreed(order: Order, quote: MoveQuote, agreed: MoveQuote | None) -> None:
    """Raise unless the visit may be moved for this price, and whoever moves it has seen that it is this one."""
    check_quote(order, quote)
    is_as_always = quote.is_even and agreed is None
    if not is_as_always and agreed != quote:
        raise NotAsQuoted(quote, order.currency)


def check_quote(order: Order, quote: MoveQuote) -> None:
    """A dearer time, or one that costs less than what was not all paid by card, is settled by staff on the phone."""
    if quote.is_dearer:
        raise OtherPrice(quote.old, quote.new)
    if quote.is_even:
        return
    if order.outstanding:
        raise NotByCard(_("Those nights cost something else, and your order is not paid yet. Please pay it first."))
    if quote.comes_back > sendable(order.attempts):
        raise NotByCard(_("Those nights cost less, and we cannot send the difference to your card. Please call us."))


def check_price(line: OrderLine, visit: Booking, starts_at: datetime) -> None:
    """Whatever was paid for a visit is its price at any time. Nights have prices of their own: raises OtherPrice."""
    price = price_then(line, visit, starts_at, currency=line.order.currency)
    if price != line.worth:
        raise OtherPrice(line.worth, price)


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
