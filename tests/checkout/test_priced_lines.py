"""What an order's lines say of money: what is off them, what is due later, and what is paid beside the things themselves."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from checkout.models import CHARGE, Order, PaymentPurpose, PaymentStatus
from checkout.operations.paying import add_attempt, asked_for
from petshop.core import clock
from tests.factories import OrderFactory, OrderLineFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """Two shampoos of 10.00 with a fifth off, a bed of 60.00 of which two thirds are due later, and 4.90 for bringing them."""
    order = OrderFactory(subtotal=Decimal("84.90"), discount=Decimal("4.00"), total=Decimal("80.90"))
    shampoo, bed = VariantFactory(price=Decimal("10.00")), VariantFactory(price=Decimal("60.00"))
    OrderLineFactory(order=order, variant=shampoo, name="Shampoo", quantity=2, discount=Decimal("4.00"))
    OrderLineFactory(order=order, variant=bed, name="Bed", due_later=Decimal("40.00"))
    order.lines.create(kind=CHARGE, name="Delivery", unit_price=Decimal("4.90"), tax_rate=Decimal("21.00"))
    return order


def test_the_first_payment_asks_for_what_is_due_now_and_its_page_adds_up(order):
    payment = add_attempt(order, clock.now())

    assert (payment.amount, payment.purpose) == (Decimal("40.90"), PaymentPurpose.DEPOSIT)
    assert [(line["name"], line["unit"], line["quantity"]) for line in payment.lines_snapshot] == [
        ("2 × Shampoo", 1600, 1),
        ("Deposit for Bed", 2000, 1),
        ("Delivery", 490, 1),
    ]


def test_a_line_without_any_of_this_is_asked_for_by_the_piece():
    ball = VariantFactory(price=Decimal("10.00"))
    line = OrderLineFactory(order=OrderFactory(subtotal=30), variant=ball, name="Ball", quantity=3)

    assert asked_for(line, "EUR") == {"name": "Ball", "unit": 1000, "quantity": 3}


def test_what_was_paid_for_a_line_is_its_share_of_what_came(order):
    def paid():
        fresh = Order.objects.get(pk=order.pk)
        return [fresh.paid_for(line) for line in fresh.every_line], fresh.outstanding

    payment = add_attempt(order, clock.now())
    assert paid() == ([0, 0, 0], Decimal("80.90"))

    payment.status = PaymentStatus.SUCCEEDED
    payment.save()
    assert paid() == ([Decimal("16.00"), Decimal("20.00"), Decimal("4.90")], Decimal("40.00"))

    payment.amount = order.total
    payment.save()
    assert paid() == ([Decimal("16.00"), Decimal("60.00"), Decimal("4.90")], 0)


def test_a_charge_is_neither_a_visit_nor_a_product(order):
    assert [line.name for line in order.charges] == ["Delivery"]
    assert [line.name for line in order.parts] == ["Shampoo", "Bed"]
    assert not order.lines.visits().exists()
    assert order.lines.products().count() == 2
    assert order.charges[0].is_done


@pytest.mark.parametrize("wrong", [{"subtotal": 80, "total": 76}, {"discount": 3, "total": "81.90"}])
def test_the_database_holds_an_order_to_the_sums_of_its_lines(order, wrong):
    Order.objects.filter(pk=order.pk).update(**wrong)
    with pytest.raises(IntegrityError, match="is not the sum of its lines"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "wrong", [{"discount": "20.01"}, {"discount": -1}, {"due_later": "16.01"}, {"due_later": -1}, {"kind": CHARGE}]
)
def test_no_more_is_off_a_line_or_due_later_than_it_costs(order, wrong):
    facts = {"discount": Decimal("4.00")} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLineFactory(order=order, variant=VariantFactory(price=Decimal("10.00")), quantity=2, **facts)
