"""The basket, the order, the money and the mail: one module each."""

from checkout.models.cart import Cart, CartLine, CartLineAddOn, new_token
from checkout.models.change import ChangeStatus, VisitChange
from checkout.models.concern import Concern
from checkout.models.delivery import DeliveryZone, plain_postal_code
from checkout.models.event import EventKind, OrderEvent
from checkout.models.line import CHARGE, OVER, OrderLine, OrderLineAddOn, OrderLineNight, ParcelStatus
from checkout.models.message import Message
from checkout.models.order import (
    ACCEPTED,
    BOOKED,
    CUSTOMER,
    SHOP,
    TRANSITIONS,
    Handover,
    Order,
    OrderStatus,
    new_number,
)
from checkout.models.payment import (
    LIVE_PAYMENT,
    CounterMethod,
    EventsRead,
    Payment,
    PaymentProvider,
    PaymentPurpose,
    PaymentStatus,
    WebhookEvent,
)
from checkout.models.promotion import CODE, Gives, Promotion, PromotionItem, PromotionUse, code_key
from checkout.models.receipt import Receipt, ReceiptKind, ReceiptLine
from checkout.models.refund import (
    DISPUTE_OVER,
    FRUITLESS_REFUND,
    OPEN_REFUND,
    Dispute,
    DisputeStatus,
    Refund,
    RefundLine,
    RefundOrigin,
    RefundStatus,
)

__all__ = [
    "ACCEPTED",
    "BOOKED",
    "CHARGE",
    "CODE",
    "Cart",
    "CartLine",
    "CartLineAddOn",
    "CUSTOMER",
    "ChangeStatus",
    "Concern",
    "DISPUTE_OVER",
    "CounterMethod",
    "DeliveryZone",
    "Dispute",
    "DisputeStatus",
    "EventsRead",
    "FRUITLESS_REFUND",
    "OPEN_REFUND",
    "SHOP",
    "EventKind",
    "Gives",
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
    "Receipt",
    "ReceiptKind",
    "ReceiptLine",
    "Promotion",
    "PromotionItem",
    "PromotionUse",
    "Refund",
    "RefundLine",
    "RefundOrigin",
    "RefundStatus",
    "TRANSITIONS",
    "VisitChange",
    "WebhookEvent",
    "code_key",
    "new_number",
    "new_token",
    "plain_postal_code",
]
