"""Closing time and opening it again."""

from collections import defaultdict

from django.db import transaction

from bookings import availability
from bookings.models import LIVE, Booking, BookingStatus, Closure, Resource
from bookings.operations.places import cancel, lock
from petshop.core import clock


@transaction.atomic
def close_time(closure: Closure) -> list[Booking]:
    """Block whatever is free of the closure's time on every seat of its resource, or of the whole shop.

    Gives back the visits in the way, holds included and each visit once, and drops none. Safe to repeat, and to be
    repeated when there are more seats or resources: it fills what is still open.
    """
    everybody = Resource.objects.all()
    resources = lock(everybody if closure.resource_id is None else everybody.filter(pk=closure.resource_id))
    now = clock.now()
    period = closure.starts_at, closure.ends_at
    there = Booking.objects.filter(resource__in=resources, status__in=LIVE).overlapping(*period)
    cancel(there.lapsed(now))

    taken = defaultdict(list)
    in_the_way = {}
    for booking in there.select_related("variant__offering", "resource", "pet").order_by("starts_at", "pk"):
        taken[booking.resource_id, booking.seat].append((booking.blocked_from, booking.blocked_until))
        is_inside = booking.starts_at < closure.ends_at and booking.ends_at > closure.starts_at
        if is_inside and booking.status != BookingStatus.CLOSURE:
            in_the_way.setdefault(booking.main_id, booking)
    Booking.objects.bulk_create(
        Booking(
            closure=closure,
            resource=resource,
            seat=seat,
            starts_at=begins,
            ends_at=ends,
            blocked_from=begins,
            blocked_until=ends,
            status=BookingStatus.CLOSURE,
        )
        for resource in resources
        for seat in range(1, resource.capacity + 1)
        for begins, ends in availability.gaps(taken[resource.pk, seat], period)
    )
    return list(in_the_way.values())


@transaction.atomic
def reopen(closure: Closure) -> None:
    """Give the closure's time back. Safe to repeat; `close_time` closes it again."""
    cancel(closure.bookings.filter(status=BookingStatus.CLOSURE))
