"""Locks and places: what the operations on bookings share."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from bookings.models import Booking, BookingQuerySet, BookingStatus, Resource
from petshop.core import clock


def lock(resources: QuerySet[Resource]) -> list[Resource]:
    """Lock these rows in id order, weakly enough that a foreign key to one does not wait.

    With the stronger lock, two closures saved at once would each wait for the other's foreign key to let go.
    """
    return list(resources.order_by("pk").select_for_update(no_key=True, of=("self",)))


def lock_bookings(bookings: Iterable[Booking]) -> tuple[list[Booking], datetime]:
    """Lock the resources of these visits, then their bookings, then read the clock.

    Gives back the main bookings as they are now, each with its whole family at hand.
    """
    families = Booking.objects.families_of(bookings)
    lock(Resource.objects.filter(pk__in=families.values("resource")))
    return lock_families(families), clock.now()


def lock_families(families: BookingQuerySet) -> list[Booking]:
    """Lock these bookings, whole families, in id order: the main one of a family before its parts."""
    rows = families.select_related("resource").order_by("pk")
    locked = list(rows.select_for_update(no_key=True, of=("self",)))
    mains = [booking for booking in locked if booking.part_of_id is None]
    for main in mains:
        main.family = [booking for booking in locked if booking.main_id == main.pk]
    return mains


def cancel(bookings: BookingQuerySet, *, skip_locked: bool = False) -> None:
    """Let these bookings go, and with each its whole family: a groomer is of no use without the tub."""
    found = list(bookings)
    if not found:
        return
    families = Booking.objects.families_of(found).order_by("pk")
    locked = list(families.select_for_update(no_key=True, skip_locked=skip_locked))
    pks = {booking.pk for booking in locked}
    still = bookings.filter(pk__in=pks)  # asked again, now that nobody else can change them
    mains = {booking.main_id for booking in still} & pks  # whoever has a main booking's lock has its family's
    leaving = [booking.pk for booking in locked if booking.main_id in mains]
    Booking.objects.filter(pk__in=leaving).update(status=BookingStatus.CANCELLED, held_until=None)


def same_place(booking: Booking, *, seat: int) -> BookingQuerySet:
    """Whatever lies on this seat of its resource at its time, buffers included."""
    overlapping = Booking.objects.overlapping(booking.blocked_from, booking.blocked_until)
    return overlapping.filter(resource=booking.resource, seat=seat)


def lapsed_of_the_pet(booking: Booking, now: datetime) -> BookingQuerySet:
    """Dead holds of the same pet at the same time. Nobody waits for their rows: the constraint has the last word."""
    same_time = Booking.objects.lapsed(now).filter(period__overlap=(booking.starts_at, booking.ends_at))
    return same_time.filter(pet__isnull=False, pet=booking.pet).exclude(pk=booking.pk)
