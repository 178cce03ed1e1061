"""Moving what is no appointment: a stay to other nights, a bath with its tub, a seat to another day."""

import pytest

from bookings.models import Booking, BookingStatus
from bookings.operations import SlotTaken, hold_booking, move_booking
from tests import kinds
from tests.kinds import in_days, on

pytestmark = pytest.mark.django_db


def booked(variant, starts_at, **more):
    booking = hold_booking(variant, starts_at=starts_at, **more)
    Booking.objects.families_of([booking]).update(status=BookingStatus.CONFIRMED, held_until=None)
    booking.refresh_from_db()
    return booking


def test_a_stay_keeps_its_nights_and_has_new_days():
    stay = booked(kinds.boarding(), on(in_days(3), "15:00"), nights=2)

    moved = move_booking(stay, starts_at=on(in_days(10), "15:00"))

    assert (moved.nights, moved.arrives_on, moved.leaves_on) == (2, in_days(10), in_days(12))
    assert moved.ends_at == on(in_days(12), "11:00")


def test_a_stay_moves_by_a_day_into_its_own_nights():
    stay = booked(kinds.boarding(kennels=1), on(in_days(3), "15:00"), nights=3)

    moved = move_booking(stay, starts_at=on(in_days(4), "15:00"))

    assert (moved.arrives_on, moved.leaves_on) == (in_days(4), in_days(7))


def test_a_stay_is_not_moved_into_somebody_elses_nights():
    kennel = kinds.boarding(kennels=1)
    stay = booked(kennel, on(in_days(3), "15:00"), nights=2)
    booked(kennel, on(in_days(6), "15:00"), nights=2)

    with pytest.raises(SlotTaken):
        move_booking(stay, starts_at=on(in_days(5), "15:00"))

    stay.refresh_from_db()
    assert (stay.arrives_on, stay.leaves_on) == (in_days(3), in_days(5))


def test_a_seat_moves_to_another_day():
    day = booked(kinds.daycare(), on(in_days(3), "08:00"))

    moved = move_booking(day, starts_at=on(in_days(4), "08:00"))

    assert (moved.starts_at, moved.ends_at) == (on(in_days(4), "08:00"), on(in_days(4), "18:00"))


def test_a_bath_moves_with_its_tub():
    bath = kinds.bath_in_a_tub(groomers=1, tubs=1)
    visit = booked(bath, on(in_days(1), "10:00"))

    moved = move_booking(visit, starts_at=on(in_days(1), "10:30"))

    assert [part.starts_at for part in moved.family] == [on(in_days(1), "10:30")] * 2
    assert {part.status for part in moved.family} == {BookingStatus.CONFIRMED}


def test_a_bath_stays_where_the_tub_is_not_free():
    bath = kinds.bath_in_a_tub(groomers=2, tubs=1)
    visit = booked(bath, on(in_days(1), "10:00"))
    booked(bath, on(in_days(1), "12:00"))

    with pytest.raises(SlotTaken):
        move_booking(visit, starts_at=on(in_days(1), "12:30"))

    assert {part.starts_at for part in Booking.objects.get(pk=visit.pk).family} == {on(in_days(1), "10:00")}


def test_a_place_in_a_class_moves_to_another_date():
    single, _course = kinds.puppy_school()
    first, second, _third = single.offering.class_dates.all()
    place = booked(single, first.starts_at)

    moved = move_booking(place, starts_at=second.starts_at)

    assert moved.starts_at == second.starts_at
