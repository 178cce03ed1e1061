"""What becomes of held times when the money is there."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from bookings.calendar import closures
from bookings.models import Booking, BookingStatus, ClassDate, Pet, Resource
from bookings.operations.holding import assign_pets, attended, hold_booking
from bookings.operations.places import cancel, lapsed_of_the_pet, lock_bookings, same_place
from bookings.operations.proofs import ask_for_proofs
from catalog.models import Kind, Variant
from petshop.core.errors import violates


def confirm_bookings(bookings: Iterable[Booking]) -> list[Booking]:
    """The money is there: make visits of these holds, inside the caller's transaction; give back those that are lost.

    A hold that ran out is still good while nobody took it. One that was taken is taken again if any seat of its
    resource is free at its time. Lost is what others have now, what the shop does not offer any more, and what had begun
    before its money came; a visit of several places is kept with all of them, or is lost and all of it let go. Safe to
    repeat: what is confirmed already, or further on, stays as it is. A visit for which a vaccination is missing is
    confirmed with `proof_due_by`.
    """
    locked, now = lock_bookings(bookings)
    return [booking for booking in locked if not confirm(booking, now)]


@transaction.atomic
def book(
    variant: Variant,
    *,
    starts_at: datetime,
    resource: Resource | None = None,
    nights: int = 0,
    length: timedelta | None = None,
    pet: Pet | None = None,
) -> Booking:
    """A visit at once, for whoever has paid for one and has no time: as long as it was sold, for its pet.

    Raises whatever `hold_booking` does; then nothing has changed.
    """
    visit = hold_booking(variant, starts_at=starts_at, resource=resource, nights=nights, length=length, pet=pet)
    if pet:
        assign_pets({visit: pet})
    confirm_bookings([visit])
    return Booking.objects.select_related("resource").get(pk=visit.pk)


def confirm(visit: Booking, now: datetime) -> bool:
    if visit.status not in (BookingStatus.HELD, BookingStatus.CANCELLED):
        return True
    is_held = visit.status == BookingStatus.HELD
    is_kept = (visit.is_kept(now) or is_offered(visit, now)) and confirm_all(visit.family, now, is_held=is_held)
    if is_kept:
        ask_for_proofs([visit], now)
    else:
        cancel(Booking.objects.filter(pk=visit.pk, status=BookingStatus.HELD))
    return is_kept


def is_offered(visit: Booking, now: datetime) -> bool:
    """Whether a visit whose hold ran out, and with it our promise, is still to come and the shop would still sell it."""
    has_begun = any(booking.starts_at <= now for booking in visit.family)
    is_for_sale = visit.variant.is_active and visit.variant.offering.is_published
    is_there = all(booking.resource.is_active and not is_closed(booking) for booking in visit.family)
    return not has_begun and is_for_sale and is_there and not is_withdrawn(visit)


def is_withdrawn(visit: Booking) -> bool:
    """Whether it is a class of which a date is not published any more, or is at another time."""
    return visit.variant.offering.kind == Kind.CLASS and not all(
        ClassDate.objects.filter(
            offering=visit.variant.offering,
            resource=date.resource,
            starts_at=date.starts_at,
            ends_at=date.ends_at,
        ).exists()
        for date in attended(visit.family)
    )


def is_closed(booking: Booking) -> bool:
    """Whether its time was closed while it stood in the way: nothing but the closure itself says so once it is gone."""
    concerned = Q(resource=None) | Q(resource=booking.resource)
    return closures(booking.blocked_from, booking.blocked_until).filter(concerned).exists()


class PlaceGone(Exception):
    """One of a visit's places cannot be had."""


def confirm_all(family: list[Booking], now: datetime, *, is_held: bool) -> bool:
    """Whether PostgreSQL agrees that all of these places are free, and the pet nowhere else. If not, nothing changed."""
    try:
        with transaction.atomic():
            for booking in family:
                seat = booking.seat if is_held else free_seat(booking, now)
                Booking.objects.filter(pk=booking.pk).update(seat=seat, status=BookingStatus.CONFIRMED, held_until=None)
    except PlaceGone:
        return False
    except IntegrityError as error:
        if violates(error, "booking_no_overlap") or violates(error, "booking_pet_in_one_place"):
            return False
        raise
    return True


def free_seat(booking: Booking, now: datetime) -> int:
    """Where a visit whose hold was taken can be after all: on its own seat, else on another of its resource.

    Whatever lapsed hold lies there, or is of its pet, gives way. Raises PlaceGone.
    """
    cancel(lapsed_of_the_pet(booking, now), skip_locked=True)
    seats = range(1, booking.resource.capacity + 1)
    for seat in sorted(seats, key=lambda seat: seat != booking.seat):
        there = same_place(booking, seat=seat)
        if not there.blocking(now).exists():
            cancel(there.lapsed(now))
            return seat
    raise PlaceGone
