"""Money that goes back: asked for, sent, failed, or made in Stripe's dashboard; and what a bank takes back by a dispute.

A refund changes no stock and no time by itself: whoever cancels something does that, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from checkout import tasks
from checkout.models import (
    CUSTOMER,
    DISPUTE_OVER,
    FRUITLESS_REFUND,
    OPEN_REFUND,
    SHOP,
    Dispute,
    DisputeStatus,
    EventKind,
    Order,
    OrderLine,
    Payment,
    PaymentProvider,
    PaymentStatus,
    Refund,
    RefundLine,
    RefundOrigin,
    RefundStatus,
)
from checkout.operations.concerns import flag, unflag
from checkout.operations.lost import give_up
from checkout.operations.messages import queue_message, tell_staff
from checkout.operations.receipting import issue_credit_note, take_credit_note_back
from checkout.shares import portion
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import format_money, included_tax, round_money

# What can still become of a refund is to the right of what it is. A bank may send back what had succeeded.
PROGRESS = {
    RefundStatus.REQUESTED: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.SUCCEEDED: 2,
    RefundStatus.FAILED: 3,
    RefundStatus.REJECTED: 3,
    RefundStatus.CANCELLED: 3,
}


DISPUTE_DECIDED = [*DISPUTE_OVER, DisputeStatus.LOST]
ERROR_AT_MOST = 300  # letters


class NothingToSendBack(ShopError):
    """No amount was given, or one that is no amount of money."""

    def __init__(self):
        super().__init__(_("Please say how much to send back."))


class MoreThanIsLeft(ShopError):
    """`left` can still be sent back: of one line, or of the whole order."""

    def __init__(self, order: Order, left: Decimal, line: OrderLine | None = None):
        self.left, self.line = left, line
        amount = format_money(left, order.currency)
        if line:
            sentence = _("Only %(left)s of “%(line)s” can still be sent back.") % {"left": amount, "line": line.title}
        else:
            sentence = _("Only %(left)s of order %(number)s can still be sent back.") % {
                "left": amount, "number": order.number,
            }  # fmt: skip
        super().__init__(sentence)


class PaymentIsDisputed(ShopError):
    """The customer's bank has taken the money back already; sent back once more it would be lost twice."""

    def __init__(self, order: Order):
        super().__init__(
            _("The customer's bank has disputed the payment of order %(number)s: nothing can be sent back.")
            % {"number": order.number}
        )


class NoRoom(Exception):
    """Stripe's dashboard sent back more than is left in our books: what we asked for ourselves must be settled first."""


def lock_money(order_id: int) -> tuple[Order, list[Payment]]:
    """Lock an order and then all of its payments, by id."""
    order = Order.objects.select_for_update().get(pk=order_id)
    return order, list(order.payments.select_for_update().order_by("pk"))


@transaction.atomic
def request_refund(
    order: Order,
    amounts: Mapping[OrderLine, Decimal],
    *,
    reason: str,
    actor: str,
    origin: RefundOrigin = RefundOrigin.SHOP,
    quantities: Mapping[OrderLine, int] | None = None,
    nights: Mapping[OrderLine, list[date]] | None = None,
    restocked: Mapping[OrderLine, int] | None = None,
    press: str = "",
) -> list[Refund]:
    """Promise to send back so much of each line, of the newest payment first; one refund for each payment it takes.

    A job of the same transaction asks Stripe. `quantities` says of how many pieces or nights an amount is the price,
    `nights` of which, and `restocked` how many pieces the caller puts back on the shelf; `press` names the button.
    Raises NothingToSendBack, MoreThanIsLeft or PaymentIsDisputed; then nothing has changed.
    """
    if strangers := [line for line in amounts if line.order_id != order.pk]:
        raise ValueError(f"{strangers} are not lines of order {order}.")
    wanted = {line.pk: amount for line, amount in amounts.items() if amount}
    order, payments = lock_money(order.pk)
    if not wanted or any(amount < 0 or amount != round_money(amount, order.currency) for amount in wanted.values()):
        raise NothingToSendBack
    lines = list(order.lines.order_by("pk"))
    order.attempts = payments
    for line in lines:
        if wanted.get(line.pk, 0) > order.left_of(line):
            raise MoreThanIsLeft(order, order.left_of(line), line)
    shares = share_out(order, for_lines(payments), [(line, wanted[line.pk]) for line in lines if line.pk in wanted])
    counts = {line.pk: {"quantity": count} for line, count in (quantities or {}).items()}
    for name, said in [("nights", nights), ("restocked", restocked)]:
        for line, value in (said or {}).items():
            counts.setdefault(line.pk, {})[name] = value
    refunds = []
    for payment, parts in shares:
        refund = payment.refunds.create(
            amount=sum(amount for _line, amount in parts), origin=origin, reason=reason, actor=actor, press=press
        )
        for line, amount in parts:
            add_part(refund, order, line, amount, **counts.pop(line.pk, {}))
        promise(refund, order)
        refunds.append(refund)
    for line in lines:
        if line.choose_by and not order.left_of(line):
            give_up(order, line, actor=actor, cause=reason)
    return refunds


