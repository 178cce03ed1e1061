"""Money that came too late: what it could not buy any more is offered in another way, or goes back."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from checkout.fulfilment import close_if_over, fulfil_if_done, pay_if_covered
from checkout.models import CUSTOMER, SHOP, Order, OrderLine, Payment, Refund, RefundOrigin
from checkout.operations.lost import chosen_already, give_up, offer_choice
from checkout.operations.messages import queue_message, tell_staff
from checkout.operations.refunding import MoreThanIsLeft, lock_money, request_refund
from petshop.core import clock

CHOOSE_WITHIN = timedelta(hours=48)
NOT_CHOSEN = "Nothing else was chosen in time"
NOTHING_LEFT = "The money came too late, and nothing of the order was left"
ASKED_BACK = "Asked for it back on the order's page"


def answer_late_money(order: Order, payment: Payment, lost: list[OrderLine]) -> None:
    """Offer something else for what could not be kept, for two days; if nothing could, the money goes back at once.

    Inside the caller's transaction, with the order locked and paid.
    """
    order, _payments = lock_money(order.pk)
    tell_staff(order, kind="late", key=f"late:{order.pk}")
    until = clock.now() + CHOOSE_WITHIN
    for line in lost:
        offer_choice(order, line, payment, until=until)
    if all(line in lost for line in order.parts):
        send_back(order, lost, actor=SHOP, cause=NOTHING_LEFT)
        queue_message(order, kind="late_refund", key=f"late-refund:{order.pk}")


@transaction.atomic(durable=True)
def send_late_money_back(line: OrderLine, *, agreed: Decimal) -> OrderLine:
    """Its customer wants the money back for what was not to be had. Pressed again, it goes back once.

    `agreed` is what the customer saw. Raises MoreThanIsLeft if it is not that much any more, NothingToDo if something
    else was chosen meanwhile, or PaymentIsDisputed; then nothing has changed.
    """
    order, _payments = lock_money(line.order_id)
    line = order.lines.get(pk=line.pk)
    if line.cancelled_at:
        return line
    if line.choose_by is None:
        raise chosen_already()
    left = order.left_of(line)
    if left < agreed:
        raise MoreThanIsLeft(order, left, line)
    send_back(order, [line], actor=CUSTOMER, cause=ASKED_BACK)
    line.refresh_from_db()
    return line


@transaction.atomic(durable=True)
def send_overdue_money_back(order: Order) -> list[Refund]:
    """Send back what its customer chose nothing else for in time. Safe to repeat, any number at once.

    Raises PaymentIsDisputed, and changes nothing.
    """
    order, _payments = lock_money(order.pk)
    overdue = list(order.lines.lost().filter(choose_by__lte=clock.now()).order_by("pk"))
    return send_back(order, overdue, actor=SHOP, cause=NOT_CHOSEN) if overdue else []


def send_back(order: Order, lines: list[OrderLine], *, actor: str, cause: str) -> list[Refund]:
    """Give these lines up and send back all that is left of what was paid for them; with the last of them, also of what
    was paid beside them.
    """
    is_last = all(line.cancelled_at or line in lines for line in order.parts)
    lines = [*lines, *(charge for charge in order.charges if is_last and not charge.cancelled_at)]
    left = {line: order.left_of(line) for line in lines}
    for line in lines:
        give_up(order, line, actor=actor, cause=cause)
    refunds = []
    if any(left.values()):
        refunds = request_refund(order, left, reason=cause, actor=actor, origin=RefundOrigin.LATE)
    order, _payments = lock_money(order.pk)  # as it is by now
    close_if_over(order, actor=actor, cause=cause)
    pay_if_covered(order, actor=actor)
    fulfil_if_done(order, actor=actor)
    return refunds
