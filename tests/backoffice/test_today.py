"""The day: every visit once, on the right day, in its place; what closes it; four numbers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.board import day_of, draw
from backoffice.day import bounds, read_day
from bookings.models import BookingStatus
from bookings.operations import close_time
from checkout.models import Handover, OrderLine, OrderStatus, PaymentStatus
from petshop.core import clock
from tests.factories import (
    BookingFactory,
    CartFactory,
    ClosureFactory,
    OrderLineAddOnFactory,
    PaymentFactory,
    PetFactory,
    ResourceFactory,
    ServiceVariantFactory,
)

TODAY = "/backoffice/"
ZONE = ZoneInfo(settings.TIME_ZONE)


def local(day, hour, minute=0, second=0):
    return datetime.combine(day, time(hour, minute, second), tzinfo=ZONE)


@pytest.fixture
def booked(sold):
    """A paid visit that starts at this moment."""

    def book(starts_at, *, pet="Biscuit", **booking):
        booking.setdefault("status", BookingStatus.CONFIRMED)
        return sold(BookingFactory(starts_at=starts_at, pet=PetFactory(name=pet), **booking), pet=pet)

    return book


def pets_on(desk, day):
    return [visit.line.pet_name for visit in desk.get(TODAY, {"day": day.isoformat()}).context["visits"]]


# Which day


def test_a_day_begins_and_ends_at_the_shops_midnight(desk, booked):
    day = date(2026, 7, 1)
    booked(local(day, 0), pet="First")
    booked(local(day, 23, 59, 59), pet="Last")
    booked(local(day - timedelta(days=1), 23, 59, 59), pet="Yesterday")
    booked(local(day + timedelta(days=1), 0), pet="Tomorrow")

    assert pets_on(desk, day) == ["First", "Last"]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_t06_a_day_of_23_24_or_25_hours_shows_every_visit_once(desk, booked, day, hours):
    first, last = bounds(day)
    assert last.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=hours)
    groomer = ResourceFactory()
    for n in range(hours):
        starts_at = first.astimezone(UTC) + timedelta(hours=n)
        booked(starts_at, pet=f"Pet {n}", resource=groomer)

    seen = [pets_on(desk, shown) for shown in (day - timedelta(days=1), day, day + timedelta(days=1))]

    assert seen == [[], [f"Pet {n}" for n in range(hours)], []]
    drawn = draw(read_day(day, clock.now()), clock.now())
    blocks = [block for column in drawn.columns for block in column.blocks if block.visit]
    assert len(blocks) == hours
    assert all(block.at >= 1 and block.at + block.length - 1 <= drawn.rows for block in blocks)


@pytest.mark.parametrize("typed", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-14T00:00", "\0", "１"])
def test_t07_a_day_that_is_none_is_today(desk, typed):
    response = desk.get(TODAY, {"day": typed})

    assert response.status_code == 200
    assert response.context["day"] == timezone.localdate()


def test_the_days_beside_it_are_linked(desk):
    response = desk.get(TODAY, {"day": "2026-02-28"})

    assertContains(response, "?day=2026-02-27")
    assertContains(response, "?day=2026-03-01")
    assert day_of("2026-02-28", date(2026, 1, 1)) == date(2026, 2, 28)


# What a visit says


def test_a_visit_says_who_what_when_and_leads_to_its_order(desk, booked):
    day = date(2026, 7, 1)
    variant = ServiceVariantFactory(offering__name="Full groom")
    order = booked(local(day, 10, 30), pet="Biscuit", variant=variant, resource=ResourceFactory(name="Maya"))

    response = desk.get(TODAY, {"day": day.isoformat()})

    for words in ["Biscuit", "10:30", "11:30", "Full groom", "with Maya", "Ada Lovelace", "Confirmed", "Paid"]:
        assertContains(response, words)
    assertContains(response, f"/backoffice/orders/{order.number}/")
    assertContains(response, 'data-testid="check-in"')


@pytest.mark.parametrize(
    ("status", "buttons"),
    [
        (BookingStatus.CONFIRMED, ["checked_in", "no_show"]),
        (BookingStatus.CHECKED_IN, ["completed"]),
        (BookingStatus.COMPLETED, []),
        (BookingStatus.NO_SHOW, []),
    ],
)
def test_a_visit_offers_what_can_happen_next(desk, sold, at, status, buttons):
    sold(at(-timedelta(seconds=1), status=status))

    [visit] = desk.get(TODAY, {"day": visit_day()}).context["visits"]

    assert [step.to for step in visit.steps] == buttons


def visit_day():
    return timezone.localtime(timezone.now() - timedelta(seconds=1)).date().isoformat()


def test_nobody_failed_to_come_before_it_was_time(desk, sold, at):
    booking = at(timedelta(days=1), confirmed=True)
    sold(booking)

    [visit] = desk.get(TODAY, {"day": timezone.localtime(booking.starts_at).date()}).context["visits"]

    assert [step.to for step in visit.steps] == ["checked_in"]


def test_an_unpaid_visit_has_no_buttons_and_says_how_long_it_is_held(desk, sold, at):
    booking = at(timedelta(days=1), held_until=timezone.now() + timedelta(minutes=4, seconds=30))
    sold(booking, status=OrderStatus.PENDING)

    response = desk.get(TODAY, {"day": timezone.localtime(booking.starts_at).date()})

    assertContains(response, "Held, 5 min left")
    assertContains(response, "Unpaid")
    assertNotContains(response, 'data-testid="check-in"')


def test_a_time_in_a_basket_is_shown_as_held(desk, at):
    booking = at(timedelta(days=1))
    CartFactory(holding=[booking])

    response = desk.get(TODAY, {"day": timezone.localtime(booking.starts_at).date()})

    assertContains(response, "In somebody’s basket")
    assertContains(response, "Held, 15 min left")


@pytest.mark.parametrize("gone", [{"lapsed": True}, {"status": BookingStatus.CANCELLED}])
def test_what_keeps_no_time_is_not_shown(desk, at, gone):
    booking = at(timedelta(days=1), **gone)

    response = desk.get(TODAY, {"day": timezone.localtime(booking.starts_at).date()})

    assert response.context["visits"] == []
    assertContains(response, "No visits on this day.")


# Closures


def test_a_closure_is_a_gap_with_its_reason(desk):
    maya = ResourceFactory(name="Maya", hours=("09:00", "18:00"))
    day = date(2027, 7, 1)
    close_time(
        ClosureFactory(resource=maya, starts_at=local(day, 12, 30), ends_at=local(day, 13, 30), reason="Lunch break")
    )

    response = desk.get(TODAY, {"day": day.isoformat()})

    [entry] = response.context["agenda"]
    assert (entry.reason, entry.resources) == ("Lunch break", [maya])
    [column] = response.context["board"].columns
    assert [(block.label, block.at, block.length) for block in column.blocks] == [("Lunch break", 15, 4)]


def test_a_closed_shop_is_told_once_and_ends_at_midnight(desk):
    for _ in range(3):
        ResourceFactory(capacity=2)
    day = date(2027, 7, 1)
    close_time(ClosureFactory(starts_at=local(day, 0), ends_at=local(day + timedelta(days=2), 0), reason="Holiday"))

    for shown in (day, day + timedelta(days=1)):
        [entry] = desk.get(TODAY, {"day": shown.isoformat()}).context["agenda"]
        assert (entry.reason, len(entry.resources)) == ("Holiday", 3)
        assert (entry.starts_at, entry.ends_at) == bounds(shown)
    assert desk.get(TODAY, {"day": (day + timedelta(days=2)).isoformat()}).context["agenda"] == []


# The board


def places(day, now=None):
    drawn = draw(read_day(day, clock.now()), now or clock.now())
    return drawn, {
        block.visit.line.pet_name: (block.at, block.length, block.lane)
        for column in drawn.columns
        for block in column.blocks
        if block.visit
    }


def test_a_visit_lies_where_its_time_is(booked):
    maya = ResourceFactory(hours=("09:00", "18:00"))
    day = date(2026, 7, 1)
    booked(local(day, 9), pet="Milo", resource=maya)
    booked(local(day, 10, 40), pet="Luna", resource=maya)

    drawn, found = places(day)

    assert drawn.rows == 36
    assert drawn.labels[0] == "09:00"
    assert found == {"Milo": (1, 4, 1), "Luna": (7, 5, 1)}


def test_what_overlaps_lies_side_by_side(booked):
    """A no-show's time is free again, so somebody else may be there."""
    maya = ResourceFactory()
    day = date(2026, 7, 1)
    booked(local(day, 10), pet="Pepper", resource=maya, status=BookingStatus.NO_SHOW)
    booked(local(day, 10, 30), pet="Luna", resource=maya)
    booked(local(day, 11, 30), pet="Teddy", resource=maya)

    _drawn, found = places(day)

    assert found == {"Pepper": (5, 4, 1), "Luna": (7, 4, 2), "Teddy": (11, 4, 1)}


