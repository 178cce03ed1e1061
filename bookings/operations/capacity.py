"""What is booked when a resource has fewer places than before."""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F

from bookings.models import Booking, BookingQuerySet, BookingStatus, Closure, Resource
from bookings.operations.closing import close_time
from bookings.operations.places import cancel, lock
from bookings.seats import crowded, seated
from petshop.core import clock

ASIDE = 1000  # no resource has so many seats
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def in_the_way_of(resource: Resource, *, places: int) -> list[Booking]:
    """The visits, holds included, that keep this resource from having so few places, inside the caller's transaction.

    All those of a moment at which there would be fewer places than visits, since any of them may be the one that moves;
    and whoever sits in a place that would go at this moment. Nobody can book another until the transaction is over.
    """
    lock(Resource.objects.all())
    now = clock.now()
    visits = list(coming(resource, now).select_related("variant__offering", "resource").order_by("starts_at", "pk"))
    too_many = crowded([(visit.blocked_from, visit.blocked_until) for visit in visits], places)
    return [
        visit
        for number, visit in enumerate(visits)
        if number in too_many or (visit.seat > places and visit.blocked_from <= now)
    ]


@transaction.atomic
def seat_within(resource: Resource) -> None:
    """Give every visit to come a seat that the resource still has; safe to repeat.

    For a resource that has fewer places now, and nobody in the way of that. What others let lapse is cancelled, so that
    late money looks for a place that is there; and what is closed is closed again around those who moved.
    """
    lock(Resource.objects.all())
    there = Booking.objects.filter(resource=resource)
    list(there.filter(blocked_until__gt=clock.now()).order_by("pk").select_for_update(no_key=True))
    now = clock.now()
    cancel(there.lapsed(now).filter(blocked_until__gt=now))
    visits = sorted(coming(resource, now), key=lambda visit: (visit.blocked_from, visit.pk))
    if all(visit.seat <= resource.capacity for visit in visits):
        return

    closed = there.filter(status=BookingStatus.CLOSURE, blocked_until__gt=now)
    closures = list(Closure.objects.filter(pk__in=closed.values("closure")).order_by("pk"))
    cancel(closed)
    staying = [visit for visit in visits if visit.blocked_from <= now and visit.seat <= resource.capacity]
    later = [visit for visit in visits if visit not in staying]
    free_from = dict.fromkeys(range(1, resource.capacity + 1), LONG_AGO)
    free_from |= {visit.seat: visit.blocked_until for visit in staying}
    seats = seated([((visit.blocked_from, visit.blocked_until), visit.seat) for visit in later], free_from)
    moving = [(visit, seat) for visit, seat in zip(later, seats, strict=True) if visit.seat != seat]
    # Two that change seats would stand in each other's way for as long as the statement runs.
    there.filter(pk__in=[visit.pk for visit, _seat in moving]).update(seat=F("seat") + ASIDE)
    for visit, seat in moving:
        visit.seat = seat
    Booking.objects.bulk_update([visit for visit, _seat in moving], ["seat"])
    for closure in closures:
        close_time(closure)


def coming(resource: Resource, now: datetime) -> BookingQuerySet:
    return Booking.objects.visits().blocking(now).filter(resource=resource, blocked_until__gt=now)
