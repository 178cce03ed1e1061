"""Late money against a rival, and against itself, on real PostgreSQL. Each race has a mutant that makes it fail."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus
from bookings.operations import SlotTaken, hold_booking
from checkout import jobs, operations
from checkout.fulfilment import NothingToDo
from checkout.models import Order, OrderLine, OrderStatus, Refund
from checkout.operations.late import send_back
from checkout.operations.refunding import lock_money
from tests.checkout.conftest import place
from tests.checkout.test_late import due, lapse
from tests.checkout.test_late import lost as lost
from tests.checkout.test_late import order as order
from tests.checkout.test_late import two_tomorrow as two_tomorrow
from tests.checkout.test_paying import truth_about
from tests.checkout.test_races import deadlocks, kinds_of
from tests.concurrency import at_once
from tests.factories import CartFactory, VariantFactory
from tests.rival import Rival

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 60


@pytest.fixture(autouse=True)
def no_deadlock_and_nothing_broken():
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert violations(connection) == []


def test_p04_money_at_the_end_of_a_hold_or_a_rival_has_the_time_and_never_both(bath, ten_tomorrow):
    """Sixty times: the money comes just when somebody else takes the time that was not kept any longer."""
    toy = VariantFactory(stock=ROUNDS)
    won = {"money": 0, "rival": 0}
    for number in range(ROUNDS):
        starts_at = ten_tomorrow + timedelta(days=number % 50, hours=number // 50)
        order = place(CartFactory(holding=[hold_booking(bath, starts_at=starts_at), toy]))
        truth = truth_about(order)
        lapse(order, seconds_ago=0)
        todo = [
            lambda truth=truth: operations.apply_truth(truth),
            lambda at=starts_at: hold_booking(bath, starts_at=at),
        ]
        random.shuffle(todo)

        results = at_once(2, lambda todo=todo: todo.pop()())

        order.refresh_from_db()
        line = order.lines.visits().get()
        rival = next((each for each in results if isinstance(each, Booking)), None)
        assert order.status == OrderStatus.PAID
        if rival:
            won["rival"] += 1
            assert line.choose_by
            assert line.booking.status == BookingStatus.CANCELLED
        else:
            won["money"] += 1
            assert any(isinstance(each, SlotTaken) for each in results), results
            assert line.booking.status == BookingStatus.CONFIRMED
    assert sum(won.values()) == ROUNDS


def test_p04_a_rival_who_is_just_taking_the_time_has_it(cart, bath, ten_tomorrow):
    order = place(cart)
    truth = truth_about(order)
    lapse(order, seconds_ago=0)

    with Rival(lambda: hold_booking(bath, starts_at=ten_tomorrow)):
        operations.apply_truth(truth)

    line = order.lines.visits().get()
    assert line.choose_by
    assert line.booking.status == BookingStatus.CANCELLED
    assert Order.objects.get(pk=order.pk).status == OrderStatus.PAID


def test_whoever_asks_for_the_money_first_has_no_time_as_well(lost, two_tomorrow):
    def money_back():
        order, _payments = lock_money(lost.order_id)
        send_back(order, [order.lines.get(pk=lost.pk)], actor="customer", cause="Asked for it")

    with Rival(money_back), pytest.raises(NothingToDo):
        operations.choose_time(lost, starts_at=two_tomorrow)

    assert Refund.objects.count() == 1
    assert not Booking.objects.filter(status=BookingStatus.CONFIRMED).exists()


def test_the_money_goes_back_by_itself_once_however_many_jobs_run(lost):
    due(lost)

    at_once(6, lambda: jobs.send_late_money_back(0))

    assert Refund.objects.get().amount == Decimal("35.00")


def test_another_time_and_the_money_pressed_at_once_are_one_of_them(lost, two_tomorrow):
    todo = [
        lambda: operations.choose_time(lost, starts_at=two_tomorrow),
        lambda: operations.send_late_money_back(OrderLine.objects.get(pk=lost.pk), agreed=Decimal("35.00")),
    ] * 4
    due(lost)

    results = at_once(9, lambda: todo.pop()() if todo else jobs.send_late_money_back(0))

    assert set(kinds_of(results)) <= {"OrderLine", "NothingToDo", "NoneType"}
    has_time = Booking.objects.filter(order_line=lost, status=BookingStatus.CONFIRMED).count()
    assert has_time + Refund.objects.count() == 1


def test_two_who_lost_their_time_choose_the_same_other_one_and_one_has_it(bath, ten_tomorrow, two_tomorrow):
    toy, losers = VariantFactory(), []
    for hour in (0, 1):
        starts_at = ten_tomorrow + timedelta(hours=hour)
        order = place(CartFactory(holding=[hold_booking(bath, starts_at=starts_at), toy]))
        lapse(order)
        hold_booking(bath, starts_at=starts_at)
        operations.apply_truth(truth_about(order))
        losers.append(order.lines.visits().get())

    results = at_once(2, lambda: operations.choose_time(losers.pop(), starts_at=two_tomorrow))

    assert kinds_of(results) == {"OrderLine": 1, "SlotTaken": 1}
    assert OrderLine.objects.lost().count() == 1


def test_p06_two_pages_paid_at_once_are_one_order_and_one_refund(order):
    first = order.payments.get()
    first.status = "expired"
    first.save(update_fields=["status"])
    second = operations.live_attempt(order)
    truths = [
        truth_about(
            order,
            payment=payment.uuid,
            session_id=payment.session_id or "cs_local_second",
            intent_id=f"pi_{payment.pk}",
        )
        for payment in [first, second] * 4
    ]

    results = at_once(8, lambda: operations.apply_truth(truths.pop()))

    assert kinds_of(results) == {"Payment": 8}
    assert Order.objects.get(pk=order.pk).status == OrderStatus.PAID
    assert Refund.objects.get().amount == order.total
    assert order.payments.filter(is_surplus=True).count() == 1
