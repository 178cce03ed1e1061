"""Another time for a visit that was sold: by its customer within the accepted terms, or by staff."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Booking, BookingStatus, Resource
from checkout.fulfilment import NothingToDo, check_accepted
from checkout.models import ACCEPTED, CUSTOMER, Order, OrderLine, RefundOrigin
from checkout.operations.changed import end, held_by, waiting
from checkout.operations.lost import why_no_other_time
from checkout.operations.moved import left_with, lines_of, write_move
from checkout.operations.refunding import lock_money, request_refund, sendable
from checkout.quotes import MoveQuote, cost_of, price_then, quoted
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
        price = format_money(quote.new, currency)
        if quote.to_pay:
            words = _(
                "Meanwhile the new time costs %(price)s, and %(amount)s is to be paid. Please look, and press again."
            )
        else:
            words = _(
                "Meanwhile the new time costs %(price)s, and %(amount)s comes back. Please look, and press again."
            )
        amount = format_money(quote.to_pay or quote.comes_back, currency)
        super().__init__(words % {"price": price, "amount": amount})


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
    for what was paid. A dearer time is paid for first, see `ask_for_change`; what was kept of one is let go. Where the visit
    is already it stays, and nobody hears of it. Raises NotAsQuoted, NotByCard, NothingToDo, PaymentIsUnderWay and whatever
    `move_booking` and `request_refund` do; then nothing has changed.
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
    cost = cost_of(line)
    quote = quoted(order, line, before, starts_at) if is_priced else MoveQuote(cost, cost)
    if before.starts_at != starts_at:
        check_agreed(order, quote, agreed)
        if quote.is_dearer:
            raise NotAsQuoted(quote, order.currency)  # first it is paid: see `ask_for_change`
    kept = kept_percent(line, now=clock.now()) if is_customers else 0
    change = waiting(order, payments, of=[line.pk])
    after = calendar.move_booking(
        before,
        starts_at=starts_at,
        resource=resource,
        accepted=sold_terms(line) if is_customers else None,
        letting_go=held_by(change),
    )
    if change:
        end(change, order, actor=actor, cause="Another time was chosen")
    if after.sequence == before.sequence:
        return line
    amounts = left_with(line, quote.comes_back)
    write_move(line, before, after, quote=quote, kept=kept, actor=actor, cause=cause)
    if amounts:
        origin = RefundOrigin.CUSTOMER if is_customers else RefundOrigin.SHOP
        request_refund(order, amounts, reason=CHEAPER, actor=actor, origin=origin)
    return line


def check_agreed(order: Order, quote: MoveQuote, agreed: MoveQuote | None) -> None:
    """Raise unless the visit may be moved for this price, and whoever moves it has seen that it is this one."""
    check_quote(order, quote)
    is_as_always = quote.is_even and agreed is None
    if not is_as_always and agreed != quote:
        raise NotAsQuoted(quote, order.currency)


def check_quote(order: Order, quote: MoveQuote) -> None:
    """Another price of what was not all paid, or a lower one of what was not all paid by card, is settled by staff."""
    if quote.is_even:
        return
    if order.outstanding:
        raise NotByCard(_("Those nights cost something else, and your order is not paid yet. Please pay it first."))
    if quote.comes_back > sendable(order.attempts):
        raise NotByCard(_("Those nights cost less, and we cannot send the difference to your card. Please call us."))


def check_price(line: OrderLine, visit: Booking, starts_at: datetime) -> None:
    """What its money came too late for is chosen anew at the same price; nights have prices of their own: raises OtherPrice."""
    cost, price = cost_of(line), price_then(line, visit, starts_at)
    if price != cost:
        raise OtherPrice(cost, price)


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
