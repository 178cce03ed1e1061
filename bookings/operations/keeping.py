"""Another time for a visit that keeps the one it has, until somebody has paid what the other one costs more."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime

from django.db.models import Q

from bookings.models import Booking
from bookings.operations.errors import PetElsewhere, VisitHasBegun
from bookings.operations.holding import attended
from bookings.operations.moving import check_movable, lock_visit, places_there, settle, told_by_name
from bookings.operations.places import cancel, same_place
from bookings.terms import Terms
from petshop.core import clock


def hold_beside(
    booking: Booking,
    *,
    starts_at: datetime,
    until: datetime,
    accepted: Terms | None = None,
    letting_go: Booking | None = None,
) -> Booking | None:
    """Keep another time for a confirmed visit until then; it stays where it is, and has both.

    What it has already and would keep, such as the nights that both times share in one kennel, is not held twice; None if
    that is all of it. `accepted` and `letting_go` as for `move_booking`. Raises SlotTaken, PetElsewhere, VisitMovedOn,
    VisitHasBegun, CannotBeMoved; then nothing has changed.
    """
    with told_by_name(booking, starts_at):
        can_do_it, visit = lock_visit(booking, letting_go=letting_go)
        now = clock.now()
        check_movable(visit, accepted, now)
        places = places_there(visit, starts_at, can_do_it, now, by_customer=accepted is not None)
        check_pet(visit, places, now)
        pieces = [piece for place in places for piece in outside(place, visit.family)]
        for piece in pieces:
            cancel(same_place(piece, seat=piece.seat).lapsed(now))
            piece.held_until = until
            piece.part_of = pieces[0] if piece is not pieces[0] else None
            piece.save()
        return pieces[0] if pieces else None


def take_held(booking: Booking, held: Booking | None, *, starts_at: datetime, by_customer: bool) -> Booking:
    """Give a visit the time that was kept for it by `hold_beside`, and let go of the one it had, in one act.

    A hold that ran out is still good while nobody took its place. Raises SlotTaken, PetElsewhere, VisitMovedOn or
    VisitHasBegun; then the visit stays where it is, and the hold as it was.
    """
    with told_by_name(booking, starts_at):
        can_do_it, visit = lock_visit(booking, letting_go=held)
        now = clock.now()
        check_movable(visit, None, now)
        if by_customer and visit.starts_at <= now:
            raise VisitHasBegun(visit, is_over=False)
        # What was promised holds, whatever the hours have become since: so it is looked for as the shop does.
        places = places_there(visit, starts_at, can_do_it, now, by_customer=False)
        return settle(visit, places, now, by_customer=by_customer)


def check_pet(visit: Booking, places: list[Booking], now: datetime) -> None:
    """A place beside the one it has is held for no pet, which cannot be in two; so nobody but this asks where else it is."""
    if visit.pet is None:
        return
    elsewhere = Booking.objects.blocking(now).filter(pet=visit.pet).exclude(Q(pk=visit.pk) | Q(part_of=visit.pk))
    for place in attended(places):
        if elsewhere.filter(period__overlap=(place.starts_at, place.ends_at)).exists():
            raise PetElsewhere(place, visit.pet)


def outside(place: Booking, family: list[Booking]) -> Iterator[Booking]:
    """What of a place the visit does not have already: all of it, or what is before and after what it has there."""
    own = sorted(
        (each for each in family if (each.resource_id, each.seat) == (place.resource_id, place.seat)),
        key=lambda each: each.blocked_from,
    )
    begins = place.blocked_from
    for each in own:
        if each.blocked_until <= begins or each.blocked_from >= place.blocked_until:
            continue
        if begins < each.blocked_from:
            yield part_of_it(place, begins, each.blocked_from)
        begins = max(begins, each.blocked_until)
    if begins == place.blocked_from:
        yield place
    elif begins < place.blocked_until:
        yield part_of_it(place, begins, place.blocked_until)


def part_of_it(place: Booking, begins: datetime, ends: datetime) -> Booking:
    """It is no stay of its own: it has no nights that anybody counts."""
    part = copy(place)
    part.blocked_from, part.blocked_until = begins, ends
    part.starts_at = min(max(place.starts_at, begins), ends)
    part.ends_at = max(min(place.ends_at, ends), begins)
    if part.starts_at >= part.ends_at:  # nothing but the time kept free before or after
        part.starts_at, part.ends_at = begins, ends
    part.nights = part.arrives_on = part.leaves_on = None
    return part
