"""Giving a booked visit another time, at once or once it is paid for, and calling it off."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from bookings.calendar import Calendar, FreeTime, able
from bookings.guests import guest_of
from bookings.models import Booking, BookingStatus, Resource
from bookings.operations.errors import (
    CannotBeMoved,
    PetElsewhere,
    SlotTaken,
    TimeOfSomebodyElse,
    VisitHasBegun,
    VisitMovedOn,
)
from bookings.operations.holding import attended, place_at
from bookings.operations.places import cancel, lapsed_of_the_pet, lock, lock_families, same_place
from bookings.operations.proofs import ask_for_proofs
from bookings.terms import Terms
from petshop.core import clock
from petshop.core.errors import violates

PLACE = [
    "resource_id", "seat", "starts_at", "ends_at", "blocked_from", "blocked_until", "nights", "arrives_on", "leaves_on",
]  # fmt: skip


def move_booking(
    booking: Booking,
    *,
    starts_at: datetime,
    resource: Resource | None = None,
    accepted: Terms | None = None,
    letting_go: Booking | None = None,
) -> Booking:
    """Give a confirmed visit another time, taking it in the same statement that lets go of the one it has.

    With `resource`, or with whoever has it now if they are free, else with whoever has least to do that day; for as long
    as it was sold. `accepted` are the terms under which its customer moves it. Without them it is the shop, which may
    move it until it ends, out of hours and at once, but onto nothing that somebody else has. Where it is already, it
    stays: a second press changes nothing. `letting_go` is what was kept beside it and is not needed any more. Raises
    SlotTaken, PetElsewhere, VisitMovedOn, VisitHasBegun, CannotBeMoved; then it stays where it is.
    """
    with told_by_name(booking, starts_at):
        return move(booking, starts_at=starts_at, resource=resource, accepted=accepted, letting_go=letting_go)


@contextmanager
def told_by_name(visit: Booking, starts_at: datetime) -> Iterator[None]:
    """All of it or nothing; and what the database refuses, in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if violates(error, "booking_no_overlap"):
            raise SlotTaken(visit.variant, starts_at) from None
        if violates(error, "booking_pet_in_one_place"):
            raise PetElsewhere(Booking(starts_at=starts_at), visit.pet) from None
        raise


def move(
    booking: Booking,
    *,
    starts_at: datetime,
    resource: Resource | None,
    accepted: Terms | None,
    letting_go: Booking | None,
) -> Booking:
    can_do_it, visit = lock_visit(booking, resource, letting_go=letting_go)
    now = clock.now()
    if visit.starts_at == starts_at and resource in (None, visit.resource) and visit.status == BookingStatus.CONFIRMED:
        return visit
    check_movable(visit, accepted, now)
    places = places_there(visit, starts_at, can_do_it, now, by_customer=accepted is not None)
    return settle(visit, places, now, by_customer=accepted is not None)


def lock_visit(
    booking: Booking, resource: Resource | None = None, *, letting_go: Booking | None = None
) -> tuple[QuerySet[Resource], Booking]:
    """Lock everybody who can do the visit or has it, then the visit and what is let go for it, which is free from then on.

    Gives who can do it, and the visit as it is now.
    """
    families = Booking.objects.families_of(filter(None, [booking, letting_go]))
    can_do_it = able(booking.variant.offering, resource, guest=guest_of(booking.variant, booking.pet))
    lock(Resource.objects.filter(Q(pk__in=can_do_it.values("pk")) | Q(pk__in=families.values("resource"))))
    visit = next(main for main in lock_families(families) if main.pk == booking.main_id)
    visit.variant = booking.variant  # with whatever was read with it
    if letting_go:
        cancel(Booking.objects.filter(pk=letting_go.pk, status=BookingStatus.HELD))
    return can_do_it, visit


def places_there(
    visit: Booking, starts_at: datetime, can_do_it: QuerySet[Resource], now: datetime, *, by_customer: bool
) -> list[Booking]:
    """What the visit takes at that time, as holds that are not saved yet: the place of its pet first. Raises SlotTaken."""
    calendar = Calendar(
        visit.variant,
        now=now,
        resources=can_do_it,
        moving=visit,
        nights=visit.nights or 0,
        length=visit.ends_at - visit.starts_at,
        at_any_time=not by_customer,
    )
    free = calendar.free_at(starts_at)
    if free is None:
        raise refusal(visit, calendar, starts_at, by_customer=by_customer)
    return [place_at(each, calendar, now) for each in (stay_with(visit.resource, free), *free.also)]


