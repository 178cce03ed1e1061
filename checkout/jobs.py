"""Periodic jobs, and whatever talks to Stripe. Correctness never waits for them: they tidy up."""

import logging
from datetime import timedelta

from django.db import OperationalError
from procrastinate.contrib.django import app

from bookings.models import Booking
from checkout import closing, operations, reconcile, refunds
from checkout.models import Order, OrderLine, Refund
from checkout.payments import StripeIsDown
from petshop.core import clock
from petshop.core.errors import ShopError

logger = logging.getLogger(__name__)

STALLED_AFTER = timedelta(minutes=10)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.reconcile_payments", pass_context=False)
def reconcile_payments(timestamp: int) -> None:
    """Ask Stripe about every payment that we are not sure of, and end the orders that nobody paid."""
    if done := +reconcile.reconcile():
        logger.info("Reconciled: %s", ", ".join(f"{count} {what}" for what, count in sorted(done.items())))


@app.task(name="checkout.send_refund")
def send_refund(refund_id: int) -> None:
    """Ask Stripe to send money back. Whatever stays open is asked again by `reconcile_payments`."""
    try:
        refunds.send_refund(Refund.objects.select_related("payment__order").get(pk=refund_id))
    except StripeIsDown:
        logger.warning("Refund %s could not be sent yet", refund_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.lapse_visits")
def lapse_visits(timestamp: int) -> None:
    """Cancel the visits whose vaccinations were not proven in time. Safe to run at any time, several at once."""
    overdue = OrderLine.objects.filter(
        booking__in=Booking.objects.awaiting_proof().filter(proof_due_by__lte=clock.now())
    )
    for line in overdue.select_related("booking").order_by("pk"):
        try:
            if operations.lapse_visit(line):
                logger.info("Cancelled for want of a proof: visit %s", line.booking_id)
        except (
            OperationalError,
            ShopError,
        ):  # somebody else is busy with this order; the next time it is looked at again
            logger.warning("Could not look at visit %s", line.booking_id, exc_info=True)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.send_late_money_back", pass_context=False)
def send_late_money_back(timestamp: int) -> None:
    """Send back what came too late and whose customer chose nothing else in time. Safe to run at any time, several at once."""
    overdue = OrderLine.objects.lost().filter(choose_by__lte=clock.now())
    for order in Order.objects.filter(pk__in=overdue.values("order")).order_by("pk"):
        try:
            for refund in operations.send_overdue_money_back(order):
                logger.info("Sent back what came too late for order %s: refund %s", order.number, refund.pk)
        except (OperationalError, ShopError):  # somebody else is busy with it, or its bank wants the money itself
            logger.warning("Could not send back what came too late for order %s", order.number, exc_info=True)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.remind", pass_context=False)
def remind(timestamp: int) -> None:
    """Queue the mails that remind of a visit, 48 and 3 hours before it."""
    if count := operations.queue_reminders():
        logger.info("Reminding of %d visits", count)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.watch_balances", pass_context=False)
def watch_balances(timestamp: int) -> None:
    """Remind of what is still to be paid, and call off what was not paid in time; its payment page is closed first.

    Safe to run at any time, several at once.
    """
    if count := operations.queue_balance_mails():
        logger.info("Writing about the rest of %d orders", count)
    for order in operations.orders_to_lapse():
        try:
            closing.close_pages(order)
            if operations.lapse_balance(order):
                logger.info("Called off for want of the rest: order %s", order.number)
        except (OperationalError, ShopError):  # the next time it is looked at again
            logger.warning("Could not look at the rest of order %s", order.number, exc_info=True)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context, timestamp: int) -> None:
    """Take up again what a worker that died had begun; the queue does not do that by itself."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER.total_seconds()):
        await manager.retry_job(job)
