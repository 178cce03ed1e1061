"""The talk with Stripe. Nothing here runs inside a transaction: ask first, then tell an operation what was said."""

import logging
from collections.abc import Callable
from functools import cache
from uuid import UUID

import stripe
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Variant
from checkout import operations
from checkout.models import SHOP, Cart, Order, OrderStatus, Payment, PaymentProvider, PaymentStatus, VisitChange
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import from_stripe, to_stripe
from petshop.core.payment_mode import PaymentMode

logger = logging.getLogger(__name__)

LINES_AT_MOST = 50  # a longer order is one line on Stripe's page
NOT_PAID_IN_TIME = "Not paid in time"
NOT_COMING = [
    "requires_payment_method",
    "canceled",
]  # what a payment is that a bank refused after its page was filled in


class StripeIsDown(ShopError):
    """Stripe did not answer, or not clearly. Nothing was charged by this call, and it may be tried again."""

    def __init__(self):
        super().__init__(
            _("We could not open the payment page. Nothing was charged and your order is safe: please try again.")
        )


class NotOurs(Exception):
    """An object of somebody else who shares the Stripe account, or of another mode of this shop."""


@cache
def client(retries: int = 1) -> stripe.StripeClient:
    """The one client of this process for this patience; safe to share between threads."""
    stripe.enable_telemetry = False
    if settings.PAYMENT_MODE == PaymentMode.LOCAL:
        from checkout.stripe_local import LocalTransport, local_stripe

        return stripe.StripeClient("local", http_client=LocalTransport(local_stripe()), max_network_retries=retries)
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        http_client=stripe.RequestsClient(timeout=(2, 8)),  # connect, read: a web worker must not wait for longer
        max_network_retries=retries,
    )


def no_answer(error: stripe.StripeError) -> StripeIsDown:
    """What to raise for an answer that leaves the outcome open; one that is our own mistake is also written to the log."""
    if not isinstance(error, (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)):
        logger.error("Stripe refuses to work with us: %s", error)
    return StripeIsDown()


def is_replay(error: stripe.StripeError) -> bool:
    """Whether Stripe only repeats what it has once said under this key."""
    return (error.headers or {}).get("Idempotent-Replayed") == "true"


# Opening a payment page


def place_order(cart: Cart, **wanted) -> Order:
    """As operations.place_order; when something is sold out, overdue orders of it are ended first and it is tried once more.

    So stock that somebody left unpaid is not lost to a sweeper that sleeps.
    """
    try:
        return operations.place_order(cart, **wanted)
    except operations.OutOfStock as error:
        if not free_stock(error.variant):
            raise
        return operations.place_order(cart, **wanted)


def free_stock(variant: Variant) -> bool:
    """End the overdue orders of a variant, whose buyer waits: with the first question that Stripe leaves open it stops."""
    is_freed = False
    for order in Order.objects.overdue(clock.now()).filter(lines__variant=variant):
        try:
            is_freed |= close_order(order, cause=NOT_PAID_IN_TIME, to_cart=False)
        except StripeIsDown:
            break
        except NotOurs:
            continue
    return is_freed


def open_checkout(order: Order) -> str:
    """The address where the customer goes on: Stripe's page for this order, or the order's own if nothing is to pay.

    Asked again, by a double click or from another tab, it is the same page. What is paid is what was seen: an order that
    moved on meanwhile is shown first. Raises StripeIsDown with the order and its times kept, OrderIsClosed, or HoldLost.
    """
    seen = order.status
    order.refresh_from_db()
    if order.payments.live().filter(session_expires_at__lte=clock.now()).exists():
        settle_order(order)  # its page has closed, even if nobody has told us
    if order.is_paid or (order.status != seen and order.status == OrderStatus.CONFIRMED):
        return order.get_absolute_url()
    return go_on_paying(order, lambda: operations.live_attempt(order))


def open_change(change: VisitChange) -> str:
    """The same for what another time of a visit costs more.

    Raises StripeIsDown with both times kept, ChangeIsOver, or PaymentIsUnderWay.
    """
    if change.payments.live().filter(session_expires_at__lte=clock.now()).exists():
        settle_order(change.order)
    return go_on_paying(change.order, lambda: operations.change_attempt(change))


def go_on_paying(order: Order, attempt: Callable[[], Payment]) -> str:
    """Where the one live attempt is paid, or a fresh one."""
    payment = attempt()
    if payment.provider != PaymentProvider.STRIPE or payment.status == PaymentStatus.PROCESSING:
        return order.get_absolute_url()
    if payment.status != PaymentStatus.CREATED:
        return payment.session_url or order.get_absolute_url()
    try:
        return open_page(payment)
    except AnswerReplayed:
        # Stripe keeps even a failure under its key, so this attempt can never succeed. Did it open a page after all?
        payment = adopt_or_abandon(payment) or attempt()
        return payment.session_url or open_page(payment)


