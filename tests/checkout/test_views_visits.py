"""The pages on which a customer moves a visit or cancels it: what they show, who may see them, what a press does."""

from datetime import UTC
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import localtime
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking
from bookings.operations import check_in, hold_booking
from checkout.models import Order, OrderEvent
from checkout.states import place_of
from tests.checkout.conftest import place
from tests.checkout.test_moving import AN_HOUR, begin_in, paid
from tests.checkout.test_moving import terms as terms
from tests.checkout.test_moving import two_tomorrow as two_tomorrow
from tests.checkout.test_moving import visit as visit
from tests.factories import CartFactory, ResourceFactory
from tests.pages.test_crawl import everything

pytestmark = pytest.mark.django_db

PAGES = ["reschedule", "cancellation"]


def address(line, page):
    return f"{reverse(f'checkout:{page}', args=[line.order.token])}?line={place_of(line.order, line)}"


def press(client, line, start, **typed):
    return client.post(
        address(line, "reschedule"), {"start": start.astimezone(UTC).isoformat(), "resource": ""} | typed
    )


def start_of(line):
    return Booking.objects.get(order_line=line).starts_at


# Who may look, and what looking does


@pytest.mark.parametrize("page", PAGES)
def test_a01_another_orders_visit_is_as_unknown_as_one_that_never_was(client, visit, bath, ten_tomorrow, page):
    other = paid(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow + 6 * AN_HOUR)])).lines.get()
    mine, token = address(visit, page), visit.order.token
    guesses = [
        mine.replace(token, "A" * 32),
        *(mine.replace("line=1", f"line={guess}") for guess in ("0", "-1", "2", "999999", "%00", "one", "1.0")),
    ]

    answers = [client.get(guess) for guess in guesses] + [client.post(guess, {"kept": "0"}) for guess in guesses]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers[: len(guesses)]}) == 1
    other.refresh_from_db()
    assert other.cancelled_at is None


@pytest.mark.parametrize("page", PAGES)
def test_p25_looking_changes_nothing(client, visit, page):
    before = everything()

    for method in ("get", "head"):
        assert getattr(client, method)(address(visit, page)).status_code == 200

    assert everything() == before


@pytest.mark.parametrize("page", PAGES)
def test_v01_nobody_keeps_or_lists_the_page(client, visit, page):
    answer = client.get(address(visit, page))

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "same-origin"


def test_an_orders_only_visit_needs_no_name(client, visit):
    assertContains(client.get(reverse("checkout:cancellation", args=[visit.order.token])), "What comes back")


def test_the_orders_page_leads_to_both(client, visit):
    page = client.get(visit.order.get_absolute_url())

    assertContains(page, 'data-testid="reschedule"')
    assertContains(page, 'data-testid="cancel"')


def test_a_visit_that_cannot_be_moved_any_more_can_still_be_cancelled(client, visit):
    begin_in(visit, AN_HOUR / 2)

    page = client.get(visit.order.get_absolute_url())

    assertNotContains(page, 'data-testid="reschedule"')
    assertContains(page, 'data-testid="cancel"')
    assertContains(client.get(address(visit, "reschedule")), "could be moved until 1 hour before")


@pytest.mark.parametrize("page", PAGES)
def test_c17_a_visit_that_was_checked_in_says_so(client, visit, two_tomorrow, page):
    check_in(visit.booking)

    assertContains(client.get(address(visit, page)), "This visit is “Checked in” by now.")
    answer = client.post(address(visit, page), {"start": two_tomorrow.isoformat(), "left": "35.00", "kept": "0"})
    assertContains(answer, "This visit is “Checked in” by now.", status_code=422)


@pytest.mark.parametrize("page", PAGES)
def test_a_visit_that_has_begun_says_so(client, visit, two_tomorrow, page):
    begin_in(visit, -AN_HOUR / 2)

    assertContains(client.get(address(visit, page)), "This visit has begun.")
    answer = client.post(address(visit, page), {"start": two_tomorrow.isoformat(), "left": "35.00", "kept": "0"})
    assertContains(answer, "This visit has begun.", status_code=422)


@pytest.mark.parametrize("page", PAGES)
def test_an_order_that_is_not_paid_says_so(client, cart, page):
    line = place(cart).lines.visits().get()

    assertContains(client.get(address(line, page)), "This visit is not booked.")


# Moving


def test_the_time_that_it_has_is_marked_and_cannot_be_pressed(client, visit, ten_tomorrow):
    page = client.get(f"{address(visit, 'reschedule')}&day={localtime(ten_tomorrow).date()}")

    assertContains(page, 'data-testid="current"', count=1)
    assertContains(page, "your visit now")
    assertNotContains(page, f'value="{ten_tomorrow.astimezone(UTC):%Y-%m-%dT%H:%M:%S}')
    assertContains(page, 'data-testid="slot"')


def test_pressing_a_time_moves_the_visit_and_says_so(client, visit, two_tomorrow):
    answer = press(client, visit, two_tomorrow)

    assertRedirects(answer, visit.order.get_absolute_url(), status_code=303, fetch_redirect_response=False)
    assert start_of(visit) == two_tomorrow
    page = client.get(visit.order.get_absolute_url())
    assertContains(page, "at 14:00 now.")
    assertContains(page, "Visit moved to")


def test_with_somebody_else_at_the_same_time(client, visit, bath, ten_tomorrow):
    tom = ResourceFactory(name="Tom", slug="tom", services=[bath.offering])
    page = client.get(f"{address(visit, 'reschedule')}&day={localtime(ten_tomorrow).date()}&resource=tom")
    assertNotContains(page, 'data-testid="current"')

    press(client, visit, ten_tomorrow, resource="tom")

    assert Booking.objects.get(order_line=visit).resource == tom


def test_c18_a_time_that_was_taken_meanwhile_is_said_with_the_nearest_ones(
    client, visit, bath, ten_tomorrow, two_tomorrow
):
    hold_booking(bath, starts_at=two_tomorrow)

    answer = client.post(address(visit, "reschedule"), {"start": two_tomorrow.isoformat()}, follow=True)

    assertContains(answer, "has just been taken. Your visit stays where it is.")
    assert start_of(visit) == ten_tomorrow


@pytest.mark.parametrize(
    "typed",
    [{"start": ""}, {"start": "soon"}, {"start": "2027-01-01T10:00"}, {"start": "\x00"}, {"resource": "nobody"}],
)
def test_what_cannot_be_read_is_said_and_moves_nothing(client, visit, ten_tomorrow, two_tomorrow, typed):
    answer = client.post(address(visit, "reschedule"), {"start": two_tomorrow.isoformat(), "resource": ""} | typed)

    assertContains(answer, "Your visit stays where it is.", status_code=422)
    assert start_of(visit) == ten_tomorrow


def test_i14_nothing_but_the_time_and_who_can_be_said(client, visit, two_tomorrow):
    press(client, visit, two_tomorrow, price="0", moves="0", nights="9", actor="robin", accepted="")

    assert Order.objects.get().total == Decimal("39.50")
    assert OrderEvent.objects.get(kind="visit_moved").actor == "customer"
    assert Booking.objects.get(order_line=visit).moves == 1


def test_the_third_move_is_refused(client, visit, two_tomorrow):
    for hours in range(3):
        press(client, visit, two_tomorrow + hours * AN_HOUR)

    assert start_of(visit) == two_tomorrow + AN_HOUR
    assertContains(client.get(address(visit, "reschedule")), "as often as you can by yourself")
