"""The page on which a customer cancels a visit, a product or all of an order: what it shows is what a press does."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, BookingStatus
from bookings.operations import check_in, hold_booking
from checkout import fulfilment, payments
from checkout.models import Order, OrderEvent, OrderStatus, Refund
from checkout.operations import request_refund
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_moving import begin_in, paid
from tests.checkout.test_moving import terms as terms
from tests.checkout.test_moving import visit as visit
from tests.factories import CartFactory, DisputeFactory
from tests.pages.test_crawl import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def bottle(visit):
    return visit.order.lines.products().get()


def address(order, query=""):
    return f"{reverse('checkout:cancellation', args=[order.token])}{query}"


def typed(page, **changes):
    """What the form on the page sends."""
    plan = page.context["plan"]
    parts = [str(each["number"]) for each in page.context["parts"] if "number" in each]
    return {"left": str(plan.left), "kept": str(plan.kept), "part": parts} | changes


def press(client, where, **changes):
    return client.post(where, typed(client.get(where), **changes))


def asked_back():
    return sum((refund.amount for refund in Refund.objects.all()), Decimal(0))


# One visit


def test_what_comes_back_is_said_before_the_button_and_is_what_happens(client, visit):
    begin_in(visit, timedelta(hours=23))
    page = client.get(address(visit.order, "?line=1"))
    assertContains(page, "We send €17.50 back at once, the way you paid.")
    assertContains(page, "If you cancel, we keep 50%.")
    assertContains(page, "This time is given to somebody else then.")

    answer = client.post(address(visit.order, "?line=1"), typed(page))

    assertRedirects(answer, visit.order.get_absolute_url(), status_code=303, fetch_redirect_response=False)
    visit.refresh_from_db()
    assert (visit.kept, asked_back()) == (page.context["plan"].kept, page.context["plan"].comes_back)
    page = client.get(visit.order.get_absolute_url())
    assertContains(page, "It is cancelled. €17.50 is on its way back to you.")
    assertContains(page, "We keep €17.50 of what you paid for it.")


@pytest.mark.parametrize("seen", ["0.00", "17.49", "", "NaN", "Infinity", "x", "-1", "1e400", "17.500"])
@pytest.mark.parametrize("name", ["left", "kept"])
def test_whoever_saw_other_amounts_is_asked_again(client, visit, name, seen):
    """They looked while it was free, and pressed when it was not any more."""
    begin_in(visit, timedelta(hours=23))

    answer = press(client, address(visit.order, "?line=1"), **{name: seen})

    assert answer.status_code == 422
    assertContains(answer, "and press again.", status_code=422)
    visit.refresh_from_db()
    assert visit.cancelled_at is None


def test_pressing_twice_cancels_once_and_both_see_it(client, visit):
    page = client.get(address(visit.order, "?line=1"))
    for _press in range(2):
        answer = client.post(address(visit.order, "?line=1"), typed(page))
        assertRedirects(answer, visit.order.get_absolute_url(), status_code=303)

    assert OrderEvent.objects.filter(kind="visit_cancelled").count() == 1
    assert Booking.objects.get(order_line=visit).status == BookingStatus.CANCELLED
    assertContains(client.get(address(visit.order, "?line=1")), "This visit is cancelled.")


def test_an_order_of_nothing_but_a_cancelled_visit_says_so_first(client, terms, bath, ten_tomorrow):
    order = paid(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))
    begin_in(order.lines.get(), timedelta(hours=25))
    press(client, address(order))

    page = client.get(order.get_absolute_url())

    assertContains(page, "<h1>Your visit is cancelled.</h1>", html=True)
    assertContains(page, "€35.00 is on its way back to you.")
    assertNotContains(page, "The confirmation goes to")
    assertNotContains(page, 'data-testid="cancel')


# A product


def test_a_product_that_is_not_handed_over_is_cancelled_alone(client, visit, bottle):
    page = client.get(address(visit.order, "?product=1"))
    assertContains(page, "You do not have it yet, so all you paid for it comes back.")
    assertContains(page, "Cancel, and get €4.50 back")
    assertNotContains(page, "Bath and tidy")

    client.post(address(visit.order, "?product=1"), typed(page))

    bottle.variant.refresh_from_db()
    assert (asked_back(), bottle.variant.stock) == (Decimal("4.50"), 10)
    page = client.get(visit.order.get_absolute_url())
    assertContains(page, "€4.50 is on its way back to you.")
    assertNotContains(page, "?product=1")
    assert Order.objects.get().status == OrderStatus.PAID


def test_a_product_that_the_customer_has_is_brought_back_to_the_shop(client, visit):
    fulfilment.hand_over(visit.order, actor="robin")

    assertNotContains(client.get(visit.order.get_absolute_url()), "?product=1")
    assertContains(client.get(address(visit.order, "?product=1")), "You have this already.")
    assert press_blindly(client, address(visit.order, "?product=1")).status_code == 422


def press_blindly(client, where):
    return client.post(where, {"left": "4.50", "kept": "0", "part": "2"})


# All of it


def test_the_whole_order_is_one_press(client, visit):
    begin_in(visit, timedelta(hours=23))
    assertContains(client.get(visit.order.get_absolute_url()), 'data-testid="cancel-order"')
    page = client.get(address(visit.order))
    assertContains(page, "Cancel, and get €22.00 back")
    assertContains(page, "we keep €17.50")

    client.post(address(visit.order), typed(page))

    assert asked_back() == Decimal("22.00")
    assert Order.objects.get().status == OrderStatus.CANCELLED
    page = client.get(visit.order.get_absolute_url())
    assertContains(page, "<h1>Your order is cancelled.</h1>", html=True)
    assertNotContains(page, 'data-testid="cancel')


def test_a_time_that_its_money_came_too_late_for_comes_back_with_the_rest(client, cart, bath, ten_tomorrow):
    order = place(cart)
    attempt = open_page(order)
    Booking.objects.filter(order_line__order=order).update(held_until=timezone.now() - timedelta(minutes=1))
    hold_booking(bath, starts_at=ten_tomorrow)
    pay(attempt)
    payments.settle(attempt.session_id)
    page = client.get(address(order))
    assertContains(page, "This time was no longer free when your money came")
    assertNotContains(page, "we keep")

    client.post(address(order), typed(page))

    assert asked_back() == order.total
    assert Order.objects.get().status == OrderStatus.CANCELLED


def test_what_cannot_be_cancelled_any_more_is_named_and_stays(client, visit):
    check_in(visit.booking)
    page = client.get(address(visit.order))
    assertContains(page, "What stays as it is")
    assertContains(page, "This visit is “Checked in” by now.")

    client.post(address(visit.order), typed(page))

    assert asked_back() == Decimal("4.50")
    assert Booking.objects.get(order_line=visit).status == BookingStatus.CHECKED_IN


def test_no_more_is_cancelled_than_stood_on_the_page(client, visit, bottle):
    """The bath could not be cancelled when they looked, and can be when they press."""
    page = client.get(address(visit.order))
    the_bottle_alone = [str(each["number"]) for each in page.context["parts"] if each["line"] == bottle]

    client.post(address(visit.order), typed(page, part=the_bottle_alone, left="4.50", kept="0"))

    visit.refresh_from_db()
    bottle.refresh_from_db()
    assert bottle.cancelled_at
    assert not visit.cancelled_at


def test_what_went_back_since_the_page_was_opened_is_said_first(client, visit, bottle):
    page = client.get(address(visit.order))
    request_refund(visit.order, {bottle: Decimal("1.00")}, reason="Dented", actor="maya")

    answer = client.post(address(visit.order), typed(page))

    assertContains(answer, "Meanwhile €", status_code=422)
    assert asked_back() == Decimal("1.00")


def test_what_cannot_go_back_by_card_is_said_before_the_button(client, visit):
    DisputeFactory(payment=visit.order.payments.get())
    visit.order.payments.update(is_disputed=True)
    begin_in(visit, timedelta(hours=25))
    page = client.get(address(visit.order))
    assertContains(page, "€39.50 cannot go back by card: we write to you about it.")
    assertNotContains(page, "back at once")

    client.post(address(visit.order), typed(page))

    page = client.get(visit.order.get_absolute_url())
    assertContains(page, "We write to you about the €39.50 that is still yours.")
    assert visit.order.concerns.open().count() == 1


# Who may look


@pytest.mark.parametrize("guess", ["0", "-1", "2", "999999", "%00", "one", "1.0", "²"])
def test_a01_a_product_that_is_not_of_this_order_is_unknown(client, visit, guess):
    assert client.get(address(visit.order, f"?product={guess}")).status_code == 404


@pytest.mark.parametrize("query", ["", "?line=1", "?product=1"])
def test_p25_looking_changes_nothing(client, visit, query):
    before = everything()

    for method in ("get", "head"):
        assert getattr(client, method)(address(visit.order, query)).status_code == 200

    assert everything() == before


def test_i14_nothing_but_what_was_seen_can_be_said(client, visit):
    begin_in(visit, timedelta(hours=23))

    press(client, address(visit.order), keep="nothing", amount="0", actor="robin", wasted="1", reason="Mine")

    assert asked_back() == Decimal("22.00")
    assert OrderEvent.objects.get(kind="visit_cancelled").actor == "customer"
