"""A visit is moved by taking the new place before the old one goes, or stays where it is; and it is called off once."""

from datetime import timedelta

import pytest

from bookings.models import Booking, BookingStatus
from bookings.operations import (
    CannotBeMoved,
    PetElsewhere,
    SlotTaken,
    TimeOfSomebodyElse,
    VisitHasBegun,
    VisitMovedOn,
    cancel_bookings,
    check_in,
    close_time,
    complete,
    hold_booking,
    mark_no_show,
    move_booking,
)
from bookings.terms import Terms
from petshop.core import clock
from tests.concurrency import at_once
from tests.factories import BookingFactory, ClosureFactory, PetFactory, ResourceFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
USUAL = Terms(moves_at_most=2, move_until=AN_HOUR)
PLACE = ["resource_id", "seat", "starts_at", "ends_at", "blocked_from", "blocked_until", "status", "sequence", "moves"]


@pytest.fixture
def visit(bath, maya, on_the_wall):
    """A bath with Maya at ten tomorrow, booked."""
    return BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("10:00"), confirmed=True)


def as_it_is(booking):
    return Booking.objects.values_list(*PLACE).get(pk=booking.pk)


def place_of(booking):
    booking = Booking.objects.select_related("resource").get(pk=booking.pk)
    return booking.resource, booking.starts_at, booking.ends_at


# Moving


def test_a_visit_is_moved_in_place_and_leaves_its_time_free(visit, bath, maya, on_the_wall):
    moved = move_booking(visit, starts_at=on_the_wall("15:00"), accepted=USUAL)

    assert moved.pk == visit.pk
    assert place_of(visit) == (maya, on_the_wall("15:00"), on_the_wall("16:00"))
    assert (moved.status, moved.sequence, moved.moves) == (BookingStatus.CONFIRMED, 1, 1)
    hold_booking(bath, starts_at=on_the_wall("10:00"))
    with pytest.raises(SlotTaken):
        hold_booking(bath, starts_at=on_the_wall("15:00"))


def test_a_visit_may_move_into_its_own_time(visit, maya, on_the_wall):
    move_booking(visit, starts_at=on_the_wall("10:30"), accepted=USUAL)

    assert place_of(visit) == (maya, on_the_wall("10:30"), on_the_wall("11:30"))


def test_a_visit_stays_with_its_groomer_who_is_free_or_goes_to_somebody_who_is(visit, bath, maya, tom, on_the_wall):
    BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("12:00"), confirmed=True)

    assert move_booking(visit, starts_at=on_the_wall("15:00"), accepted=USUAL).resource == maya
    assert move_booking(visit, starts_at=on_the_wall("12:00"), accepted=USUAL).resource == tom


def test_another_groomer_at_the_same_time_is_a_move(visit, maya, tom, on_the_wall):
    moved = move_booking(visit, starts_at=on_the_wall("10:00"), resource=tom, accepted=USUAL)

    assert (moved.resource, moved.sequence) == (tom, 1)


def test_a_visit_keeps_the_length_and_gets_the_buffers_of_now(visit, bath, on_the_wall):
    """It was sold with extras for ninety minutes; the service takes two hours by now."""
    Booking.objects.filter(pk=visit.pk).update(ends_at=on_the_wall("11:30"), blocked_until=on_the_wall("11:30"))
    bath.duration = 2 * AN_HOUR
    bath.offering.rules.buffer_after = timedelta(minutes=15)

    moved = move_booking(visit, starts_at=on_the_wall("14:00"), accepted=USUAL)

    assert (moved.ends_at, moved.blocked_until) == (on_the_wall("15:30"), on_the_wall("15:45"))


def test_pressing_twice_moves_once(visit, on_the_wall):
    for _press in range(2):
        move_booking(visit, starts_at=on_the_wall("15:00"), accepted=USUAL)

    visit.refresh_from_db()
    assert (visit.sequence, visit.moves) == (1, 1)


@pytest.mark.parametrize("wall", ["14:30", "15:00", "15:30"])
def test_c18_a_time_that_somebody_has_is_refused_and_the_visit_stays(visit, bath, maya, on_the_wall, wall):
    BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("15:00"))
    before = as_it_is(visit)

    with pytest.raises(SlotTaken):
        move_booking(visit, starts_at=on_the_wall(wall), accepted=USUAL)

    assert as_it_is(visit) == before


