"""An order that staff have made with a customer, on the phone or in a chat, and that the customer pays by its link."""

from dataclasses import dataclass
from datetime import timedelta

from checkout.models import Cart, Order
from checkout.operations.messages import queue_message
from checkout.operations.paying import empty_basket

KEPT_FOR = {hours: timedelta(hours=hours) for hours in (1, 4, 12)}


@dataclass(frozen=True)
class PaymentLink:
    """Who of the staff made the order, and for how long its times and products are kept until it is paid."""

    actor: str
    kept_for: timedelta


def hand_over(order: Order, cart: Cart) -> None:
    """Let go of a fresh order: it is its customer's, who is told where to pay, and the staff's basket is empty again."""
    empty_basket(cart, order)
    order.cart = None
    order.save(update_fields=["cart"])
    queue_message(order, kind="payment_link", key=f"link:{order.pk}")
