"""However a line's money is sent back, in pieces, nights or parts, in the end it is all of it: price, discount and tax."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.models import Order, OrderLine, OrderLineNight, OrderStatus, Payment, Refund, RefundLine
from checkout.portions import CannotBeSentBack, Choice, compose, rests
from petshop.core.money import included_tax

COIN = Decimal("0.01")
FIRST_NIGHT = date(2027, 1, 1)
amounts = st.integers(1, 500_000).map(lambda cents: cents * COIN)
rates = st.sampled_from([Decimal("0.00"), Decimal("4.00"), Decimal("10.00"), Decimal("21.00")])


def sold(kind, total, discount, due_later, **more) -> Order:
    """An order of one line, of which everything but what is due later was paid. Nothing of it is in the database."""
    order = Order(status=OrderStatus.PAID, currency="EUR", total=total - discount)
    line = OrderLine(order=order, pk=1, kind=kind, name="Thing", discount=discount, due_later=due_later, **more)
    line.total, line.refunded = total, Decimal(0)
    line._prefetched_objects_cache = {"nights": [], "refund_lines": []}
    order.every_line = [line]
    order.attempts = [Payment(status="succeeded", amount=total - discount - due_later)]
    return order


def send(order, choice):
    """As the operation does, in memory; what was sent."""
    line = order.every_line[0]
    [part] = compose(order, [choice]).parts
    line._prefetched_objects_cache["refund_lines"].append(
        RefundLine(
            refund=Refund(status="succeeded"),
            amount=part.amount,
            tax=part.tax,
            quantity=part.pieces or len(part.nights) or None,
            nights=list(part.nights),
        )
    )
    line.refunded += part.amount
    assert 0 <= part.tax <= part.amount
    assert part.left == order.paid_for(line) - line.refunded >= 0
    return part


def empty(order, parts):
    """All of it went back, and nothing was made or lost on the way."""
    line = order.every_line[0]
    [rest] = rests(order)
    assert rest.left == rest.tax == 0
    assert sum(part.amount for part in parts) == order.paid_for(line)
    assert sum(part.tax for part in parts) == included_tax(order.paid_for(line), line.tax_rate)
    if not line.due_later:
        assert sum(part.discount for part in parts) == line.discount
    with pytest.raises(CannotBeSentBack):
        compose(order, [Choice(1, amount=COIN)])


@st.composite
def shelves(draw):
    price, quantity = draw(amounts), draw(st.integers(1, 30))
    discount = draw(st.integers(0, int(price * quantity / COIN) - 1)) * COIN
    left = price * quantity - discount
    due_later = draw(st.integers(0, int(left / COIN) - 1)) * COIN
    return sold(
        "product",
        price * quantity,
        discount,
        due_later,
        unit_price=price,
        quantity=quantity,
        tax_rate=draw(rates),
        parcel="ready",
    )


@settings(max_examples=300, deadline=None)
@given(order=shelves(), data=st.data())
def test_pieces_one_handful_after_the_other_are_all_of_it(order, data):
    parts = []
    while left := rests(order)[0].pieces:
        if sum(left) == 0:  # what is left costs nothing
            break
        count = data.draw(st.integers(1, len(left)))
        if sum(left[:count]):
            parts.append(send(order, Choice(1, pieces=count)))
    empty(order, parts)


@settings(max_examples=300, deadline=None)
@given(order=shelves(), data=st.data())
def test_parts_of_the_price_and_then_the_rest_are_all_of_it(order, data):
    parts = []
    for _ in range(data.draw(st.integers(0, 6))):
        if cents := int(rests(order)[0].left / COIN):
            parts.append(send(order, Choice(1, amount=data.draw(st.integers(1, cents)) * COIN)))
    if rests(order)[0].left:
        parts.append(send(order, Choice(1)))
    empty(order, parts)


@st.composite
def stays(draw):
    prices = draw(st.lists(amounts, min_size=1, max_size=14))
    total = sum(prices) + draw(st.integers(0, 5_000)) * COIN
    discount = draw(st.integers(0, int(total / COIN) - 1)) * COIN
    order = sold("stay", total, discount, Decimal(0), unit_price=total, quantity=1, tax_rate=draw(rates))
    order.every_line[0]._prefetched_objects_cache["nights"] = [
        OrderLineNight(day=FIRST_NIGHT + timedelta(days=number), price=price) for number, price in enumerate(prices)
    ]
    return order


@settings(max_examples=300, deadline=None)
@given(order=stays(), data=st.data())
def test_nights_in_any_order_are_all_of_a_stay_and_its_extras_go_with_the_last(order, data):
    parts = []
    while nights := rests(order)[0].nights:
        some = data.draw(st.lists(st.sampled_from(nights), min_size=1, unique=True))
        if len(some) < len(nights) and not sum(night.price for night in some):
            break
        parts.append(send(order, Choice(1, nights=tuple(night.day for night in some))))
    if rests(order)[0].left:
        parts.append(send(order, Choice(1)))
    empty(order, parts)