class AnswerReplayed(StripeIsDown):
    """Stripe repeated the failure that it saved under this attempt's key."""


def open_page(payment: Payment) -> str:
    """Ask Stripe for the page of this attempt. The same attempt asks with the same key, so there is one page at most."""
    try:
        session = client().v1.checkout.sessions.create(
            session_params(payment), {"idempotency_key": f"checkout-{payment.uuid}"}
        )
    except stripe.StripeError as error:
        # An attempt repeated so late that its end is less than Stripe's thirty minutes ahead is over, too.
        is_too_late = getattr(error, "param", None) == "expires_at"
        raise (AnswerReplayed if is_replay(error) or is_too_late else no_answer(error)) from error
    payment = operations.record_session(payment, session_id=session.id, url=session.url or "")
    return payment.session_url or payment.order.get_absolute_url()


def session_params(payment: Payment) -> dict:
    """What we ask of Stripe: a pure function of the frozen row, because a repeated key must come with the same words."""
    order = payment.order
    reference = {"payment": str(payment.uuid), "order": order.number, "site": settings.STRIPE_SITE}
    address = settings.SITE_URL + reverse("checkout:order", args=[order.token])
    return {
        "mode": "payment",
        "client_reference_id": str(payment.uuid),
        "metadata": reference,
        "payment_intent_data": {"metadata": reference, "description": f"Order {order.number}"},
        "line_items": line_items(payment),
        "customer_email": order.email,
        "expires_at": int(payment.session_expires_at.timestamp()),
        "success_url": address + "?session={CHECKOUT_SESSION_ID}",
        "cancel_url": address,
        "allowed_payment_method_types": settings.STRIPE_PAYMENT_METHODS,
        "adaptive_pricing": {"enabled": False},
    }


def line_items(payment: Payment) -> list[dict]:
    """The lines on Stripe's page. Free ones are left out, and a very long order is one line."""
    lines = [line for line in payment.lines_snapshot if line["unit"]]
    if len(lines) > LINES_AT_MOST:
        whole = to_stripe(payment.amount, payment.currency)
        lines = [{"name": f"Order {payment.order.number}", "unit": whole, "quantity": 1}]
    return [
        {
            "quantity": line["quantity"],
            "price_data": {
                "currency": payment.currency.lower(),
                "unit_amount": line["unit"],
                "product_data": {"name": line["name"][:250]},
            },
        }
        for line in lines
    ]


def adopt_or_abandon(payment: Payment) -> Payment | None:
    """Find out whether an attempt without an answer opened a page: then it is ours after all, else it is given up.

    Raises StripeIsDown while nobody can say.
    """
    since = int(payment.created_at.timestamp()) - 300
    try:
        page = client().v1.checkout.sessions.list({"created": {"gte": since}, "limit": 100})
        session = next((s for s in page.auto_paging_iter() if s.client_reference_id == str(payment.uuid)), None)
    except stripe.StripeError as error:
        raise no_answer(error) from error
    if session is None:
        operations.abandon_attempt(payment)
        return None
    return operations.record_session(payment, session_id=session.id, url=session.url or "")


# Learning what became of it


def settle(session_id: str) -> Payment:
    """Ask Stripe about one page and make our books say the same. Webhook, return page and reconcile job all come here.

    Safe to repeat, any number at once. Raises NotOurs, StripeIsDown, or Payment.DoesNotExist for a page that names us but
    that we never wrote down.
    """
    try:
        session = client().v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent.latest_charge"]})
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing" and (gone := page_that_is_over(session_id)):
            return operations.apply_truth(gone)
        raise NotOurs(session_id) from error
    except stripe.StripeError as error:
        raise no_answer(error) from error
    return operations.apply_truth(truth_of(session))


def page_that_is_over(session_id: str) -> operations.PageTruth | None:
    """What is true of a page that Stripe does not know, if it was ours: once its time is over, nobody can pay there.

    So an order does not wait for ever after a change of keys or a fresh start of the stand-in. A page for real money is
    given up only by a shop that takes real money.
    """
    ours = Payment.objects.live().filter(session_id=session_id, session_expires_at__lte=clock.now()).first()
    if ours is None or (ours.mode == PaymentMode.LIVE and settings.PAYMENT_MODE != PaymentMode.LIVE):
        return None
    logger.warning("Stripe does not know the page of payment %s, whose time is over", ours.uuid)
    return operations.PageTruth(
        payment=ours.uuid,
        session_id=session_id,
        status="expired",
        is_paid=False,
        amount=ours.amount,
        currency=ours.currency,
        mode=ours.mode,
    )


