"""The rest of an order: reminded of, missing, postponed, moved along with its visit, and given up when it does not come."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection

from backoffice.audit import queries
from bookings.models import Booking, BookingStatus
from checkout import closing, jobs, operations, payments
from checkout.models import EventKind, Message, Order, OrderLine, OrderStatus, ParcelStatus, PaymentStatus
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay, place, total_of
from tests.concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booked(bath, cart):
    """30 % of a bath of EUR 35.00 and all of a shampoo are paid; EUR 24.50 is due an hour before the bath."""
    rules = bath.offering.rules
    rules.deposit_percent, rules.balance_due = 30, timedelta(hours=1)
    rules.free_cancellation = rules.move_until = timedelta(0)  # whatever the time of day is
    rules.save()
    attempt = open_page(place(cart))
    pay(attempt)
    payments.settle(attempt.session_id)
    return Order.objects.get(number=attempt.order.number)


def due_in(order, length):
    """As if the rest were due so long from now, and the order had been placed a month ago."""
    Order.objects.filter(pk=order.pk).update(placed_at=clock.now() - timedelta(days=30))
    OrderLine.objects.filter(order=order, due_later__gt=0).update(due_by=clock.now() + length)
    return Order.objects.get(pk=order.pk)


def kinds_of(order):
    return list(order.messages.exclude(kind="confirmation").order_by("pk").values_list("kind", flat=True))


def test_three_days_before_it_is_due_its_customer_is_reminded_once(booked, run_jobs, mailoutbox):
    due_in(booked, timedelta(days=4))
    assert operations.queue_balance_mails() == 0

    due_in(booked, timedelta(days=2))
    assert [operations.queue_balance_mails() for _again in range(3)] == [1, 0, 0]
    run_jobs()

    assert kinds_of(booked) == ["balance_due"]
    mail = mailoutbox[-1]
    assert mail.subject.startswith("€24.50 due by ")
    assert booked.get_absolute_url() in mail.body


def test_whoever_ordered_later_than_that_is_not_reminded_of_what_they_just_read(booked):
    OrderLine.objects.filter(order=booked, due_later__gt=0).update(due_by=clock.now() + timedelta(days=2))

    assert operations.queue_balance_mails() == 0


def test_a_reminder_of_what_was_paid_or_postponed_meanwhile_is_never_sent(booked, run_jobs, mailoutbox):
    due_in(booked, timedelta(days=2))
    operations.queue_balance_mails()
    due_in(booked, timedelta(hours=3))

    run_jobs()

    message = booked.messages.filter(kind="balance_due").first()
    assert message.sent_at is None
    assert message.error == "It is due at another time by now."


def test_when_it_is_due_and_missing_we_write_and_two_days_later_the_visit_is_cancelled_by_its_terms(booked):
    due_in(booked, timedelta(minutes=-1))
    jobs.watch_balances(0)
    assert kinds_of(booked) == ["balance_overdue"]
    assert booked.bookings()[0].status == BookingStatus.CONFIRMED

    due_in(booked, timedelta(hours=-47))
    jobs.watch_balances(0)
    assert booked.bookings()[0].status == BookingStatus.CONFIRMED

    due_in(booked, timedelta(hours=-49))
    for _again in range(2):
        jobs.watch_balances(0)

    order = Order.objects.get(pk=booked.pk)
    line = order.lines.visits().get()
    assert line.booking.status == BookingStatus.CANCELLED
    assert (line.kept, line.waived, line.refunded) == (0, Decimal("24.50"), Decimal("10.50"))
    assert (order.status, order.outstanding) == (OrderStatus.PAID, 0)  # the shampoo is theirs
    assert order.lines.products().get().parcel == ParcelStatus.TO_PACK
    cancelled = order.events.get(kind=EventKind.VISIT_CANCELLED)
    assert (cancelled.actor, cancelled.cause) == ("shop", "The rest was not paid in time")
    assert queries.violations(connection) == []


def test_stripe_is_asked_first_whether_it_was_paid_after_all(booked):
    payments.open_checkout(booked)
    attempt = booked.payments.live().get()
    pay(attempt)  # and nobody tells us
    due_in(booked, timedelta(hours=-49))

    jobs.watch_balances(0)

    order = Order.objects.get(pk=booked.pk)
    assert (order.status, order.outstanding) == (OrderStatus.PAID, 0)
    assert order.bookings()[0].status == BookingStatus.CONFIRMED


def test_an_open_page_is_closed_before_the_visit_is_called_off(booked):
    payments.open_checkout(booked)
    attempt = booked.payments.live().get()
    due_in(booked, timedelta(hours=-49))
    with pytest.raises(operations.PaymentIsUnderWay):
        operations.lapse_balance(booked)

    jobs.watch_balances(0)

    attempt.refresh_from_db()
    assert attempt.status == PaymentStatus.EXPIRED
    assert booked.bookings()[0].status == BookingStatus.CANCELLED


def test_who_is_with_us_is_not_called_off(booked):
    Booking.objects.update(status=BookingStatus.CHECKED_IN)
    due_in(booked, timedelta(hours=-49))

    assert operations.orders_to_lapse() == []


def test_what_nobody_collects_goes_back_on_the_shelf(shampoo, cart, bath):
    for variant in (bath, shampoo):
        variant.offering.pay_at_shop = True
        variant.offering.save()
    cart.lines.visits().delete()
    order = operations.place_order(cart, details=details_for(cart), agreed_total=total_of(cart), at_shop=True)
    due_in(order, timedelta(hours=-49))

    jobs.watch_balances(0)

    shampoo.refresh_from_db()
    order.refresh_from_db()
    assert (shampoo.stock, order.status) == (10, OrderStatus.CANCELLED)
    assert queries.violations(connection) == []


def test_a_visit_that_is_moved_takes_its_due_date_along_and_never_before_what_was_said(booked, ten_tomorrow):
    line = booked.lines.visits().get()
    later = ten_tomorrow + timedelta(days=7)
    moved = operations.move_visit(line, starts_at=later)
    assert moved.due_by == later - timedelta(hours=1)

    back = operations.move_visit(moved, starts_at=ten_tomorrow)
    assert back.due_by == ten_tomorrow  # not after it has begun


def test_two_who_pay_the_rest_at_once_pay_on_one_page(booked):
    addresses = at_once(6, lambda: payments.open_checkout(Order.objects.get(pk=booked.pk)))

    assert booked.payments.live().count() == 1
    assert set(addresses) >= {booked.payments.live().get().session_url}


def test_the_desk_and_the_customers_card_at_the_same_moment_are_one_payment_and_what_is_too_much_goes_back(booked):
    payments.open_checkout(booked)
    attempt = booked.payments.live().get()
    pay(attempt)
    turns = iter([by_card, at_the_desk] * 3)

    def whoever_is_next():
        return next(turns)(booked, attempt)

    at_once(6, whoever_is_next)
    payments.settle(attempt.session_id)

    order = Order.objects.get(pk=booked.pk)
    assert (order.status, order.outstanding) == (OrderStatus.PAID, 0)
    kept = [payment for payment in order.payments.succeeded() if not payment.is_surplus]
    assert sum(payment.amount for payment in kept) == order.total
    assert order.events.filter(to_status=OrderStatus.PAID).count() == 1
    assert queries.violations(connection) == []


def by_card(order, attempt):
    return payments.settle(attempt.session_id)


def at_the_desk(order, attempt):
    closing.close_pages(order)
    return operations.take_at_counter(
        order, press=UUID(int=order.pk), method="cash", agreed=Decimal("24.50"), note="", actor="sam"
    )


def test_cash_and_then_a_page_that_was_paid_all_the_same_the_card_gets_its_money_back(booked, run_jobs):
    payments.open_checkout(booked)
    attempt = booked.payments.live().get()
    booked.payments.filter(pk=attempt.pk).update(status=PaymentStatus.EXPIRED)  # as Stripe had said
    operations.take_at_counter(booked, press=UUID(int=7), method="cash", agreed=Decimal("24.50"), note="", actor="sam")
    pay(attempt)
    payments.settle(attempt.session_id)
    run_jobs()

    attempt.refresh_from_db()
    assert attempt.is_surplus
    assert attempt.refunds.get().amount == Decimal("24.50")
    assert Order.objects.get(pk=booked.pk).outstanding == 0


def test_five_presses_at_the_desk_are_one_payment(booked):
    press = uuid4()

    def take():
        return operations.take_at_counter(
            booked, press=press, method="cash", agreed=Decimal("24.50"), note="", actor="sam"
        )

    assert len({payment.pk for payment in at_once(5, take)}) == 1
    assert Message.objects.filter(order=booked, kind="balance_paid").count() == 1
