"""Calling off what may still be paid: an open payment page is closed first, and what was paid there is known.

Like `payments`, nothing here runs inside a transaction.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from checkout import operations, payments
from checkout.cancelling import Keep, Plan
from checkout.models import Order, OrderLine, OrderStatus, VisitChange
from checkout.payments import NotOurs, StripeIsDown, close_page
from petshop.core.errors import ShopError


class CannotClose(ShopError):
    """Nobody knows whether the order is being paid at this moment."""

    def __init__(self):
        super().__init__(
            _("We could not ask Stripe about the open payment page. Nothing has changed. Please try again.")
        )


def cancel_lines(lines: Sequence[OrderLine], **how) -> Plan:
    """As operations.cancel_lines, with no page open on which they could still be paid for. Raises CannotClose as well."""
    close_pages(lines[0].order)
    return operations.cancel_lines(lines, **how)


def cancel_unpaid(order: Order, *, actor: str, cause: str) -> Plan:
    """End an order that awaits its payment; if it turns out to be paid, all of its money goes back.

    Raises CannotClose, or PaymentIsUnderWay while the bank has not answered; then nothing has changed.
    """
    close_pages(order)
    if operations.cancel_unpaid(order, actor=actor, cause=cause):
        return Plan()
    order = Order.objects.get(pk=order.pk)
    if order.status == OrderStatus.EXPIRED:
        return Plan()
    return operations.cancel_lines(order.parts, actor=actor, cause=cause, keep=Keep.NOTHING)


def move_visit(line: OrderLine, **how) -> OrderLine:
    """As operations.move_visit, with no page open on which another time of it could be paid. Raises CannotClose as well."""
    close_pages_of_changes(line.order)
    return operations.move_visit(line, **how)


def ask_for_change(line: OrderLine, **how) -> VisitChange:
    """The same, as operations.ask_for_change."""
    close_pages_of_changes(line.order)
    return operations.ask_for_change(line, **how)


def end_change(change: VisitChange, *, actor: str, cause: str) -> bool:
    """As payments.end_change. Raises CannotClose, or PaymentIsUnderWay; then nothing has changed."""
    try:
        return payments.end_change(change, actor=actor, cause=cause)
    except (StripeIsDown, NotOurs) as error:
        raise CannotClose from error


def close_pages_of_changes(order: Order) -> None:
    """Whoever chooses once more does not pay for what was chosen before. Rarely is there any."""
    if order.changes.waiting().exists():
        close_pages(order)


def close_pages(order: Order) -> None:
    for payment in order.payments.live():
        try:
            close_page(payment)
        except (StripeIsDown, NotOurs) as error:
            raise CannotClose from error
