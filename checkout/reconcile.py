"""Repairing what was missed: events that came and failed, events that never came, pages that nobody told us about."""

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from checkout import notifications, payments, refunds, tasks
from checkout.models import Concern, EventsRead, Order, Payment, Refund, RefundStatus, VisitChange, WebhookEvent
from checkout.operations import NoRoom
from petshop.core import clock

logger = logging.getLogger(__name__)

SESSION_EVENTS = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
]
REFUND_EVENTS = ["refund.created", "refund.updated", "refund.failed"]
DISPUTE_EVENTS = [
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
]
HANDLERS = {
    **dict.fromkeys(SESSION_EVENTS, payments.settle),
    **dict.fromkeys(REFUND_EVENTS, refunds.hear_of_refund),
    **dict.fromkeys(DISPUTE_EVENTS, refunds.hear_of_dispute),
}
TRIES_AT_MOST = 20
LOOK_AGAIN_AFTER = timedelta(minutes=2)
NO_ANSWER_FOR = timedelta(minutes=10)
EVENTS_OVERLAP = timedelta(hours=1)
EVENTS_LAST = timedelta(days=30)  # so long Stripe lists them


def remember(event: notifications.Event, body: str) -> None:
    """Keep a notification before anything is done about it. The same event twice is one row."""
    WebhookEvent.objects.bulk_create(
        [
            WebhookEvent(
                event_id=event.id,
                type=event.type,
                livemode=event.livemode,
                api_version=event.api_version,
                object_id=event.object_id,
                body=body,
            )
        ],
        ignore_conflicts=True,
    )


def process(event_id: str) -> bool:
    """Do what a remembered event asks for, once; True when that is done. Safe to repeat, any number at once.

    No transaction is open round the work, so what went wrong stays written down even though the work did not.
    """
    row = WebhookEvent.objects.get(event_id=event_id)
    if row.processed_at:
        return True
    try:
        outcome = handle(row)
    except Payment.DoesNotExist as error:
        return let_go_some_day(row, error)
    except payments.StripeIsDown as error:  # no fault of the event: however long that lasts, it is tried again
        logger.warning("Event %s waits: Stripe did not answer", event_id)
        WebhookEvent.objects.filter(pk=row.pk, processed_at=None).update(error=repr(error)[:2000])
        return False
    except Exception as error:
        logger.exception("Event %s failed", event_id)
        count_a_failure(row, error)
        return False
    WebhookEvent.objects.filter(pk=row.pk, processed_at=None).update(
        processed_at=clock.now(), outcome=outcome, attempts=F("attempts") + 1, error=""
    )
    return True


def let_go_some_day(row: WebhookEvent, error: Payment.DoesNotExist) -> bool:
    """A page that names us, but a payment that we do not have: its row may be about to be written, or be lost for ever.

    So it is tried again, TRIES_AT_MOST times altogether; then it is ignored, and says why.
    """
    tries = count_a_failure(row, error)
    logger.warning("Event %s is about a payment that we do not have, try %s", row.event_id, tries)
    if is_last := tries >= TRIES_AT_MOST:
        WebhookEvent.objects.filter(pk=row.pk, processed_at=None).update(processed_at=clock.now(), outcome="ignored")
    return is_last


def count_a_failure(row: WebhookEvent, error: Exception) -> int:
    """How often it has been tried by now. With the last try it is given up, and the shop hears of it once."""
    waiting = WebhookEvent.objects.filter(pk=row.pk, processed_at=None)
    with transaction.atomic():
        waiting.update(attempts=F("attempts") + 1, error=repr(error)[:2000])
        row.refresh_from_db(fields=["attempts", "error"])
        if row.attempts == TRIES_AT_MOST:
            logger.error("Event %s is given up", row.event_id)
            tasks.tell_of_given_up_event.defer(event_id=row.event_id)
    return row.attempts


def handle(row: WebhookEvent) -> str:
    if row.type not in HANDLERS:
        return "ignored"
    try:
        HANDLERS[row.type](row.object_id)
    except payments.NotOurs:
        return "ignored"
    return "done"


