"""Staff take what is still to be paid, give it back, and give more time."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils.timezone import localtime
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from backoffice.audit import queries
from bookings.models import BookingStatus
from bookings.operations import hold_booking
from checkout import operations, payments
from checkout.models import EventKind, Order, OrderStatus, PaymentPurpose, PaymentStatus, RefundStatus
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay, total_of
from tests.factories import (
    CartFactory,
    ProductFactory,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order():
    """A bath of EUR 35.00 tomorrow at ten and a shampoo of EUR 4.50, to be paid at the shop."""
    service = ServiceFactory(name="Bath and tidy", pay_at_shop=True)
    ResourceFactory(name="Maya", slug="maya", services=[service])
    ten = localtime().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    bath = hold_booking(ServiceVariantFactory(offering=service), starts_at=ten)
    cart = CartFactory(holding=[bath, VariantFactory(offering=ProductFactory(pay_at_shop=True))])
    return operations.place_order(cart, details=details_for(cart), agreed_total=total_of(cart), at_shop=True)


@pytest.fixture
def page(order):
    return f"/backoffice/orders/{order.number}/payment/"


def said(**changes):
    return {"method": "cash", "note": "", "agreed": "39.50", "press": str(uuid4())} | changes


def again(order):
    return Order.objects.get(pk=order.pk)


def test_what_was_taken_is_written_down_once_and_pays_the_order(desk, order, page):
    assertContains(desk.get(f"/backoffice/orders/{order.number}/"), "Record a payment")
    assertContains(desk.get(page), "€39.50 taken")
    answers = said(method="terminal", note="Terminal receipt 0042")

    for _press in range(2):
        assertRedirects(desk.post(page, answers), f"/backoffice/orders/{order.number}/")

    [payment] = order.payments.all()
    assert (payment.purpose, payment.method, payment.amount) == (PaymentPurpose.BALANCE, "terminal", Decimal("39.50"))
    assert again(order).status == OrderStatus.PAID
    paid = order.events.get(kind=EventKind.PAID)
    assert (paid.actor, paid.details["note"]) == (desk.user.username, "Terminal receipt 0042")
    shown = desk.get(f"/backoffice/orders/{order.number}/")
    assertContains(shown, "Terminal receipt 0042")
    assertNotContains(shown, "Record a payment")
    assertNotContains(desk.get(order.get_absolute_url()), "0042")


def test_what_is_typed_wrong_is_said_and_nothing_is_taken(desk, order, page):
    for wrong in [{"method": "gold"}, {"press": "nothing"}, {"agreed": "NaN"}, {"agreed": ""}, {"note": "n" * 201}]:
        refused = desk.post(page, said(note="Till 2") | wrong)
        assertContains(refused, "There is a problem", status_code=422)
    assertContains(desk.post(page, said(agreed="35.00")), "Meanwhile €39.50 is to be paid.", status_code=422)
    assertContains(desk.post(page, said(note="Till 2", method="")), 'value="Till 2"', status_code=422)
    assert not order.payments.exists()


def test_a_press_of_another_order_takes_nothing(desk, order, page):
    other = VariantFactory(offering=ProductFactory(pay_at_shop=True))
    cart = CartFactory(holding=[other])
    details = details_for(cart, email="grace@example.com", phone="")
    second = operations.place_order(cart, details=details, agreed_total=total_of(cart), at_shop=True)
    answers = said()
    desk.post(page, answers)

    refused = desk.post(f"/backoffice/orders/{second.number}/payment/", answers | {"agreed": "4.50"})

    assertContains(refused, "belongs to another order", status_code=422)
    assert not second.payments.exists()


def test_the_customers_open_page_is_closed_before_the_desk_takes_the_money(desk, order, page):
    attempt = open_page(order)
    assertContains(desk.get(page), "The customer has a payment page open.")

    desk.post(page, said())

    attempt.refresh_from_db()
    assert attempt.status == PaymentStatus.EXPIRED
    assert again(order).status == OrderStatus.PAID
    assert order.payments.succeeded().count() == 1


def test_what_the_customer_was_quicker_to_pay_is_not_taken_twice(desk, order, page):
    pay(open_page(order))

    refused = desk.post(page, said())

    assertContains(refused, "Nothing is left to pay", status_code=422)
    assert [payment.provider for payment in order.payments.succeeded()] == ["stripe"]


def test_a_check_in_asks_for_the_money_and_goes_on_once_it_is_here(desk, order, page):
    line = order.lines.visits().get()
    button = f"/backoffice/orders/{order.number}/visits/{line.pk}/"

    asked = desk.post(button, {"to": "checked_in"})
    assertRedirects(asked, f"{page}?then=checked_in&visit={line.pk}")
    assertContains(desk.get(asked.url), "Check in, to be paid later")
    desk.post(page, said() | {"then": "checked_in", "visit": line.pk})

    assert again(order).status == OrderStatus.PAID
    assert order.bookings()[0].status == BookingStatus.CHECKED_IN


def test_who_pays_later_is_checked_in_all_the_same_if_somebody_says_so(desk, order):
    line = order.lines.visits().get()

    desk.post(f"/backoffice/orders/{order.number}/visits/{line.pk}/", {"to": "checked_in", "later": "yes"})

    assert order.bookings()[0].status == BookingStatus.CHECKED_IN
    assert again(order).status == OrderStatus.CONFIRMED


def test_an_order_whose_things_are_all_done_is_fulfilled_when_it_is_paid(desk, order, page):
    line = order.lines.visits().get()
    visit, parcel = f"/backoffice/orders/{order.number}/visits/{line.pk}/", f"/backoffice/orders/{order.number}/parcel/"
    desk.post(visit, {"to": "checked_in", "later": "yes"})
    desk.post(visit, {"to": "completed"})
    desk.post(parcel, {"to": "ready"})
    desk.post(parcel, {"to": "handed_over", "later": "yes"})
    assert again(order).status == OrderStatus.CONFIRMED

    desk.post(page, said())

    assert again(order).status == OrderStatus.FULFILLED


def test_what_was_taken_by_mistake_is_given_back_at_once_under_a_name(desk, order, page):
    desk.post(page, said())
    payment = order.payments.get()
    back = f"/backoffice/orders/{order.number}/payments/{payment.pk}/back/"
    assertContains(desk.get(back), "Up to €39.50 of this payment.")
    typed = {"amount": "39.50", "reason": "Typed for the wrong order", "press": "pressed-only-once"}

    for wrong in [{"amount": "40"}, {"amount": "0"}, {"amount": "x"}, {"reason": ""}, {"press": "<"}]:
        assert desk.post(back, typed | wrong).status_code == 422
    for _press in range(2):
        desk.post(back, typed)

    [refund] = payment.refunds.all()
    assert (refund.status, refund.actor, refund.stripe_id) == (RefundStatus.SUCCEEDED, desk.user.username, None)
    payment.refresh_from_db()
    assert payment.refunded == Decimal("39.50")
    assertContains(desk.get(f"/backoffice/orders/{order.number}/"), "Typed for the wrong order")


def test_what_is_called_off_after_it_was_paid_at_the_counter_goes_back_there(desk, order, page):
    desk.post(page, said())
    bath = order.lines.visits().get()
    operations.cancel_lines([bath], actor=desk.user.username, cause="Maya is ill", keep="nothing")
    payment = order.payments.get()

    operations.give_back_at_counter(payment, press="p" * 16, amount=Decimal("35.00"), reason="Cash", actor="sam")

    bath.refresh_from_db()
    assert (bath.refunded, bath.still_owed) == (Decimal("35.00"), 0)


def test_more_time_to_pay_is_given_until_the_visit_and_never_before_now(desk, order, page):
    due = order.due_by
    for wrong in [{"day": "2001-01-01"}, {"day": "nothing"}, {"day": ""}, {"reason": ""}]:
        typed = {"act": "more_time", "day": str(localtime().date() + timedelta(days=9)), "reason": "He called"}
        assert desk.post(page, typed | wrong).status_code == 422
    assert again(order).due_by == due
    later = localtime() + timedelta(days=9)
    desk.post(page, {"act": "more_time", "day": str(later.date()), "reason": "He called"})

    event = order.events.filter(kind=EventKind.BALANCE_POSTPONED).last()
    assert event.actor == desk.user.username
    assert again(order).due_by > due
    assert clock.now() < again(order).due_by


def test_the_audit_finds_nothing_in_any_of_this(desk, order, page):
    from django.db import connection

    assert queries.violations(connection) == []
    desk.post(page, said())
    payment = order.payments.get()
    operations.give_back_at_counter(payment, press="p" * 16, amount=Decimal("4.50"), reason="Broken", actor="sam")
    assert queries.violations(connection) == []
    payments.settle_order(again(order))
