"""Plans change: one customer of the demo moves a visit today, and another one calls a visit off."""

from datetime import datetime, timedelta

from bookings.calendar import nearest_free
from bookings.models import BookingStatus
from catalog.models import Kind
from checkout import emails, operations, refunds
from checkout.models import Message, OrderLine, Refund

WELL_BEFORE = timedelta(days=3)  # so that both may be done for nothing


def change_plans(now: datetime) -> None:
    """The first and the last of the appointments that are far enough away; each is told of by mail, as always."""
    coming = OrderLine.objects.filter(
        kind=Kind.APPOINTMENT, booking__status=BookingStatus.CONFIRMED, booking__starts_at__gt=now + WELL_BEFORE
    )
    appointments = list(coming.select_related("variant__offering__rules", "booking__pet").order_by("pk"))
    if len(appointments) < 2:
        return
    first, last = appointments[0], appointments[-1]
    a_day_later = first.booking.starts_at + timedelta(days=1)
    for free in nearest_free(first.variant, start=a_day_later, now=now, pet=first.booking.pet, count=1):
        operations.move_visit(first, starts_at=free.starts_at)
    operations.cancel_lines([last])
    for refund in Refund.objects.filter(payment__order=last.order_id).select_related("payment__order"):
        refunds.send_refund(refund)
    for message in Message.objects.filter(order__in=[first.order_id, last.order_id], sent_at=None).order_by("pk"):
        emails.send(message)
