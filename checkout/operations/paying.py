"""The attempts to pay an order, and what becomes of the money."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Pet
from catalog.operations import OutOfStock, return_stock, take_stock
from checkout.fulfilment import fulfil_if_done
from checkout.models import (
    CUSTOMER,
    LIVE_PAYMENT,
    SHOP,
    Cart,
    CounterMethod,
    EventKind,
    Order,
    OrderLine,
    OrderStatus,
    ParcelStatus,
    Payment,
    PaymentProvider,
    PaymentPurpose,
    PaymentStatus,
)
from checkout.operations.changed import accept_change, end
from checkout.operations.concerns import flag
from checkout.operations.late import answer_late_money
from checkout.operations.messages import queue_message
from checkout.operations.pets import PETS_AT_MOST
from checkout.operations.promoting import give_uses_back, take_uses_again
from checkout.operations.receipting import issue_receipt
from checkout.operations.refunding import send_surplus_back
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money, to_stripe

# Stripe closes a page after 30 minutes at the earliest. A first call that never arrived may be repeated minutes later
# and must still lie 30 minutes ahead, and our clock may differ from Stripe's.
PAY_WITHIN = timedelta(minutes=35)
# A payment made in the page's last second is told to us a little later.
GRACE = timedelta(minutes=10)


class OrderIsClosed(ShopError):
    """The order takes no payment any more."""

    def __init__(self, order: Order):
        self.order = order
        super().__init__(_("Order %(number)s can no longer be paid.") % {"number": order.number})


def lock_cart(cart_id: int | None) -> Cart | None:
    return Cart.objects.select_for_update().filter(pk=cart_id).first() if cart_id else None


def add_attempt(order: Order, session_expires_at) -> Payment:
    """Write down one attempt to collect what of the order is due now, before anybody outside hears of it."""
    lines = list(order.lines.prefetch_related("add_ons"))
    if order.status == OrderStatus.CONFIRMED:
        return add_balance(order, lines, session_expires_at)
    amount = sum((line.due_now for line in lines), Decimal(0))
    return order.payments.create(
        purpose=PaymentPurpose.FULL if amount == order.total else PaymentPurpose.DEPOSIT,
        provider=PaymentProvider.STRIPE if amount else PaymentProvider.NONE,
        mode=settings.PAYMENT_MODE,
        amount=amount,
        currency=order.currency,
        lines_snapshot=[asked_for(line, order.currency) for line in lines if line.due_now or not amount],
        session_expires_at=session_expires_at,
    )


def add_balance(order: Order, lines: list[OrderLine], session_expires_at) -> Payment:
    """The same for all that is still to be paid of an accepted order, in one payment."""
    rest = [(line, line.to_pay_later) for line in lines if line.to_pay_later]
    return order.payments.create(
        purpose=PaymentPurpose.BALANCE,
        provider=PaymentProvider.STRIPE,
        mode=settings.PAYMENT_MODE,
        amount=sum(amount for _line, amount in rest),
        currency=order.currency,
        lines_snapshot=[
            {"name": rest_of(line), "unit": to_stripe(amount, order.currency), "quantity": 1} for line, amount in rest
        ],
        session_expires_at=session_expires_at,
    )


def rest_of(line: OrderLine) -> str:
    if line.is_paid_at_shop:
        return line.counted_title
    return _("The rest of %(line)s") % {"line": line.counted_title}


def asked_for(line: OrderLine, currency: str) -> dict:
    """A line of Stripe's page. What is not a price times a number, because something is off or due later, is one piece."""
    if line.due_now == line.total:
        unit, quantity, name = line.unit_price, line.quantity, line.full_title
    elif line.due_later:
        unit, quantity, name = line.due_now, 1, _("Deposit for %(line)s") % {"line": line.counted_title}
    else:
        unit, quantity, name = line.due_now, 1, line.counted_title
    return {"name": name, "unit": to_stripe(unit, currency), "quantity": quantity}


