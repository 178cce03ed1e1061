"""What happens to a visit that is booked."""

from django.db import transaction

from bookings.models import Booking, BookingStatus
from bookings.operations.errors import VisitMovedOn
from bookings.operations.places import lock_families


def check_in(booking: Booking) -> None:
    """They have come. Raises VisitMovedOn unless the visit is confirmed."""
    move_on(booking, to=BookingStatus.CHECKED_IN, after=[BookingStatus.CONFIRMED])


def complete(booking: Booking) -> None:
    """They have gone, and what is left of the time is free. Raises VisitMovedOn unless they were checked in."""
    move_on(booking, to=BookingStatus.COMPLETED, after=[BookingStatus.CHECKED_IN])


def mark_no_show(booking: Booking) -> None:
    """They did not come, and the time is free. Raises VisitMovedOn unless the visit is confirmed."""
    move_on(booking, to=BookingStatus.NO_SHOW, after=[BookingStatus.CONFIRMED])


@transaction.atomic
def move_on(booking: Booking, *, to: BookingStatus, after: list[BookingStatus]) -> None:
    [visit] = lock_families(Booking.objects.families_of([booking]))
    if visit.status not in after:
        raise VisitMovedOn(visit)
    Booking.objects.families_of([visit]).update(status=to)