def test_a_very_long_day_has_rows_of_half_an_hour(booked):
    maya = ResourceFactory(hours=("06:00", "23:59"))
    day = date(2026, 7, 1)
    booked(local(day, 22), pet="Night owl", resource=maya)

    drawn, found = places(day)

    assert (drawn.rows, drawn.labels[:2]) == (36, ["06:00", "08:00"])
    assert found == {"Night owl": (33, 2, 1)}


def test_a_short_day_still_has_a_board(booked):
    ResourceFactory(hours=("22:00", "23:00"))

    drawn, _found = places(date(2026, 7, 1))

    assert (drawn.rows, drawn.labels) == (16, ["20:00", "21:00", "22:00", "23:00"])


def test_when_somebody_is_off_is_a_gap(booked):
    ResourceFactory(hours=("09:00", "18:00"), position=1)
    ResourceFactory(hours=("11:00", "15:00"), position=2)

    drawn, _found = places(date(2026, 7, 1))

    assert [[block.label for block in column.blocks] for column in drawn.columns] == [[], ["Off until 11:00", "Off"]]


def test_the_present_moment_is_a_line_on_todays_board_only(booked):
    ResourceFactory(hours=("09:00", "18:00"))
    day = date(2026, 7, 1)

    assert places(day, now=local(day, 12))[0].now == 12
    assert places(day, now=local(day, 20))[0].now is None
    assert places(day, now=local(day + timedelta(days=1), 12))[0].now is None