def truth_of(session) -> operations.PageTruth:
    """What a Checkout Session says, in the shop's words. One that we wrote down is ours, even if the site has moved since."""
    metadata = session.metadata.to_dict() if session.metadata else {}
    is_ours = metadata.get("site") == settings.STRIPE_SITE or Payment.objects.filter(session_id=session.id).exists()
    if not is_ours or not session.client_reference_id:
        raise NotOurs(session.id)
    mode = settings.PAYMENT_MODE
    if session.livemode != (mode == PaymentMode.LIVE) or session.id.startswith("cs_local_") != (mode == "local"):
        raise NotOurs(session.id)
    intent = session.payment_intent
    charge = intent.latest_charge if intent else None
    try:
        payment = UUID(session.client_reference_id)
    except ValueError as error:
        raise NotOurs(session.id) from error
    return operations.PageTruth(
        payment=payment,
        session_id=session.id,
        status=session.status,
        is_paid=session.payment_status == "paid",
        amount=from_stripe(session.amount_total, session.currency),
        currency=session.currency.upper(),
        mode=mode.value,
        intent_id=intent.id if intent else "",
        charge_id=charge.id if charge else "",
        card=card_of(charge),
        has_failed=session.status == "complete" and getattr(intent, "status", "") in NOT_COMING,
    )


def card_of(charge) -> str:
    """The card as a receipt names it: “Visa 4242”."""
    paid_with = getattr(charge, "payment_method_details", None)
    card = getattr(paid_with, "card", None)
    return f"{card.brand.replace('_', ' ').title()} {card.last4}" if card else ""


def settle_order(order: Order, session_id: str = "") -> Order:
    """Bring an order up to date with what Stripe says of its open pages, for somebody who looks at it. Never raises.

    `session_id` is what the address claims; it only counts if it is a page of this order.
    """
    pages = order.payments.filter(mode=settings.PAYMENT_MODE).exclude(session_id=None)
    for payment in pages.live() | pages.filter(session_id=session_id).exclude(status=PaymentStatus.SUCCEEDED):
        try:
            settle(payment.session_id)
        except (StripeIsDown, NotOurs):
            logger.warning("Payment %s could not be asked about", payment.uuid)
    order.refresh_from_db()
    return order


# Closing a payment page


def free_cart(cart: Cart) -> None:
    """Let a basket change: close the payment page of its pending order, which ends, and give its times back to the basket.

    If it turns out that the page was paid, the order is paid and the basket is empty. Raises StripeIsDown.
    """
    if order := cart.pending_order():
        close_order(order, cause="The basket was changed", to_cart=True)


def close_order(order: Order, *, cause: str, to_cart: bool) -> bool:
    """Close the order's payment page, then end the order; True if this call ended it. A paid page is settled instead."""
    if payment := order.payments.live().first():
        close_page(payment)
    return operations.expire_order(order, cause=cause, to_cart=to_cart)


def close_page(payment: Payment) -> Payment | None:
    """Close one payment page for good, whatever state it is in, and settle what Stripe then says. Raises StripeIsDown."""
    if payment.session_id is None:
        payment = adopt_or_abandon(payment)
        if payment is None:
            return None
    try:
        client().v1.checkout.sessions.expire(payment.session_id)
    except stripe.InvalidRequestError:
        logger.info("Payment %s was no longer open", payment.uuid)  # complete or expired: settle finds out which
    except stripe.StripeError as error:
        raise no_answer(error) from error
    return settle(payment.session_id)


def end_change(change: VisitChange, *, actor: str, cause: str) -> bool:
    """Close the page on which a change could be paid, then let its time go; True if this call did. A paid one is settled.

    Raises StripeIsDown, or PaymentIsUnderWay while its bank is thinking.
    """
    for payment in change.payments.live():
        close_page(payment)
    return operations.end_change(change, actor=actor, cause=cause)


def end_overdue_change(change: VisitChange) -> bool:
    """End a change whose difference nobody paid in time; Stripe is asked first. False if it lives on."""
    try:
        return end_change(change, actor=SHOP, cause=NOT_PAID_IN_TIME)
    except (StripeIsDown, NotOurs, operations.PaymentIsUnderWay):
        logger.warning("The change of order %s could not be ended yet", change.order.number)
        return False


def expire_overdue(order: Order) -> bool:
    """End an order whose time to pay is over; Stripe is asked first. True if it ended here, False if it lives on."""
    try:
        return close_order(order, cause=NOT_PAID_IN_TIME, to_cart=False)
    except (StripeIsDown, NotOurs):
        logger.warning("Order %s could not be ended yet", order.number)
        return False
