"""Money over the counter: taken in cash or on the card terminal, and given back there. Written down by whoever took it."""

from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from checkout.fulfilment import PaymentIsUnderWay, close_if_over
from checkout.models import (
    ACCEPTED,
    LIVE_PAYMENT,
    Cart,
    CounterMethod,
    EventKind,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentProvider,
    PaymentPurpose,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from checkout.operations.balances import NothingToPay
from checkout.operations.paying import accept, lock_order, queue_message
from checkout.operations.receipting import issue_credit_note
from checkout.operations.refunding import MoreThanIsLeft, NothingToSendBack, add_part, lock_money
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money, round_money


class OtherAmount(ShopError):
    """What is to be paid is not what was shown: something was called off, or paid."""

    def __init__(self, amount: Decimal, currency: str):
        amount = format_money(amount, currency)
        super().__init__(_("Meanwhile %(amount)s is to be paid. Please look, and press again.") % {"amount": amount})


class PressedElsewhere(ShopError):
    def __init__(self):
        super().__init__(_("This button belongs to another order. Please press it again."))


@transaction.atomic(durable=True)
def take_at_counter(
    order: Order, *, press: UUID, method: CounterMethod, agreed: Decimal, note: str, actor: str
) -> Payment:
    """Write down that all that was still to be paid has come over the counter; the order is paid then.

    `press` names the button: pressed twice, it is one payment. `agreed` is what was shown: if another amount is to be paid
    by now, it raises OtherAmount. Raises NothingToPay, and PaymentIsUnderWay while the customer has a payment page open:
    the caller closes it first. Then nothing has changed.
    """
    cart, order, known = lock_for_press(order.pk, press)
    if known:
        return known
    if order.status != OrderStatus.CONFIRMED or not order.outstanding:
        raise NothingToPay(order)
    if order.outstanding != agreed:
        raise OtherAmount(order.outstanding, order.currency)
    payment = counter_payment(
        order, press=press, purpose=PaymentPurpose.BALANCE, amount=agreed, method=method, note=note
    )
    accept(payment, order, cart, actor=actor)
    return payment


def lock_for_press(order_id: int, press: UUID) -> tuple[Cart | None, Order, Payment | None]:
    """Lock an order whose money lies on the counter, after its basket; and the payment of this press, if it was made before.

    Raises PressedElsewhere, or PaymentIsUnderWay while the customer has a payment page open.
    """
    cart, order = lock_order(order_id)
    if known := Payment.objects.filter(uuid=press).first():
        if known.order_id != order.pk:
            raise PressedElsewhere
        return cart, order, known
    order.attempts = list(order.payments.select_for_update().order_by("pk"))
    if any(payment.status in LIVE_PAYMENT for payment in order.attempts):
        raise PaymentIsUnderWay(order)
    return cart, order, None


def counter_payment(order: Order, *, press: UUID, **what) -> Payment:
    """Write down money that came over the counter, for whoever then accepts it."""
    return order.payments.create(
        uuid=press,
        provider=PaymentProvider.COUNTER,
        mode=settings.PAYMENT_MODE,
        currency=order.currency,
        session_expires_at=clock.now(),  # there is no page
        **what,
    )


@transaction.atomic(durable=True)
def give_back_at_counter(payment: Payment, *, press: str, amount: Decimal, reason: str, actor: str) -> Refund:
    """Write down that money which came over the counter went back there: it is settled at once, and Stripe has no part in it.

    First it is for what was called off and not sent back yet. `press` names the button: pressed twice, it is one refund.
    Raises NothingToSendBack or MoreThanIsLeft; then nothing has changed.
    """
    order, payments = lock_money(payment.order_id)
    payment = next(each for each in payments if each.pk == payment.pk)
    if known := payment.refunds.filter(press=press).first():
        return known
    if not payment.is_received or payment.provider != PaymentProvider.COUNTER:
        raise NothingToSendBack
    if amount <= 0 or amount != round_money(amount, order.currency):
        raise NothingToSendBack
    order.attempts = payments
    parts = shared(order, amount)
    if amount > payment.amount - payment.refunded or sum(parts.values()) < amount:
        raise MoreThanIsLeft(order, min(payment.amount - payment.refunded, sum(parts.values(), Decimal(0))))
    refund = payment.refunds.create(
        amount=amount,
        origin=RefundOrigin.COUNTER,
        status=RefundStatus.SUCCEEDED,
        settled_at=clock.now(),
        reason=reason,
        actor=actor,
        press=press,
    )
    for line, part in parts.items():
        add_part(refund, order, line, part)
    order.record(EventKind.REFUNDED, actor=actor, cause=reason, refund=refund.pk, amount=str(amount), origin="counter")
    queue_message(order, kind="sent_back", key=f"sent-back:{refund.pk}", refund=refund)
    if order.status in ACCEPTED:
        close_if_over(order, actor=actor, cause=reason)
    issue_credit_note(refund, payment, order)
    return refund


def shared(order: Order, amount: Decimal) -> dict[OrderLine, Decimal]:
    """Of which lines an amount is: of those that were called off first, then of what was paid last; at most what is there."""
    lines = list(order.lines.order_by("pk"))
    for line in lines:
        line.order = order
    parts: dict[OrderLine, Decimal] = {}
    rooms = [(line, line.still_owed) for line in lines]
    rooms += [(line, order.left_of(line)) for line in sorted(lines, key=lambda line: -line.due_later)]
    for line, room in rooms:
        part = min(room - parts.get(line, Decimal(0)), amount - sum(parts.values()))
        if part > 0:
            parts[line] = parts.get(line, Decimal(0)) + part
    return parts
