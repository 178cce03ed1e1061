"""Many customers at one moment who want a class, a course, a bath that needs a tub, or visits of unequal length.

As in `test_races.py`, a deadlock that PostgreSQL had to end would be among the results, and fail the test.
"""

import os
from collections import Counter
from datetime import timedelta
from random import Random
from time import monotonic

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus, Resource
from bookings.operations import close_time, hold_booking, release_holds
from tests import kinds
from tests.bookings.test_races import kinds as kinds_of
from tests.concurrency import at_once
from tests.factories import ClosureFactory, ServiceVariantFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

MANY = 500 if os.environ.get("PROOF") else 60
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def nothing_is_broken():
    yield
    assert violations(connection) == []


def each_of(work):
    """Let everybody do theirs at once. What came out, counted, and the longest that somebody waited."""
    waited = []

    def one():
        does, began = work.pop(), monotonic()
        try:
            return does()
        finally:
            waited.append(monotonic() - began)

    return kinds_of(at_once(len(work), one)), max(waited)


def taken_at_once():
    """How many of each resource are taken at the fullest moment of each start that somebody has."""
    held = Booking.objects.filter(status=BookingStatus.HELD).select_related("resource")
    return Counter((booking.resource.name, booking.starts_at) for booking in held)


def test_c03_visits_of_unequal_length_on_an_empty_day_never_overlap(bath, maya, on_the_wall):
    lengths = [
        ServiceVariantFactory(offering=bath.offering, name=f"{minutes} minutes", duration=timedelta(minutes=minutes))
        for minutes in (30, 60, 90)
    ]
    dice, nine = Random(3), on_the_wall("09:00")
    wanted = [(dice.choice(lengths), nine + dice.randrange(18) * HALF_AN_HOUR) for _ in range(MANY)]
    work = [lambda variant=variant, start=start: hold_booking(variant, starts_at=start) for variant, start in wanted]

    results, longest = each_of(work)

    assert set(results) == {"Booking", "SlotTaken"}
    held = sorted(Booking.objects.values_list("starts_at", "ends_at"))
    assert all(before[1] <= after[0] for before, after in zip(held, held[1:], strict=False))
    assert sum((end - start for start, end in held), timedelta()) >= timedelta(hours=5)  # and it is full
    assert longest < (60 if MANY > 100 else 10)


def test_c04_a_published_class_with_five_places_takes_five(db):
    single, _course = kinds.puppy_school(places=5)
    start = single.offering.class_dates.first().starts_at

    results = at_once(MANY, lambda: hold_booking(single, starts_at=start))

    assert kinds_of(results) == {"Booking": 5, "SlotTaken": MANY - 5}
    assert sorted(Booking.objects.values_list("seat", flat=True)) == [1, 2, 3, 4, 5]


def test_c04_a_whole_course_and_its_single_dates_share_five_places(db):
    """Whoever has the course has all of its dates, and no date is sold more than five times."""
    single, course = kinds.puppy_school(places=5)
    dates = [date.starts_at for date in single.offering.class_dates.order_by("starts_at")]
    wanted = [(course, dates[0]), (single, dates[2]), (single, dates[1]), (single, dates[2])] * (MANY // 4)

    results, _longest = each_of(
        [lambda variant=variant, start=start: hold_booking(variant, starts_at=start) for variant, start in wanted]
    )

    assert set(results) == {"Booking", "SlotTaken"}
    families = Booking.objects.filter(variant=course, part_of=None)
    assert all(family.parts.count() == 2 for family in families)
    assert families.count() + Booking.objects.filter(variant=single, starts_at=dates[2]).count() == 5
    assert max(taken_at_once().values()) <= 5


@pytest.mark.parametrize("tubs", [1, 3])
def test_as_many_baths_at_a_time_as_there_are_tubs_however_many_groomers(db, tubs):
    bath = kinds.bath_in_a_tub(groomers=8, tubs=tubs)
    start = kinds.on(kinds.in_days(1), "10:00")

    results = at_once(MANY, lambda: hold_booking(bath, starts_at=start))

    assert kinds_of(results) == {"Booking": tubs, "SlotTaken": MANY - tubs}
    assert Booking.objects.filter(part_of__isnull=False).count() == tubs


def test_c05_two_services_that_share_tubs_with_groomers_named_in_any_order(db):
    """Each takes a groomer and a tub, of groomers numbered before and after the tubs; some give them back, a day is closed."""
    bath, wash = kinds.bath_in_a_tub(groomers=3, tubs=2), ServiceVariantFactory(offering__name="Wash")
    tubs = Resource.objects.filter(name__startswith="Tub")
    wash.offering.rules.equipment.set(tubs)
    kinds.room(wash.offering, 4, "Apprentices")
    start = kinds.on(kinds.in_days(1), "10:00")
    closure = ClosureFactory(starts_at=start + 4 * HALF_AN_HOUR, ends_at=start + 8 * HALF_AN_HOUR)
    starts = [start + number * HALF_AN_HOUR for number in range(4)]

    def come_and_go(variant, at):
        release_holds([hold_booking(variant, starts_at=at)])

    work = [
        act
        for at in starts
        for act in (
            lambda at=at: hold_booking(bath, starts_at=at),
            lambda at=at: hold_booking(wash, starts_at=at),
            lambda at=at: come_and_go(bath, at),
            lambda at=at: come_and_go(wash, at),
            lambda: close_time(closure),
        )
    ] * (MANY // 20)

    results, _longest = each_of(work)

    assert set(results) <= {"Booking", "SlotTaken", "None", "list"}
    held = Booking.objects.filter(status=BookingStatus.HELD)
    for moment in held.values_list("starts_at", flat=True):
        there = held.filter(resource__in=tubs, starts_at__lte=moment, ends_at__gt=moment)
        assert there.count() <= 2
    assert held.filter(part_of=None).count() == held.filter(resource__in=tubs).count()


def test_a_bath_and_who_wants_the_tub_alone_share_it_once(db):
    bath = kinds.bath_in_a_tub(groomers=2, tubs=1)
    hire = ServiceVariantFactory(offering__name="Hire the tub")
    hire.offering.resources.set(Resource.objects.filter(name="Tub 0"))
    start = kinds.on(kinds.in_days(1), "10:00")
    work = [lambda variant=variant: hold_booking(variant, starts_at=start) for variant in [bath, hire] * (MANY // 2)]

    results, _longest = each_of(work)

    assert results == {"Booking": 1, "SlotTaken": MANY - 1}
