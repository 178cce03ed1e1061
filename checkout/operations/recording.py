"""What Stripe says of refunds and of disputes, written down in our books: it may tell us twice, and in any order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F

from checkout.models import (
    DISPUTE_OVER,
    FRUITLESS_REFUND,
    OPEN_REFUND,
    SHOP,
    Dispute,
    DisputeStatus,
    EventKind,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from checkout.operations.concerns import flag, unflag
from checkout.operations.messages import queue_message, tell_staff
from checkout.operations.receipting import issue_credit_note, take_credit_note_back
from checkout.operations.refunding import lock_money
from petshop.core import clock
from petshop.core.money import format_money

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


class NoRoom(Exception):
    """Stripe's dashboard sent back more than is left in our books: what we asked for ourselves must be settled first."""


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
