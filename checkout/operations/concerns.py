"""What a person must look at: raised by whatever could not be kept, and cleared, each by itself, by whoever looked."""

from django.db import transaction

from checkout.models import SHOP, Concern, EventKind, Order, Payment, Refund
from petshop.core import clock

CAUSE_AT_MOST = 300  # letters; the concern itself is never cut off


def flag(payment: Payment | None, order: Order, reason: str, *, refund: Refund | None = None) -> Concern:
    """Say that a person must look at this order, and why. Inside the caller's transaction, with the order locked."""
    concern = order.concerns.create(payment=payment, refund=refund, reason=reason)
    order.record(EventKind.PAYMENT_FLAGGED, actor=SHOP, cause=reason[:CAUSE_AT_MOST], concern=concern.pk)
    return concern


def unflag(payment: Payment, reason: str) -> None:
    """Take back a reason that is none any more: nobody needs to look."""
    take_back(payment.concerns.filter(reason=reason), note="It is settled")


def take_back(concerns, *, note: str, actor: str = SHOP) -> None:
    """The same for some of them, by what has settled them. Inside the caller's transaction, with the order locked."""
    concerns.open().update(cleared_at=clock.now(), cleared_by=actor, note=note)


@transaction.atomic
def clear_concern(concern: Concern, *, note: str, actor: str) -> Concern:
    """Write down that somebody looked, and what they found. The other reasons of the order stand. Safe to repeat."""
    order = Order.objects.select_for_update().get(pk=concern.order_id)
    concern = order.concerns.get(pk=concern.pk)
    if concern.is_open:
        concern.cleared_at, concern.cleared_by, concern.note = clock.now(), actor, note
        concern.save(update_fields=["cleared_at", "cleared_by", "note"])
        order.record(EventKind.CONCERN_CLEARED, actor=actor, cause=note, concern=concern.pk, reason=concern.reason)
    return concern