def lock_order(order_id: int) -> tuple[Cart | None, Order]:
    """Lock an order and, before it, the basket that it is tied to."""
    cart = lock_cart(Order.objects.values_list("cart_id", flat=True).get(pk=order_id))
    return cart, Order.objects.select_for_update().get(pk=order_id)


@transaction.atomic(durable=True)
def live_attempt(order: Order) -> Payment:
    """The order's one open attempt to pay, or a fresh one that keeps its times for as long. Raises OrderIsClosed.

    Of an accepted order it is an attempt to pay the rest, and its times are its own already. It must be in the state
    that whoever asks has seen. Asked by several at once, all get the same attempt. Raises HoldLost if a time ran out
    before the fresh attempt.
    """
    seen = order.status
    _cart, order = lock_order(order.pk)
    if payment := order.payments.live().select_for_update().first():
        return payment
    doubtful = order.payments.filter(status=PaymentStatus.MISMATCH).exists()
    if order.status != seen or not takes_money(order) or doubtful:
        raise OrderIsClosed(order)
    session_expires_at = clock.now() + PAY_WITHIN
    if order.status == OrderStatus.CONFIRMED:
        return add_attempt(order, session_expires_at)
    order.held_until = max(order.held_until, session_expires_at + GRACE)  # what is paid by a link is kept for longer
    order.save(update_fields=["held_until"])
    calendar.extend_holds(order.bookings(), until=order.held_until)
    return add_attempt(order, session_expires_at)


def takes_money(order: Order) -> bool:
    """Whether anything is to be paid for it, at first or later."""
    return order.status == OrderStatus.PENDING or (order.status == OrderStatus.CONFIRMED and order.outstanding > 0)


@transaction.atomic(durable=True)
def record_session(payment: Payment, *, session_id: str, url: str) -> Payment:
    """Remember the page that Stripe opened for this attempt. Safe to repeat."""
    _cart, order = lock_order(payment.order_id)  # its event touches the order's row, and orders come before payments
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.status == PaymentStatus.CREATED:
        payment.status, payment.session_id, payment.session_url = PaymentStatus.OPEN, session_id, url
        payment.save(update_fields=["status", "session_id", "session_url"])
        order.record(EventKind.PAYMENT_OPENED, actor=CUSTOMER, cause="Went to the payment page")
    return payment


@transaction.atomic(durable=True)
def abandon_attempt(payment: Payment) -> None:
    """Give up an attempt of which Stripe knows nothing; the next one starts afresh. Safe to repeat."""
    Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED).update(status=PaymentStatus.ABANDONED)


@dataclass(frozen=True)
class PageTruth:
    """What Stripe says about one payment page, at the moment of asking."""

    payment: UUID
    session_id: str
    status: str  # open, complete, expired
    is_paid: bool
    amount: Decimal
    currency: str
    mode: str
    intent_id: str = ""
    charge_id: str = ""
    card: str = ""
    has_failed: bool = False  # the bank thought about it for days, and then did not pay


@transaction.atomic(durable=True)
def apply_truth(truth: PageTruth) -> Payment:
    """Make our books say what Stripe says. The only place where money counts as received; safe to repeat, any number at once.

    Raises Payment.DoesNotExist for a page that is not ours.
    """
    known = Payment.objects.get(uuid=truth.payment)
    cart, order = lock_order(known.order_id)
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    payment.order = order
    if payment.status == PaymentStatus.SUCCEEDED:
        return payment
    if payment.session_id is None:
        payment.session_id = truth.session_id
        payment.save(update_fields=["session_id"])
    if truth.is_paid:
        if (truth.session_id, truth.amount, truth.currency, truth.mode) != (
            payment.session_id,
            payment.amount,
            payment.currency,
            payment.mode,
        ):
            flag_mismatch(payment, order, truth)
        else:
            payment.intent_id, payment.charge_id, payment.card = truth.intent_id or None, truth.charge_id, truth.card
            accept(payment, order, cart)
    elif truth.status == "expired":
        close_attempt(payment, order)
    elif truth.has_failed:
        fail_attempt(payment, order, cart)
    elif truth.status == "complete":
        mark_processing(payment, order)
    return payment


