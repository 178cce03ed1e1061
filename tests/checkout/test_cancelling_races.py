"""Whoever calls off at the same moment as somebody else: one story, one refund, one bottle back. And whatever was planned happened."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.audit.queries import violations
from bookings.operations import hold_booking
from checkout import fulfilment
from checkout.cancelling import Keep, planned
from checkout.fulfilment import NothingToDo
from checkout.models import EventKind, Order, OrderStatus, Payment, Refund
from checkout.operations import (
    MoreThanIsLeft,
    NotAsSeen,
    cancel_lines,
    request_refund,
)
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.money import round_money
from tests.checkout.test_moving import begin_in, paid
from tests.checkout.test_races import deadlocks
from tests.concurrency import at_once
from tests.factories import (
    CartFactory,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    VariantFactory,
)
from tests.rival import Rival

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_deadlock_and_nothing_broken(transactional_db):
    before = deadlocks()
    yield
    assert deadlocks() == before
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=1))  # M5 looks away for five minutes
    assert violations(connection) == []


@pytest.fixture
def order(cart):
    """A bath for 35.00, of which half is kept from a day before on, and a bottle of shampoo for 4.50."""
    order = paid(cart)
    begin_in(order.lines.visits().get(), timedelta(hours=23))
    return order


def everything_of(order):
    return list(order.lines.all())


def asked_back() -> Decimal:
    return sum((refund.amount for refund in Refund.objects.all()), Decimal(0))


def by_staff(lines, **how):
    return cancel_lines(lines, actor="robin", cause="Maya is ill", **how)


def as_rival(lines, **how):
    """As `cancel_lines` does, inside the rival's own transaction."""
    cancel_lines.__wrapped__(lines, actor="robin", cause="Maya is ill", **how)


def test_s05_a_customer_cancels_while_staff_do_and_the_first_decides(order, shampoo):
    lines = everything_of(order)

    with Rival(lambda: as_rival(lines, keep=Keep.NOTHING)):
        plan = cancel_lines(lines)

    assert plan.parts == ()
    assert asked_back() == order.total
    assert order.events.filter(kind=EventKind.VISIT_CANCELLED).count() == 1
    shampoo.refresh_from_db()
    assert shampoo.stock == 10


def test_c12_what_staff_send_back_meanwhile_is_not_sent_back_again(order):
    bottle = order.lines.products().get()
    seen = planned(order, [bottle], now=clock.now()).seen
    refund = {bottle: Decimal("4.00")}

    with (
        Rival(lambda: request_refund(order, refund, reason="It leaks", actor="maya")),
        pytest.raises(NotAsSeen, match="Meanwhile €0.50 comes back"),
    ):
        cancel_lines([bottle], seen=seen)

    assert asked_back() == Decimal("4.00")


def test_c12_however_many_cancel_and_refund_no_cent_goes_back_twice(order):
    lines = everything_of(order)
    bath = next(line for line in lines if line.is_visit)
    work = [
        lambda: cancel_lines(lines),
        lambda: by_staff(lines, keep=Keep.NOTHING),
        lambda: request_refund(order, {bath: Decimal("20.00")}, reason="It was cold", actor="maya"),
    ] * 4

    results = at_once(len(work), lambda: work.pop()())

    refused = {type(result) for result in results if isinstance(result, Exception)}
    assert refused <= {MoreThanIsLeft}
    assert asked_back() <= order.total
    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert order.events.filter(kind=EventKind.CANCELLED).count() == 1


def test_a_bottle_that_is_handed_over_meanwhile_is_not_back_on_the_shelf(order, shampoo):
    bottle = order.lines.products().get()

    with (
        Rival(lambda: fulfilment.hand_over(order, actor="maya")),
        pytest.raises(NothingToDo, match="You have this already"),
    ):
        cancel_lines([bottle])

    shampoo.refresh_from_db()
    assert shampoo.stock == 9
    assert not Refund.objects.exists()


def test_two_orders_of_the_same_things_are_cancelled_at_once(bath, shampoo, ten_tomorrow):
    toy = VariantFactory(price=Decimal("9.99"))
    times = [ten_tomorrow + timedelta(hours=hours) for hours in range(6)]
    orders = [
        paid(
            CartFactory(holding=[hold_booking(bath, starts_at=at), *([toy, shampoo] if number % 2 else [shampoo, toy])])
        )
        for number, at in enumerate(times)
    ]

    results = at_once(len(orders), lambda: cancel_lines(everything_of(orders.pop())))

    assert [result for result in results if isinstance(result, Exception)] == []
    shampoo.refresh_from_db()
    toy.refresh_from_db()
    assert (shampoo.stock, toy.stock) == (10, 10)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_planned_is_what_happened_to_the_cent(seed, ten_tomorrow):
    """Orders of random things, of which random parts go back, and random lines are cancelled as somebody decides."""
    random = Random(seed)
    order = random_order(random, ten_tomorrow)
    for _step in range(6):
        lines = random.sample(everything_of(order), random.randint(1, order.lines.count()))
        if random.random() < 0.4:
            refund_a_part(random, order, lines[0])
        else:
            cancel_as_planned(random, order, lines)
    cancel_as_planned(random, order, everything_of(order), keep=Keep.NOTHING)

    order = Order.objects.get(pk=order.pk)
    kept = sum(line.kept for line in order.lines.all())
    assert order.status == OrderStatus.CANCELLED
    assert asked_back() + kept == order.total
    assert all(line.refunded + line.kept == line.amount for line in order.lines.all())


def random_order(random, ten_tomorrow) -> Order:
    holding = []
    for hour in range(random.randint(1, 3)):
        service = ServiceFactory()
        service.rules.late_fee_percent = random.choice([0, 33, 50, 100])
        service.rules.free_cancellation = timedelta(hours=random.choice([1, 500]))
        service.rules.save()
        ResourceFactory(services=[service])
        variant = ServiceVariantFactory(offering=service, price=Decimal(random.randint(100, 9_999)) / 100)
        holding.append(hold_booking(variant, starts_at=ten_tomorrow + timedelta(hours=2 * hour)))
    for _product in range(random.randint(0, 3)):
        holding.append(VariantFactory(price=Decimal(random.randint(1, 2_000)) / 100))
    cart = CartFactory(holding=holding)
    for line in cart.lines.filter(booking=None):
        line.quantity = random.randint(1, 5)
        line.save()
    return paid(cart)


def refund_a_part(random, order, line):
    line.refresh_from_db()
    amount = round_money(line.amount * random.randint(1, 100) / 100)
    try:
        request_refund(order, {line: amount}, reason="Part of it", actor="maya")
    except ShopError:
        return


def cancel_as_planned(random, order, lines, **decided):
    if not decided:
        decided = {"keep": random.choice([Keep.TERMS, Keep.NOTHING, Keep.ALL, Keep.AMOUNT])}
    order = Order.objects.get(pk=order.pk)
    standing = [line for line in order.parts if line in lines and not line.cancelled_at]
    now = clock.now()
    by_terms = planned(order, standing, now=now)
    if decided["keep"] == Keep.AMOUNT:
        decided["amount"] = round_money(by_terms.left * random.randint(0, 100) / 100)
    plan = planned(order, standing, now=now, **decided)
    before = asked_back()

    happened = by_staff(lines, seen=by_terms.seen, **decided)

    assert (happened.kept, happened.comes_back) == (plan.kept, plan.comes_back)
    assert asked_back() - before == plan.comes_back
    for part in plan.parts:
        part.line.refresh_from_db()
        assert (part.line.kept, part.line.still_owed) == (part.kept, 0)
