"""What PostgreSQL itself refuses, each constraint by its name."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookings.models import Booking, BookingStatus, CancellationTier, ServiceQuestion, ServiceRules
from tests.factories import (
    BookingFactory,
    ClosureFactory,
    OpeningHours,
    PetFactory,
    ResourceFactory,
    ServiceFactory,
)

pytestmark = pytest.mark.django_db

HALF_AN_HOUR = timedelta(minutes=30)


def test_a_groomer_cannot_be_in_two_places():
    first = BookingFactory()

    with pytest.raises(IntegrityError, match="booking_no_overlap"):
        BookingFactory(resource=first.resource, starts_at=first.starts_at + HALF_AN_HOUR)


def test_one_booking_may_start_when_another_ends():
    first = BookingFactory()

    BookingFactory(resource=first.resource, starts_at=first.ends_at)


def test_buffers_may_not_overlap_either():
    first = BookingFactory()

    with pytest.raises(IntegrityError, match="booking_no_overlap"):
        BookingFactory(
            resource=first.resource,
            starts_at=first.ends_at,
            blocked_from=first.ends_at - timedelta(minutes=1),
        )


def test_two_seats_of_a_room_are_two_places():
    first = BookingFactory(resource=ResourceFactory(capacity=2), seat=1)

    BookingFactory(resource=first.resource, starts_at=first.starts_at, seat=2)


@pytest.mark.parametrize("status", [BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN])
def test_whatever_is_live_keeps_its_time(status):
    first = BookingFactory(status=status)

    with pytest.raises(IntegrityError, match="booking_no_overlap"):
        BookingFactory(resource=first.resource, starts_at=first.starts_at)


@pytest.mark.parametrize("status", [BookingStatus.CANCELLED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW])
def test_whatever_is_over_does_not(status):
    first = BookingFactory(status=status)

    BookingFactory(resource=first.resource, starts_at=first.starts_at)


def test_nothing_can_be_booked_over_a_closure():
    closure = ClosureFactory()
    closed = BookingFactory(
        variant=None,
        closure=closure,
        status=BookingStatus.CLOSURE,
        starts_at=closure.starts_at,
        ends_at=closure.ends_at,
    )

    with pytest.raises(IntegrityError, match="booking_no_overlap"):
        BookingFactory(resource=closed.resource, starts_at=closed.starts_at)


def test_even_a_lapsed_hold_keeps_its_time_until_somebody_cancels_it():
    first = BookingFactory(lapsed=True)

    with pytest.raises(IntegrityError, match="booking_no_overlap"):
        BookingFactory(resource=first.resource, starts_at=first.starts_at)


def test_a_pet_cannot_be_in_two_places():
    pet = PetFactory()
    first = BookingFactory(pet=pet)

    with pytest.raises(IntegrityError, match="booking_pet_in_one_place"):
        BookingFactory(pet=pet, starts_at=first.starts_at + HALF_AN_HOUR)


def test_a_pet_may_go_from_one_place_to_the_next():
    pet = PetFactory()
    first = BookingFactory(pet=pet)

    BookingFactory(pet=pet, starts_at=first.ends_at)


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("booking_status_known", {"status": "perhaps", "held_until": None}),
        ("booking_held_until_a_time", {"status": BookingStatus.HELD, "held_until": None}),
        (
            "booking_held_until_a_time",
            {"status": BookingStatus.CONFIRMED, "held_until": timezone.now() + HALF_AN_HOUR},
        ),
        ("booking_held_a_day_at_most", {"held_until": timezone.now() + timedelta(days=2)}),
        ("booking_sells_something_or_is_a_closure", {"variant": None, "ends_at": timezone.now() + timedelta(days=3)}),
        ("booking_seat_counts_from_one", {"seat": 0}),
    ],
)
def test_a_booking_makes_sense(constraint, facts):
    with pytest.raises(IntegrityError, match=constraint):
        BookingFactory(**facts)


def test_a_booking_ends_after_it_starts():
    start = timezone.now()

    with pytest.raises(IntegrityError, match="booking_ends_after_it_starts"):
        BookingFactory(starts_at=start, ends_at=start)


def test_a_booking_blocks_at_least_its_visit():
    start = timezone.now()

    with pytest.raises(IntegrityError, match="booking_blocks_at_least_its_visit"):
        BookingFactory(starts_at=start, blocked_from=start + HALF_AN_HOUR)


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("service_rules_step_five_minutes_or_more", {"step": timedelta(minutes=4)}),
        ("service_rules_not_negative", {"buffer_after": timedelta(minutes=-1)}),
        ("service_rules_horizon_within_two_years", {"horizon_days": 0}),
        ("service_rules_horizon_within_two_years", {"horizon_days": 731}),
        ("service_rules_not_negative", {"move_until": timedelta(minutes=-1)}),
        ("service_rules_fee_is_a_percentage", {"late_fee_percent": 101}),
        ("service_rules_moved_twenty_times_at_most", {"moves_at_most": 21}),
        ("service_rules_at_least_one_pet", {"pets_at_most": 0}),
    ],
)
def test_the_rules_of_a_service_make_sense(constraint, facts):
    service = ServiceFactory()

    with pytest.raises(IntegrityError, match=constraint):
        ServiceRules.objects.filter(offering=service).update(**facts)


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("cancellation_tier_within_a_year", {"before": timedelta(minutes=-1)}),
        ("cancellation_tier_within_a_year", {"before": timedelta(days=367)}),
        ("cancellation_tier_is_a_percentage", {"percent": 0}),
        ("cancellation_tier_is_a_percentage", {"percent": 101}),
        ("cancellation_tier_once_per_time", {"before": timedelta(hours=8)}),
        ("cancellation_tier_once_per_percentage", {"percent": 80}),
    ],
)
def test_the_steps_of_a_cancellation_fee_make_sense(constraint, facts):
    service = ServiceFactory()
    CancellationTier.objects.create(offering=service, before=timedelta(hours=8), percent=80)

    with pytest.raises(IntegrityError, match=constraint):
        CancellationTier.objects.create(
            **{"offering": service, "before": timedelta(hours=2), "percent": 100} | facts,
        )


def test_a_question_asks_something_and_asks_it_once():
    service = ServiceFactory()
    ServiceQuestion.objects.create(offering=service, text="Does he bite?")

    with pytest.raises(IntegrityError, match="service_question_asked_once"), transaction.atomic():
        ServiceQuestion.objects.create(offering=service, text="Does he bite?")
    with pytest.raises(IntegrityError, match="service_question_asks_something"), transaction.atomic():
        ServiceQuestion.objects.create(offering=service, text="")


def test_the_secret_of_a_feed_is_long():
    with pytest.raises(IntegrityError, match="resource_feed_token_is_long"):
        ResourceFactory(feed_token="short")


def test_hours_closures_and_rooms_make_sense():
    with pytest.raises(IntegrityError, match="opening_hours_close_after_they_open"), transaction.atomic():
        OpeningHours.objects.create(weekday=0, opens_at="10:00", closes_at="10:00")
    with pytest.raises(IntegrityError, match="opening_hours_weekday_known"), transaction.atomic():
        OpeningHours.objects.create(weekday=7, opens_at="10:00", closes_at="11:00")
    with pytest.raises(IntegrityError, match="closure_ends_after_it_starts"), transaction.atomic():
        ClosureFactory(ends_at=timezone.now())
    with pytest.raises(IntegrityError, match="resource_has_a_place"), transaction.atomic():
        ResourceFactory(capacity=0)
    with pytest.raises(IntegrityError, match="pet_species_known"), transaction.atomic():
        PetFactory(species="dragon")


def test_a_booking_names_the_time_on_the_shops_own_clock():
    summer = datetime(2027, 7, 1, 8, 0, tzinfo=UTC)

    booking = BookingFactory(starts_at=summer, variant__offering__name="Full groom", resource__name="Maya")

    assert str(booking) == "Full groom with Maya, 1 Jul 10:00"


def test_a_day_of_the_shop_begins_at_its_own_midnight():
    just_after_midnight = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)  # 00:30 in Madrid
    booking = BookingFactory(starts_at=just_after_midnight)
    BookingFactory(starts_at=just_after_midnight - timedelta(hours=1))
    BookingFactory(starts_at=just_after_midnight, status=BookingStatus.CANCELLED)

    assert list(Booking.objects.on_day(datetime(2027, 7, 1, tzinfo=UTC).date())) == [booking]
