"""A mail two days before a visit, and another in its last hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from bookings.models import Booking, BookingStatus
from checkout.changes import CHANGES, last_change
from checkout.models import Message, OrderEvent, OrderLine
from checkout.operations.messages import queue_message
from checkout.visit_mail import COMING
from petshop.core import clock


@dataclass(frozen=True)
class Reminder:
    """Due so long before a visit, and of use until so long before it. Who booked or moved it later than that knows."""

    name: str
    before: timedelta
    until: timedelta

    def is_due(self, starts_at: datetime, *, booked_at: datetime, now: datetime) -> bool:
        return starts_at - self.before <= now < starts_at - self.until and booked_at <= starts_at - self.before

    def key(self, date: Booking) -> str:
        """Of this date of the visit as it is now: once it is moved, a reminder of it is another one."""
        main = date.part_of or date
        return f"remind-{self.name}:{main.pk}:{main.sequence}:{int(date.starts_at.timestamp())}"


IN_TWO_DAYS = Reminder("48h", before=timedelta(hours=48), until=timedelta(hours=3))
IN_THREE_HOURS = Reminder("3h", before=timedelta(hours=3), until=timedelta(0))
REMINDERS = [IN_TWO_DAYS, IN_THREE_HOURS]


def queue_reminders() -> int:
    """Queue the reminders that are due, and say how many. Each is one message, however often and by how many this is run.

    What happens to the visit until its mail is sent is for `emails.send` to look at.
    """
    now = clock.now()
    dates = dates_to_come(now)
    booked_at = moments_of_booking(dates)
    due = {
        reminder.key(date): date
        for date in dates
        for reminder in REMINDERS
        if reminder.is_due(date.starts_at, booked_at=booked_at[date], now=now)
    }
    for known in Message.objects.filter(key__in=due).values_list("key", flat=True):
        del due[known]
    for key, date in due.items():
        with transaction.atomic():
            queue_message(line_of(date).order, kind="reminder", key=key, about=date)
    return len(due)


def dates_to_come(now: datetime) -> list[Booking]:
    """Every time at which a pet is expected within two days: visits, and the dates of a course, but no tub beside them."""
    soonest = Booking.objects.filter(pet__isnull=False, starts_at__gt=now, starts_at__lte=now + IN_TWO_DAYS.before)
    is_visit = Q(status=BookingStatus.CONFIRMED, order_line__isnull=False)
    is_later_date = Q(status__in=COMING, part_of__order_line__isnull=False)
    sold = soonest.filter(is_visit | is_later_date)
    return list(sold.select_related("order_line__order", "part_of__order_line__order").order_by("starts_at", "pk"))


def line_of(date: Booking) -> OrderLine:
    return (date.part_of or date).order_line


def moments_of_booking(dates: list[Booking]) -> dict[Booking, datetime]:
    """When each was booked, or moved to where it is now."""
    changes: dict[int, list[OrderEvent]] = {}
    orders = {line_of(date).order_id for date in dates}
    for event in OrderEvent.objects.filter(order__in=orders, kind__in=CHANGES):
        changes.setdefault(event.order_id, []).append(event)
    return {
        date: last_change(changes.get(line_of(date).order_id, []), line_of(date)) or date.created_at for date in dates
    }