def add_part(refund: Refund, order: Order, line: OrderLine, amount: Decimal, **counts) -> None:
    """Write down that so much of a refund is for this line. Of one that was called off, what goes back is not kept after all."""
    tax = tax_in(line, amount, order.paid_for(line))
    RefundLine.objects.create(refund=refund, order_line=line, amount=amount, tax=tax, **counts)
    line.refunded += amount  # as the trigger counted it
    if line.cancelled_at and line.kept > order.left_of(line):
        line.kept = order.left_of(line)
        line.save(update_fields=["kept"])


def send_surplus_back(payment: Payment, order: Order) -> Refund | None:
    """Money came for which nothing was due: the order was paid before, or is over. It goes back by itself, and staff see it.

    Inside the transaction that received it, with order and payment locked. It is for none of the order's lines.
    """
    amount = format_money(payment.amount, payment.currency)
    reason = f"{amount} came for an order that was already {order.get_status_display().lower()}"
    order.record(EventKind.SURPLUS, actor=CUSTOMER, cause=reason, payment=payment.pk, amount=str(payment.amount))
    payment.is_surplus = True
    payment.save(update_fields=["is_surplus"])
    flag(payment, order, reason)
    if not is_refundable(payment):
        return None  # it came by hand, and goes back by hand
    refund = request_surplus(order, payment, reason=reason, actor=SHOP)
    tell_staff(order, kind="surplus", key=f"surplus:{payment.pk}", refund=refund)
    return refund


def request_surplus(order: Order, payment: Payment, *, reason: str, actor: str, press: str = "") -> Refund:
    """Promise to send all of a payment back. Raises MoreThanIsLeft or PaymentIsDisputed; then nothing has changed."""
    share_out(order, [payment], [(None, payment.amount)])
    refund = payment.refunds.create(
        amount=payment.amount, origin=RefundOrigin.SURPLUS, reason=reason, actor=actor, press=press
    )
    promise(refund, order)
    return refund


def promise(refund: Refund, order: Order) -> None:
    """Write down that it was asked for, and have Stripe asked by a job of the same transaction."""
    order.record(
        EventKind.REFUND_REQUESTED,
        actor=refund.actor,
        cause=refund.reason,
        refund=refund.pk,
        amount=str(refund.amount),
        origin=str(refund.origin),
    )
    tasks.defer_refund(refund)


def share_out(order: Order, payments: list[Payment], parts: list[tuple[OrderLine, Decimal]]):
    """(payment, [(line, amount)]) for each payment that is needed: the newest first, each as far as it goes."""
    refundable, can_be_sent = [each for each in payments if is_refundable(each)], unblocked(payments)
    wanted = sum(amount for _line, amount in parts)
    left = sum((each.amount - each.refunded for each in can_be_sent), Decimal(0))
    if wanted > left:
        raise PaymentIsDisputed(order) if len(can_be_sent) < len(refundable) else MoreThanIsLeft(order, left)
    parts, shares = list(parts), []
    for payment in reversed(can_be_sent):
        room, taken = payment.amount - payment.refunded, []
        while room and parts:
            line, amount = parts.pop(0)
            part = min(room, amount)
            taken.append((line, part))
            room -= part
            if part < amount:
                parts.insert(0, (line, amount - part))
        if taken:
            shares.append((payment, taken))
    return shares


def for_lines(payments: Iterable[Payment]) -> list[Payment]:
    """Those that the lines of the order were paid with. Money for which nothing was due is of none, and goes back by itself."""
    return [each for each in payments if not each.is_surplus]


def sendable(payments: Iterable[Payment]) -> Decimal:
    """How much of what these payments brought for lines Stripe can send back at this moment."""
    return sum((each.amount - each.refunded for each in unblocked(for_lines(payments))), Decimal(0))


def unblocked(payments: Iterable[Payment]) -> list[Payment]:
    """Those of which something can be sent back: neither is it gone, nor does the bank want it."""
    refundable = [each for each in payments if is_refundable(each)]
    asked = [each.pk for each in refundable if each.is_disputed]
    blocked = set(
        Dispute.objects.blocking().filter(payment__in=asked).values_list("payment_id", flat=True) if asked else ()
    )
    return [each for each in refundable if each.pk not in blocked]


