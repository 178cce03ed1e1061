"""One code and many baskets at one moment, on real PostgreSQL. Each race has a mutant in tests/mutants/ that makes it fail."""

from decimal import Decimal

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from checkout.basket import look_into
from checkout.models import Order
from checkout.operations import CodeRefused, UsedUp, expire_order, place_order
from tests.checkout.conftest import details_for
from tests.checkout.test_races import deadlocks
from tests.concurrency import at_once
from tests.factories import CartFactory, PromotionFactory, VariantFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BASKETS = 50
REFUSED = (UsedUp, CodeRefused)


@pytest.fixture(autouse=True)
def no_deadlock_and_nothing_broken():
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert violations(connection) == []


@pytest.fixture
def baskets():
    """Each with a thing of its own at EUR 10.00: for one thing they would wait before they come to the code."""

    def make(promotion, count=BASKETS):
        things = [VariantFactory(price=Decimal("10.00")) for _ in range(count)]
        return [CartFactory(holding=[thing], promotion=promotion) for thing in things]

    return make


def all_pay(carts, **changes):
    """All of them press Pay at once, with what each basket says that it costs."""
    seen = {cart: look_into(cart).total for cart in carts}
    todo = list(carts)

    def press():
        cart = todo.pop()
        return place_order(cart, details=details_for(cart, **changes), agreed_total=seen[cart])

    return at_once(len(carts), press)


def sorted_out(results):
    """The orders that came of it, and those who were told; anything else is a bug."""
    orders = [result for result in results if isinstance(result, Order)]
    told = [result for result in results if isinstance(result, REFUSED)]
    assert len(orders) + len(told) == len(results), results
    return orders, told


def test_c11_fifty_baskets_pay_with_a_code_for_one_and_the_others_go_on_without(baskets):
    code = PromotionFactory(code="ONLYONE", value=50, uses_at_most=1)
    carts = baskets(code)

    orders, told = sorted_out(all_pay(carts))

    assert [order.total for order in orders] == [Decimal("5.00")]
    assert len(told) == BASKETS - 1
    assert all("ONLYONE" in str(refused) for refused in told)
    code.refresh_from_db()
    assert code.used == 1

    orders, told = sorted_out(all_pay([cart for cart in carts if not cart.orders.exists()]))

    assert [order.total for order in orders] == [Decimal("10.00")] * (BASKETS - 1)
    assert told == []


def test_one_customer_in_many_tabs_uses_a_code_once(baskets):
    code = PromotionFactory(code="WELCOME10", uses_per_customer=1)

    orders, told = sorted_out(all_pay(baskets(code, 12), email="ada@example.com"))

    assert [order.discount for order in orders] == [Decimal("1.00")]
    assert len(told) == 11


def test_orders_that_end_while_others_begin_leave_the_count_right(baskets):
    """Two promotions at once, taken and given back by everybody in the same order."""
    PromotionFactory(value=10)
    code = PromotionFactory(code="WELCOME10", uses_at_most=10)
    orders, _told = sorted_out(all_pay(baskets(code, 10)))
    for order in orders:
        order.payments.update(status="expired")
    waiting = baskets(None, 10)
    work = [lambda order=order: expire_order(order, cause="Not paid in time", to_cart=False) for order in orders]
    work += [
        lambda cart=cart: place_order(cart, details=details_for(cart), agreed_total=Decimal("9.00")) for cart in waiting
    ]

    results = at_once(len(work), lambda: work.pop()())

    assert not [result for result in results if isinstance(result, Exception)]
    code.refresh_from_db()
    assert code.used == 0
