"""Tidying. Nothing depends on it: whoever wants the time of a lapsed hold takes it, tidied or not."""

from datetime import timedelta

from django.db import transaction
from procrastinate.contrib.django import app

from bookings.models import Booking, BookingStatus
from petshop.core import clock

TIDY_AFTER = timedelta(hours=1)  # long enough for late money to find its place still kept


@app.periodic(cron="*/10 * * * *")
@app.task(name="bookings.tidy_holds")
def tidy_holds(timestamp: int) -> None:
    """Cancel the holds that ran out an hour ago, so that the day's lists stay short. Several at once do no harm."""
    with transaction.atomic():
        lapsed = Booking.objects.lapsed(clock.now() - TIDY_AFTER).filter(part_of=None)
        dead = list(lapsed.order_by("pk").select_for_update(skip_locked=True))
        Booking.objects.families_of(dead).update(status=BookingStatus.CANCELLED, held_until=None)