def close_attempt(payment: Payment, order: Order) -> None:
    if payment.status in LIVE_PAYMENT:
        payment.status = PaymentStatus.EXPIRED
        payment.save(update_fields=["status"])
        order.record(EventKind.PAYMENT_CLOSED, actor=SHOP, cause="The payment page closed unpaid")


def mark_processing(payment: Payment, order: Order) -> None:
    if payment.status in (PaymentStatus.CREATED, PaymentStatus.OPEN):
        payment.status = PaymentStatus.PROCESSING
        payment.save(update_fields=["status"])
        order.record(EventKind.PAYMENT_PROCESSING, actor=SHOP, cause="The bank has not answered yet")


def fail_attempt(payment: Payment, order: Order, cart: Cart | None) -> None:
    """The bank did not pay what it was thinking about: the order that waited for it ends, and its customer is told."""
    if payment.status not in LIVE_PAYMENT:
        return
    payment.status = PaymentStatus.FAILED
    payment.save(update_fields=["status"])
    order.record(EventKind.PAYMENT_CLOSED, actor=SHOP, cause="The bank did not pay")
    if order.status == OrderStatus.PENDING:
        end_order(order, cart, cause="The bank did not pay")
    if payment.change and payment.change.is_waiting:
        end(payment.change, order, actor=SHOP, cause="The bank did not pay")
    queue_message(order, kind="payment_failed", key=f"payment-failed:{payment.uuid}")


def end_order(order: Order, cart: Cart | None, *, cause: str, to_cart: bool = False) -> None:
    """End an order that waits for its payment: its stock goes back, and its times are free, or its basket's once more."""
    for line in order.lines.products().select_related("variant").order_by("variant_id"):
        return_stock(line.variant, line.quantity, reference=line.stock_reference, actor=SHOP)
    bookings = order.bookings()
    if to_cart and cart:
        calendar.renew_holds(bookings)
        order.lines.visits().update(booking=None)
    else:
        calendar.release_holds(bookings)
    give_uses_back(order)
    order.move_to(OrderStatus.EXPIRED, EventKind.EXPIRED, actor=CUSTOMER if to_cart else SHOP, cause=cause)


def flag_mismatch(payment: Payment, order: Order, truth: PageTruth) -> None:
    """Money that is not what we asked for fulfils nothing: a person must look."""
    if payment.status == PaymentStatus.MISMATCH:
        return
    payment.status = PaymentStatus.MISMATCH
    payment.save(update_fields=["status"])
    asked, came = format_money(payment.amount, payment.currency), format_money(truth.amount, truth.currency)
    flag(payment, order, f"Asked for {asked} ({payment.mode}), but {came} ({truth.mode}) came")


def accept(payment: Payment, order: Order, cart: Cart | None, *, actor: str = CUSTOMER) -> None:
    """A payment is a fact: write it down first, then keep what it promised, say what could not be kept, and give a receipt."""
    receive(payment, order, cart, actor=actor)
    issue_receipt(payment, order)


