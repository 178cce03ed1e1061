"""Staff give back what somebody keeps in a basket and may never pay for."""

import pytest
from django.urls import reverse
from django.utils.timezone import localtime
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from checkout.models import VisitChange
from tests.checkout.conftest import bath as bath
from tests.checkout.conftest import cart as cart
from tests.checkout.conftest import place
from tests.checkout.conftest import shampoo as shampoo
from tests.checkout.conftest import ten_tomorrow as ten_tomorrow
from tests.checkout.test_changes import asked
from tests.checkout.test_changes import dear as dear
from tests.checkout.test_moving import stay as stay

pytestmark = pytest.mark.django_db


def board(desk, starts_at):
    return desk.get(reverse("backoffice:today"), {"day": localtime(starts_at).date().isoformat()})


def release(desk, booking):
    return desk.post(reverse("backoffice:hold", args=[booking.pk]), follow=True)


def held(cart):
    return cart.lines.exclude(booking=None).get().booking


def test_s08_staff_release_a_time_that_somebody_keeps_and_it_can_be_had_again(desk, cart, bath, ten_tomorrow):
    booking = held(cart)
    assertContains(board(desk, ten_tomorrow), 'data-testid="release"')

    answer = release(desk, booking)

    assertContains(answer, "That time is free again.")
    assertNotContains(answer, 'data-testid="release"')
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CANCELLED
    hold_booking(bath, starts_at=ten_tomorrow)


def test_pressed_twice_it_is_released_once(desk, cart):
    booking = held(cart)

    for _press in range(2):
        assertContains(release(desk, booking), "That time is free again.")


def test_what_is_being_paid_belongs_to_its_order(desk, cart, ten_tomorrow):
    booking = held(cart)
    place(cart)

    assertContains(release(desk, booking), "This time belongs to an order by now.")

    booking.refresh_from_db()
    assert booking.status == BookingStatus.HELD
    assertNotContains(board(desk, ten_tomorrow), 'data-testid="release"')


def test_a_booked_visit_is_not_released(desk, stay):
    assertContains(release(desk, stay.booking), "This time belongs to an order by now.")

    assert Booking.objects.get(pk=stay.booking_id).status == BookingStatus.CONFIRMED


def test_what_waits_for_its_difference_leads_to_where_that_is_taken_or_let_go(desk, stay, dear):
    change = asked(stay, dear)

    page = board(desk, dear)

    assertContains(page, f"Another time for {stay.order.number}")
    assertContains(page, reverse("backoffice:change", args=[stay.order.number]))
    assertContains(release(desk, change.booking), "This time belongs to an order by now.")
    assert VisitChange.objects.get().is_waiting
