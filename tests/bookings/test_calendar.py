"""The calendar asks the database little, however much is in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings.calendar import Calendar, able, free_times, nearest_free
from bookings.models import Booking, BookingStatus, OpeningHours, Weekday
from petshop.core import clock
from tests.factories import AddOnFactory, BookingFactory, ClosureFactory, ResourceFactory

pytestmark = pytest.mark.django_db


def walls(times):
    return [f"{timezone.localtime(free.starts_at):%H:%M}" for free in times]


def on(day, variant, **with_whom):
    """The starts of a day, as the clock on the wall shows them."""
    return walls(free_times(variant, first=day, last=day, now=clock.now(), **with_whom)[day])


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def test_a_month_takes_three_queries_however_many_can_do_it(bath, maya, tom, django_assert_num_queries):
    for hour in range(9, 18):
        BookingFactory(resource=maya, starts_at=timezone.localtime().replace(hour=hour) + timedelta(days=3))
    today, now = timezone.localdate(), clock.now()

    with django_assert_num_queries(3):  # who can do it, opening hours, what is taken and closed
        free_times(bath, first=today, last=today + timedelta(days=30), now=now)


def test_full_days_are_told_from_closed_ones_without_asking_again(bath, maya, django_assert_num_queries):
    today = timezone.localdate()
    calendar = Calendar(bath, now=clock.now(), resources=able(bath.offering))
    calendar.free_times(today, today + timedelta(days=30))

    with django_assert_num_queries(0):
        assert len(calendar.open_days(today, today + timedelta(days=30))) >= 30


def test_days_that_cannot_be_booked_are_not_asked_about(bath, maya, django_assert_num_queries):
    last_year = timezone.localdate() - timedelta(days=365)
    calendar = Calendar(bath, now=clock.now(), resources=able(bath.offering))

    with django_assert_num_queries(0):
        month = calendar.free_times(last_year, last_year + timedelta(days=30))

    assert len(month) == 31
    assert not any(month.values())


def test_what_is_taken_is_found_by_the_index_of_the_constraint(bath, maya, tom, on_the_wall):
    """Five years of visits, of which a month is wanted. The plan depends on statistics, hence the ANALYZE."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO bookings_booking (variant_id, resource_id, seat, starts_at, ends_at, blocked_from, blocked_until,
                                          status, extensions)
            SELECT %s, resource, 1, start, start + '45 min', start, start + '45 min', 'confirmed', 0
            FROM unnest(%s) AS resource,
                 generate_series(clock_timestamp() - interval '5 years', clock_timestamp(), '6 hours') AS start
            """,
            [bath.pk, [maya.pk, tom.pk]],
        )
        cursor.execute("ANALYZE bookings_booking")

    begins, ends = on_the_wall("00:00"), on_the_wall("00:00", days=31)
    taken = Booking.objects.blocking(clock.now()).overlapping(begins, ends).filter(resource__in=[maya, tom])

    assert "booking_no_overlap" in taken.explain()


def test_who_has_no_hours_keeps_the_shops(bath, tomorrow):
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=weekday, opens_at="10:00", closes_at="11:30") for weekday in Weekday
    )
    ResourceFactory(services=[bath.offering], hours=False)
    vet = ResourceFactory(services=[bath.offering], hours=("15:00", "16:00"))

    assert on(tomorrow, bath) == ["10:00", "10:30", "15:00"]
    assert on(tomorrow, bath, resource=vet) == ["15:00"]


def test_a_shop_without_hours_is_closed(bath, tomorrow):
    ResourceFactory(services=[bath.offering], hours=False)

    assert on(tomorrow, bath) == []


def test_an_opening_hour_changes_the_next_page(bath, maya, tomorrow):
    maya.opening_hours.filter(weekday=tomorrow.weekday()).update(closes_at="10:30")

    assert on(tomorrow, bath) == ["09:00", "09:30"]


def test_nobody_is_offered_who_takes_no_bookings_or_cannot_do_it(bath, maya, tomorrow):
    maya.is_active = False
    maya.save(update_fields=["is_active"])
    stranger = ResourceFactory()

    assert on(tomorrow, bath) == []
    assert on(tomorrow, bath, resource=stranger) == []


def test_the_time_of_a_lapsed_hold_is_offered(bath, maya, tomorrow, on_the_wall):
    BookingFactory(resource=maya, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("17:00"), lapsed=True)

    assert on(tomorrow, bath)[0] == "09:00"


def test_a_closure_closes_even_before_its_bookings_are_made(bath, maya, tomorrow, on_the_wall):
    ClosureFactory(starts_at=on_the_wall("09:00"), ends_at=on_the_wall("17:00"))

    assert on(tomorrow, bath) == ["17:00"]


def test_somebody_elses_closure_does_not(bath, maya, tom, tomorrow, on_the_wall):
    ClosureFactory(resource=tom, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("17:00"))

    assert on(tomorrow, bath)[0] == "09:00"


def test_a_seat_that_is_there_no_more_is_not_offered(bath, maya, tomorrow, on_the_wall):
    BookingFactory(resource=maya, seat=2, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("12:00"), confirmed=True)
    BookingFactory(resource=maya, seat=1, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("17:00"), confirmed=True)

    assert on(tomorrow, bath) == ["17:00"]


def test_a_visit_of_the_day_before_may_still_block_the_morning(bath, maya, tomorrow, on_the_wall):
    maya.opening_hours.update(opens_at="00:00")
    BookingFactory(resource=maya, starts_at=on_the_wall("23:00", days=0), ends_at=on_the_wall("08:00"), confirmed=True)

    assert on(tomorrow, bath)[0] == "08:00"


# The nearest free times


def test_the_nearest_are_before_and_after_and_in_order(bath, maya, on_the_wall):
    BookingFactory(resource=maya, starts_at=on_the_wall("10:00"), ends_at=on_the_wall("11:00"), confirmed=True)

    nearest = nearest_free(bath, start=on_the_wall("10:00"), now=clock.now())

    assert walls(nearest) == ["09:00", "11:00", "11:30"]


def test_the_time_itself_is_the_nearest_if_it_is_free(bath, maya, on_the_wall):
    assert walls(nearest_free(bath, start=on_the_wall("10:00"), now=clock.now(), count=1)) == ["10:00"]


def test_the_nearest_may_be_weeks_away(bath, maya, on_the_wall):
    ClosureFactory(starts_at=on_the_wall("00:00", days=0), ends_at=on_the_wall("17:00", days=40))

    nearest = nearest_free(bath, start=on_the_wall("10:00"), now=clock.now())

    assert [free.starts_at for free in nearest] == [
        on_the_wall("17:00", days=40),
        on_the_wall("09:00", days=41),
        on_the_wall("09:30", days=41),
    ]


def test_there_may_be_none(bath, maya, on_the_wall):
    ClosureFactory(starts_at=on_the_wall("00:00", days=0), ends_at=on_the_wall("23:59", days=70))

    assert nearest_free(bath, start=on_the_wall("10:00"), now=clock.now()) == []


def test_the_nearest_to_a_time_beyond_the_horizon_are_the_last(bath, maya, on_the_wall):
    nearest = nearest_free(bath, start=on_the_wall("10:00", days=400), now=clock.now())

    assert walls(nearest) == ["16:00", "16:30", "17:00"]
    assert {timezone.localdate(free.starts_at) for free in nearest} == {timezone.localdate() + timedelta(days=60)}


def test_a_hold_that_lapses_between_two_questions_needs_no_job(bath, maya, tomorrow, on_the_wall):
    booking = BookingFactory(resource=maya, starts_at=on_the_wall("09:00"))
    assert on(tomorrow, bath)[0] == "10:00"

    Booking.objects.filter(pk=booking.pk).update(held_until=timezone.now())

    assert on(tomorrow, bath)[0] == "09:00"
    assert Booking.objects.get(pk=booking.pk).status == BookingStatus.HELD


def test_with_an_extra_a_visit_needs_a_longer_gap_and_ends_before_closing(bath, maya, tomorrow, on_the_wall):
    """Maya is free from 9 to 10, then from 11 to 18: an hour fits at 9, seventy minutes do not."""
    BookingFactory(resource=maya, starts_at=on_the_wall("10:00"))
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))

    assert (on(tomorrow, bath)[0], on(tomorrow, bath)[-1]) == ("09:00", "17:00")
    assert (on(tomorrow, bath, add_ons=[trim])[0], on(tomorrow, bath, add_ons=[trim])[-1]) == ("11:00", "16:30")


def test_extras_lengthen_a_visit_together_and_one_without_minutes_does_not(bath, maya, tomorrow):
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))
    teeth = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=25))
    bow = AddOnFactory(offering=bath.offering, duration=timedelta(0))
    now = clock.now()

    [*_earlier, last] = free_times(bath, first=tomorrow, last=tomorrow, now=now, add_ons=[trim, teeth, bow])[tomorrow]

    assert last.ends_at - last.starts_at == timedelta(minutes=95)
    assert on(tomorrow, bath, add_ons=[bow]) == on(tomorrow, bath)


def test_the_nearest_times_have_room_for_the_extras(bath, maya, on_the_wall):
    BookingFactory(resource=maya, starts_at=on_the_wall("11:00"))
    trim = AddOnFactory(offering=bath.offering, duration=timedelta(minutes=10))
    now = clock.now()

    assert "10:00" in walls(nearest_free(bath, start=on_the_wall("10:00"), now=now))
    assert "10:00" not in walls(nearest_free(bath, start=on_the_wall("10:00"), now=now, add_ons=[trim]))


def test_what_begins_after_the_last_day_but_before_a_long_visit_ends_is_seen(bath, maya, on_the_wall):
    """The visit of the day after keeps the extra hour from fitting in before midnight."""
    maya.opening_hours.update(opens_at="00:00", closes_at="23:59")
    BookingFactory(resource=maya, starts_at=on_the_wall("00:00", days=3))
    sleepover = AddOnFactory(offering=bath.offering, duration=timedelta(hours=1))
    day = timezone.localdate() + timedelta(days=2)

    assert on(day, bath, add_ons=[sleepover])[-1] == "22:00"