def receive(payment: Payment, order: Order, cart: Cart | None, *, actor: str) -> None:
    """The order is paid, or accepted with its deposit, and later its balance; then it is paid, once."""
    owed = order.outstanding
    del order.attempts  # they are others from now on
    payment.status = PaymentStatus.SUCCEEDED
    payment.settled_at = clock.now()
    payment.save(update_fields=["status", "settled_at", "intent_id", "charge_id", "card"])
    if payment.change_id:
        accept_change(payment, order, actor=actor)
        return
    if order.status not in (OrderStatus.PENDING, OrderStatus.EXPIRED):
        if order.status == OrderStatus.CONFIRMED and payment.amount == owed:
            accept_balance(payment, order, actor=actor)
        else:
            send_surplus_back(payment, order)
        return
    is_late = order.status == OrderStatus.EXPIRED
    lost = take_stock_again(order) if is_late else []
    lost += confirm_visits(order)
    if is_late:
        take_uses_again(order)
    is_all = payment.amount == order.total
    order.move_to(
        OrderStatus.PAID if is_all else OrderStatus.CONFIRMED,
        EventKind.PAID if is_all else EventKind.DEPOSIT_PAID,
        actor=actor,
        cause=way_of(payment),
        amount=str(payment.amount),
        card=payment.card,
    )
    empty_basket(cart, order)
    remember_pets(cart, order)
    if lost:
        answer_late_money(order, payment, lost)
        order.refresh_from_db(fields=["status"])
    if order.is_accepted:
        queue_message(order, kind="confirmation", key=f"confirm:{order.pk}")


def accept_balance(payment: Payment, order: Order, *, actor: str) -> None:
    """All that was still to be paid of an accepted order is here; one whose things are all done is fulfilled."""
    order.move_to(
        OrderStatus.PAID,
        EventKind.PAID,
        actor=actor,
        cause=way_of(payment),
        amount=str(payment.amount),
        card=payment.card,
        method=payment.method,
        note=payment.note,
    )
    queue_message(order, kind="balance_paid", key=f"paid:{payment.uuid}")
    fulfil_if_done(order, actor=actor)


def way_of(payment: Payment) -> str:
    """How a payment came, in the words of the timeline for staff."""
    match payment.provider, payment.method:
        case PaymentProvider.NONE, _:
            return "Nothing to pay"
        case PaymentProvider.COUNTER, CounterMethod.CASH:
            return "Paid at the shop in cash"
        case PaymentProvider.COUNTER, _:
            return "Paid at the shop by card"
    return "Paid by card"


def confirm_visits(order: Order) -> list[OrderLine]:
    """Confirm the order's visits; gives the lines whose time somebody else has by now."""
    visits = list(order.lines.visits().select_related("booking"))
    gone = calendar.confirm_bookings([line.booking for line in visits if line.booking])
    lost = [line for line in visits if line.booking is None or line.booking in gone]
    for line in lost:
        order.record(EventKind.VISIT_LOST, actor=SHOP, cause=f"{line.title}: the time was taken", line=line.pk)
    return lost


def take_stock_again(order: Order) -> list[OrderLine]:
    """Late money: take from the shelf once more what went back when the order expired; gives the lines that are sold out."""
    lost = []
    for line in order.lines.products().select_related("variant").order_by("variant_id"):
        try:
            with transaction.atomic():
                take_stock(line.variant, line.quantity, reference=f"{line.stock_reference}:late", actor=SHOP)
        except OutOfStock:
            line.parcel = ParcelStatus.CANCELLED
            line.save(update_fields=["parcel"])
            order.record(EventKind.STOCK_LOST, actor=SHOP, cause=f"{line.title}: sold out", line=line.pk)
            lost.append(line)
    return lost


def empty_basket(cart: Cart | None, order: Order) -> None:
    """Take what was bought out of the basket. One that went its own way meanwhile loses only the visits that were bought."""
    if cart is None:
        return
    lines = cart.lines.all()
    if order.was_expired():
        lines = lines.filter(booking__order_line__order=order)
    lines.delete()


def remember_pets(cart: Cart | None, order: Order) -> None:
    """Whoever came once is known to this browser the next time."""
    if cart is None:
        return
    came = Pet.objects.filter(bookings__order_line__order=order).exclude(pk__in=cart.pets.all()).distinct()
    room = PETS_AT_MOST - cart.pets.count()
    cart.pets.add(*came.order_by("pk")[: max(0, room)])
