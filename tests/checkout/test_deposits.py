"""A part of a visit's price when it is booked, and the rest by a date."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.audit.queries import violations
from bookings.models import BookingStatus
from bookings.operations import hold_booking
from checkout import operations, payments
from checkout.models import EventKind, Message, Order, OrderStatus, PaymentPurpose, PaymentStatus
from checkout.portions import Choice
from checkout.pricing import quote
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay, place, total_of
from tests.checkout.customer import answers

pytestmark = pytest.mark.django_db(transaction=True)
CHECKOUT = "/checkout/"


@pytest.fixture
def bath(bath):
    """Maya's bath asks for 30 % when it is booked, and for the rest an hour before it begins."""
    rules = bath.offering.rules
    rules.deposit_percent, rules.balance_due = 30, timedelta(hours=1)
    rules.save()
    return bath


@pytest.fixture
def order(cart):
    """30 % of a bath of EUR 35.00 and all of a shampoo of EUR 4.50: EUR 15.00 now, EUR 24.50 later."""
    return place(cart)


@pytest.fixture
def booked(order):
    """The same once its deposit is here."""
    return with_deposit(order)


def with_deposit(order):
    attempt = open_page(order)
    pay(attempt)
    payments.settle(attempt.session_id)
    return Order.objects.get(pk=order.pk)


def balance_of(order):
    """The page for the rest; the live attempt behind it."""
    payments.open_checkout(Order.objects.get(pk=order.pk))
    return order.payments.live().get()


def test_a_deposit_and_all_of_the_food_are_one_payment(order, ten_tomorrow):
    attempt = open_page(order)

    assert (attempt.amount, attempt.purpose) == (Decimal("15.00"), PaymentPurpose.DEPOSIT)
    assert [(line["name"], line["unit"]) for line in attempt.lines_snapshot] == [
        ("Oat shampoo", 450),
        ("Deposit for Bath and tidy, Medium dog", 1050),
    ]
    bath = order.lines.visits().get()
    assert (bath.due_later, bath.due_by) == (Decimal("24.50"), ten_tomorrow - timedelta(hours=1))
    assert bath.rules["deposit_percent"] == 30


def test_the_deposit_books_the_visit_and_the_balance_pays_the_order_once(booked):
    assert booked.status == OrderStatus.CONFIRMED
    assert booked.bookings()[0].status == BookingStatus.CONFIRMED
    assert booked.outstanding == Decimal("24.50")
    assert not booked.cart.lines.exists()

    attempt = balance_of(booked)
    assert (attempt.amount, attempt.purpose) == (Decimal("24.50"), PaymentPurpose.BALANCE)
    pay(attempt)
    for _again in range(3):
        payments.settle(attempt.session_id)

    paid = Order.objects.get(pk=booked.pk)
    assert (paid.status, paid.outstanding) == (OrderStatus.PAID, 0)
    kinds = [event.kind for event in paid.events.exclude(to_status="")]
    assert kinds == [EventKind.PLACED, EventKind.DEPOSIT_PAID, EventKind.PAID]
    assert Message.objects.filter(key=f"confirm:{paid.pk}").count() == 1
    assert [paid.paid_for(line) for line in paid.every_line] == [line.amount for line in paid.every_line]


def test_a_page_for_the_balance_that_closes_unpaid_changes_nothing_but_itself(booked):
    attempt = balance_of(booked)
    assert balance_of(booked) == attempt  # pressed twice, it is one page

    payments.close_page(attempt)

    attempt.refresh_from_db()
    booked.refresh_from_db()
    assert (attempt.status, booked.status) == (PaymentStatus.EXPIRED, OrderStatus.CONFIRMED)
    assert booked.bookings()[0].status == BookingStatus.CONFIRMED
    assert balance_of(booked) != attempt


def test_a_second_press_on_pay_after_the_deposit_came_opens_no_page_for_the_balance(order, booked):
    assert payments.open_checkout(order) == order.get_absolute_url()
    assert not booked.payments.live().exists()


def test_late_money_for_an_expired_order_with_a_deposit_books_it_after_all(order):
    attempt = open_page(order)
    order.payments.update(status=PaymentStatus.EXPIRED)
    assert operations.expire_order(order, cause="Not paid in time", to_cart=False)

    pay(attempt)
    payments.settle(attempt.session_id)

    order = Order.objects.get(pk=order.pk)
    assert (order.status, order.outstanding) == (OrderStatus.CONFIRMED, Decimal("24.50"))
    assert order.bookings()[0].status == BookingStatus.CONFIRMED


