"""Calling off what may still be paid: an open payment page is closed first, and what was paid there is known.

Like `payments`, nothing here runs inside a transaction.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from checkout import operations
from checkout.cancelling import Keep, Plan
from checkout.models import Order, OrderLine, OrderStatus
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


def close_pages(order: Order) -> None:
    for payment in order.payments.live():
        try:
            close_page(payment)
        except (StripeIsDown, NotOurs) as error:
            raise CannotClose from error
