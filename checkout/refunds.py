"""The talk with Stripe about money that goes back. Like `payments`, nothing here runs inside a transaction.

What Stripe says of one refund is never acted on alone: all refunds of its payment are listed, so that a failed one makes
room before another one takes it, whatever came first by the webhook.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import stripe
from django.conf import settings

from checkout import operations
from checkout.models import Payment, Refund, RefundOrigin, RefundStatus
from checkout.payments import AnswerReplayed, NotOurs, adopt_or_abandon, client, is_replay, no_answer, settle
from petshop.core import clock
from petshop.core.money import from_stripe, to_stripe

KEY_IS_KNOWN_FOR = timedelta(hours=23)  # Stripe keeps an idempotency key for 24 hours, or longer
STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELLED,
}


def send_refund(refund: Refund) -> Refund:
    """Ask Stripe to send back what was promised; it is sent once, however often this is called.

    Without a clear answer it stays requested, and StripeIsDown is raised. What Stripe refuses is rejected, in its words.
    """
    payment = refund.payment
    if refund.status != RefundStatus.REQUESTED or payment.mode != settings.PAYMENT_MODE:
        return refund
    if clock.now() - refund.requested_at >= KEY_IS_KNOWN_FOR and (found := find_refund(refund)):
        return found  # the key would be a new one to Stripe, and so the refund
    try:
        return ask_for_refund(refund)
    except AnswerReplayed:
        # Stripe keeps even a failure under its key, so with this key nothing is sent. Was it sent before it failed?
        return find_refund(refund) or ask_for_refund(operations.take_another_key(refund))


def ask_for_refund(refund: Refund) -> Refund:
    """Ask once, under its present key. Raises StripeIsDown, or AnswerReplayed for a key that will never do any more."""
    if refund.status != RefundStatus.REQUESTED:
        return refund
    try:
        answer = client().v1.refunds.create(refund_params(refund), {"idempotency_key": key_of(refund)})
    except stripe.InvalidRequestError as error:
        return find_refund(refund) or operations.reject_refund(refund, error=error.user_message or str(error))
    except stripe.StripeError as error:
        is_spent = is_replay(error) or isinstance(error, stripe.IdempotencyError)
        raise (AnswerReplayed if is_spent else no_answer(error)) from error
    return operations.record_refund(refund.payment, refund_truth(answer))


def key_of(refund: Refund) -> str:
    return f"refund-{refund.uuid}-{refund.keys_spent}" if refund.keys_spent else f"refund-{refund.uuid}"


def refund_params(refund: Refund) -> dict:
    """What we ask of Stripe: a pure function of the frozen row, because a repeated key must come with the same words."""
    payment = refund.payment
    params = {
        "payment_intent": payment.intent_id,
        "amount": to_stripe(refund.amount, payment.currency),
        "metadata": {"refund": str(refund.uuid), "order": payment.order.number, "site": settings.STRIPE_SITE},
    }
    is_customers = refund.origin == RefundOrigin.CUSTOMER
    return params | {"reason": "requested_by_customer"} if is_customers else params


def find_refund(refund: Refund) -> Refund | None:
    """The refund as Stripe knows it, if it does after all: our question may have arrived and its answer been lost."""
    truth = next((truth for truth in refunds_of(refund.payment) if truth.refund == refund.uuid), None)
    return truth and operations.record_refund(refund.payment, truth)


def settle_refunds(payment: Payment) -> None:
    """Ask Stripe about all that went back of a payment, and make our books say the same. Safe to repeat.

    Raises StripeIsDown; or NoRoom, as long as Stripe has not answered what we asked for ourselves.
    """
    try:
        record(payment, refunds_of(payment))
    except operations.NoRoom:
        for refund in payment.refunds.filter(status=RefundStatus.REQUESTED).select_related("payment__order"):
            send_refund(refund)  # of the two that do not fit together Stripe has one, and refuses the other
        record(payment, refunds_of(payment))


def record(payment: Payment, truths: list[operations.RefundTruth]) -> None:
    """The furthest first: what came to nothing makes room for the others. What our books say already locks nothing."""
    known = dict(payment.refunds.values_list("stripe_id", "status"))
    for truth in sorted(truths, key=lambda truth: operations.PROGRESS[truth.status], reverse=True):
        if (
            truth.stripe_id not in known
            or operations.PROGRESS[known[truth.stripe_id]] < operations.PROGRESS[truth.status]
        ):
            operations.record_refund(payment, truth)


def refunds_of(payment: Payment) -> list[operations.RefundTruth]:
    if not payment.intent_id:
        return []  # without a name Stripe would list everybody's
    try:
        page = client().v1.refunds.list({"payment_intent": payment.intent_id, "limit": 100})
        return [refund_truth(refund) for refund in page.auto_paging_iter()]
    except stripe.StripeError as error:
        raise no_answer(error) from error


def refund_truth(refund) -> operations.RefundTruth:
    """What a Refund says, in the shop's words."""
    metadata = refund.metadata.to_dict() if refund.metadata else {}
    return operations.RefundTruth(
        stripe_id=refund.id,
        refund=uuid_of(metadata.get("refund")),  # ours even if the site has moved since
        amount=from_stripe(refund.amount, refund.currency),
        status=STATUS.get(refund.status, RefundStatus.PENDING),
        error=(getattr(refund, "failure_reason", None) or "").replace("_", " "),
    )


