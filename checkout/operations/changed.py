"""What becomes of an agreed change of a visit: it is carried out once it is paid, or it ends and the visit stays.

All of it inside the caller's transaction, with the order and its payments locked.
"""

from collections.abc import Collection, Iterable

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Booking
from checkout.fulfilment import PaymentIsUnderWay, check_accepted
from checkout.models import (
    CHARGE,
    LIVE_PAYMENT,
    SHOP,
    ChangeStatus,
    EventKind,
    Order,
    OrderLine,
    Payment,
    PaymentProvider,
    VisitChange,
)
from checkout.operations.messages import queue_message
from checkout.operations.moved import lines_of, write_move
from checkout.operations.refunding import send_surplus_back
from checkout.quotes import MoveQuote
from checkout.terms import kept_percent
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money

NAME_AT_MOST = 120  # letters of a line


class ChangeIsOver(ShopError):
    """The difference is not asked for any more: the visit has moved, or its new time was let go."""

    def __init__(self):
        super().__init__(_("That time is no longer kept for this visit. Please choose again."))


def accept_change(payment: Payment, order: Order, *, actor: str) -> None:
    """The difference is here: the visit moves, and what was paid is a line of its order.

    If it cannot be had any more, the visit keeps the time that it has, and the money goes back by itself. At the counter
    nothing is taken for what is not to be had: there it raises what was in the way.
    """
    change = order.changes.select_related("booking").get(pk=payment.change_id)
    try:
        carry_out(change, payment, order, actor=actor)
    except ShopError as error:
        if payment.provider == PaymentProvider.COUNTER:
            raise
        if change.is_waiting:
            end(change, order, actor=SHOP, cause=str(error))
        amount = format_money(payment.amount, payment.currency)
        reason = f"{amount} came for another time of {change.line.title}, which was not to be had any more"
        send_surplus_back(payment, order, reason=reason)
        queue_message(order, kind="change_lost", key=f"change-lost:{payment.uuid}")


def carry_out(change: VisitChange, payment: Payment, order: Order, *, actor: str) -> None:
    """Move the visit to where it was paid for. Raises ChangeIsOver or whatever `take_held` does; then it stays."""
    check_accepted(order)
    line = lines_of(order).get(pk=change.line_id)
    before = line.booking
    if not change.is_waiting or line.cancelled_at or not change.is_of(before):
        raise ChangeIsOver
    kept = kept_percent(line, now=clock.now()) if change.is_customers else 0
    after = calendar.take_held(before, change.booking, starts_at=change.starts_at, by_customer=change.is_customers)
    change.status = ChangeStatus.DONE
    change.save(update_fields=["status"])
    order.record(
        EventKind.CHANGE_PAID,
        actor=actor,
        cause=f"{line.title}: the difference to another time",
        line=line.pk,
        amount=str(payment.amount),
        card=payment.card,
        method=payment.method,
        note=payment.note,
    )
    charge(order, line, change)
    quote = MoveQuote(change.cost, change.price, to_pay=change.amount)
    write_move(line, before, after, quote=quote, kept=kept, actor=change.actor, cause=change.cause)


def charge(order: Order, line: OrderLine, change: VisitChange) -> OrderLine:
    """What was paid for the new time, as a line of the order, whose total it is a part of from now on."""
    order.subtotal += change.amount
    order.total += change.amount
    order.save(update_fields=["subtotal", "total"])
    made = order.lines.create(
        kind=CHARGE,
        visit=line,
        name=Truncator(_("Another time: %(visit)s") % {"visit": line.title}).chars(NAME_AT_MOST),
        unit_price=change.amount,
        tax_rate=line.tax_rate,
    )
    order.__dict__.pop("every_line", None)  # it has one more from now on
    order.__dict__.pop("charges", None)
    return made


def end(change: VisitChange, order: Order, *, actor: str, cause: str) -> None:
    """The visit keeps the time that it has, and the other one is free."""
    change.status = ChangeStatus.ENDED
    change.save(update_fields=["status"])
    if change.booking:
        calendar.release_holds([change.booking])
    order.record(
        EventKind.CHANGE_ENDED,
        actor=actor,
        cause=cause[:300],
        line=change.line_id,
        title=change.line.title,
        to=change.starts_at.isoformat(),
    )


def waiting(order: Order, payments: Iterable[Payment], *, of: Collection[int] | None = None) -> VisitChange | None:
    """The change that waits for its difference, of one of these lines if any are named.

    Raises PaymentIsUnderWay while it may be paid at this moment: whoever lets it go closes its page first.
    """
    change = order.changes.waiting().select_related("booking", "line").first()
    if change is None or (of is not None and change.line_id not in of):
        return None
    if any(payment.change_id == change.pk and payment.status in LIVE_PAYMENT for payment in payments):
        raise PaymentIsUnderWay(order)
    return change


def held_by(change: VisitChange | None) -> Booking | None:
    return change.booking if change else None
