"""Keeping a time for somebody who has not paid yet, and giving it back."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.timezone import get_default_timezone

from bookings.availability import ONE_DAY
from bookings.calendar import Also, Calendar, FreeTime, Place, able
from bookings.guests import guest_of, suits
from bookings.models import HOLD_AT_MOST, Booking, BookingStatus, Pet, Resource
from bookings.operations.errors import HoldLost, NoMoreTime, NotForThisPet, PetElsewhere, SlotTaken
from bookings.operations.places import cancel, lapsed_of_the_pet, lock, lock_bookings, same_place
from bookings.vaccinations import demanded
from catalog.models import AddOn, Variant
from petshop.core import clock
from petshop.core.errors import violates

HOLD = timedelta(minutes=15)
EXTENSION = timedelta(minutes=10)
EXTENSIONS_AT_MOST = 10


@transaction.atomic
def hold_booking(
    variant: Variant,
    *,
    starts_at: datetime,
    resource: Resource | None = None,
    add_ons: Iterable[AddOn] = (),
    nights: int = 0,
    length: timedelta | None = None,
    pet: Pet | None = None,
) -> Booking:
    """Keep a time for a quarter of an hour: with `resource`, or with whoever is free and has least to do that day.

    For as long as the visit takes with these extras, or for the `length` that was sold, or for so many nights. What it
    takes besides, a tub or the further dates of its course, is held with it as its parts. A lapsed hold that lies there,
    a basket's or an order's, is cancelled for it. With a `pet`, it is held for that one, with somebody who takes it.
    Raises SlotTaken if the time is taken or was never offered, NotForThisPet and PetElsewhere; and changes nothing.
    """
    if pet and not suits(variant, pet):
        raise NotForThisPet(variant, pet)
    locked = lock(able(variant.offering, resource, guest=guest_of(variant, pet)))
    now = clock.now()
    calendar = Calendar(variant, now=now, resources=locked, add_ons=add_ons, nights=nights, length=length)
    free = calendar.free_at(starts_at)
    if free is None:
        raise SlotTaken(variant, starts_at)

    family = [place_at(free, calendar, now), *(place_at(also, calendar, now) for also in free.also)]
    main, *parts = family
    for booking in family:
        cancel(same_place(booking, seat=booking.seat).lapsed(now))
    for booking in attended(family) if pet else []:
        booking.pet = pet
        cancel(lapsed_of_the_pet(booking, now), skip_locked=True)
    try:
        with transaction.atomic():
            main.save()
            for part in parts:
                part.part_of = main
                part.save()
    except IntegrityError as error:
        if violates(error, "booking_no_overlap"):
            raise SlotTaken(variant, starts_at) from None
        if violates(error, "booking_pet_in_one_place"):
            raise PetElsewhere(main, pet) from None
        raise
    return main


def place_at(free: FreeTime | Also, calendar: Calendar, now: datetime) -> Booking:
    """The best of the places that are free, as a hold that is not saved yet."""
    place = least_booked(free.places, on=free.starts_at, now=now)
    stay = {}
    if nights := calendar.rules.nights:
        arrives_on, leaves_on = (moment.astimezone(calendar.zone).date() for moment in (free.starts_at, free.ends_at))
        stay = {"nights": nights, "arrives_on": arrives_on, "leaves_on": leaves_on}
    return Booking(
        variant=calendar.variant,
        resource=place.resource,
        seat=place.seat,
        starts_at=free.starts_at,
        ends_at=free.ends_at,
        blocked_from=free.starts_at - calendar.rules.buffer_before,
        blocked_until=free.ends_at + calendar.rules.buffer_after,
        held_until=now + HOLD,
        **stay,
    )


def extend_holds(bookings: Iterable[Booking], *, until: datetime) -> None:
    """Keep all of these holds until then, inside the caller's transaction.

    Raises HoldLost for the first that has run out, was taken, or would be kept for longer than any hold may.
    """
    locked, now = lock_bookings(bookings)
    for booking in locked:
        is_held = booking.status == BookingStatus.HELD and booking.is_alive(now)
        if not is_held or until > booking.created_at + HOLD_AT_MOST:
            raise HoldLost(booking)
    Booking.objects.families_of(locked).update(held_until=until)


def renew_holds(bookings: Iterable[Booking]) -> None:
    """Keep those of these holds that are alive for a quarter of an hour from now, inside the caller's transaction.

    For times that go back from an order to a basket; one that ran out stays as it is.
    """
    locked, now = lock_bookings(bookings)
    for booking in locked:
        if booking.status == BookingStatus.HELD and booking.is_alive(now):
            held_until = min(now + HOLD, booking.created_at + HOLD_AT_MOST)
            Booking.objects.families_of([booking]).update(held_until=held_until)


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
    Booking.objects.families_of([booking]).update(held_until=held_until, extensions=booking.extensions)
    return booking


def assign_pets(pets: dict[Booking, Pet]) -> None:
    """Say who each visit is for, and with it what must be proven of that pet, inside the caller's transaction and after
    its `extend_holds`.

    A lapsed hold of the same pet gives way. Raises PetElsewhere if the pet has another visit at that time, and
    NotForThisPet if what was chosen before we knew the pet is for others.
    """
    now = clock.now()
    for visit in sorted(pets, key=lambda booking: booking.pk):
        if not suits(visit.variant, pets[visit]) or not visit.resource.takes(pets[visit]):
            raise NotForThisPet(visit.variant, pets[visit], visit)
        visit.vaccinations = demanded(visit.variant.offering, pets[visit])
        for booking in attended(visit.family):
            booking.pet = pets[visit]
            cancel(lapsed_of_the_pet(booking, now), skip_locked=True)
            try:
                with transaction.atomic():
                    booking.save(update_fields=["pet", "vaccinations"])
            except IntegrityError as error:
                if violates(error, "booking_pet_in_one_place"):
                    raise PetElsewhere(booking, booking.pet) from None
                raise


def attended(family: Iterable[Booking]) -> list[Booking]:
    """The bookings of a visit that say where its pet is: one for each time, and not the tub beside the groomer."""
    at = []
    for booking in family:
        if all(booking.starts_at >= other.ends_at or booking.ends_at <= other.starts_at for other in at):
            at.append(booking)
    return at


@transaction.atomic
def release_holds(bookings: Iterable[Booking]) -> None:
    """Give held times back; whatever is no longer held stays as it is. Safe to repeat.

    It locks no resource, so that a caller may hold a new time first and release the old one after it.
    """
    cancel(Booking.objects.families_of(bookings).filter(status=BookingStatus.HELD))


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
