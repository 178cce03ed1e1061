"""Two members of staff and one sum of money, on real PostgreSQL. Each race has a mutant in tests/mutants/ that makes it fail."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from backoffice.audit.queries import violations
from checkout import operations, payments, reconcile, refunds
from checkout.models import EventKind, Message, Refund, RefundStatus
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import details_for, open_page, pay
from tests.checkout.test_payments import tell
from tests.checkout.test_races import deadlocks, kinds_of
from tests.checkout.test_refunds import (
    a_little_later,
    at_stripe,
    deaf,
    paid_order,
    payment_of,
    refund_events,
    send_bath_back,
)
from tests.concurrency import at_once
from tests.factories import CartFactory, VariantFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_deadlock_and_nothing_broken():
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert violations(connection) == []


@pytest.fixture
def hundred(db):
    """An aquarium for 100.00, paid."""
    cart = CartFactory(holding=[VariantFactory(price=100)])
    order = operations.place_order(cart, details=details_for(cart), agreed_total=Decimal(100))
    pay(open_page(order))
    order.refresh_from_db()
    return order


def send_back(order, amount):
    return operations.request_refund(order, {order.lines.get(): Decimal(amount)}, reason="It leaks", actor="maya")


def test_c12_two_of_the_staff_send_sixty_of_a_hundred_back_and_the_second_sees_what_is_left(hundred):
    first, second = sorted(at_once(2, lambda: send_back(hundred, 60)), key=lambda result: isinstance(result, Exception))

    assert [refund.amount for refund in first] == [60]
    assert isinstance(second, operations.MoreThanIsLeft)
    assert "Only €40.00 of" in str(second)
    assert payment_of(hundred).refunded == 60


def test_c12_a_hundred_times_six_of_a_hundred_is_sixteen_times_six(hundred):
    results = at_once(100, lambda: send_back(hundred, 6))

    assert kinds_of(results) == {"list": 16, "MoreThanIsLeft": 84}
    assert payment_of(hundred).refunded == hundred.lines.get().refunded == 96
    assert hundred.events.filter(kind=EventKind.REFUND_REQUESTED).count() == 16


def test_c12_the_money_goes_back_once_however_many_ask_stripe_for_it(hundred):
    [refund] = send_back(hundred, 10)
    asking = [Refund.objects.select_related("payment__order").get() for _ in range(6)]

    results = at_once(6, lambda: refunds.send_refund(asking.pop()))

    assert kinds_of(results) == {"Refund": 6}
    assert [each.amount for each in at_stripe()] == [1000]
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert hundred.events.filter(kind=EventKind.REFUNDED).count() == 1
    assert Message.objects.filter(kind="sent_back").count() == 1


def test_p17_one_refund_of_the_dashboard_told_twenty_times_at_once_is_one_row(hundred):
    deaf(local_stripe())
    local_stripe().refund(payment_of(hundred).intent_id, 1_000)
    [body] = refund_events()

    answers = at_once(20, lambda: tell(Client(), body).status_code)

    assert answers == [200] * 20
    assert Refund.objects.get().amount == 10
    assert hundred.events.filter(kind=EventKind.REFUNDED).count() == 1


def test_p16_a_refund_that_fails_while_it_is_being_recorded_is_counted_once_and_taken_off_once(hundred):
    deaf(local_stripe())
    [refund] = send_back(hundred, 60)
    refund = refunds.send_refund(refund)
    local_stripe().fail_refund(refund.stripe_id)
    todo = [lambda: refunds.settle_refunds(payment_of(hundred)), lambda: send_back(hundred, 40)] * 4

    results = at_once(8, lambda: todo.pop()())

    assert set(kinds_of(results)) <= {"NoneType", "list", "MoreThanIsLeft"}
    assert Refund.objects.get(pk=refund.pk).status == RefundStatus.FAILED
    accepted = kinds_of(results)["list"]
    assert accepted in (1, 2)
    assert payment_of(hundred).refunded == 40 * accepted


def test_p26_a_dispute_that_is_told_twenty_times_at_once_is_written_down_once(hundred):
    deaf(local_stripe())
    intent = payment_of(hundred).intent_id
    local_stripe().dispute(intent)
    local_stripe().close_dispute(intent, won=False)
    listed = payments.client().v1.events.list({"types": reconcile.DISPUTE_EVENTS, "limit": 100})
    told = [str(event) for event in listed.auto_paging_iter()] * 7

    answers = at_once(20, lambda: tell(Client(), told.pop()).status_code)

    assert answers == [200] * 20
    assert sorted(hundred.events.filter(kind__startswith="dispute").values_list("kind", flat=True)) == [
        EventKind.DISPUTE_CLOSED,
        EventKind.DISPUTED,
    ]


def test_settling_a_payment_and_sending_it_back_wait_for_each_other_in_one_order(hundred):
    payment = payment_of(hundred)

    def settle_and_send_back():
        payments.settle(payment.session_id)
        send_back(hundred, 1)
        refunds.settle_refunds(payment)

    assert at_once(8, settle_and_send_back) == [None] * 8
    assert payment_of(hundred).refunded == 8


def test_two_reconciles_at_once_send_a_refund_once(cart):
    refund = send_bath_back(paid_order(cart))
    a_little_later()

    done = sum(at_once(4, reconcile.reconcile), Counter())

    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert done["refunds sent"] == 1
    assert len(at_stripe()) == 1