@pytest.mark.parametrize("wall", ["15:10", "08:00", "17:30"])
def test_a_customer_moves_to_what_is_offered(visit, on_the_wall, wall):
    before = as_it_is(visit)

    with pytest.raises(SlotTaken):
        move_booking(visit, starts_at=on_the_wall(wall), accepted=USUAL)

    assert as_it_is(visit) == before


def test_a_lapsed_hold_gives_way_and_so_does_one_of_the_same_pet(visit, bath, maya, tom, on_the_wall):
    biscuit = PetFactory()
    Booking.objects.filter(pk=visit.pk).update(pet=biscuit)
    visit.refresh_from_db()
    there = BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("15:00"), lapsed=True)
    its_own = BookingFactory(variant=bath, resource=tom, starts_at=on_the_wall("15:30"), lapsed=True, pet=biscuit)

    move_booking(visit, starts_at=on_the_wall("15:00"), resource=maya, accepted=USUAL)

    assert set(Booking.objects.filter(status=BookingStatus.CANCELLED)) == {there, its_own}


def test_a_pet_that_is_elsewhere_then_is_refused_and_the_visit_stays(visit, bath, maya, tom, on_the_wall):
    biscuit = PetFactory()
    Booking.objects.filter(pk=visit.pk).update(pet=biscuit)
    visit.refresh_from_db()
    BookingFactory(variant=bath, resource=tom, starts_at=on_the_wall("15:00"), confirmed=True, pet=biscuit)
    lapsed = BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("15:30"), lapsed=True)
    before = as_it_is(visit)

    with pytest.raises(PetElsewhere, match="15:30"):
        move_booking(visit, starts_at=on_the_wall("15:30"), accepted=USUAL)

    assert as_it_is(visit) == before
    lapsed.refresh_from_db()
    assert lapsed.status == BookingStatus.HELD


# What the accepted terms allow


def test_a_customer_moves_as_often_as_was_accepted_and_the_shop_as_often_as_it_must(visit, on_the_wall):
    for wall in ("11:00", "12:00"):
        move_booking(visit, starts_at=on_the_wall(wall), accepted=USUAL)
    before = as_it_is(visit)

    with pytest.raises(CannotBeMoved, match="as often as you can"):
        move_booking(visit, starts_at=on_the_wall("13:00"), accepted=USUAL)

    assert as_it_is(visit) == before
    moved = move_booking(visit, starts_at=on_the_wall("13:00"))
    assert (moved.sequence, moved.moves) == (3, 2)


@pytest.mark.parametrize(("minutes", "can_be_moved"), [(61, True), (59, False)])
def test_a_customer_moves_until_the_moment_that_was_accepted(visit, on_the_wall, minutes, can_be_moved):
    begins = clock.now() + timedelta(minutes=minutes)
    Booking.objects.filter(pk=visit.pk).update(
        starts_at=begins, blocked_from=begins, ends_at=begins + AN_HOUR, blocked_until=begins + AN_HOUR
    )
    before = as_it_is(visit)

    if can_be_moved:
        move_booking(visit, starts_at=on_the_wall("15:00", days=2), accepted=USUAL)
    else:
        with pytest.raises(CannotBeMoved, match="1 hour before"):
            move_booking(visit, starts_at=on_the_wall("15:00", days=2), accepted=USUAL)
        assert as_it_is(visit) == before


def test_a_service_that_only_the_shop_moves_says_so(visit, on_the_wall):
    with pytest.raises(CannotBeMoved, match="cannot be moved online"):
        move_booking(visit, starts_at=on_the_wall("15:00"), accepted=Terms())


@pytest.fixture
def under_way(visit):
    """It began half an hour ago, and nobody has checked in."""
    begins = clock.now() - AN_HOUR / 2
    Booking.objects.filter(pk=visit.pk).update(
        starts_at=begins, blocked_from=begins, ends_at=begins + AN_HOUR, blocked_until=begins + AN_HOUR
    )
    visit.refresh_from_db()
    return visit


def test_a_visit_that_has_begun_is_moved_by_the_shop_only_and_one_that_is_over_by_nobody(under_way, on_the_wall):
    with pytest.raises(VisitHasBegun, match="has begun"):
        move_booking(under_way, starts_at=on_the_wall("15:00"), accepted=Terms(moves_at_most=9))
    Booking.objects.filter(pk=under_way.pk).update(ends_at=clock.now(), blocked_until=clock.now())
    with pytest.raises(VisitHasBegun, match="is over"):
        move_booking(under_way, starts_at=on_the_wall("15:00"))
    Booking.objects.filter(pk=under_way.pk).update(ends_at=clock.now() + AN_HOUR, blocked_until=clock.now() + AN_HOUR)

    move_booking(under_way, starts_at=on_the_wall("15:00"))

    assert Booking.objects.get(pk=under_way.pk).starts_at == on_the_wall("15:00")