def why_by_hand(payments: Sequence[Payment]) -> tuple[Payment, str]:
    """The newest payment of which there is money that Stripe cannot send back, and why not."""
    can_be_sent = {each.pk for each in unblocked(payments)}
    received = [each for each in for_lines(payments) if each.is_received and each.pk not in can_be_sent]
    payment = next(each for each in reversed(received) if each.amount > each.refunded)
    if payment.provider != PaymentProvider.STRIPE:
        return payment, "it was paid at the shop"
    if payment.mode != settings.PAYMENT_MODE:
        return payment, f"it was paid in {payment.mode} mode"
    return payment, "the bank disputes the payment"


def is_refundable(payment: Payment) -> bool:
    """Whether Stripe, as we talk to it now, has money of it that it could send back."""
    is_at_stripe = payment.provider == PaymentProvider.STRIPE and payment.mode == settings.PAYMENT_MODE
    return is_at_stripe and payment.status == PaymentStatus.SUCCEEDED and payment.amount > payment.refunded


def tax_in(line: OrderLine, amount: Decimal, paid: Decimal) -> Decimal:
    """The tax in a part of a line that goes back: when all of it has gone, so has exactly all of its tax."""
    counted = RefundLine.objects.filter(order_line=line, refund__in=Refund.objects.counted())
    gone = sum(counted.values_list("tax", flat=True), Decimal(0))
    return portion(included_tax(paid, line.tax_rate) - gone, amount, paid - line.refunded)


# What Stripe says


@dataclass(frozen=True)
class RefundTruth:
    """What Stripe says about one refund, at the moment of asking."""

    stripe_id: str
    refund: UUID | None  # our name for it; none, if it was made in the dashboard
    amount: Decimal
    status: RefundStatus
    error: str = ""


@transaction.atomic(durable=True)
def record_refund(payment: Payment, truth: RefundTruth) -> Refund | None:
    """Make our books say of a refund what Stripe says. It only ever moves on; safe to repeat, any number at once.

    One that we do not know was made in the dashboard, and gets a row. Raises NoRoom for one that does not fit beside what
    we have asked for ourselves. None if the payment itself is not in our books as received: a person looks at that.
    """
    order, payments = lock_money(payment.order_id)
    payment = next(each for each in payments if each.pk == payment.pk)
    refund = known_refund(payment, truth)
    if refund is None and payment.status != PaymentStatus.SUCCEEDED:
        concern = f"Stripe sent {format_money(truth.amount, payment.currency)} of it back ({truth.stripe_id})"
        if not payment.concerns.filter(reason=concern).exists():
            flag(payment, order, concern)
        return None
    if refund is None:
        refund = mirror(payment, order, truth)
    refund.payment = payment
    if PROGRESS[truth.status] > PROGRESS[refund.status]:
        refund.stripe_id = truth.stripe_id
        move(refund, payment, order, truth.status, error=truth.error)
    return refund


def known_refund(payment: Payment, truth: RefundTruth) -> Refund | None:
    """By Stripe's name for it, or by ours as long as Stripe's was not heard."""
    if known := payment.refunds.filter(stripe_id=truth.stripe_id).first():
        return known
    return payment.refunds.filter(uuid=truth.refund, stripe_id=None, status=RefundStatus.REQUESTED).first()


def mirror(payment: Payment, order: Order, truth: RefundTruth) -> Refund:
    """Write down a refund that was made in the dashboard. Of what it was, staff must say."""
    is_fruitless = truth.status in FRUITLESS_REFUND
    if not is_fruitless and truth.amount > payment.amount - payment.refunded:
        raise NoRoom
    refund = payment.refunds.create(
        amount=truth.amount,
        status=truth.status if is_fruitless else RefundStatus.PENDING,
        settled_at=clock.now() if is_fruitless else None,
        stripe_id=truth.stripe_id,
        origin=RefundOrigin.DASHBOARD,
        reason="Made in Stripe's dashboard",
        actor=SHOP,
        error=truth.error[:ERROR_AT_MOST],
    )
    payment.refresh_from_db()
    amount = format_money(truth.amount, payment.currency)
    reason = f"{amount} was sent back in Stripe's dashboard ({truth.stripe_id}): nobody has said what for"
    flag(payment, order, reason, refund=refund)
    return refund


