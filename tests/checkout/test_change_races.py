"""A dearer time against rivals and against itself, on real PostgreSQL. Each race has a mutant that makes it fail."""

import random

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus
from bookings.operations import SlotTaken, hold_booking
from checkout import payments
from checkout.models import ChangeStatus, Payment, Refund, VisitChange
from checkout.operations import PaymentIsUnderWay, change_attempt, end_change, move_visit
from tests.checkout.conftest import pay
from tests.checkout.test_changes import asked, paid_page, read, run_out
from tests.checkout.test_changes import dear as dear
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_races import deadlocks
from tests.concurrency import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 12


@pytest.fixture(autouse=True)
def no_deadlock_and_nothing_broken():
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert violations(connection) == []


def test_c18_pressed_by_many_at_once_one_time_is_kept(stay, dear):
    results = at_once(8, lambda: asked(stay, dear))

    assert [result for result in results if isinstance(result, Exception)] == []
    [waiting] = VisitChange.objects.waiting()
    held = Booking.objects.filter(status=BookingStatus.HELD)
    assert [booking.pk for booking in held] == [waiting.booking_id]


def test_c08_opened_by_many_at_once_it_is_one_page(stay, dear):
    change = asked(stay, dear)

    results = at_once(8, lambda: change_attempt(change).pk)

    assert len(set(results)) == 1
    assert Payment.objects.filter(change=change).count() == 1


def test_p02_told_by_many_at_once_it_moves_and_charges_once(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    attempt = change.payments.get()
    pay(attempt, delivery="never")

    at_once(8, lambda: payments.settle(attempt.session_id))

    line = read(stay)
    assert (line.booking.starts_at, line.booking.sequence) == (dear, 1)
    assert [charge.amount for charge in line.order.charges] == [10]


def test_p04_paid_just_when_a_rival_wants_it_one_of_them_has_it(stay, dear, ten_tomorrow):
    """Its time has just run out: the money moves the visit, or a rival has the place and the money goes back."""
    old, won = ten_tomorrow.replace(hour=15), {"money": 0, "rival": 0}
    for _round in range(ROUNDS):
        change = asked(stay, dear)
        payments.open_change(change)
        attempt = change.payments.get()
        pay(attempt, delivery="never")
        run_out(change)
        todo = [
            lambda of=attempt: payments.settle(of.session_id),
            lambda: hold_booking(stay.variant, starts_at=dear, nights=2),
        ]
        random.shuffle(todo)

        results = at_once(2, lambda todo=todo: todo.pop()())

        assert [
            result for result in results if isinstance(result, Exception) and not isinstance(result, SlotTaken)
        ] == []
        is_moved = read(stay).booking.starts_at == dear
        refunds = Refund.objects.filter(payment=attempt)
        rivals = Booking.objects.filter(status=BookingStatus.HELD, order_line=None)
        assert (refunds.count(), rivals.count()) == ((0, 0) if is_moved else (1, 1))
        won["money" if is_moved else "rival"] += 1
        rivals.update(status=BookingStatus.CANCELLED, held_until=None)
        if is_moved:
            move_visit(stay, starts_at=old, actor="robin", cause="Back again, for the next round")
            break
    assert won["money"] or won["rival"]
    if not won["money"]:  # the rival was quicker each time
        paid_page(asked(stay, dear))
        assert read(stay).booking.starts_at == dear


def test_kept_as_it_was_just_when_the_money_comes_it_is_one_of_both(stay, dear):
    change = asked(stay, dear)
    payments.open_change(change)
    attempt = change.payments.get()
    pay(attempt, delivery="never")
    todo = [lambda: payments.settle(attempt.session_id), lambda: end_change(change, actor="customer", cause="Kept")]

    results = at_once(2, lambda: todo.pop()())

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert all(not isinstance(result, Exception) or isinstance(result, PaymentIsUnderWay) for result in results)
    assert read(stay).booking.starts_at == dear
    assert read(stay).order.total == 50