def test_whoever_books_when_the_rest_is_due_already_pays_all_at_once(bath, cart):
    bath.offering.rules.balance_due = timedelta(days=3)
    bath.offering.rules.save()

    order = place(cart)

    assert order.payments.get().amount == Decimal("39.50")
    assert not any(line.due_later for line in order.every_line)


@pytest.mark.parametrize(("percent", "price"), [(1, "35.00"), (99, "35.00"), (50, "0.90"), (30, "0.00")])
def test_neither_the_deposit_nor_the_rest_is_too_little_for_a_card(bath, cart, percent, price):
    bath.price = Decimal(price)
    bath.save()
    bath.offering.rules.deposit_percent = percent
    bath.offering.rules.save()

    assert not quote(list(cart.lines.with_things()), now=clock.now()).due_later


def test_more_to_pay_now_needs_a_new_yes_even_if_the_total_is_the_same(bath, cart):
    bath.offering.rules.deposit_percent = 50
    bath.offering.rules.save()

    with pytest.raises(operations.MoreIsDueNow, match="€22.00"):
        operations.place_order(
            cart, details=details_for(cart), agreed_total=total_of(cart), agreed_now=Decimal("15.00")
        )
    assert not Order.objects.exists()


def test_the_checkout_says_what_is_paid_now_what_later_and_what_happens_otherwise(client, cart, ten_tomorrow):
    client.cookies["basket"] = cart.token
    for page in (client.get("/cart/"), client.get(CHECKOUT)):
        assertContains(page, '<dd data-testid="due-now"><b>€15.00</b></dd>', html=True)
        assertContains(page, '<dd data-testid="due-later">€24.50</dd>', html=True)
        assertContains(page, "You pay a deposit of 30% now. The rest is due by")
        assertContains(page, "48 hours later the visit is cancelled by these terms")
    assertContains(page, "Pay €15.00 now")

    refused = client.post(CHECKOUT, answers(cart) | {"agreed_now": "14.99"})
    assertContains(refused, "Meanwhile €15.00 of it is to be paid now.", status_code=422)
    assert client.post(CHECKOUT, answers(cart) | {"agreed_now": "15.00"}).status_code == 303


def test_what_was_paid_in_full_beside_a_deposit_says_so(client, booked):
    page = client.get(booked.get_absolute_url())

    words = {shown.line.kind: shown.words.money.label for shown in page.context["visits"] + page.context["products"]}
    assert words == {"appointment": "Deposit paid", "product": "Paid"}
    products = page.content.decode().partition('aria-labelledby="products-title"')[2].partition("</section>")[0]
    assert "Deposit paid" not in products


def test_once_the_rest_is_paid_nobody_reads_that_it_is_due(client, booked):
    address = booked.get_absolute_url()
    assertContains(client.get(address), "The rest is due by")
    why_something_is_kept = client.get(f"{address}cancellation/")
    assertNotContains(why_something_is_kept, "The rest is due by")

    attempt = balance_of(booked)
    pay(attempt)
    payments.settle(attempt.session_id)

    assertNotContains(client.get(address), "The rest is due by")
    assertNotContains(client.get(f"{address}reschedule/?line=1"), "The rest is due by")


def test_the_picker_says_it_for_a_visit_whose_time_is_still_to_be_chosen(client, bath):
    page = client.get(bath.offering.get_absolute_url())
    assertContains(page, "You pay a deposit of 30% now, and the rest by 1 hour before your visit.")

    bath.offering.rules.deposit_percent = None
    bath.offering.rules.save()
    assertNotContains(client.get(bath.offering.get_absolute_url()), "deposit")


