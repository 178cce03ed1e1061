"""Fewer places: what is booked moves together, and nobody loses anything."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bookings.models import Booking, BookingStatus
from bookings.operations import close_time, confirm_bookings, in_the_way_of, seat_within
from bookings.seats import crowded, seated
from tests.factories import BookingFactory, ClosureFactory, ResourceFactory

pytestmark = pytest.mark.django_db

DAY = datetime(2027, 3, 1, tzinfo=timezone.get_default_timezone())


def span(text):
    begins, ends = text.split("-")
    return tuple(DAY + timedelta(hours=int(hour)) for hour in (begins, ends))


@pytest.mark.parametrize(
    ("spans", "places", "found"),
    [
        ("9-10 10-11 11-12", 1, set()),  # one ends as the other begins
        ("9-11 10-12", 1, {0, 1}),
        ("9-11 10-12", 2, set()),
        ("9-12 9-10 11-12", 2, set()),  # three visits, and never three at once
        ("9-12 9-10 9-10 11-12", 2, {0, 1, 2}),  # the last one is in nobody's way
        ("9-10 14-15 14-15 14-15", 2, {1, 2, 3}),
        ("9-10", 0, {0}),
        ("", 0, set()),
    ],
)
def test_those_are_crowded_who_share_a_moment_with_too_many(spans, places, found):
    assert crowded([span(text) for text in spans.split()], places) == found


def test_each_keeps_its_seat_if_it_can_and_who_cannot_takes_the_first_that_is_free():
    wanted = [(span("9-11"), 1), (span("9-10"), 3), (span("10-12"), 4), (span("11-12"), 1)]

    assert seated(wanted, {1: span("0-1")[0], 2: span("0-1")[0]}) == [1, 2, 2, 1]


def test_two_that_only_fit_when_a_third_moves_are_seated():
    """The second keeps seat 2 from ten to twelve, the third would need it from nine to eleven: they cannot both."""
    wanted = [(span("9-10"), 1), (span("9-11"), 3), (span("10-12"), 2)]

    assert seated(wanted, {1: span("0-1")[0], 2: span("0-1")[0]}) == [1, 2, 1]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(1, 9)), max_size=30),
    st.integers(1, 8),
)
def test_whoever_is_not_crowded_has_a_seat_of_their_own(visits, places):
    wanted = sorted(
        ((DAY + begins * timedelta(hours=1), DAY + (begins + length) * timedelta(hours=1)), seat)
        for begins, length, seat in visits
    )
    if crowded([times for times, _seat in wanted], places):
        return

    seats = seated(wanted, dict.fromkeys(range(1, places + 1), DAY - timedelta(days=1)))

    assert set(seats) <= set(range(1, places + 1))
    there = list(zip([times for times, _seat in wanted], seats, strict=True))
    for number, ((begins, _ends), seat) in enumerate(there):
        assert not [1 for (_from, until), other in there[:number] if other == seat and until > begins]


# In the database


@pytest.fixture
def room(bath):
    return ResourceFactory(name="Room", capacity=3, services=[bath.offering])


@pytest.fixture
def visit(room, bath):
    day = timezone.localdate() + timedelta(days=5)

    def book(seat, hour, hours=1, **more):
        starts_at = timezone.make_aware(datetime.combine(day, time(hour)))
        ends_at = starts_at + timedelta(hours=hours)
        how = {"confirmed": True} | more
        return BookingFactory(variant=bath, resource=room, seat=seat, starts_at=starts_at, ends_at=ends_at, **how)

    return book


def cut(room, places):
    room.capacity = places
    room.save(update_fields=["capacity"])
    seat_within(room)


def seats(*visits):
    now = {booking.pk: booking.seat for booking in Booking.objects.all()}
    return [now[visit.pk] for visit in visits]


def test_visits_change_seats_even_if_two_of_them_trade(room, visit):
    visits = [visit(1, 9), visit(3, 9, 2), visit(2, 10, 2)]

    assert in_the_way_of(room, places=2) == []
    cut(room, 2)

    assert seats(*visits) == [1, 2, 1]
    cut(room, 2)
    assert seats(*visits) == [1, 2, 1]


def test_holds_are_in_the_way_as_long_as_they_are_kept(room, visit):
    kept, held = visit(1, 9), visit(2, 9, confirmed=False)
    assert in_the_way_of(room, places=1) == [kept, held]

    Booking.objects.filter(pk=held.pk).update(held_until=timezone.now())

    assert in_the_way_of(room, places=1) == []


def test_late_money_for_a_seat_that_is_gone_finds_one_that_is_there(room, visit):
    """Or it would have been confirmed where nobody can sit."""
    late = visit(3, 9, lapsed=True, confirmed=False)

    cut(room, 1)

    assert confirm_bookings([late]) == []
    late.refresh_from_db()
    assert (late.seat, late.status) == (1, BookingStatus.CONFIRMED)


def test_who_sits_in_a_place_at_this_moment_is_in_the_way_and_what_is_over_is_not(room, visit):
    here, over = visit(3, 9), visit(3, 11)
    hour = timedelta(hours=1)
    now = timezone.now()
    times = {"starts_at": now - hour, "blocked_from": now - hour, "ends_at": now + hour, "blocked_until": now + hour}
    Booking.objects.filter(pk=here.pk).update(**times)
    times = {name: moment - 3 * hour for name, moment in times.items()}
    Booking.objects.filter(pk=over.pk).update(**times)

    assert in_the_way_of(room, places=2) == [here]


def test_what_is_closed_is_closed_again_around_those_who_moved(room, visit):
    """They stood in the way of the closure when it was made, and stay; their old places are nobody's any more."""
    staying, moving = visit(1, 9), visit(3, 10)
    closure = ClosureFactory(
        starts_at=staying.starts_at - timedelta(hours=1), ends_at=moving.ends_at + timedelta(hours=1), resource=room
    )
    close_time(closure)

    cut(room, 1)

    assert seats(staying, moving) == [1, 1]
    closed = closure.bookings.filter(status=BookingStatus.CLOSURE)
    assert sorted(closed.values_list("seat", "starts_at", "ends_at")) == [
        (1, closure.starts_at, staying.starts_at),
        (1, moving.ends_at, closure.ends_at),
    ]


def test_the_visits_of_others_stay_where_they_are(room, visit, maya, bath):
    hers = BookingFactory(variant=bath, resource=maya, confirmed=True)
    visit(2, 9)

    cut(room, 1)

    assert seats(hers) == [1]
