"""A visit that needs several places, at once or one after the other, is one visit whatever happens to it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookings.calendar import Calendar, able
from bookings.models import Booking, BookingStatus
from bookings.operations import (
    HoldLost,
    PetElsewhere,
    SlotTaken,
    VisitMovedOn,
    ask_for_more_time,
    assign_pets,
    check_in,
    close_time,
    complete,
    confirm_bookings,
    extend_holds,
    hold_booking,
    mark_no_show,
    release_holds,
    renew_holds,
)
from bookings.tasks import tidy_holds
from petshop.core import clock
from tests.concurrency import at_once
from tests.factories import BookingFactory, ClosureFactory, PetFactory

pytestmark = pytest.mark.django_db

A_MINUTE = timedelta(minutes=1)


def statuses():
    return set(Booking.objects.values_list("status", flat=True))


def ends_of_holds():
    return set(Booking.objects.values_list("held_until", flat=True))


def let_run_out(*bookings):
    pks = [booking.pk for booking in bookings]
    Booking.objects.filter(pk__in=pks).update(held_until=timezone.now() - A_MINUTE)


# What belongs together


def test_a_part_is_of_another_booking_than_itself_and_sells_something(bath_in_the_tub):
    main, tub = bath_in_the_tub()

    with pytest.raises(IntegrityError, match="booking_part_belongs_to_another_visit"), transaction.atomic():
        Booking.objects.filter(pk=main.pk).update(part_of=main.pk)
    closure = ClosureFactory()
    with pytest.raises(IntegrityError, match="booking_part_belongs_to_another_visit"), transaction.atomic():
        Booking.objects.filter(pk=tub.pk).update(variant=None, closure=closure)


def test_a_family_is_found_by_any_of_its_bookings(bath_in_the_tub):
    main, tub = bath_in_the_tub()
    BookingFactory()

    assert set(Booking.objects.families_of([main])) == set(Booking.objects.families_of([tub])) == {main, tub}
    assert main.family == [main, tub]
    assert (main.main_id, tub.main_id) == (main.pk, main.pk)


def test_a_visit_that_is_moved_stands_in_its_own_way_with_none_of_its_bookings(bath, course, on_the_wall):
    main, *_later = course()
    bath.offering.resources.set([main.resource])
    calendar = Calendar(bath, now=clock.now(), resources=able(bath.offering), moving=main)

    assert len(calendar.free_at(on_the_wall("10:00", days=2)).places) == 2


# Holding


def test_a_visit_is_kept_longer_with_all_of_its_places(bath_in_the_tub):
    main, _tub = bath_in_the_tub()

    ask_for_more_time(main)
    until = clock.now() + timedelta(minutes=40)
    with transaction.atomic():
        extend_holds([main], until=until)

    assert ends_of_holds() == {until}


def test_a_visit_goes_back_to_its_basket_with_all_of_its_places(bath_in_the_tub):
    main, _tub = bath_in_the_tub(held_until=clock.now() + timedelta(hours=1))

    with transaction.atomic():
        renew_holds([main])

    [until] = ends_of_holds()
    assert until < clock.now() + timedelta(minutes=16)


def test_a_visit_of_which_one_place_is_taken_cannot_be_kept(bath_in_the_tub, tub, on_the_wall):
    """Whoever takes the tub of a hold that ran out lets the whole visit go."""
    main, part = bath_in_the_tub()
    let_run_out(main, part)
    wash = BookingFactory(starts_at=on_the_wall("14:00")).variant
    wash.offering.resources.set([tub])

    hold_booking(wash, starts_at=on_the_wall("10:30"))

    assert set(Booking.objects.families_of([main]).values_list("status", flat=True)) == {BookingStatus.CANCELLED}
    with pytest.raises(HoldLost), transaction.atomic():
        extend_holds([main], until=clock.now() + A_MINUTE)


def test_giving_a_visit_back_gives_all_of_its_places_back(bath_in_the_tub):
    _main, tub = bath_in_the_tub()

    release_holds([tub])

    assert statuses() == {BookingStatus.CANCELLED}
    assert ends_of_holds() == {None}


def test_tidying_takes_the_whole_visit(bath_in_the_tub):
    bath_in_the_tub()
    Booking.objects.update(held_until=clock.now() - timedelta(hours=2))

    tidy_holds(timestamp=0)

    assert statuses() == {BookingStatus.CANCELLED}


# Pets


def test_the_pet_is_with_the_groomer_and_not_a_second_time_in_the_tub(bath_in_the_tub):
    main, tub = bath_in_the_tub()
    biscuit = PetFactory()

    assign_pets({main: biscuit})

    assert Booking.objects.get(pk=main.pk).pet == biscuit
    assert Booking.objects.get(pk=tub.pk).pet is None


def test_the_pet_comes_on_every_day_of_a_course(course, on_the_wall):
    visit = course()
    biscuit = PetFactory()

    assign_pets({visit[0]: biscuit})

    assert [booking.pet for booking in Booking.objects.order_by("pk")] == [biscuit] * 3
    elsewhere = BookingFactory(starts_at=on_the_wall("10:30", days=3))
    with pytest.raises(PetElsewhere):
        assign_pets({elsewhere: biscuit})


# Confirming


def test_all_places_are_confirmed_together(bath_in_the_tub):
    main, _tub = bath_in_the_tub()

    with transaction.atomic():
        assert confirm_bookings([main]) == []
        assert confirm_bookings([main]) == []

    assert statuses() == {BookingStatus.CONFIRMED}
    assert ends_of_holds() == {None}


def test_p05_a_visit_that_was_let_go_is_taken_again_with_all_of_its_places(course):
    visit = course()
    release_holds(visit[:1])
    BookingFactory(resource=visit[1].resource, starts_at=visit[1].starts_at, confirmed=True)

    with transaction.atomic():
        assert confirm_bookings(visit[:1]) == []

    found = list(Booking.objects.families_of(visit[:1]).order_by("pk"))
    assert {booking.status for booking in found} == {BookingStatus.CONFIRMED}
    assert [booking.seat for booking in found] == [1, 2, 1]


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_p04_a_visit_of_which_one_place_is_gone_is_lost_and_keeps_none(course, on_the_wall, taken):
    visit = course()
    release_holds(visit[:1])
    room, start = visit[taken].resource, visit[taken].starts_at
    rivals = [BookingFactory(resource=room, seat=seat, starts_at=start, confirmed=True) for seat in (1, 2)]
    lapsed = [
        BookingFactory(resource=room, seat=1, starts_at=on_the_wall("10:30", days=day), lapsed=True)
        for day in {1, 2, 3} - {taken + 1}
    ]

    with transaction.atomic():
        assert confirm_bookings(visit[:1]) == visit[:1]

    found = Booking.objects.families_of(visit[:1])
    assert {booking.status for booking in found} == {BookingStatus.CANCELLED}
    assert set(Booking.objects.filter(status=BookingStatus.CONFIRMED)) == set(rivals)
    assert set(Booking.objects.filter(status=BookingStatus.HELD)) == set(lapsed)  # nothing was taken for nothing


def test_p04_a_course_that_had_begun_before_its_money_came_is_lost(course):
    visit = course(lapsed=True)
    Booking.objects.filter(pk=visit[0].pk).update(
        **dict.fromkeys(["starts_at", "blocked_from"], clock.now() - A_MINUTE),
    )

    with transaction.atomic():
        assert confirm_bookings(visit[:1]) == visit[:1]

    assert statuses() == {BookingStatus.CANCELLED}


# Afterwards


def test_a_visit_goes_on_with_all_of_its_places(bath_in_the_tub):
    _main, tub = bath_in_the_tub(confirmed=True)

    check_in(tub)
    assert statuses() == {BookingStatus.CHECKED_IN}
    with pytest.raises(VisitMovedOn):
        mark_no_show(tub)
    complete(tub)

    assert statuses() == {BookingStatus.COMPLETED}


def test_a_closure_names_a_visit_once_and_leaves_all_of_it(course, bath_in_the_tub, on_the_wall):
    visit, (main, _tub) = course(confirmed=True), bath_in_the_tub(confirmed=True)
    closure = ClosureFactory(starts_at=on_the_wall("09:00"), ends_at=on_the_wall("18:00", days=3))

    in_the_way = close_time(closure)

    assert set(in_the_way) == {visit[0], main}
    assert Booking.objects.filter(status=BookingStatus.CONFIRMED).count() == 5


def test_a_lapsed_visit_in_the_way_of_a_closure_leaves_with_its_places_elsewhere(bath_in_the_tub, tub, on_the_wall):
    bath_in_the_tub(lapsed=True)

    assert close_time(ClosureFactory(resource=tub, starts_at=on_the_wall("09:00"))) == []

    assert not Booking.objects.filter(status=BookingStatus.HELD).exists()


# Races


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_lapsed_visit_is_kept_or_let_go_as_a_whole_whoever_comes_first(bath, maya, bath_in_the_tub, on_the_wall):
    main, tub = bath_in_the_tub(held_until=clock.now() + timedelta(seconds=1))

    def pay():
        with transaction.atomic():
            extend_holds([main], until=clock.now() + timedelta(minutes=40))

    def press():
        return hold_booking(bath, starts_at=on_the_wall("10:00"), resource=maya)

    work = [pay, lambda: release_holds([tub]), lambda: tidy_holds(timestamp=0), press] * 10
    results = at_once(len(work), lambda: work.pop()())

    assert {type(result) for result in results} <= {Booking, HoldLost, SlotTaken, type(None)}
    assert len({(booking.status, booking.held_until) for booking in Booking.objects.families_of([main])}) == 1
