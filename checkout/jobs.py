"""Periodic jobs, and whatever talks to Stripe. Correctness never waits for them: they tidy up."""

import logging
from datetime import timedelta

from procrastinate.contrib.django import app

from checkout import reconcile

logger = logging.getLogger(__name__)

STALLED_AFTER = timedelta(minutes=10)


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.reconcile_payments", pass_context=False)
def reconcile_payments(timestamp: int) -> None:
    """Ask Stripe about every payment that we are not sure of, and end the orders that nobody paid."""
    if done := +reconcile.reconcile():
        logger.info("Reconciled: %s", ", ".join(f"{count} {what}" for what, count in sorted(done.items())))


@app.periodic(cron="*/5 * * * *")
@app.task(name="checkout.retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context, timestamp: int) -> None:
    """Take up again what a worker that died had begun; the queue does not do that by itself."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER.total_seconds()):
        await manager.retry_job(job)
