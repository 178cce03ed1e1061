"""Many customers at one moment, on real PostgreSQL. Each has a patch in tests/mutants/ without which it must fail.

A deadlock that PostgreSQL had to end is an error of the thread whose work it ended, and `at_once` gives that error
back: so a result that is neither a booking nor a refusal fails these tests.
"""

import os
from datetime import timedelta
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import transaction

from bookings.calendar import nearest_free
from bookings.models import Booking, BookingStatus
from bookings.operations import SlotTaken, close_time, confirm_bookings, extend_holds, hold_booking, release_holds
from petshop.core import clock
from tests.concurrency import at_once
from tests.factories import AddOnFactory, BookingFactory, ClosureFactory, ResourceFactory

MANY = 500 if os.environ.get("PROOF") else 200

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def kinds(results):
    """What came out, counted; an error that nobody expected is named with its text."""
    names = [
        type(result).__name__ if isinstance(result, Booking | SlotTaken | list) else repr(result) for result in results
    ]
    return {name: names.count(name) for name in names}


def test_c02_hundreds_press_the_same_time_and_one_gets_it(bath, maya, on_the_wall):
    began = monotonic()

    results = at_once(MANY, lambda: hold_booking(bath, starts_at=on_the_wall("10:00")))

    assert kinds(results) == {"Booking": 1, "SlotTaken": MANY - 1}
    assert Booking.objects.count() == 1
    assert monotonic() - began < 30


def test_c02_whoever_was_too_late_is_offered_three_other_times(bath, maya, on_the_wall):
    def press():
        try:
            return hold_booking(bath, starts_at=on_the_wall("10:00"))
        except SlotTaken as taken:
            return nearest_free(taken.variant, start=taken.start, now=clock.now())

    results = at_once(200, press)

    assert kinds(results) == {"Booking": 1, "list": 199}
    offers = {tuple(free.starts_at for free in result) for result in results if isinstance(result, list)}
    assert offers == {(on_the_wall("09:00"), on_the_wall("11:00"), on_the_wall("11:30"))}


def test_c02_the_time_of_a_lapsed_hold_is_taken_once(bath, maya, on_the_wall):
    abandoned = BookingFactory(resource=maya, starts_at=on_the_wall("10:00"), lapsed=True)

    results = at_once(50, lambda: hold_booking(bath, starts_at=on_the_wall("10:00")))

    assert kinds(results) == {"Booking": 1, "SlotTaken": 49}
    abandoned.refresh_from_db()
    assert abandoned.status == BookingStatus.CANCELLED


def test_c03_neighbours_that_only_the_minutes_of_an_extra_make_overlap_are_not_both_sold(bath, maya, on_the_wall):
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))
    wanted = [(on_the_wall("10:00"), [trim]), (on_the_wall("11:00"), [])] * 20

    def press():
        start, add_ons = wanted.pop()
        return hold_booking(bath, starts_at=start, add_ons=add_ons)

    results = at_once(len(wanted), press)

    assert kinds(results) == {"Booking": 1, "SlotTaken": 39}


def test_c03_whatever_overlaps_is_sold_once(bath, maya, on_the_wall):
    half_hours = [on_the_wall(f"{9 + half // 2:02}:{half % 2 * 30:02}") for half in range(17)]
    wanted = half_hours * 6  # each of the day's times by six customers, in waves that overlap

    results = at_once(len(wanted), lambda: hold_booking(bath, starts_at=wanted.pop()))

    assert set(kinds(results)) == {"Booking", "SlotTaken"}
    held = sorted((booking.starts_at, booking.ends_at) for booking in Booking.objects.all())
    assert 5 <= len(held) <= 9  # nine hours, and no gap between two visits as long as a visit
    assert all(before[1] <= after[0] for before, after in zip(held, held[1:], strict=False))


def test_c04_a_class_of_five_takes_five(bath, on_the_wall):
    ResourceFactory(name="Class room", capacity=5, services=[bath.offering])

    results = at_once(50, lambda: hold_booking(bath, starts_at=on_the_wall("10:00")))

    assert kinds(results) == {"Booking": 5, "SlotTaken": 45}
    assert sorted(Booking.objects.values_list("seat", flat=True)) == [1, 2, 3, 4, 5]


