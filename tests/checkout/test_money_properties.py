"""Random baskets: no cent is lost and none is made, from the basket's page to the last refund.

Pure for volume: thousands of baskets with two tax rates, several promotions and parts that are due later. Fewer through the
database and Stripe, where the same must be so of the rows: with visits, extras and nights.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import given, seed, settings
from hypothesis import strategies as some

from backoffice.audit.queries import violations
from catalog.models import Kind, Offering, Variant
from checkout import operations, payments, refunds
from checkout.discounts import Deal, Item
from checkout.models import Cart, Gives, Order, RefundLine
from checkout.operations import MoreThanIsLeft
from checkout.operations.moved import lines_of
from checkout.pricing import Charge, PricedLine, Quote, quote
from checkout.promotions import deals_for
from checkout.quotes import cost_of, quoted
from checkout.shares import portion, split
from petshop.core import clock
from petshop.core.money import included_tax, quantum, round_money, to_stripe
from tests import kinds
from tests.checkout.conftest import details_for, open_page, pay
from tests.factories import (
    AddOnFactory,
    CartFactory,
    ProductFactory,
    PromotionFactory,
    ResourceFactory,
    SeasonFactory,
    ServiceFactory,
    ServiceVariantFactory,
    VariantFactory,
)

IS_PROOF = bool(os.environ.get("PROOF"))
BASKETS = 10_000 if IS_PROOF else 1_000
ORDERS = 600 if IS_PROOF else 60
RATES = [Decimal(21), Decimal(10)]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CURRENCIES = ["EUR", "EUR", "JPY", "UGX"]


# Pure


@dataclass(frozen=True)
class Line:
    """What pricing looks at in a basket's line."""

    total: Decimal
    quantity: int
    variant: Variant
    is_visit: bool = False


@dataclass(frozen=True)
class Basket:
    lines: list[Line]
    deals: list[Deal]
    charges: list[Charge]
    later: list[int]  # percent of each line that is due later
    currency: str


@some.composite
def baskets(draw) -> Basket:
    currency = draw(some.sampled_from(CURRENCIES))
    coin = quantum(currency)
    offerings = [Offering(pk=pk, category_id=pk % 2, kind=draw(some.sampled_from(Kind.values))) for pk in range(1, 5)]
    lines = []
    for offering in draw(some.lists(some.sampled_from(offerings), min_size=1, max_size=6)):
        quantity = draw(some.integers(1, 5)) if offering.kind == Kind.PRODUCT else 1
        price = draw(some.integers(0, 30_000)) * coin
        rate = draw(some.sampled_from(RATES))
        lines.append(Line(price * quantity, quantity, Variant(offering=offering, price=price, tax_rate=rate)))
    deals = [draw(promotion(pk, offerings, coin)) for pk in range(draw(some.integers(0, 3)))]
    charges = [Charge("Delivery", draw(some.integers(0, 900)) * coin, RATES[0])] if draw(some.booleans()) else []
    later = draw(some.lists(some.sampled_from([0, 0, 30, 70, 100]), min_size=len(lines), max_size=len(lines)))
    return Basket(lines, deals, charges, later, currency)


@some.composite
def promotion(draw, pk, offerings, coin) -> Deal:
    gives = draw(some.sampled_from([Gives.PERCENT, Gives.AMOUNT, Gives.DELIVERY]))
    whats = some.one_of(
        some.sampled_from(offerings).map(lambda offering: Item("", offering=offering.pk)),
        some.sampled_from([0, 1]).map(lambda category: Item("", category=category)),
        some.sampled_from(Kind.values).map(lambda kind: Item("", kind=kind)),
    )
    items = tuple(draw(some.lists(whats, max_size=2)))
    return Deal(
        promotion=pk,
        name=f"Promotion {pk}",
        gives=gives,
        value=draw(some.integers(1, 100)) * (coin * 37 if gives == Gives.AMOUNT else 1),
        code="CODE" if draw(some.booleans()) else "",
        minimum=draw(some.integers(0, 3_000)) * coin,
        is_bundle=len(items) == 2 and draw(some.booleans()),
        items=items,
    )


def priced(basket: Basket) -> Quote:
    """Its price, with what is due later of each line, and whatever is paid beside them."""
    found = quote(basket.lines, deals=basket.deals, now=NOW)
    lines = [
        replace(line, due_later=round_money(line.amount * percent / 100, basket.currency))
        for line, percent in zip(found.lines, basket.later, strict=True)
    ]
    return replace(found, lines=lines, charges=basket.charges)


