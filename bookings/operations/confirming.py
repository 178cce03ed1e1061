"""What becomes of held times when the money is there."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from bookings.calendar import closures
from bookings.models import Booking, BookingStatus
from bookings.operations.places import cancel, lapsed_of_the_pet, lock_bookings, same_place
from petshop.core.errors import violates


def confirm_bookings(bookings: Iterable[Booking]) -> list[Booking]:
    """The money is there: make visits of these holds, inside the caller's transaction; give back those that are lost.

    A hold that ran out is still good while nobody took it. One that was taken is taken again if any seat of its
    resource is free at its time. Lost is what others have now, and what had begun before its money came. Safe to
    repeat: what is confirmed already, or further on, stays as it is.
    """
    locked, now = lock_bookings(bookings)
    return [booking for booking in locked if not confirm(booking, now)]


def confirm(booking: Booking, now: datetime) -> bool:
    if booking.status not in (BookingStatus.HELD, BookingStatus.CANCELLED):
        return True
    is_held = booking.status == BookingStatus.HELD
    if booking.starts_at <= now and not (is_held and booking.is_alive(now)):
        cancel(Booking.objects.lapsed(now).filter(pk=booking.pk))
        return False
    return confirm_at(booking.seat, booking) if is_held else take_again(booking, now)


def take_again(booking: Booking, now: datetime) -> bool:
    """Confirm a visit whose hold was taken, on its own seat if that is free, else on another of its resource."""
    if not booking.resource.is_active or is_closed(booking):
        return False
    cancel(lapsed_of_the_pet(booking, now), skip_locked=True)
    seats = range(1, booking.resource.capacity + 1)
    for seat in sorted(seats, key=lambda seat: seat != booking.seat):
        there = same_place(booking, seat=seat)
        if not there.blocking(now).exists():
            cancel(there.lapsed(now))
            return confirm_at(seat, booking)
    return False


def is_closed(booking: Booking) -> bool:
    """Whether its time was closed while it stood in the way: nothing but the closure itself says so once it is gone."""
    concerned = Q(resource=None) | Q(resource=booking.resource)
    return closures(booking.blocked_from, booking.blocked_until).filter(concerned).exists()


def confirm_at(seat: int, booking: Booking) -> bool:
    """Whether PostgreSQL agrees that the place is free, and the pet nowhere else."""
    try:
        with transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(seat=seat, status=BookingStatus.CONFIRMED, held_until=None)
    except IntegrityError as error:
        if violates(error, "booking_no_overlap") or violates(error, "booking_pet_in_one_place"):
            return False
        raise
    return True