def uuid_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


# What the webhook hears of


def hear_of_refund(refund_id: str) -> None:
    """Something happened to a refund, ours or one of the dashboard. Raises NotOurs, StripeIsDown or NoRoom."""
    found = ask(client().v1.refunds.retrieve, refund_id)
    payment = payment_of(found.payment_intent)
    if payment.intent_id:
        settle_refunds(payment)
    else:
        operations.record_refund(payment, refund_truth(found))


def hear_of_dispute(dispute_id: str) -> None:
    """Something happened to a dispute. Raises NotOurs or StripeIsDown."""
    found = ask(client().v1.disputes.retrieve, dispute_id)
    due_by = getattr(found.evidence_details, "due_by", None)
    truth = operations.DisputeTruth(
        stripe_id=found.id,
        amount=from_stripe(found.amount, found.currency),
        status=found.status,
        reason=found.reason.replace("_", " "),
        due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        is_charge_refundable=found.is_charge_refundable,
    )
    operations.record_dispute(payment_of(found.payment_intent), truth)


def ask(retrieve: Callable, object_id: str):
    """One object with the payment that it is about. Raises NotOurs for one that Stripe does not know."""
    try:
        return retrieve(object_id, {"expand": ["payment_intent"]})
    except stripe.InvalidRequestError as error:
        raise NotOurs(object_id) from error
    except stripe.StripeError as error:
        raise no_answer(error) from error


def payment_of(intent) -> Payment:
    """Our payment behind Stripe's; settled first, if this news has outrun that of the money itself.

    Raises NotOurs, StripeIsDown, or Payment.DoesNotExist for one that names us but that we never wrote down.
    """
    payment = Payment.objects.filter(intent_id=intent.id).first() if intent else None
    if payment is None:
        metadata = intent.metadata.to_dict() if intent and intent.metadata else {}
        ours = uuid_of(metadata.get("payment"))
        if ours is None or metadata.get("site") != settings.STRIPE_SITE:
            raise NotOurs(intent and intent.id)
        payment = Payment.objects.get(uuid=ours)
        if payment.mode == settings.PAYMENT_MODE and (payment.session_id or adopt_or_abandon(payment)):
            payment.refresh_from_db()
            payment = settle(payment.session_id)
    if payment.mode != settings.PAYMENT_MODE:
        raise NotOurs(intent.id)
    return payment