@pytest.mark.parametrize("status", ["held", "checked_in", "completed", "no_show", "cancelled"])
def test_c17_what_is_not_booked_any_more_is_not_moved(visit, on_the_wall, status):
    held_until = clock.now() + AN_HOUR if status == "held" else None
    Booking.objects.filter(pk=visit.pk).update(status=status, held_until=held_until)

    with pytest.raises(VisitMovedOn):
        move_booking(visit, starts_at=on_the_wall("15:00"))

    assert place_of(visit)[1] == on_the_wall("10:00")


# What the shop may do besides


@pytest.mark.parametrize("wall", ["07:05", "15:10", "20:00"])
def test_the_shop_moves_a_visit_out_of_hours_and_off_the_grid(visit, maya, on_the_wall, wall):
    move_booking(visit, starts_at=on_the_wall(wall))

    assert place_of(visit)[:2] == (maya, on_the_wall(wall))


def test_c13_the_shop_takes_no_time_that_a_customer_holds(visit, bath, maya, on_the_wall):
    held = BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("15:00"))
    before = as_it_is(visit), as_it_is(held)

    with pytest.raises(TimeOfSomebodyElse, match="A customer has this time in the basket"):
        move_booking(visit, starts_at=on_the_wall("15:30"))

    assert (as_it_is(visit), as_it_is(held)) == before


def test_c13_the_shop_hears_which_visit_or_closure_is_in_the_way(visit, bath, maya, on_the_wall):
    BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("15:00"), confirmed=True)
    close_time(ClosureFactory(resource=maya, starts_at=on_the_wall("16:00")))

    with pytest.raises(TimeOfSomebodyElse, match="Bath with Maya is there, from 15:00 to 16:00"):
        move_booking(visit, starts_at=on_the_wall("14:30"))
    with pytest.raises(TimeOfSomebodyElse, match="Maya takes no visits"):
        move_booking(visit, starts_at=on_the_wall("16:30"))
    with pytest.raises(SlotTaken, match="not free"):
        move_booking(visit, starts_at=clock.now() - AN_HOUR)


# Visits of several places


def test_a_visit_moves_with_all_of_its_places(bath, maya, tub, bath_in_the_tub, on_the_wall):
    bath.offering.rules.equipment.set([tub])
    main, _part = bath_in_the_tub(confirmed=True)

    move_booking(main, starts_at=on_the_wall("10:30"), accepted=USUAL)

    [part] = Booking.objects.get(pk=main.pk).parts.all()
    assert place_of(main) == (maya, on_the_wall("10:30"), on_the_wall("11:30"))
    assert place_of(part) == (tub, on_the_wall("10:30"), on_the_wall("11:30"))
    assert part.status == BookingStatus.CONFIRMED


def test_a_visit_of_which_one_place_is_not_free_then_stays_with_all_of_them(
    bath, maya, tub, bath_in_the_tub, on_the_wall
):
    bath.offering.rules.equipment.set([tub])
    main, part = bath_in_the_tub(confirmed=True)
    BookingFactory(resource=tub, starts_at=on_the_wall("15:00"))
    before = as_it_is(main), as_it_is(part)

    with pytest.raises(SlotTaken):
        move_booking(main, starts_at=on_the_wall("15:00"), accepted=USUAL)

    assert (as_it_is(main), as_it_is(part)) == before


# Calling off


@pytest.mark.parametrize("status", ["held", "confirmed"])
def test_a_visit_is_called_off_once_with_all_of_its_places(bath_in_the_tub, bath, on_the_wall, status):
    main, _tub = bath_in_the_tub(status=status)

    assert cancel_bookings([main]) == [main]
    assert cancel_bookings([main]) == []

    found = Booking.objects.families_of([main])
    assert {(booking.status, booking.held_until, booking.sequence) for booking in found} == {("cancelled", None, 1)}
    hold_booking(bath, starts_at=on_the_wall("10:00"))


