"""The end of what was sold: by its customer within the accepted terms, by staff as they decide, or for want of a proof.

Its place is free, its stock back on the shelf and its money asked back in one transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import BookingStatus
from checkout.cancelling import Keep, Part, Plan, Seen, planned, with_charges
from checkout.fulfilment import (
    NothingToDo,
    PaymentIsUnderWay,
    check_accepted,
    close_if_over,
    fulfil_if_done,
    pay_if_covered,
)
from checkout.models import (
    ACCEPTED,
    CUSTOMER,
    LIVE_PAYMENT,
    EventKind,
    Order,
    OrderLine,
    OrderStatus,
    ParcelStatus,
    Payment,
    RefundOrigin,
)
from checkout.operations.changed import end, waiting
from checkout.operations.concerns import flag
from checkout.operations.lost import let_go
from checkout.operations.messages import queue_message
from checkout.operations.paying import lock_order
from checkout.operations.promoting import give_uses_back
from checkout.operations.refunding import request_refund, sendable, why_by_hand
from checkout.operations.shelf import put_back
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money

ON_THE_PAGE = "Cancelled on the order's page"
UNPACKED = [ParcelStatus.TO_PACK, ParcelStatus.READY]


class NotAsSeen(ShopError):
    """What was shown is not so any more: a step of the terms was reached, or something went back meanwhile."""

    def __init__(self, plan: Plan, currency: str):
        self.plan = plan
        amounts = {"back": format_money(plan.comes_back, currency), "kept": format_money(plan.kept, currency)}
        super().__init__(
            _("Meanwhile %(back)s comes back if you cancel, and %(kept)s is kept. Please look, and press again.")
            % amounts
        )


@transaction.atomic(durable=True)
def cancel_lines(
    lines: Sequence[OrderLine],
    *,
    actor: str = CUSTOMER,
    cause: str = ON_THE_PAGE,
    keep: Keep = Keep.TERMS,
    amount: Decimal | None = None,
    seen: Seen | None = None,
    wasted: Collection[OrderLine] = (),
) -> Plan:
    """Call off some lines of one accepted order, all of them or none; gives what came back of each and what is kept.

    Their places are free, their products back on the shelf once (`wasted` are those that nobody can sell any more), their
    money is asked back, and the customer is told. `seen` are the amounts that whoever pressed was shown: if they are
    others by now, it raises NotAsSeen. Lines that are called off already stay so: safe to repeat. Raises NothingToDo,
    PaymentIsUnderWay, CannotKeep and whatever `cancel_bookings` does; then nothing has changed.
    """
    [order_id] = {line.order_id for line in lines}
    order = Order.objects.select_for_update().get(pk=order_id)
    if not standing(order, lines):
        return Plan()
    check_accepted(order)
    return call_off(order, lines, actor=actor, cause=cause, keep=keep, amount=amount, seen=seen, wasted=wasted)


@transaction.atomic(durable=True)
def cancel_unpaid(order: Order, *, actor: str, cause: str) -> bool:
    """Call off all of an order that awaits payment; False if it does not any more. The caller has closed its page.

    Raises PaymentIsUnderWay if another one was opened meanwhile.
    """
    _cart, order = lock_order(order.pk)
    if order.status != OrderStatus.PENDING:
        return False
    call_off(order, order.parts, actor=actor, cause=cause)
    give_uses_back(order)
    return True


def call_off(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    actor: str,
    cause: str,
    keep: Keep = Keep.TERMS,
    amount: Decimal | None = None,
    seen: Seen | None = None,
    wasted: Collection[OrderLine] = (),
    message: str = "cancelled",
) -> Plan:
    """The same inside the caller's transaction, with the order locked; `message` is the kind of a visit's mail."""
    payments = order.attempts = list(order.payments.select_for_update().order_by("pk"))
    if any(payment.status in LIVE_PAYMENT for payment in payments):
        raise PaymentIsUnderWay(order)
    lines = standing(order, lines)
    if not lines:
        return Plan()
    lines = with_charges(order, lines)
    free_all(lines, wasted={line.pk for line in wasted}, actor=actor)
    if change := waiting(order, payments, of=[line.pk for line in lines]):
        end(change, order, actor=actor, cause=cause)
    now = clock.now()
    plan = planned(order, lines, now=now, keep=keep, amount=amount)
    if seen is not None and seen != (by_terms := planned(order, lines, now=now)).seen:
        raise NotAsSeen(by_terms, order.currency)
    for part in plan.parts:
        write_down(order, part, now=now, actor=actor, cause=cause, is_wasted=part.line in wasted)
    send_back(order, payments, plan, actor=actor, cause=cause)
    tell(order, lines, message)
    close_if_over(order, actor=actor, cause=cause)
    pay_if_covered(order, actor=actor)
    if order.status == OrderStatus.CANCELLED and not order.received:
        give_uses_back(order)
    fulfil_if_done(order, actor=actor)
    return plan


def standing(order: Order, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Those of the lines that nobody has called off yet, as they are since their order was locked."""
    order.every_line = list(order.lines.select_related("variant", "booking__resource").order_by("pk"))
    asked = {line.pk for line in lines}
    return [line for line in order.every_line if line.pk in asked and not line.cancelled_at]