def check_movable(visit: Booking, accepted: Terms | None, now: datetime) -> None:
    """Raise for a visit that is not to come any more, or that its customer may not move."""
    if visit.status != BookingStatus.CONFIRMED:
        raise VisitMovedOn(visit)
    if is_over := max(booking.ends_at for booking in visit.family) <= now:
        raise VisitHasBegun(visit, is_over=is_over)
    if accepted is None:
        return
    if visit.starts_at <= now:
        raise VisitHasBegun(visit, is_over=False)
    if not accepted.can_be_moved(visit.starts_at, moves=visit.moves, now=now):
        raise CannotBeMoved(visit, accepted)


def stay_with(resource: Resource, free: FreeTime) -> FreeTime:
    """The same time with the one who has the visit now, if they are free then."""
    same = tuple(place for place in free.places if place.resource == resource)
    return replace(free, places=same) if same else free


def refusal(visit: Booking, calendar: Calendar, starts_at: datetime, *, by_customer: bool) -> SlotTaken:
    """Why it cannot be then: a customer hears that somebody has it, the shop hears who."""
    begins = starts_at - calendar.rules.buffer_before
    ends = starts_at + calendar.rules.duration + calendar.rules.buffer_after
    taken = Booking.objects.blocking(calendar.now).overlapping(begins, ends).filter(resource__in=calendar.resources)
    others = taken.exclude(Q(pk=visit.pk) | Q(part_of=visit.pk)).select_related("variant__offering", "resource")
    there = None if by_customer else others.order_by("starts_at", "pk").first()
    return TimeOfSomebodyElse(visit.variant, starts_at, there) if there else SlotTaken(visit.variant, starts_at)


def settle(visit: Booking, places: list[Booking], now: datetime, *, by_customer: bool) -> Booking:
    """Put the visit there. Its main booking moves in place; its parts, to which nobody points, are made anew."""
    place, *parts = places
    for booking in places:
        cancel(same_place(booking, seat=booking.seat).lapsed(now))
    for booking in attended(places) if visit.pet else []:
        booking.pet = visit.pet
        cancel(lapsed_of_the_pet(booking, now), skip_locked=True)
    if len(visit.family) > 1:
        visit.parts.all().delete()
    Booking.objects.filter(pk=visit.pk).update(
        **{name: getattr(place, name) for name in PLACE},
        sequence=visit.sequence + 1,
        moves=visit.moves + int(by_customer),
    )
    for part in parts:
        part.part_of, part.sequence = visit, visit.sequence + 1
        part.status, part.held_until = BookingStatus.CONFIRMED, None
        part.save()
    moved = Booking.objects.select_related("resource").get(pk=visit.pk)
    ask_for_proofs([moved], now)  # what was valid on the last day may not be on this one
    return moved


@transaction.atomic
def cancel_bookings(bookings: Iterable[Booking], *, by_customer: bool = False) -> list[Booking]:
    """Call visits off, held or booked, and free their time; gives back those that it was this call that ended.

    Safe to repeat. Raises VisitMovedOn for one that was checked in or is over, VisitHasBegun if its customer comes too
    late; then all of them stay.
    """
    locked = lock_families(Booking.objects.families_of(bookings))
    now = clock.now()
    there = [visit for visit in locked if visit.status != BookingStatus.CANCELLED]
    for visit in there:
        check_cancellable(visit, now, by_customer=by_customer)
    Booking.objects.families_of(there).update(
        status=BookingStatus.CANCELLED, held_until=None, sequence=F("sequence") + 1
    )
    return there


def check_cancellable(visit: Booking, now: datetime, *, by_customer: bool) -> None:
    """Raise for a visit that was checked in or is over, or that its customer has come to."""
    if visit.status not in (BookingStatus.HELD, BookingStatus.CONFIRMED):
        raise VisitMovedOn(visit)
    if by_customer and visit.starts_at <= now:
        raise VisitHasBegun(visit, is_over=visit.ends_at <= now)