@pytest.mark.parametrize("go_on", [[check_in], [check_in, complete], [mark_no_show]])
def test_c17_a_visit_that_has_moved_on_is_not_called_off_and_nothing_else_is_either(
    visit, bath, tom, on_the_wall, go_on
):
    other = BookingFactory(variant=bath, resource=tom, starts_at=on_the_wall("10:00"), confirmed=True)
    for step in go_on:
        step(visit)

    with pytest.raises(VisitMovedOn):
        cancel_bookings([other, visit])

    assert as_it_is(other)[-3:] == ("confirmed", 0, 0)


def test_a_visit_that_has_begun_is_called_off_by_the_shop_only(under_way):
    with pytest.raises(VisitHasBegun):
        cancel_bookings([under_way], by_customer=True)

    assert cancel_bookings([under_way]) == [under_way]


# Races


def kinds(results):
    return sorted(
        type(result).__name__ if isinstance(result, Booking | SlotTaken) else repr(result) for result in results
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c18_a_visit_is_moved_or_stays_a_hundred_times(bath, maya, on_the_wall):
    """Never neither, never both: whoever is second finds the time taken and still has their own."""
    for number in range(100):
        day = 1 + number % 50
        ten, two = on_the_wall("10:00", days=day), on_the_wall("14:00", days=day)
        visit = BookingFactory(variant=bath, resource=maya, starts_at=ten, confirmed=True)
        work = [
            lambda visit=visit, two=two: move_booking(visit, starts_at=two, accepted=USUAL),
            lambda two=two: hold_booking(bath, starts_at=two),
        ]

        results = at_once(2, lambda work=work: work.pop()())

        assert kinds(results) == ["Booking", "SlotTaken"]
        there = Booking.objects.get(starts_at=two, status__in=["held", "confirmed"])
        mine = Booking.objects.get(pk=visit.pk)
        assert mine.status == BookingStatus.CONFIRMED
        assert mine.starts_at == (two if there == mine else ten)
        Booking.objects.all().delete()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c18_nobody_is_refused_while_there_is_room(bath, on_the_wall):
    """Without the queue all of them reach for the same seat, and all but one are told that the room is full."""
    room = ResourceFactory(name="Class room", capacity=30, services=[bath.offering])
    visits = [
        BookingFactory(variant=bath, resource=room, seat=seat, starts_at=on_the_wall("10:00"), confirmed=True)
        for seat in range(1, 31)
    ]

    results = at_once(30, lambda: move_booking(visits.pop(), starts_at=on_the_wall("14:00"), accepted=USUAL))

    assert kinds(results) == ["Booking"] * 30
    seats = Booking.objects.filter(starts_at=on_the_wall("14:00")).values_list("seat", flat=True)
    assert sorted(seats) == list(range(1, 31))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c18_two_visits_that_change_places_at_once_do_not_wait_for_each_other(bath, maya, tom, on_the_wall):
    mine = BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("10:00"), confirmed=True)
    yours = BookingFactory(variant=bath, resource=tom, starts_at=on_the_wall("10:00"), confirmed=True)
    work = [
        lambda: move_booking(mine, starts_at=on_the_wall("14:00"), resource=tom),
        lambda: move_booking(yours, starts_at=on_the_wall("14:00"), resource=maya),
    ] * 10

    results = at_once(20, lambda: work.pop()())

    assert kinds(results) == ["Booking"] * 20
    assert {place_of(mine)[0], place_of(yours)[0]} == {maya, tom}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c17_whoever_is_called_off_while_staff_check_in_is_here(visit):
    with Rival(lambda: check_in(visit)), pytest.raises(VisitMovedOn, match="Checked in"):
        cancel_bookings([visit], by_customer=True)

    assert as_it_is(visit)[-3:] == ("checked_in", 0, 0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c17_whoever_is_checked_in_while_the_customer_calls_off_is_not_coming(visit):
    with Rival(lambda: cancel_bookings([visit], by_customer=True)), pytest.raises(VisitMovedOn, match="Cancelled"):
        check_in(visit)

    assert as_it_is(visit)[-3:] == ("cancelled", 1, 0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c13_the_shop_and_a_customer_reach_for_one_time(visit, bath, on_the_wall):
    with Rival(lambda: hold_booking(bath, starts_at=on_the_wall("15:00"))), pytest.raises(TimeOfSomebodyElse):
        move_booking(visit, starts_at=on_the_wall("15:00"))

    assert place_of(visit)[1] == on_the_wall("10:00")
