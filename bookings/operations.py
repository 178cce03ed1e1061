"""What happens to bookings, which nothing else writes, and to whole services.

Whoever changes a booking's time first locks the rows of the resources, in id order, then those of the bookings, in id
order, and only then asks the clock. The exclusion constraint is the net, not the queue: 500 buyers of one time without
the lock are 139 deadlocks and 107 seconds, with it none and 6 seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _

from bookings import availability
from bookings.availability import ONE_DAY
from bookings.calendar import Calendar, Place, able, closures, rules_of
from bookings.models import (
    HOLD_AT_MOST,
    LIVE,
    Booking,
    BookingQuerySet,
    BookingStatus,
    Closure,
    Pet,
    Resource,
    ServiceRules,
)
from catalog.models import AddOn, Offering, Variant
from catalog.operations import copied, copy_offering
from petshop.core import clock
from petshop.core.errors import ShopError, violates

HOLD = timedelta(minutes=15)
EXTENSION = timedelta(minutes=10)
EXTENSIONS_AT_MOST = 10


class SlotTaken(ShopError):
    """Somebody else has this time, or it is not offered."""

    def __init__(self, variant: Variant, start: datetime):
        self.variant = variant
        self.start = start
        super().__init__(_("That time is not free any more."))


class HoldLost(ShopError):
    """The hold ran out, or somebody took its time after it did."""

    def __init__(self, booking: Booking):
        self.booking = booking
        when = date_format(localtime(booking.starts_at), "l j F, H:i")
        super().__init__(_("We could no longer keep %(when)s for you.") % {"when": when})


class NoMoreTime(ShopError):
    """More time was asked for as often as it is given."""

    def __init__(self):
        super().__init__(_("We cannot keep this time any longer. Please check out while it is yours."))


class PetElsewhere(ShopError):
    """The pet would be in two places at once."""

    def __init__(self, booking: Booking, pet: Pet):
        self.booking = booking
        self.pet = pet
        when = date_format(localtime(booking.starts_at), "l j F, H:i")
        super().__init__(_("%(pet)s is already somewhere else on %(when)s.") % {"pet": pet, "when": when})


class VisitMovedOn(ShopError):
    """The visit is in a state from which this cannot happen, or has happened already."""

    def __init__(self, booking: Booking):
        self.booking = booking
        super().__init__(_("This visit is “%(status)s” by now.") % {"status": booking.get_status_display()})


# Holds


@transaction.atomic
def hold_booking(
    variant: Variant, *, starts_at: datetime, resource: Resource | None = None, add_ons: Iterable[AddOn] = ()
) -> Booking:
    """Keep a time for a quarter of an hour: with `resource`, or with whoever is free and has least to do that day.

    For as long as the visit takes with these extras. A lapsed hold that lies there, a basket's or an order's, is
    cancelled for it. Raises SlotTaken, and changes nothing, if the time is taken or was never offered.
    """
    locked = lock(able(variant.offering, resource))
    now = clock.now()
    free = Calendar(variant, now=now, resources=locked, add_ons=add_ons).free_at(starts_at)
    if free is None:
        raise SlotTaken(variant, starts_at)

    place = least_booked(free.places, on=starts_at, now=now)
    rules = rules_of(variant.offering)
    booking = Booking(
        variant=variant,
        resource=place.resource,
        seat=place.seat,
        starts_at=free.starts_at,
        ends_at=free.ends_at,
        blocked_from=free.starts_at - rules.buffer_before,
        blocked_until=free.ends_at + rules.buffer_after,
        held_until=now + HOLD,
    )
    cancel(same_place(booking, seat=place.seat).lapsed(now))
    try:
        with transaction.atomic():
            booking.save()
    except IntegrityError as error:
        if violates(error, "booking_no_overlap"):
            raise SlotTaken(variant, starts_at) from None
        raise
    return booking


def extend_holds(bookings: Iterable[Booking], *, until: datetime) -> None:
    """Keep all of these holds until then, inside the caller's transaction.

    Raises HoldLost for the first that has run out, was taken, or would be kept for longer than any hold may.
    """
    locked, now = lock_bookings(bookings)
    for booking in locked:
        is_held = booking.status == BookingStatus.HELD and booking.is_alive(now)
        if not is_held or until > booking.created_at + HOLD_AT_MOST:
            raise HoldLost(booking)
    Booking.objects.filter(pk__in=[booking.pk for booking in locked]).update(held_until=until)


def renew_holds(bookings: Iterable[Booking]) -> None:
    """Keep those of these holds that are alive for a quarter of an hour from now, inside the caller's transaction.

    For times that go back from an order to a basket; one that ran out stays as it is.
    """
    locked, now = lock_bookings(bookings)
    for booking in locked:
        if booking.status == BookingStatus.HELD and booking.is_alive(now):
            booking.held_until = min(now + HOLD, booking.created_at + HOLD_AT_MOST)
            booking.save(update_fields=["held_until"])


@transaction.atomic
def ask_for_more_time(booking: Booking) -> Booking:
    """Keep a hold ten minutes longer, at most ten times. Raises HoldLost or NoMoreTime."""
    [booking], now = lock_bookings([booking])
    if booking.status != BookingStatus.HELD or not booking.is_alive(now):
        raise HoldLost(booking)
    held_until = booking.held_until + EXTENSION
    if booking.extensions >= EXTENSIONS_AT_MOST or held_until > booking.created_at + HOLD_AT_MOST:
        raise NoMoreTime
    booking.held_until = held_until
    booking.extensions += 1
    booking.save(update_fields=["held_until", "extensions"])
    return booking


def assign_pets(pets: dict[Booking, Pet]) -> None:
    """Say who each visit is for, inside the caller's transaction and after its `extend_holds`.

    A lapsed hold of the same pet gives way. Raises PetElsewhere if the pet has another visit at that time.
    """
    now = clock.now()
    for booking in sorted(pets, key=lambda booking: booking.pk):
        booking.pet = pets[booking]
        cancel(lapsed_of_the_pet(booking, now), skip_locked=True)
        try:
            with transaction.atomic():
                booking.save(update_fields=["pet"])
        except IntegrityError as error:
            if violates(error, "booking_pet_in_one_place"):
                raise PetElsewhere(booking, booking.pet) from None
            raise


@transaction.atomic
def release_holds(bookings: Iterable[Booking]) -> None:
    """Give held times back; whatever is no longer held stays as it is. Safe to repeat.

    It locks no resource, so that a caller may hold a new time first and release the old one after it.
    """
    pks = [booking.pk for booking in bookings]
    cancel(Booking.objects.filter(pk__in=pks, status=BookingStatus.HELD))


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


# At the shop


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
    current = Booking.objects.select_for_update(no_key=True).get(pk=booking.pk)
    if current.status not in after:
        raise VisitMovedOn(current)
    current.status = to
    current.save(update_fields=["status"])


# Closures


@transaction.atomic
def close_time(closure: Closure) -> list[Booking]:
    """Block whatever is free of the closure's time on every seat of its resource, or of the whole shop.

    Gives back the visits in the way, holds included, and drops none. Safe to repeat, and to be repeated when there are
    more seats or resources: it fills what is still open.
    """
    everybody = Resource.objects.all()
    resources = lock(everybody if closure.resource_id is None else everybody.filter(pk=closure.resource_id))
    now = clock.now()
    period = closure.starts_at, closure.ends_at
    there = Booking.objects.filter(resource__in=resources, status__in=LIVE).overlapping(*period)
    cancel(there.lapsed(now))

    taken = defaultdict(list)
    in_the_way = []
    for booking in there.select_related("variant__offering", "resource", "pet").order_by("starts_at", "pk"):
        taken[booking.resource_id, booking.seat].append((booking.blocked_from, booking.blocked_until))
        is_inside = booking.starts_at < closure.ends_at and booking.ends_at > closure.starts_at
        if is_inside and booking.status != BookingStatus.CLOSURE:
            in_the_way.append(booking)
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
    return in_the_way


@transaction.atomic
def reopen(closure: Closure) -> None:
    """Give the closure's time back. Safe to repeat; `close_time` closes it again."""
    cancel(closure.bookings.filter(status=BookingStatus.CLOSURE))


