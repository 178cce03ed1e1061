"""When a visit was last changed, as the events of its order tell it."""

from collections.abc import Iterable
from datetime import datetime

from checkout.models import EventKind, OrderEvent, OrderLine

# What makes a visit another one than before: it was booked, moved or called off.
CHANGES = [EventKind.PAID, EventKind.VISIT_MOVED, EventKind.VISIT_CANCELLED, EventKind.CANCELLED]


def last_change(changes: Iterable[OrderEvent], line: OrderLine) -> datetime | None:
    """When this visit was booked, moved or called off; what names another line did not touch it."""
    return max((event.at for event in changes if event.details.get("line", line.pk) == line.pk), default=None)
