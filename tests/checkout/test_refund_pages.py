"""Money that went back, as its customer and the staff see it: requested, on its way, sent, failed."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from checkout import operations, refunds, states
from checkout.cancelling import Keep
from checkout.models import EventKind, Order, Refund, RefundStatus
from checkout.money_words import money_word
from checkout.stripe_local import local_stripe
from tests.checkout.test_refunds import (
    REFUND_PENDING,
    bath_of,
    by_hand,
    paid_order,
    payment_of,
    send_back,
    send_bath_back,
    shampoo_of,
)
from tests.factories import UserFactory
from tests.statements import asked_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(cart):
    return paid_order(cart)


@pytest.fixture
def office(client):
    """The owner's browser."""
    client.force_login(UserFactory(staff=True, is_superuser=True))
    return client


def word(order) -> str:
    return money_word(Order.objects.get(pk=order.pk)).code


def in_state(order, state):
    """A refund of 17.50 that has got this far."""
    refund = send_bath_back(order)
    if state == "rejected":
        operations.reject_refund(refund, error="Charge has already been refunded.")
    elif state != "requested":
        refunds.send_refund(refund)
    if state == "failed":
        refund.refresh_from_db()
        local_stripe().fail_refund(refund.stripe_id)
    refund.refresh_from_db()
    assert refund.status == state
    return refund


STATES = [
    ("requested", "Being sent back", "Requested"),
    ("pending", "On its way", "On its way"),
    ("succeeded", "Sent back", "Sent back"),
    ("failed", "Did not arrive", "Came back to us"),
    ("rejected", "Did not arrive", "Rejected by Stripe"),
]


@pytest.mark.parametrize(("state", "to_customer", "to_staff"), STATES)
def test_both_sides_see_how_far_a_refund_is(cart, client, office, state, to_customer, to_staff):
    order = paid_order(cart, REFUND_PENDING if state == "pending" else "4242424242424242")
    refund = in_state(order, state)

    page = client.get(order.get_absolute_url())
    staff = office.get(f"/backoffice/orders/{order.number}/")

    assertContains(page, to_customer)
    assertContains(page, "−€17.50")
    assertNotContains(page, refund.reason)
    assertNotContains(page, "Charge has already")
    assertContains(staff, to_staff)
    assertContains(staff, "The dryer broke")
    assertContains(staff, "Bath and tidy, Medium dog, €17.50")
    if refund.error:
        assertContains(staff, refund.error)


@pytest.mark.parametrize("state", ["requested", "succeeded", "failed"])
def test_an_orders_page_with_a_refund_asks_for_it_and_what_it_is_for_and_no_more(paid, client, state):
    client.get(paid.get_absolute_url())
    before = asked_for(client, paid.get_absolute_url()).total()

    in_state(paid, state)

    assert before == 6
    assert asked_for(client, paid.get_absolute_url()).total() == 8


def test_the_money_word_follows_what_really_went_back(paid):
    assert word(paid) == "paid"
    refund = send_bath_back(paid)
    assert word(paid) == "paid"
    refunds.send_refund(refund)
    assert word(paid) == "part_refunded"
    for rest in send_back(paid, {bath_of(paid): "17.50", shampoo_of(paid): "4.50"}):
        refunds.send_refund(rest)
    assert word(paid) == "refunded"
    refund.refresh_from_db()
    local_stripe().fail_refund(refund.stripe_id)
    assert word(paid) == "part_refunded"


def test_the_timeline_tells_the_customer_and_keeps_what_is_for_staff(paid, client, office, run_jobs):
    in_state(paid, "failed")
    local_stripe().dispute(payment_of(paid).intent_id)
    run_jobs()

    page = client.get(paid.get_absolute_url())
    staff = office.get(f"/backoffice/orders/{paid.number}/")

    assertContains(page, "€17.50 is being sent back")
    assertContains(page, "€17.50 could not be sent back")
    assertNotContains(page, "hello@familypetshop.example</p>")
    assertNotContains(page, "lost or stolen")
    assertContains(staff, "News of the failed refund sent to hello@familypetshop.example")
    assertContains(staff, "News of the dispute sent to hello@familypetshop.example")
    assertContains(staff, "Waits for our answer")
    assert paid.events.filter(kind=EventKind.DISPUTED).exists()


def test_staff_see_a_refund_of_the_dashboard_among_what_needs_attention(paid, office):
    by_hand(paid, 1_000)

    assertContains(office.get("/backoffice/attention/"), "sent back in Stripe&#x27;s dashboard")
    assertContains(office.get(f"/backoffice/orders/{paid.number}/"), "Nobody has said")
    assertContains(office.get(f"/backoffice/orders/{paid.number}/"), "€29.50")


def test_a_cancelled_visit_says_what_comes_back_and_what_is_still_to_come(paid):
    def said():
        order = Order.objects.get(pk=paid.pk)
        return states.money_back(order, order.lines.visits().get())

    operations.cancel_lines([bath_of(paid)], actor="maya", cause="The dryer broke", keep=Keep.NOTHING)
    assert said() == "€35.00 is on its way back to you."

    refund = Refund.objects.get()
    refunds.send_refund(refund)
    assert said() == "€35.00 was sent back to you."

    local_stripe().fail_refund(Refund.objects.get().stripe_id)
    assert said() == "We write to you about the €35.00 that is still yours."


def test_a_refund_that_came_to_nothing_is_shown_after_somebody_had_a_look(paid, client):
    in_state(paid, "failed")
    operations.clear_concern(paid.concerns.get(), note="She gets it in the shop", actor="maya")

    assertContains(client.get(paid.get_absolute_url()), "Did not arrive")


def test_the_receipt_says_what_went_back(paid, client):
    in_state(paid, RefundStatus.SUCCEEDED)

    assertContains(client.get(f"{paid.get_absolute_url()}receipt/"), "−€17.50")