def test_c04_nobody_is_refused_while_there_is_room(bath, maya, tom, on_the_wall):
    """Without the queue all of them reach for the same seat, and all but one are told that the room is full."""
    ResourceFactory(name="Class room", capacity=38, services=[bath.offering])

    results = at_once(40, lambda: hold_booking(bath, starts_at=on_the_wall("10:00")))

    assert kinds(results) == {"Booking": 40}


def test_c05_baskets_with_the_same_two_visits_in_opposite_order(bath, maya, tom, on_the_wall):
    visits = [BookingFactory(resource=who, starts_at=on_the_wall("10:00")) for who in (maya, tom)]
    orders = [visits, visits[::-1]] * 30

    def pay():
        with transaction.atomic():
            extend_holds(orders.pop(), until=clock.now() + timedelta(minutes=40))

    assert set(at_once(60, pay)) == {None}


def test_c05_holding_confirming_releasing_and_closing_at_once(bath, maya, tom, on_the_wall):
    hours = [f"{hour:02}:00" for hour in range(9, 18)]
    holds = [BookingFactory(resource=who, starts_at=on_the_wall(wall)) for wall in hours for who in (tom, maya)]
    closure = ClosureFactory(starts_at=on_the_wall("09:00"), ends_at=on_the_wall("18:00"))

    @transaction.atomic
    def confirm():
        return confirm_bookings(reversed(holds))

    work = [
        lambda: hold_booking(bath, starts_at=on_the_wall("10:00")),
        lambda: hold_booking(bath, starts_at=on_the_wall("11:00"), resource=tom),
        lambda: release_holds(holds[::3]),
        lambda: close_time(closure),
        confirm,
    ] * 12

    results = at_once(len(work), lambda: work.pop()())

    assert set(kinds([result for result in results if result is not None])) <= {"Booking", "SlotTaken", "list"}


def test_c14_anyone_is_never_somebody_twice(bath, maya, tom, on_the_wall):
    BookingFactory(resource=tom, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("17:00"), confirmed=True)
    times = [on_the_wall("16:00"), on_the_wall("17:00")] * 25

    results = at_once(50, lambda: hold_booking(bath, starts_at=times.pop()))

    assert kinds(results) == {"Booking": 3, "SlotTaken": 47}
    held = Booking.objects.filter(status=BookingStatus.HELD).order_by("starts_at", "resource__position")
    assert [(booking.starts_at, booking.resource) for booking in held] == [
        (on_the_wall("16:00"), maya),
        (on_the_wall("17:00"), maya),
        (on_the_wall("17:00"), tom),
    ]


def test_a_hold_is_kept_or_taken_but_never_both(bath, maya, on_the_wall):
    """The last second of a hold: its owner pays while others press its time."""
    booking = BookingFactory(
        resource=maya, starts_at=on_the_wall("10:00"), held_until=clock.now() + timedelta(seconds=1)
    )

    def pay():
        with transaction.atomic():
            extend_holds([booking], until=clock.now() + timedelta(minutes=40))
            return booking

    work = [pay] + [lambda: hold_booking(bath, starts_at=on_the_wall("10:00"))] * 30
    results = at_once(len(work), lambda: work.pop()())

    winners = [result for result in results if isinstance(result, Booking)]
    assert len(winners) <= 1
    assert list(Booking.objects.blocking(clock.now())) == winners


def test_whoever_writes_without_the_lock_meets_the_constraint(bath, maya, on_the_wall):
    """Not an operation of ours, but a person with a database shell: their booking is not committed yet."""
    written = Event()

    def write():
        with transaction.atomic():
            booking = BookingFactory(variant=bath, resource=maya, starts_at=on_the_wall("10:30"), confirmed=True)
            written.set()
            sleep(1)  # the other looks, sees a free time, and then waits for this to be committed
            return booking

    def press():
        written.wait(timeout=10)
        return hold_booking(bath, starts_at=on_the_wall("10:00"))

    work = [write, press]
    results = at_once(2, lambda: work.pop()())

    assert kinds(results) == {"Booking": 1, "SlotTaken": 1}
    assert Booking.objects.get().status == BookingStatus.CONFIRMED
