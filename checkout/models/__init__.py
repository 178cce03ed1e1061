"""The basket, the order, the money and the mail: one module each."""

from checkout.models.cart import Cart, CartLine, CartLineAddOn, new_token
from checkout.models.event import EventKind, OrderEvent
from checkout.models.message import Message
from checkout.models.order import (
    ACCEPTED,
    BOOKED,
    CUSTOMER,
    OVER,
    SHOP,
    TRANSITIONS,
    Handover,
    Order,
    OrderLine,
    OrderLineAddOn,
    OrderLineNight,
    OrderStatus,
    ParcelStatus,
    new_number,
)
from checkout.models.payment import LIVE_PAYMENT, Payment, PaymentProvider, PaymentPurpose, PaymentStatus, WebhookEvent

__all__ = [
    "ACCEPTED",
    "BOOKED",
    "Cart",
    "CartLine",
    "CartLineAddOn",
    "CUSTOMER",
    "SHOP",
    "EventKind",
    "Handover",
    "LIVE_PAYMENT",
    "Message",
    "OVER",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderLineAddOn",
    "OrderLineNight",
    "OrderStatus",
    "ParcelStatus",
    "Payment",
    "PaymentProvider",
    "PaymentPurpose",
    "PaymentStatus",
    "TRANSITIONS",
    "WebhookEvent",
    "new_number",
    "new_token",
]
