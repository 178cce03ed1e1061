"""The visits of an order, as a calendar reads them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Kind, Species
from checkout.calendar_file import calendar_file, cancellation_file
from checkout.models import EventKind, Order
from checkout.operations import PetDetails
from petshop.core import clock
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import visit_of
from tests.factories import BookingFactory, CartFactory


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


def move(booking, *, by=None, to=None):
    """Move a visit as the calendar's operations do: its row, and one change more."""
    by = by if by is not None else to - booking.starts_at
    for name in ("starts_at", "ends_at", "blocked_from", "blocked_until"):
        setattr(booking, name, getattr(booking, name) + by)
    booking.sequence += 1
    booking.save(update_fields=["starts_at", "ends_at", "blocked_from", "blocked_until", "sequence"])


def part_of(main, *, starts_at):
    kept = {"status": main.status, "held_until": main.held_until}
    return BookingFactory(variant=main.variant, part_of=main, starts_at=starts_at, **kept)


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
def test_a_visit_keeps_its_name_and_a_moved_one_is_a_newer_one(paid):
    [first] = events_of(paid)
    move(Booking.objects.get(), by=timedelta(hours=2))

    [second] = events_of(paid)

    assert first["uid"] == second["uid"]
    assert second["sequence"] == first["sequence"] + 1
    assert second.start - first.start == timedelta(hours=2)


@pytest.mark.django_db
def test_a_file_that_is_fetched_again_says_that_nothing_changed(paid):
    [first] = events_of(paid)

    paid.record(EventKind.NOTE, actor="ada", cause="Note", text="She called.")
    [second] = events_of(paid)

    assert (second["sequence"], second["last-modified"].dt) == (first["sequence"], first["last-modified"].dt)
    assert second["dtstamp"].dt >= first["dtstamp"].dt


@pytest.mark.django_db
def test_it_says_when_it_last_changed(paid):
    """By what happened to this visit, not to another one of its order."""
    line = paid.lines.visits().get()
    moved = paid.record(EventKind.VISIT_MOVED, actor="customer", cause="Moved", line=line.pk)
    paid.record(EventKind.VISIT_MOVED, actor="customer", cause="Moved", line=line.pk + 1)

    [event] = events_of(paid)

    assert event["last-modified"].dt == moved.at.replace(microsecond=0)
    assert event["created"].dt == line.booking.created_at.replace(microsecond=0)


@pytest.mark.django_db
def test_a_visit_that_was_called_off_is_taken_out_of_the_calendar(paid):
    [event] = events_of(paid)
    Booking.objects.update(status=BookingStatus.CANCELLED, sequence=1)
    order = Order.objects.with_lines().get(pk=paid.pk)

    file = Calendar.from_ical(cancellation_file(order, order.lines.all(), now=clock.now()))

    [gone] = file.walk("VEVENT")
    assert (str(file["method"]), str(gone["status"])) == ("CANCEL", "CANCELLED")
    assert gone["uid"] == event["uid"]
    assert gone["sequence"] > event["sequence"]
    assert str(gone["organizer"]) == str(event["organizer"]) == "mailto:hello@familypetshop.example"
    assert written(paid) is None


@pytest.mark.django_db
def test_nothing_is_taken_out_for_a_visit_that_never_had_a_place(paid):
    order = Order.objects.with_lines().get(pk=paid.pk)

    assert cancellation_file(order, order.lines.products(), now=clock.now()) is None


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2027-03-27", "2027-03-28", "2027-10-30", "2027-10-31"])
def test_the_wall_clock_is_right_around_the_change_of_the_clocks(paid, day):
    starts_at = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=ZoneInfo("Europe/Madrid"))
    move(Booking.objects.get(), to=starts_at)

    [event] = events_of(paid)

    assert event.start.astimezone(ZoneInfo("Europe/Madrid")).isoformat() == starts_at.isoformat()


@pytest.mark.django_db
def test_a_stay_reaches_from_check_in_to_check_out(paid):
    booking = Booking.objects.get()
    Booking.objects.update(
        nights=3,
        ends_at=booking.starts_at + timedelta(days=2, hours=20),
        blocked_until=booking.starts_at + timedelta(days=3),
    )

    [event] = events_of(paid)

    assert event.end - event.start == timedelta(days=2, hours=20)
    assert "3 nights." in event["description"]


@pytest.mark.django_db
def test_a_tub_beside_the_groomer_is_no_event_of_its_own(paid):
    groomer = Booking.objects.get()
    part_of(groomer, starts_at=groomer.starts_at)

    assert len(events_of(paid)) == 1


@pytest.mark.django_db
def test_each_date_of_a_course_is_an_event_of_its_own(bath, ten_tomorrow):
    bath.offering.kind = Kind.CLASS
    bath.offering.save(update_fields=["kind"])
    first = BookingFactory(variant=bath, resource=bath.offering.resources.get(), starts_at=ten_tomorrow)
    part_of(first, starts_at=ten_tomorrow + timedelta(days=7))
    part_of(first, starts_at=ten_tomorrow)  # the room's projector
    part_of(first, starts_at=ten_tomorrow + timedelta(days=14))
    order = place(CartFactory(holding=[first]))
    pay(open_page(order))

    events = events_of(order)

    assert [event.start - ten_tomorrow for event in events] == [timedelta(days=7 * week) for week in range(3)]
    names = [str(event["uid"]).partition("@")[0] for event in events]
    assert names == [f"{order.number}-1", f"{order.number}-1-2", f"{order.number}-1-4"]


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