@pytest.mark.parametrize("wrong", [{"deposit_percent": 0}, {"deposit_percent": 100}, {"balance_due": timedelta(-1)}])
def test_the_database_refuses_a_deposit_that_is_no_part(bath, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        type(bath.offering.rules).objects.filter(offering=bath.offering).update(**wrong)


def test_what_was_accepted_stays_whatever_the_rules_become(bath, booked):
    bath.offering.rules.deposit_percent = None
    bath.offering.rules.save()

    line = Order.objects.get(pk=booked.pk).lines.visits().get()
    assert line.due_later == Decimal("24.50")
    assert line.due_by > timezone.now()


def test_the_page_and_the_mail_say_what_is_here_and_what_is_due_by_when(run_jobs, mailoutbox, client, booked):
    page = client.get(booked.get_absolute_url())
    for said in ("Deposit paid", "Paid so far", "Still to pay, by", "Pay the remaining €24.50"):
        assertContains(page, said)

    run_jobs()
    [mail] = mailoutbox
    assert "Paid so far: €15.00" in mail.body
    assert ": €24.50\n" in mail.body

    sent = client.post(f"{booked.get_absolute_url()}payment/")
    assert "/dev/stripe/pay/" in sent.url
    attempt = booked.payments.live().get()
    pay(attempt)
    payments.settle(attempt.session_id)
    run_jobs()
    assert [each.subject for each in mailoutbox[1:]] == [f"Order {booked.number} is paid"]
    assertNotContains(client.get(booked.get_absolute_url()), "Pay the remaining")
    assertContains(client.get(booked.get_absolute_url()), "€24.50 received")


def test_of_a_visit_that_is_called_off_nobody_asks_for_the_rest(booked):
    line = booked.lines.visits().get()

    plan = operations.cancel_lines([line], actor="sam", cause="The dog is ill", keep="nothing")

    assert plan.comes_back == Decimal("10.50")
    order = Order.objects.get(pk=booked.pk)
    assert (order.status, order.outstanding) == (OrderStatus.PAID, 0)  # for what is left of it
    assert [order.paid_for(line) for line in order.lines.order_by("kind")] == [Decimal("10.50"), Decimal("4.50")]
    assert payments.open_checkout(booked) == order.get_absolute_url()
    assert not order.payments.live().exists()


def test_no_more_is_kept_than_the_deposit_however_much_the_terms_keep(bath, cart):
    bath.offering.rules.free_cancellation = timedelta(days=3)  # from then on half of it is kept
    bath.offering.rules.save()
    booked = with_deposit(place(cart))

    plan = operations.cancel_lines([booked.lines.visits().get()])

    assert (plan.kept, plan.comes_back) == (Decimal("10.50"), 0)


def test_of_a_visit_whose_place_staff_release_nobody_asks_for_the_rest_either(booked):
    chosen = [Choice(booked.lines.visits().get().pk, release=True)]
    composed, _payments = operations.preview_refund(booked, chosen)

    operations.compose_refund(booked, chosen, agreed=composed.amounts, reason="She called", actor="maya", press="once")

    order = Order.objects.get(pk=booked.pk)
    assert (order.status, order.outstanding) == (OrderStatus.PAID, 0)
    assert not order.lines.visits().get().to_pay_later
    assert violations(connection) == []


def test_a_deposit_that_came_too_late_for_its_visit_waits_for_a_choice_and_is_no_fault_of_the_books(
    order, bath, ten_tomorrow
):
    lost = late_for(order, bath, ten_tomorrow)

    assert (lost.order.status, bool(lost.choose_by)) == (OrderStatus.CONFIRMED, True)
    assert violations(connection) == []


def test_its_rest_is_due_before_the_time_that_is_chosen_instead(order, bath, ten_tomorrow):
    lost = late_for(order, bath, ten_tomorrow)
    next_week = ten_tomorrow + timedelta(days=7)

    operations.choose_time(lost, starts_at=next_week)

    lost.refresh_from_db()
    assert lost.due_by == next_week - timedelta(hours=1)
    assert violations(connection) == []


def test_staff_who_send_that_deposit_back_leave_nothing_to_be_paid(order, bath, ten_tomorrow):
    chosen = [Choice(late_for(order, bath, ten_tomorrow).pk)]
    composed, _payments = operations.preview_refund(order, chosen)

    operations.compose_refund(order, chosen, agreed=composed.amounts, reason="Too late", actor="maya", press="once")

    order = Order.objects.get(pk=order.pk)
    assert (composed.total, order.status, order.outstanding) == (Decimal("10.50"), OrderStatus.PAID, 0)
    assert violations(connection) == []


def late_for(order, bath, start):
    """The deposit comes after its hold, and somebody else has the bath's time; the shampoo is still there."""
    attempt = open_page(order)
    order.payments.update(status=PaymentStatus.EXPIRED)
    assert operations.expire_order(order, cause="Not paid in time", to_cart=False)
    hold_booking(bath, starts_at=start)
    pay(attempt)
    payments.settle(attempt.session_id)
    return Order.objects.get(pk=order.pk).lines.visits().get()
