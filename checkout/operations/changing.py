"""A visit is to get a dearer time: both are kept until the difference is paid, on its customer's card or at the counter."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from checkout.change_mails import key_of
from checkout.fulfilment import NothingToDo, PaymentIsUnderWay, check_accepted
from checkout.models import (
    CUSTOMER,
    LIVE_PAYMENT,
    CounterMethod,
    EventKind,
    Order,
    OrderLine,
    Payment,
    PaymentPurpose,
    PaymentStatus,
    VisitChange,
)
from checkout.operations.changed import ChangeIsOver, end, held_by, waiting
from checkout.operations.counter import OtherAmount, counter_payment, lock_for_press
from checkout.operations.messages import queue_message
from checkout.operations.moved import lines_of
from checkout.operations.paying import GRACE, PAY_WITHIN, accept
from checkout.operations.refunding import lock_money
from checkout.operations.visits import NotAsQuoted, check_agreed
from checkout.quotes import MoveQuote, quoted
from checkout.terms import sold_terms
from petshop.core import clock
from petshop.core.money import to_stripe

# For so long staff keep a time whose difference its customer is to pay by a link: whoever opens its payment page in the last
# minute still has all of that page's time within the day for which a hold may last.
ASKED_FOR = timedelta(hours=23)


@transaction.atomic(durable=True)
def ask_for_change(
    line: OrderLine,
    *,
    starts_at: datetime,
    agreed: MoveQuote,
    actor: str = CUSTOMER,
    cause: str = "Moved on the order's page",
) -> VisitChange:
    """Keep a dearer time for a sold visit until its difference is paid; until then the visit has its old one as well.

    Its customer may do so within the accepted terms and has then as long as a payment page is open; staff may do so
    whenever there is a place, and its customer gets a link and most of a day. `agreed` are the amounts that stood beside the
    button. What was kept for this order before is let go. Raises NotAsQuoted, NotByCard, NothingToDo, PaymentIsUnderWay
    and whatever `hold_beside` does; then nothing has changed.
    """
    order, payments = lock_money(line.order_id)
    order.attempts = payments
    check_accepted(order)
    line = lines_of(order).get(pk=line.pk)
    if line.booking is None or line.cancelled_at:
        raise NothingToDo(_("This visit has no time."))
    quote = quoted(order, line, line.booking, starts_at)
    check_agreed(order, quote, agreed)
    if not quote.is_dearer:
        raise NotAsQuoted(quote, order.currency)
    before = waiting(order, payments)
    is_customers = actor == CUSTOMER
    until = clock.now() + (PAY_WITHIN + GRACE if is_customers else ASKED_FOR)
    held = calendar.hold_beside(
        line.booking,
        starts_at=starts_at,
        until=until,
        accepted=sold_terms(line) if is_customers else None,
        letting_go=held_by(before),
    )
    if before:
        end(before, order, actor=actor, cause="Another time was chosen")
    change = order.changes.create(
        line=line,
        starts_at=starts_at,
        sequence=line.booking.sequence,
        price=quote.new,
        amount=quote.to_pay,
        held_until=until,
        booking=held,
        actor=actor,
        cause=cause,
    )
    order.record(
        EventKind.CHANGE_ASKED,
        actor=actor,
        cause=cause,
        line=line.pk,
        title=line.title,
        to=starts_at.isoformat(),
        amount=str(change.amount),
    )
    if not is_customers:
        queue_message(order, kind="change_link", key=key_of(change))
    return change


@transaction.atomic(durable=True)
def change_attempt(change: VisitChange) -> Payment:
    """The one open attempt to pay for a change, or a fresh one that keeps its time for as long.

    Asked by several at once, all get the same attempt. Raises ChangeIsOver if it waits no more or its time ran out, and
    PaymentIsUnderWay while something else of the order is being paid.
    """
    order, payments = lock_money(change.order_id)
    change = order.changes.select_related("line__booking", "booking").get(pk=change.pk)
    if live := next((payment for payment in payments if payment.status in LIVE_PAYMENT), None):
        if live.change_id != change.pk:
            raise PaymentIsUnderWay(order)
        return live
    now = clock.now()
    doubtful = any(payment.change_id == change.pk and payment.status == PaymentStatus.MISMATCH for payment in payments)
    if doubtful or not (change.is_open(now) and change.is_of(change.line.booking)):
        raise ChangeIsOver
    session_expires_at = now + PAY_WITHIN
    keep(change, until=session_expires_at + GRACE)
    return order.payments.create(
        purpose=PaymentPurpose.CHANGE,
        change=change,
        mode=settings.PAYMENT_MODE,
        amount=change.amount,
        currency=order.currency,
        lines_snapshot=[
            {
                "name": _("Another time: %(visit)s") % {"visit": change.line.title},
                "unit": to_stripe(change.amount, order.currency),
                "quantity": 1,
            }
        ],
        session_expires_at=session_expires_at,
    )


def keep(change: VisitChange, *, until: datetime) -> None:
    """Keep its time for at least as long. Raises ChangeIsOver if that is not to be had any more."""
    if change.held_until >= until:
        return
    if change.booking:
        try:
            calendar.extend_holds([change.booking], until=until)
        except calendar.HoldLost as error:
            raise ChangeIsOver from error
    change.held_until = until
    change.save(update_fields=["held_until"])


@transaction.atomic(durable=True)
def take_for_change(
    change: VisitChange, *, press: UUID, method: CounterMethod, agreed, note: str, actor: str
) -> Payment:
    """Write down that the difference has come over the counter; the visit moves with it. As `take_at_counter`.

    Raises ChangeIsOver, OtherAmount, PaymentIsUnderWay and whatever `take_held` does; then nothing has changed.
    """
    cart, order, known = lock_for_press(change.order_id, press)
    if known:
        return known
    change = order.changes.get(pk=change.pk)
    if not change.is_waiting:
        raise ChangeIsOver
    if change.amount != agreed:
        raise OtherAmount(change.amount, order.currency)
    payment = counter_payment(
        order,
        press=press,
        purpose=PaymentPurpose.CHANGE,
        change=change,
        amount=agreed,
        method=method,
        note=note,
    )
    accept(payment, order, cart, actor=actor)
    return payment


@transaction.atomic(durable=True)
def end_change(change: VisitChange, *, actor: str, cause: str) -> bool:
    """Leave the visit where it is, and let its other time go; True if it was this call. Safe to repeat.

    The caller has closed its payment page. Raises PaymentIsUnderWay if that is open all the same.
    """
    order, payments = lock_money(change.order_id)
    found = waiting(order, payments, of=[change.line_id])
    if found is None or found.pk != change.pk:
        return False
    end(found, order, actor=actor, cause=cause)
    return True


def open_change(order: Order, *, now: datetime) -> VisitChange | None:
    """The other time that is kept for one of its visits and waits to be paid, for whoever shows it."""
    change = order.changes.waiting().select_related("line").first()
    return change if change and (change.is_open(now) or is_being_paid(order, change)) else None


def is_being_paid(order: Order, change: VisitChange) -> bool:
    """Whether its bank is thinking: that may take longer than the time is kept."""
    return any(
        payment.change_id == change.pk and payment.status == PaymentStatus.PROCESSING for payment in order.attempts
    )