def test_the_board_has_no_inline_style(desk, booked):
    booked(local(date(2026, 7, 1), 10))

    assertNotContains(desk.get(TODAY, {"day": "2026-07-01"}), "style=")


# The numbers


@pytest.fixture
def soon(settings):
    """Now, in a shop where it is about noon: whatever the hour at which the tests run, today is not over yet."""
    settings.TIME_ZONE = f"Etc/GMT{timezone.now().hour - 12:+d}"  # these names count westward
    return timezone.localtime()


def today_at(now, minutes):
    """So many minutes from now, but never on another day."""
    first, last = bounds(now.date())
    return min(max(now + timedelta(minutes=minutes), first), last - timedelta(minutes=1))


def test_the_numbers_are_about_the_present_day(desk, booked, sold, soon):
    booked(today_at(soon, -5), pet="Here", status=BookingStatus.CHECKED_IN)
    booked(today_at(soon, 5), pet="Next")
    booked(today_at(soon, 8), pet="Later")
    sold(BookingFactory(starts_at=today_at(soon, 9), confirmed=True), products=1, handover=Handover.VISIT)
    sold(products=1, handover=Handover.PICKUP)

    for day in ["", "2026-01-01"]:
        numbers = desk.get(TODAY, {"day": day}).context["numbers"]
        assert numbers.here == 1
        assert numbers.next.line.pet_name == "Next"
        assert (numbers.to_pack, numbers.to_pack_today) == (2, 1)


def test_a_customer_who_is_late_is_still_awaited(desk, booked, soon):
    booked(today_at(soon, -5), pet="Late")

    assert desk.get(TODAY).context["numbers"].next.line.pet_name == "Late"


def test_taken_is_the_money_of_today_and_of_this_mode(desk):
    first, _last = bounds(timezone.localdate())
    received = {"status": PaymentStatus.SUCCEEDED, "settled_at": timezone.now()}
    twice = PaymentFactory(amount=Decimal("10.00"), **received).order
    PaymentFactory(order=twice, amount=Decimal("5.50"), status=PaymentStatus.SUCCEEDED, settled_at=first)
    PaymentFactory(amount=Decimal("100.00"), **received)
    PaymentFactory(amount=Decimal("7.00"), status=PaymentStatus.SUCCEEDED, settled_at=first - timedelta(seconds=1))
    PaymentFactory(amount=Decimal("70.00"), mode="test", **received)
    PaymentFactory(amount=Decimal("700.00"), status=PaymentStatus.MISMATCH)

    numbers = desk.get(TODAY).context["numbers"]

    assert (numbers.taken, numbers.taken_orders) == (Decimal("115.50"), 2)


def test_an_empty_shop_has_a_day_too(desk):
    response = desk.get(TODAY)

    assertContains(response, "No visits on this day.")
    assertContains(response, "Nobody more today")
    assertContains(response, "€0.00")


def test_the_day_takes_the_same_queries_whatever_it_shows(desk, booked):
    day = date(2026, 7, 1)
    booked(local(day, 0))
    desk.get(TODAY)
    few = count(desk, day)

    for hour in range(1, 12):
        booked(local(day, hour))

    assert count(desk, day) == few


def test_the_day_names_the_extras_of_each_visit_in_one_query(desk, booked):
    day = date(2026, 7, 1)
    order = booked(local(day, 9))
    desk.get(TODAY)
    few = count(desk, day)
    for hour in (10, 11):
        booked(local(day, hour))
    for line in OrderLine.objects.all():
        for name in ("Nail trim", "Teeth"):
            OrderLineAddOnFactory(line=line, name=name)

    assertContains(desk.get(TODAY, {"day": day.isoformat()}), "<small>+ Nail trim</small>", count=3)
    assert count(desk, day) == few
    assert order.lines.get().full_title.endswith("+ Nail trim + Teeth")


def count(desk, day):
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(TODAY, {"day": day.isoformat()}).status_code == 200
    return len(captured)
