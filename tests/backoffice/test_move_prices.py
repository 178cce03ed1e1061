"""Staff move a visit to nights of another price: they see both prices first, and say which of them holds."""

from datetime import UTC, timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Season
from checkout.models import EventKind, Refund
from tests.checkout.conftest import ten_tomorrow as ten_tomorrow
from tests.checkout.test_moving import events
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_quotes import SHOWN, halved, is_healthy, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def cheap(stay, ten_tomorrow):
    """EUR 30.00 instead of EUR 40.00."""
    return halved(stay, ten_tomorrow.replace(hour=15) + timedelta(days=10))


def press(desk, line, start, **typed):
    address = reverse("backoffice:visit_time", args=[line.order.number, line.pk])
    said = {"reason": "She called", "start": start.astimezone(UTC).isoformat(), "resource": ""}
    return desk.post(address, said | typed)


def test_a_time_of_another_price_is_first_shown_with_both(desk, stay, cheap):
    page = press(desk, stay, cheap)

    for name, words in [("old", "€40.00"), ("new", "€30.00"), ("fee", "None"), ("comes-back", "€10.00")]:
        assertContains(page, f'<dd data-testid="{name}">{words}</dd>', html=True)
    assertContains(page, "Move it, and send €10.00 back")
    assertContains(page, 'name="reason" value="She called"')
    assert read(stay).booking.sequence == 0


def test_for_what_it_costs_there_the_difference_goes_back(desk, stay, cheap):
    answer = press(desk, stay, cheap, price="quoted", **SHOWN)

    assertRedirects(answer, reverse("backoffice:order", args=[stay.order.number]), fetch_redirect_response=False)
    assert (read(stay).booking.starts_at, read(stay).worth) == (cheap, 30)
    refund = Refund.objects.get()
    assert (refund.amount, refund.origin, refund.actor) == (10, "shop", desk.user.get_username())
    [event] = events(stay, EventKind.VISIT_MOVED)
    assert event.cause == "She called"
    assert is_healthy()


def test_for_what_was_paid_nothing_goes_back(desk, stay, cheap):
    press(desk, stay, cheap, price="paid", **SHOWN)

    assert (read(stay).booking.starts_at, read(stay).worth) == (cheap, 40)
    assert not Refund.objects.exists()
    assert is_healthy()


def test_amounts_that_are_not_so_any_more_are_shown_anew(desk, stay, cheap):
    Season.objects.update(percent=-25)

    page = press(desk, stay, cheap, price="quoted", **SHOWN)

    assertContains(page, "Meanwhile the new time costs €35.00, and €5.00 comes back.", status_code=422)
    assert read(stay).booking.sequence == 0


@pytest.mark.parametrize(
    "typed", [{"price": "free"}, {"price": "quoted"}, {"price": "quoted", **SHOWN, "back": "NaN"}, {"price": "\x00"}]
)
def test_what_cannot_be_read_moves_nothing(desk, stay, cheap, typed):
    assertContains(press(desk, stay, cheap, **typed), "Move it for what was paid")

    assert read(stay).booking.sequence == 0


def test_a_dearer_time_can_only_be_moved_to_for_what_was_paid(desk, stay, ten_tomorrow):
    Season.objects.create(offering=stay.variant.offering, name="Holidays", percent=50)
    start = ten_tomorrow.replace(hour=15) + timedelta(days=3)

    page = press(desk, stay, start)
    assertContains(page, "nobody is asked for the difference")
    assertNotContains(page, 'data-testid="move-quoted"')

    press(desk, stay, start, price="paid", old="40.00", new="60.00", back="0.00")
    assert (read(stay).booking.starts_at, read(stay).worth) == (start, 40)
    assert is_healthy()
