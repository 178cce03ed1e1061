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
    """Lock resources, then bookings, then read the clock. Gives back the bookings as they are now."""
    bookings = list(bookings)
    lock(Resource.objects.filter(pk__in=[booking.resource_id for booking in bookings]))
    rows = Booking.objects.filter(pk__in=[booking.pk for booking in bookings]).select_related("resource")
    locked = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    return locked, clock.now()


def cancel(bookings: QuerySet[Booking], *, skip_locked: bool = False) -> None:
    rows = bookings.order_by("pk").select_for_update(no_key=True, skip_locked=skip_locked)
    pks = list(rows.values_list("pk", flat=True))
    Booking.objects.filter(pk__in=pks).update(status=BookingStatus.CANCELLED, held_until=None)


def same_place(booking: Booking, *, seat: int) -> BookingQuerySet:
    """Whatever lies on this seat of its resource at its time, buffers included."""
    overlapping = Booking.objects.overlapping(booking.blocked_from, booking.blocked_until)
    return overlapping.filter(resource=booking.resource, seat=seat)


def lapsed_of_the_pet(booking: Booking, now: datetime) -> BookingQuerySet:
    """Dead holds of the same pet at the same time. Nobody waits for their rows: the constraint has the last word."""
    same_time = Booking.objects.lapsed(now).filter(period__overlap=(booking.starts_at, booking.ends_at))
    return same_time.filter(pet__isnull=False, pet=booking.pet).exclude(pk=booking.pk)
