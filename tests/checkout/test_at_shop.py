"""Paid at the shop: no card, no Stripe, and limits that keep the shop open to others."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import BookingStatus
from bookings.operations import hold_booking
from checkout import operations, payments
from checkout.models import EventKind, Message, Order, OrderStatus
from petshop.core import clock
from tests.checkout.conftest import details_for, pay, total_of
from tests.checkout.customer import answers
from tests.concurrency import at_once
from tests.factories import CartFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)
CHECKOUT = "/checkout/"


@pytest.fixture
def cart(cart, bath, shampoo):
    """A bath and a shampoo, EUR 39.50, both of which may be paid at the shop."""
    for variant in (bath, shampoo):
        variant.offering.pay_at_shop = True
        variant.offering.save()
    return cart


def place_at_shop(cart, **changes):
    return operations.place_order(cart, details=details_for(cart, **changes), agreed_total=total_of(cart), at_shop=True)


def a_bag(**facts):
    """A basket with something that may be paid at the shop."""
    variant = VariantFactory(**facts)
    variant.offering.pay_at_shop = True
    variant.offering.save()
    return CartFactory(holding=[variant])


def test_an_order_to_pay_at_the_shop_is_accepted_at_once_without_a_payment(cart, shampoo):
    order = place_at_shop(cart)

    assert (order.status, order.outstanding) == (OrderStatus.CONFIRMED, Decimal("39.50"))
    assert order.bookings()[0].status == BookingStatus.CONFIRMED
    shampoo.refresh_from_db()
    assert shampoo.stock == 9
    assert not order.payments.exists()
    assert not cart.lines.exists()
    assert [event.kind for event in order.events.all()] == [EventKind.PLACED, EventKind.ACCEPTED]
    assert Message.objects.filter(key=f"confirm:{order.pk}").count() == 1


def test_the_customer_presses_one_button_and_reads_what_to_pay(client, cart, run_jobs, mailoutbox):
    client.cookies["basket"] = cart.token
    assertContains(client.get(CHECKOUT), "Pay €39.50 at the shop")

    placed = client.post(CHECKOUT, answers(cart) | {"at_shop": "yes"})
    order = Order.objects.get()
    assert placed.url == order.get_absolute_url()
    page = client.get(placed.url)
    for said in ("To pay at the shop", "You pay €39.50 at the shop.", "Pay €39.50 by card now"):
        assertContains(page, said)
    assertNotContains(page, "Print receipt")

    again = client.post(CHECKOUT, answers(cart) | {"at_shop": "yes"})
    assert again.url == order.get_absolute_url()
    assert Order.objects.count() == 1
    run_jobs()
    [mail] = mailoutbox
    assert "To pay at the shop: €39.50" in mail.body


def test_who_thought_about_it_pays_by_card_all_the_same(cart):
    order = place_at_shop(cart)

    payments.open_checkout(order)
    attempt = order.payments.live().get()
    assert attempt.amount == Decimal("39.50")
    pay(attempt)
    payments.settle(attempt.session_id)

    order = Order.objects.get(pk=order.pk)
    assert (order.status, order.outstanding) == (OrderStatus.PAID, 0)


def test_the_open_payment_page_closes_when_its_customer_decides_to_pay_at_the_shop(client, cart):
    client.cookies["basket"] = cart.token
    client.post(CHECKOUT, answers(cart))
    first = Order.objects.get()

    client.post(CHECKOUT, answers(cart) | {"at_shop": "yes"})

    first.refresh_from_db()
    assert first.status == OrderStatus.EXPIRED
    assert not first.payments.live().exists()
    assert Order.objects.exclude(pk=first.pk).get().status == OrderStatus.CONFIRMED


def test_not_everything_may_be_paid_at_the_shop(client, cart, shampoo):
    shampoo.offering.pay_at_shop = False
    shampoo.offering.save()
    client.cookies["basket"] = cart.token

    assertNotContains(client.get(CHECKOUT), "at the shop</button>")
    refused = client.post(CHECKOUT, answers(cart) | {"at_shop": "yes"})

    assertContains(refused, "Not everything in your basket can be paid at the shop.", status_code=422)
    assert not Order.objects.exists()


def test_neither_can_what_asks_for_a_deposit(cart, bath):
    bath.offering.rules.deposit_percent = 30
    bath.offering.rules.save()

    with pytest.raises(operations.NotAtShop):
        place_at_shop(cart)


def test_a_dear_order_is_paid_when_it_is_placed(client, settings):
    settings.PAY_AT_SHOP_AT_MOST = 100
    cart = a_bag(price=Decimal("100.01"))

    with pytest.raises(operations.NotAtShop, match="Orders of more than €100.00"):
        place_at_shop(cart)
    client.cookies["basket"] = cart.token
    assertContains(client.get(CHECKOUT), "Not to be paid at the shop: Orders of more than")


def test_so_is_a_visit_that_is_far_away(cart, bath, ten_tomorrow):
    for days, is_fine in [(31, False), (28, True)]:
        far = CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow + timedelta(days=days))])
        if is_fine:
            assert place_at_shop(far).status == OrderStatus.CONFIRMED
        else:
            with pytest.raises(operations.NotAtShop, match="more than 30 days ahead"):
                place_at_shop(far)


def test_a_customer_has_two_unpaid_orders_at_most_by_whatever_name(cart):
    for changes in ({"email": "Ada@Example.com", "phone": ""}, {"email": "grace@example.com"}):
        place_at_shop(a_bag(), **changes)

    with pytest.raises(operations.TooManyUnpaid, match="2 orders"):
        place_at_shop(a_bag())  # Ada's address, and Grace's phone
    assert place_at_shop(a_bag(), email="alan@example.com", phone="").status == OrderStatus.CONFIRMED
    Order.objects.filter(email="grace@example.com").update(status=OrderStatus.PAID)
    assert place_at_shop(a_bag()).status == OrderStatus.CONFIRMED


def test_five_at_once_are_two(db):
    carts = [a_bag() for _ in range(5)]

    results = at_once(5, lambda: place_at_shop(carts.pop()))

    assert sorted(type(result).__name__ for result in results) == ["Order"] * 2 + ["TooManyUnpaid"] * 3


def test_products_are_kept_for_a_week_and_a_visit_is_paid_when_it_takes_place(cart):
    order = place_at_shop(cart)
    bag = place_at_shop(a_bag())

    assert [line.due_by is None for line in order.lines.order_by("kind")] == [True, False]
    assert timedelta(days=6) < bag.lines.get().due_by - clock.now() <= timedelta(days=7)


def test_nothing_to_pay_is_paid_and_not_to_be_paid_at_the_shop():
    with pytest.raises(operations.NotAtShop):
        place_at_shop(a_bag(price=Decimal(0)))
    cart = a_bag(price=Decimal(0))
    order = operations.place_order(cart, details=details_for(cart), agreed_total=Decimal(0), agreed_now=Decimal(0))
    assert order.status == OrderStatus.PAID
