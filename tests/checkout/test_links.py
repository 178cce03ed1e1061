"""An order that staff make for a customer, who pays it by its link."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus
from checkout import operations, payments
from checkout.models import Order, OrderStatus
from checkout.operations import PaymentLink
from checkout.payments import settle
from petshop.core.money import format_money
from petshop.core.roles import FRONT_DESK
from tests.backoffice.conftest import member_of
from tests.checkout.conftest import details_for, pay, total_of
from tests.checkout.customer import answers, carrying
from tests.factories import PromotionFactory, UserFactory

pytestmark = pytest.mark.django_db

NEW = "/backoffice/orders/new/"


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def maya(client, cart):
    """At the desk, with the customer's wishes in the basket of her browser."""
    client.user = member_of(FRONT_DESK)
    client.force_login(client.user)
    return carrying(client, cart)


def linked(cart, hours=4) -> Order:
    return operations.place_order(
        cart,
        details=details_for(cart),
        agreed_total=total_of(cart),
        link=PaymentLink("maya", timedelta(hours=hours)),
    )


def test_staff_read_who_is_meant_and_customers_that_they_need_no_account(maya, cart):
    for page, words, others in [(NEW, "“you” is them", "No account"), ("/checkout/", "No account needed", "is them")]:
        shown = maya.get(page)
        assertContains(shown, words)
        assertNotContains(shown, others)


@pytest.mark.django_db(transaction=True)
def test_staff_make_an_order_of_their_basket_and_its_link_is_sent(maya, cart, run_jobs, mailoutbox):
    response = maya.post(NEW, answers(cart) | {"hours": "4"})

    order = Order.objects.get()
    assertRedirects(response, f"/backoffice/orders/{order.number}/", fetch_redirect_response=False)
    assert (order.status, order.total, order.cart) == (OrderStatus.PENDING, Decimal("39.50"), None)
    assert order.events.get(kind="placed").actor == maya.user.get_username()
    assert not order.payments.exists()
    assert not cart.lines.exists()
    assert abs(order.held_until - timezone.now() - timedelta(hours=4)) < timedelta(minutes=1)
    assert Booking.objects.get(order_line__order=order).held_until == order.held_until

    page = maya.get(response.url)
    assertContains(page, order.get_absolute_url())
    assertContains(page, "https://wa.me/?text=")
    run_jobs()
    [mail] = mailoutbox
    assert mail.to == ["ada@example.com"]
    assert order.get_absolute_url() in mail.body


def test_the_customer_pays_it_and_everything_is_booked(client, cart):
    order = linked(cart)

    page = client.get(order.get_absolute_url())
    assertContains(page, f"Pay {format_money(order.total)}")
    assertNotContains(page, "Continue paying")
    response = client.post(f"{order.get_absolute_url()}payment/")
    payment = order.payments.get()
    assert response.url == payment.session_url
    pay(payment)
    settle(payment.session_id)

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Booking.objects.get(order_line__order=order).status == BookingStatus.CONFIRMED


def test_p25_who_only_looks_at_the_link_changes_nothing(client, cart):
    order = linked(cart)
    before = (order.events.count(), order.held_until)

    for _preview in range(3):
        client.get(order.get_absolute_url())

    order.refresh_from_db()
    assert (order.events.count(), order.held_until) == before
    assert not order.payments.exists()


def test_a_payment_page_never_makes_the_hold_shorter(client, cart):
    order = linked(cart, hours=12)
    until = order.held_until

    client.post(f"{order.get_absolute_url()}payment/")

    order.refresh_from_db()
    assert order.held_until == until
    assert Booking.objects.get(order_line__order=order).held_until == until


def test_a_link_that_nobody_pays_in_time_frees_everything(cart, shampoo):
    order = linked(cart)
    Order.objects.filter(pk=order.pk).update(held_until=timezone.now() - timedelta(seconds=1))

    assert payments.close_order(order, cause="Not paid in time", to_cart=False)

    order.refresh_from_db()
    shampoo.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert shampoo.stock == 10
    assert Booking.objects.get(order_line__order=order).status == BookingStatus.CANCELLED


def test_an_order_of_nothing_is_paid_at_once(cart):
    PromotionFactory(value=Decimal(100))
    order = linked(cart)

    order.refresh_from_db()
    assert (order.status, order.total) == (OrderStatus.PAID, 0)


def test_an_empty_basket_says_what_to_do_first(maya, cart):
    for line in cart.lines.all():
        operations.remove_line(line)

    assertContains(maya.get(NEW), "Put what the customer wants into the basket")
    assertContains(maya.post(NEW, {}), "Put what the customer wants into the basket", status_code=422)


@pytest.mark.parametrize(
    "wrong", [{"hours": ""}, {"hours": "9999"}, {"hours": "1e3"}, {"email": "ada"}, {"agreed_total": "1"}]
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(maya, cart, wrong):
    response = maya.post(NEW, answers(cart) | {"hours": "12"} | wrong)

    assert response.status_code == 422
    assertContains(response, "Ada Lovelace", status_code=422)
    assert not Order.objects.exists()


def test_customers_see_nothing_of_it(client, cart):
    client.force_login(UserFactory())
    assert carrying(client, cart).get(NEW).status_code in (302, 403, 404)
    order = linked(cart)
    assertNotContains(client.get(order.get_absolute_url()), "Write it in WhatsApp")