@pytest.mark.proof
@seed(20261122)
@settings(max_examples=BASKETS, deadline=None, database=None, derandomize=True)
@given(basket=baskets(), chance=some.randoms(use_true_random=False))
def test_p19_the_lines_are_the_total_and_refunds_of_any_size_end_at_exactly_zero(basket, chance):
    with pytest.MonkeyPatch.context() as shop:
        shop.setattr("django.conf.settings.SHOP_CURRENCY", basket.currency)
        price = priced(basket)
        adds_up(price, basket)
        for each in [*price.lines, *price.charges]:
            rate = each.line.variant.tax_rate if isinstance(each, PricedLine) else each.tax_rate
            goes_back_whole(each.amount, rate, basket.currency, chance)


def adds_up(price: Quote, basket: Basket) -> None:
    """Every line's amounts are coins and none is below nothing; their sums are the order's, also as Stripe's integers."""
    parts = [*price.lines, *price.charges]
    amounts = [part.amount for part in parts]
    now = [line.amount - line.due_later for line in price.lines] + [charge.amount for charge in price.charges]
    for amount in [*amounts, *now, *(part.discount for part in parts)]:
        assert amount >= 0
        assert amount == round_money(amount, basket.currency)
    assert price.total == sum(amounts) == price.subtotal - price.discount
    assert price.discount == sum(off.amount for off in price.off)
    assert price.due_now == sum(now) == price.total - price.due_later
    assert to_stripe(price.due_now, basket.currency) == sum(to_stripe(amount, basket.currency) for amount in now)
    assert 0 <= sum(tax for _rate, tax in price.taxes) <= price.total


def goes_back_whole(amount: Decimal, rate: Decimal, currency: str, chance) -> None:
    """In any pieces: of the money and of the tax in it exactly nothing is left, and never less."""
    left, tax = amount, included_tax(amount, rate)
    while left:
        part = min(left, chance.randint(1, 12_000) * quantum(currency))
        gone = portion(tax, part, left, currency)
        assert 0 <= gone <= min(part, tax)
        left, tax = left - part, tax - gone
    assert (left, tax) == (0, 0)


