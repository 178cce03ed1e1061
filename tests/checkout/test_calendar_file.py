"""The visits of an order, as a calendar reads them."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Species
from checkout.calendar_file import calendar_file
from checkout.models import Order
from checkout.operations import PetDetails
from petshop.core import clock
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import visit_of
from tests.factories import CartFactory


def events_of(order) -> list:
    return Calendar.from_ical(written(order)).walk("VEVENT")


def written(order) -> bytes | None:
    return calendar_file(Order.objects.with_lines().get(pk=order.pk), now=clock.now())


@pytest.fixture
def paid(cart):
    order = place(cart)
    pay(open_page(order))
    order.refresh_from_db()
    return order


@pytest.mark.django_db
def test_a_visit_is_an_event_with_its_time_and_place(paid, ten_tomorrow):
    [event] = events_of(paid)

    assert event["summary"] == "Biscuit: Bath and tidy"
    assert event.start == ten_tomorrow
    assert event.end - event.start == timedelta(hours=1)
    assert "12 Orchard Lane" in event["location"]
    assert paid.number in event["description"]
    assert paid.token in event["description"]
    assert str(event["status"]) == "CONFIRMED"


@pytest.mark.django_db
def test_the_time_is_written_in_utc(paid, ten_tomorrow):
    starts_at = ten_tomorrow.astimezone(UTC)

    assert f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}".encode() in written(paid)


@pytest.mark.django_db
def test_a_visit_keeps_its_name_and_a_later_file_is_a_newer_one(paid):
    booking = Booking.objects.get()
    [first] = events_of(paid)
    Booking.objects.update(
        created_at=booking.created_at - timedelta(minutes=5),
        starts_at=booking.starts_at + timedelta(hours=2),
        ends_at=booking.ends_at + timedelta(hours=2),
        blocked_from=booking.blocked_from + timedelta(hours=2),
        blocked_until=booking.blocked_until + timedelta(hours=2),
    )

    [second] = events_of(paid)

    assert first["uid"] == second["uid"]
    assert second["sequence"] > first["sequence"]
    assert second.start - first.start == timedelta(hours=2)


@pytest.mark.django_db
def test_each_visit_is_an_event_of_its_own(bath, ten_tomorrow):
    later = ten_tomorrow + timedelta(hours=3)
    order = place(
        CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow), hold_booking(bath, starts_at=later)])
    )
    pay(open_page(order))

    assert len({event["uid"] for event in events_of(order)}) == 2


@pytest.mark.django_db
def test_what_is_not_booked_is_not_in_the_calendar(cart, paid):
    Booking.objects.update(status=BookingStatus.CANCELLED)

    assert written(paid) is None


@pytest.mark.django_db
def test_a_hold_is_not_in_the_calendar(cart):
    assert written(place(cart)) is None


@pytest.mark.django_db
def test_a_name_cannot_write_lines_of_its_own(cart):
    rex = PetDetails(name="Rex\nDTSTART:19700101T000000Z;", species=Species.DOG)
    order = place(cart, pets={visit_of(cart).pk: rex})
    pay(open_page(order))

    [event] = events_of(order)
    assert event.start > datetime(2020, 1, 1, tzinfo=UTC)
    assert event["summary"].startswith("Rex\nDTSTART")