def reconcile(since: datetime | None = None) -> Counter:
    """Ask Stripe about everything that we are not sure of and repair it; what was done, counted.

    Safe to run at any time, several at once: a row is claimed by a conditional UPDATE, never by a lock over a call.
    `since`: everything that Stripe said since then is asked for, and what was given up since then is tried once more.
    """
    done = Counter()
    look_at_payments(done)
    process_waiting_events(done, since)
    fetch_missed_events(done, since)
    look_at_refunds(done)
    for order in Order.objects.overdue(clock.now()):
        done["orders expired"] += payments.expire_overdue(order)
    for change in VisitChange.objects.overdue(clock.now()):
        done["changes ended"] += payments.end_overdue_change(change)
    return done


def look_at_payments(done: Counter) -> None:
    now = clock.now()
    unsure = Payment.objects.live().filter(mode=settings.PAYMENT_MODE, created_at__lte=now - LOOK_AGAIN_AFTER)
    for payment in claimed(unsure, now):
        try:
            if payment.session_id:
                payments.settle(payment.session_id)
                done["payments looked at"] += 1
            elif payment.created_at <= now - NO_ANSWER_FOR:
                adopted = payments.adopt_or_abandon(payment)
                done["pages adopted" if adopted else "attempts abandoned"] += 1
        except (payments.StripeIsDown, payments.NotOurs):
            done["not answered"] += 1


def claimed(rows, now):
    """Those of the rows that nobody has looked at for a while, each only if nobody else takes it at this moment."""
    for row in rows.filter(Q(last_checked_at=None) | Q(last_checked_at__lte=now - LOOK_AGAIN_AFTER)):
        still = rows.model.objects.filter(pk=row.pk, last_checked_at=row.last_checked_at)
        if still.update(last_checked_at=now):
            yield row


def look_at_refunds(done: Counter) -> None:
    now = clock.now()
    unsure = Refund.objects.open().filter(payment__mode=settings.PAYMENT_MODE, requested_at__lte=now - LOOK_AGAIN_AFTER)
    for refund in claimed(unsure.select_related("payment__order"), now):
        try:
            if refund.status == RefundStatus.REQUESTED:
                refunds.send_refund(refund)
                done["refunds sent"] += 1
            else:
                refunds.settle_refunds(refund.payment)
                done["refunds looked at"] += 1
        except (payments.StripeIsDown, NoRoom):
            done["not answered"] += 1


def process_waiting_events(done: Counter, since: datetime | None = None) -> None:
    waiting = WebhookEvent.objects.filter(processed_at=None)
    waiting = waiting.filter(received_at__gte=since) if since else waiting.filter(attempts__lt=TRIES_AT_MOST)
    for event_id in waiting.order_by("pk").values_list("event_id", flat=True):
        done["events done"] += process(event_id)


def fetch_missed_events(done: Counter, since: datetime | None = None) -> None:
    """Take in what Stripe said and nobody brought us. How far its list was read is kept, and not when we last heard of it:

    after a day without webhooks and worker a webhook may well be the first that comes again.
    """
    now, missed = clock.now(), since or unread_since()
    if missed is None:
        return
    try:
        for event, body in notifications.events_since(missed, list(HANDLERS)):
            if not WebhookEvent.objects.filter(event_id=event.id).exists():
                remember(event, body)
                done["events fetched"] += process(event.id)
    except payments.StripeIsDown:
        done["not answered"] += 1
        return
    if since is None:
        EventsRead.objects.bulk_create([EventsRead(pk=1, until=now)], ignore_conflicts=True)
        EventsRead.objects.filter(until__lt=now).update(until=now)


def unread_since() -> datetime | None:
    """Since when Stripe may have said something that never reached us; none while there has been no payment at all."""
    read = EventsRead.objects.values_list("until", flat=True).first()
    if read is None:
        recent = Payment.objects.filter(created_at__gte=clock.now() - EVENTS_LAST)
        read = recent.order_by("created_at").values_list("created_at", flat=True).first()
    return read and read - EVENTS_OVERLAP


# What is left for people


def left_for_people() -> list[str]:
    """What no run repairs by itself, a line each: a person must look."""
    concerns = Concern.objects.open().select_related("order").order_by("pk")
    given_up = WebhookEvent.objects.filter(attempts__gte=TRIES_AT_MOST).exclude(error="").order_by("pk")
    recent = given_up.filter(received_at__gte=clock.now() - EVENTS_LAST)
    return [
        *(f"order {concern}" for concern in concerns),
        *(f"event {event.event_id} ({event.type}): given up, {event.error}" for event in recent),
    ]