@pytest.mark.proof
@settings(max_examples=BASKETS, deadline=None, database=None, derandomize=True)
@given(some.integers(0, 10**7), some.lists(some.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_p19_what_is_shared_is_shared_to_the_last_coin(cents, weights):
    amount = Decimal(cents) / 100

    parts = split(amount, [Decimal(weight) for weight in weights], "EUR")

    assert sum(parts) == amount
    assert min(parts) >= 0
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


# Through the database and Stripe


@pytest.fixture
def things(db):
    """Four products and a bath at two tax rates, a stay with a deposit whose weekends cost more, and three promotions."""
    toys = ProductFactory()
    products = [
        VariantFactory(offering=toys, name=price, price=Decimal(price), tax_rate=rate, stock=10_000)
        for price, rate in [("4.50", 21), ("12.99", 10), ("0.35", 21), ("89.90", 10)]
    ]
    grooming = ServiceFactory(name="Bath")
    ResourceFactory(services=[grooming], hours=("08:00", "18:00"))
    bath = ServiceVariantFactory(offering=grooming, price=Decimal("33.33"))
    trim = AddOnFactory(offering=grooming, price=Decimal("7.77"))
    stay = kinds.boarding(kennels=8, price="29.95", deposit_percent=30)
    stay.tax_rate = Decimal(10)
    stay.save(update_fields=["tax_rate"])
    SeasonFactory(offering=stay.offering, percent=17)
    PromotionFactory(value=Decimal("12.5"), minimum=Decimal(30))
    together = PromotionFactory(value=15, is_bundle=True)
    together.items.create(offering=grooming)
    together.items.create(category=toys.category)
    PromotionFactory(code="FIVE", gives=Gives.AMOUNT, value=Decimal("5.55"), minimum=Decimal(10))
    return products, bath, trim, stay


def fill(things, chance) -> Cart:
    products, bath, trim, stay = things
    cart = CartFactory()
    for product in chance.sample(products, chance.randint(1, 3)):
        operations.add_product(cart, product, quantity=chance.randint(1, 5))
    day = kinds.in_days(chance.randint(2, 9))
    if chance.random() < 0.6:
        extras = [trim] if chance.random() < 0.5 else []
        operations.add_visit(cart, bath, starts_at=kinds.on(day, "10:00"), add_ons=extras)
    if chance.random() < 0.5:
        start = kinds.on(day + timedelta(days=20), "15:00")
        operations.add_visits(cart, stay, starts=[start], nights=chance.randint(1, 6))
    if chance.random() < 0.5:
        operations.use_code(cart, "FIVE")
    cart.refresh_from_db()
    return cart


@pytest.mark.proof
def test_p15_p19_of_random_orders_stripe_is_asked_for_the_sum_of_the_lines_and_all_of_it_goes_back(things):
    chance, in_two_payments, moves = random.Random(20261122), 0, Counter()
    for number in range(ORDERS):
        beginning = transaction.savepoint_create()
        order = bought(fill(things, chance))
        if order:
            in_two_payments += order.payments.count() == 2
            moves[move_stay(order, chance)] += 1
            send_back_in_pieces(Order.objects.get(pk=order.pk), chance)
        if number % 20 == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert violations(connection) == []
        transaction.savepoint_rollback(beginning)
    assert in_two_payments > ORDERS / 10
    assert all(moves[price] for price in ("the same", "less", "more")), moves


def bought(cart) -> Order | None:
    """The basket's order, paid, after a deposit with a second payment; nothing for one that is too small for a card."""
    seen = quote(list(cart.lines.with_things()), deals=deals_for(cart), now=clock.now())
    try:
        order = operations.place_order(cart, details=details_for(cart, handover="pickup"), agreed_total=seen.total)
    except operations.TooLittleToCharge:
        return None
    assert order.total == seen.total == sum(line.amount for line in order.lines.all())
    assert order.total - seen.due_later == seen.due_now == sum(line.due_now for line in order.lines.all())
    for due in filter(None, [seen.due_now, seen.due_later]):
        payment = open_page(order)
        page = payments.client().v1.checkout.sessions.retrieve(payment.session_id)
        assert page.amount_total == to_stripe(due, order.currency)
        assert payment.amount == due
        pay(payment, delivery="never")
        payments.settle(payment.session_id)
        order = Order.objects.get(pk=order.pk)
    assert (order.is_paid, order.received, order.outstanding) == (True, order.total, 0)
    return order


def move_stay(order: Order, chance: random.Random) -> str:
    """Its stay gets other nights: for what was paid, for less, or for more once that is paid. Which of these it was."""
    line = order.lines.filter(booking__nights__isnull=False).select_related("booking").first()
    if line is None:
        return "no stay"
    then = line.booking.starts_at + timedelta(days=chance.randint(1, 6))
    seen = quoted(order, lines_of(order).get(pk=line.pk), line.booking, then)
    if seen.is_dearer:
        change = operations.ask_for_change(line, starts_at=then, agreed=seen, actor="robin", cause="She called")
        payments.open_change(change)
        attempt = change.payments.get()
        pay(attempt, delivery="never")
        payments.settle(attempt.session_id)
    else:
        operations.move_visit(line, starts_at=then, agreed=seen, actor="robin", cause="She called")
    order = Order.objects.get(pk=order.pk)
    line = lines_of(order).get(pk=line.pk)
    assert (line.booking.starts_at, cost_of(line)) == (then, seen.old if seen.is_even else seen.new)
    assert order.total == order.received == sum(line.amount for line in order.lines.all())
    return "the same" if seen.is_even else "more" if seen.is_dearer else "less"


def send_back_in_pieces(order: Order, chance: random.Random) -> None:
    """Of several lines at once, in pieces of any size, until nothing is left of the money and of the tax in it."""
    while left := {line: line.amount - line.refunded for line in order.lines.all() if line.amount > line.refunded}:
        some_of_it = chance.sample(list(left), chance.randint(1, len(left)))
        parts = {line: left[line] if chance.random() < 0.5 else cents(left[line], chance) for line in some_of_it}
        for refund in send_back(order, parts):
            refunds.send_refund(refund)
    assert sum(payment.amount for payment in order.payments.all()) == order.total
    assert all(payment.refunded == payment.amount for payment in order.payments.all())
    for line in order.lines.all():
        gone = RefundLine.objects.filter(order_line=line).aggregate(money=Sum("amount"), tax=Sum("tax"))
        assert (gone["money"] or 0) == line.refunded == line.amount
        assert (gone["tax"] or 0) == included_tax(line.amount, line.tax_rate)
        with pytest.raises(MoreThanIsLeft):
            send_back(order, {line: Decimal("0.01")})


def cents(amount: Decimal, chance: random.Random) -> Decimal:
    return Decimal(chance.randint(1, int(amount * 100))) / 100


def send_back(order, amounts):
    return operations.request_refund(order, amounts, reason="It leaks", actor="maya")