@transaction.atomic(durable=True)
def take_another_key(refund: Refund) -> Refund:
    """The next question to Stripe is a new one: it has kept a failure under this key. Of two at once both get one key."""
    waiting = Refund.objects.filter(pk=refund.pk, status=RefundStatus.REQUESTED)
    waiting.filter(keys_spent=refund.keys_spent).update(keys_spent=F("keys_spent") + 1)
    return Refund.objects.select_related("payment__order").get(pk=refund.pk)


@transaction.atomic(durable=True)
def reject_refund(refund: Refund, *, error: str) -> Refund:
    """Stripe will not send this back; its words are for staff. Safe to repeat."""
    order, payments = lock_money(refund.payment.order_id)
    payment = next(each for each in payments if each.pk == refund.payment_id)
    refund = payment.refunds.get(pk=refund.pk)
    if refund.status == RefundStatus.REQUESTED:
        move(refund, payment, order, RefundStatus.REJECTED, error=error)
    return refund


def move(refund: Refund, payment: Payment, order: Order, status: RefundStatus, *, error: str) -> None:
    """Take a refund to where it is now, write that down, and tell whoever it concerns."""
    refund.status, refund.error = status, error[:ERROR_AT_MOST]
    if status not in OPEN_REFUND:
        refund.settled_at = clock.now()
    refund.save(update_fields=["status", "error", "settled_at", "stripe_id"])
    amount = format_money(refund.amount, payment.currency)
    details = {"refund": refund.pk, "amount": str(refund.amount)}
    if status == RefundStatus.SUCCEEDED:
        order.record(EventKind.REFUNDED, actor=SHOP, cause=refund.reason, **details)
        queue_message(order, kind="sent_back", key=f"sent-back:{refund.pk}", refund=refund)
        if refund.origin == RefundOrigin.SURPLUS:
            unflag(payment, refund.reason)
        issue_credit_note(refund, payment, order)
    elif status in FRUITLESS_REFUND:
        said = error or refund.get_status_display()
        order.record(EventKind.REFUND_FAILED, actor=SHOP, cause=f"{amount}: {said}"[:ERROR_AT_MOST], **details)
        flag(payment, order, f"{amount} did not go back: {said}", refund=refund)
        tell_staff(order, kind="refund_failed", key=f"refund-failed:{refund.pk}", refund=refund)
        take_credit_note_back(refund, payment, order)


# Disputes


@dataclass(frozen=True)
class DisputeTruth:
    """What Stripe says about one dispute, at the moment of asking."""

    stripe_id: str
    amount: Decimal
    status: str
    reason: str
    due_by: datetime | None
    is_charge_refundable: bool


@transaction.atomic(durable=True)
def record_dispute(payment: Payment, truth: DisputeTruth) -> Dispute:
    """Make our books say of a dispute what Stripe says, and tell staff. The order stays as it is until a person decides.

    One that was decided stays decided. Safe to repeat, any number at once.
    """
    order, payments = lock_money(payment.order_id)
    payment = next(each for each in payments if each.pk == payment.pk)
    known = payment.disputes.filter(stripe_id=truth.stripe_id).first()
    if known and known.closed_at and truth.status not in DISPUTE_DECIDED:
        return known
    facts = {
        "amount": truth.amount,
        "status": truth.status,
        "reason": truth.reason,
        "due_by": truth.due_by,
        "is_charge_refundable": truth.is_charge_refundable,
    }
    if truth.status in DISPUTE_DECIDED:
        facts["closed_at"] = (known and known.closed_at) or clock.now()
    dispute, is_new = payment.disputes.update_or_create(stripe_id=truth.stripe_id, defaults=facts)
    payment.is_disputed = payment.disputes.standing().exists()
    payment.save(update_fields=["is_disputed"])
    amount = format_money(dispute.amount, payment.currency)
    concern = f"The bank disputes {amount} ({dispute.stripe_id})"
    details = {"dispute": dispute.pk, "amount": str(dispute.amount), "status": dispute.status}
    if is_new:
        order.record(EventKind.DISPUTED, actor=SHOP, cause=f"{amount}: {dispute.reason}", **details)
        flag(payment, order, concern)
        tell_staff(order, kind="disputed", key=f"disputed:{dispute.pk}", dispute=dispute)
    if dispute.closed_at and not (known and known.closed_at and known.status == dispute.status):
        order.record(EventKind.DISPUTE_CLOSED, actor=SHOP, cause=f"{amount}: {dispute.get_status_display()}", **details)
        tell_staff(order, kind="disputed", key=f"dispute-{dispute.status}:{dispute.pk}", dispute=dispute)
    if dispute.status in DISPUTE_OVER:
        unflag(payment, concern)
    return dispute