def free_all(lines: list[OrderLine], *, wasted: Collection[int], actor: str) -> None:
    """What they took is free again: first the shelf, then the calendar. Raises for what cannot be called off any more."""
    is_customers = actor == CUSTOMER
    for line in sorted(
        (line for line in lines if line.parcel and not line.choose_by), key=lambda line: line.variant_id
    ):
        if reason := why_parcel_stays(line, by_customer=is_customers):
            raise NothingToDo(reason)
        put_back(line, actor=actor, is_wasted=line.pk in wasted)
    visits = [line for line in lines if line.is_visit and not line.choose_by]
    ended = calendar.cancel_bookings([line.booking for line in visits if line.booking], by_customer=is_customers)
    if len(ended) < len(visits):
        raise NothingToDo(_("This visit has no time."))


def write_down(order: Order, part: Part, *, now: datetime, actor: str, cause: str, is_wasted: bool) -> None:
    """The line says when it was called off and what was kept of it, and the order's timeline who did it and why."""
    line = part.line
    if line.choose_by:
        let_go(order, line)
    line.cancelled_at, line.kept = now, part.kept
    if order.outstanding:
        line.waived = line.due_later
    if line.parcel:
        line.parcel = ParcelStatus.CANCELLED
    line.save(update_fields=["cancelled_at", "kept", "parcel", "waived"])
    said = {"line": line.pk, "title": line.title, "kept": str(part.kept), "comes_back": str(part.comes_back)}
    if line.is_visit and line.booking:
        line.booking.refresh_from_db()
        said |= {"sequence": line.booking.sequence, "from": line.booking.starts_at.isoformat()}
    elif line.parcel:
        said["wasted"] = is_wasted
    kind = EventKind.VISIT_CANCELLED if line.is_visit else EventKind.LINE_CANCELLED
    order.record(kind, actor=actor, cause=cause, **said)


def send_back(order: Order, payments: list[Payment], plan: Plan, *, actor: str, cause: str) -> None:
    """Ask Stripe for what comes back; what it cannot send, somebody of the staff must give back: not a cent is lost."""
    room = sendable(payments)
    amounts = {}
    for part in plan.parts:
        amounts[part.line] = min(part.comes_back, room)
        room -= amounts[part.line]
    sent = sum(amounts.values(), Decimal(0))
    if sent:
        request_refund(
            order,
            amounts,
            reason=cause,
            actor=actor,
            origin=RefundOrigin.CUSTOMER if actor == CUSTOMER else RefundOrigin.SHOP,
            quantities={line: line.quantity for line, back in amounts.items() if line.parcel and back == line.amount},
        )
    if by_hand := plan.comes_back - sent:
        payment, reason = why_by_hand(payments)
        titles = ", ".join(part.line.title for part in plan.parts if part.comes_back > amounts[part.line])
        flag(payment, order, f"Give {format_money(by_hand, order.currency)} back by hand, {reason}: {titles}")


def tell(order: Order, lines: list[OrderLine], message: str) -> None:
    """One mail: of a visit alone with its calendar file under its own name, of several things one for all of them."""
    lines = [line for line in lines if not line.visit_id]
    if len(lines) == 1 and lines[0].is_visit and lines[0].booking:
        booking = lines[0].booking
        queue_message(order, kind=message, key=f"cancelled:{booking.pk}:{booking.sequence}", about=booking)
    else:
        queue_message(order, kind="called_off", key=f"called-off:{lines[0].pk}")


# Whether it can be done, for whoever only looks


def why_it_is_kept(order: Order, line: OrderLine, *, now: datetime, by_customer: bool = True) -> str:
    """Why this line cannot be called off at this moment, in a sentence; empty if it can."""
    if line.cancelled_at:
        return _("This visit is cancelled.") if line.is_visit else _("This is cancelled.")
    if line.is_charge:
        return _("This goes with the rest of the order.")
    if order.status not in ACCEPTED:
        return _("This visit is not booked.") if line.is_visit else _("This is not paid.")
    if line.choose_by:
        return ""
    if not line.is_visit:
        return why_parcel_stays(line, by_customer=by_customer)
    if line.booking is None or line.booking.status == BookingStatus.CANCELLED:
        return _("This visit has no time.")
    try:
        calendar.check_cancellable(line.booking, now, by_customer=by_customer)
    except ShopError as error:
        return str(error)
    return ""


def why_parcel_stays(line: OrderLine, *, by_customer: bool) -> str:
    """A customer brings back to the desk what they have; what was sold out before it was paid nobody has."""
    if line.parcel == ParcelStatus.CANCELLED:
        return _("This was sold out before it was paid.")
    if by_customer and line.parcel not in UNPACKED:
        return _("You have this already. To give it back, bring it to the shop.")
    return ""