# Services


@transaction.atomic
def copy_service(service: Offering, *, name: str) -> Offering:
    """What `copy_offering` copies, and who can do it and its rules. Raises NameTaken, and copies nothing."""
    copy = copy_offering(service, name=name)
    copy.resources.set(service.resources.all())
    if rules := ServiceRules.objects.filter(offering=service).first():
        copied(rules, offering=copy).save()
    return copy


# What the operations share


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


def least_booked(places: Sequence[Place], *, on: datetime, now: datetime) -> Place:
    """The place with whoever has the least booked on that day; among equals, in the shop's order."""
    if len(places) == 1:
        return places[0]
    zone = get_default_timezone()
    midnight = datetime.combine(on.astimezone(zone), time.min, tzinfo=zone)
    visits = Booking.objects.visits().exclude(status=BookingStatus.CANCELLED)
    booked = dict(
        visits.exclude(status=BookingStatus.HELD, held_until__lte=now)
        .filter(resource__in=[place.resource for place in places])
        .filter(starts_at__gte=midnight, starts_at__lt=midnight + ONE_DAY)
        .values_list("resource")
        .annotate(booked=Sum(F("ends_at") - F("starts_at")))
    )
    idle = timedelta(0)
    return min(
        places,
        key=lambda place: (booked.get(place.resource.pk, idle), place.resource.position, place.resource.pk, place.seat),
    )
