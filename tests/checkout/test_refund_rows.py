"""What PostgreSQL refuses of refunds, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.audit.queries import violations
from checkout import operations
from tests.checkout.test_refunds import (
    by_hand,
    paid_order,
    send_back,
    send_bath_back,
    shampoo_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def paid(cart):
    """A bath for 35.00 and a shampoo for 4.50."""
    return paid_order(cart)


def refused(name, sql, *values):
    def commit():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=name):
        commit()


def test_more_than_was_received(paid):
    insert = """INSERT INTO checkout_refund (uuid, payment_id, amount, status, origin, reason, actor, error)
        SELECT gen_random_uuid(), id, %s, 'requested', 'shop', 'x', 'x', '' FROM checkout_payment"""
    refused("payment_refunded_within_received", insert, "39.51")
    refused("refund_amount_positive", insert, "-1")
    refused("is not the sum of its lines", insert, "39.50")


def test_more_of_a_line_than_it_cost(paid):
    send_back(paid, {shampoo_of(paid): "4.50"})
    by_hand(paid, 100)
    insert = """INSERT INTO checkout_refundline (refund_id, order_line_id, amount, tax)
        SELECT max(refund.id), %s, 1, 0 FROM checkout_refund refund"""
    refused("order_line_refunded_within_its_price", insert, shampoo_of(paid).pk)


def test_a_line_of_another_order(paid):
    by_hand(paid, 100)
    insert = """INSERT INTO checkout_refundline (refund_id, order_line_id, amount, tax)
        SELECT id, %s, 1, 0 FROM checkout_refund"""
    refused("refund_line_order_line_id|is not of the order", insert, 0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE checkout_refund SET amount = 1",
        "UPDATE checkout_refund SET reason = 'Another'",
        "UPDATE checkout_refund SET stripe_id = 're_other'",
        "DELETE FROM checkout_refund",
        "UPDATE checkout_refundline SET amount = 1",
        "DELETE FROM checkout_refundline",
    ],
)
def test_what_was_written_down_stays(paid, run_jobs, change):
    send_bath_back(paid)
    run_jobs()

    refused("append-only", change)


def test_what_came_to_nothing_stays_so(paid):
    refund = send_bath_back(paid)
    operations.reject_refund(refund, error="No")

    refused("append-only", "UPDATE checkout_refund SET status = 'requested', settled_at = NULL")
