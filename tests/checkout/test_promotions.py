"""Codes and bundles from the basket to the order: what is seen is what is paid, and what nobody paid for is given back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localdate

from backoffice.audit.queries import violations
from catalog.models import Kind
from checkout import operations
from checkout.basket import look_into
from checkout.models import Gives, Order, OrderStatus, PaymentProvider, Promotion
from checkout.operations import CodeRefused, expire_order, place_order
from checkout.operations.paying import accept, lock_order
from checkout.payments import settle
from checkout.pricing import quote
from checkout.promotions import deals_for
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay
from tests.checkout.customer import product_of
from tests.factories import CartFactory, DeliveryZoneFactory, PromotionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_broken(db):
    yield
    assert violations(connection) == []


@pytest.fixture
def welcome():
    """A tenth off everything with the code WELCOME10."""
    return PromotionFactory(name="Welcome", code="WELCOME10", value=10)


@pytest.fixture
def bundle(bath, shampoo):
    """15 % off a bath with a shampoo."""
    promotion = PromotionFactory(name="Bath and shampoo", value=15, is_bundle=True)
    promotion.items.create(offering=bath.offering)
    promotion.items.create(category=shampoo.offering.category)
    return promotion


def with_code(cart, promotion):
    operations.use_code(cart, promotion.code)
    cart.refresh_from_db()
    return cart


def place_at(cart, total, **changes) -> Order:
    return place_order(cart, details=details_for(cart, **changes), agreed_total=Decimal(total))


def test_a_bundle_works_by_itself_and_is_frozen_by_its_name(cart, bundle):
    assert look_into(cart).total == Decimal("33.57")

    order = place_at(cart, "33.57")

    assert (order.subtotal, order.discount, order.total) == (Decimal("39.50"), Decimal("5.93"), Decimal("33.57"))
    assert {line.name: (line.discount, line.reductions) for line in order.lines.all()} == {
        "Bath and tidy": (Decimal("5.25"), [{"name": "Bath and shampoo", "amount": "5.25"}]),
        "Oat shampoo": (Decimal("0.68"), [{"name": "Bath and shampoo", "amount": "0.68"}]),
    }
    bundle.refresh_from_db()
    assert bundle.used == 1


def test_a_code_takes_its_part_of_what_the_bundle_has_left(cart, bundle, welcome):
    with_code(cart, welcome)

    basket = look_into(cart)

    assert [(off.name, off.amount) for off in basket.quote.off] == [
        ("Bath and shampoo", Decimal("5.93")),
        ("Welcome", Decimal("3.36")),
    ]
    order = place_at(cart, basket.total)
    assert order.total == basket.total == Decimal("30.21")
    assert order.payments.get().amount == order.total
    assert sum(line["unit"] * line["quantity"] for line in order.payments.get().lines_snapshot) == 3021


@pytest.mark.parametrize("typed", ["welcome10", " Welcome-10 ", "WELC0ME1O", "WE1C0ME 10"])
def test_a_code_is_found_however_it_is_written(cart, welcome, typed):
    assert operations.use_code(cart, typed) == welcome


@pytest.mark.parametrize("code", ["WELC0ME10", "WELCOMEI0"])
def test_no_two_codes_read_alike(welcome, code):
    with pytest.raises(IntegrityError, match="promotion_code_once"), transaction.atomic():
        PromotionFactory(code=code)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_active": False}, "This code is no longer valid."),
        ({"first_day": 3}, "This code is valid from "),
        ({"last_day": -1}, "This code was valid until "),
        ({"uses_at_most": 0}, "This code has been used up."),
    ],
)
def test_a_code_that_helps_nobody_is_refused_and_not_remembered(cart, welcome, changes, words):
    days = {name: localdate() + timedelta(days=days) for name, days in changes.items() if name.endswith("_day")}
    Promotion.objects.update(**changes | days)

    with pytest.raises(operations.CodeDoesNotCount, match=words):
        operations.use_code(cart, "WELCOME10")
    cart.refresh_from_db()
    assert cart.promotion is None

    with pytest.raises(operations.NoSuchCode):
        operations.use_code(cart, "WELCOME11")


def test_a_promotion_counts_from_its_first_day_to_the_end_of_its_last(cart, bundle):
    Promotion.objects.update(first_day=localdate(), last_day=localdate())
    assert look_into(cart).quote.discount

    Promotion.objects.update(last_day=localdate() - timedelta(days=1), first_day=None)
    assert not look_into(cart).quote.discount


@pytest.mark.parametrize(
    ("changes", "item", "words"),
    [
        ({"minimum": 44}, {}, "Add €4.50 more."),
        ({}, {"kind": Kind.STAY}, "This code is only for Boarding."),
        ({"gives": Gives.DELIVERY, "value": None}, {}, "This code counts once something is delivered."),
    ],
)
def test_a_code_that_could_help_is_remembered_and_says_what_is_missing(cart, welcome, changes, item, words):
    Promotion.objects.update(**changes)
    if item:
        welcome.items.create(**item)

    basket = look_into(with_code(cart, welcome))

    assert basket.quote.refusal == words
    assert basket.total == place_at(cart, basket.total).total == Decimal("39.50")
    welcome.refresh_from_db()
    assert welcome.used == 0


def test_a_promotion_that_works_by_itself_says_nothing_where_it_does_not_count(cart, bundle):
    Promotion.objects.update(minimum=100)

    basket = look_into(cart)

    assert (basket.quote.discount, basket.quote.refusal) == (0, "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_active": False}, "This code is no longer valid."),
        ({"uses_at_most": 0}, "This code has been used up."),
        ({"minimum": 44}, "Add €4.50 more."),
    ],
)
def test_a_code_that_stops_being_valid_is_said_before_payment_and_one_may_go_on_without(cart, welcome, changes, words):
    with_code(cart, welcome)
    agreed = look_into(cart).total
    Promotion.objects.update(**changes)

    with pytest.raises(CodeRefused, match=words) as refused:
        place_at(cart, agreed)
    assert not Order.objects.exists()

    assert refused.value.total == look_into(cart).total
    assert place_at(cart, refused.value.total).discount == 0


def test_a_customer_uses_a_code_as_often_as_they_may(cart, shampoo, welcome):
    Promotion.objects.update(uses_per_customer=1)
    place_at(with_code(cart, welcome), "35.55", email="Ada@Example.com")
    other = with_code(CartFactory(holding=[shampoo]), welcome)

    with pytest.raises(CodeRefused, match="You have used this code before"):
        place_at(other, "4.05", email="ada@example.COM")

    assert look_into(other, customer="ADA@example.com").total == Decimal("4.50")
    assert place_at(other, "4.05", email="grace@example.com").total == Decimal("4.05")


def test_an_order_that_is_not_paid_gives_its_uses_back(cart, bundle, welcome):
    Promotion.objects.update(uses_at_most=1)
    order = place_at(with_code(cart, welcome), "30.21")
    order.payments.update(status="expired")

    assert expire_order(order, cause="Not paid in time", to_cart=False)
    assert not expire_order(order, cause="Not paid in time", to_cart=False)

    assert set(Promotion.objects.values_list("used", flat=True)) == {0}
    assert not order.promotions.filter(given_back_at=None).exists()


def test_the_basket_shows_its_own_unpaid_orders_promotion_as_its_own(cart, welcome):
    Promotion.objects.update(uses_at_most=1, uses_per_customer=1)
    order = place_at(with_code(cart, welcome), "35.55")

    assert look_into(cart, customer=order.email).total == order.total


@pytest.mark.parametrize("others", [0, 1])
def test_late_money_has_its_promotion_again_unless_others_have_used_it_up(cart, shampoo, welcome, others):
    Promotion.objects.update(uses_at_most=1)
    order = place_at(with_code(cart, welcome), "35.55")
    payment = order.payments.get()
    order.payments.update(status="expired")
    expire_order(order, cause="Not paid in time", to_cart=False)
    for _other in range(others):
        place_at(with_code(CartFactory(holding=[shampoo]), welcome), "4.05")

    with transaction.atomic():
        basket, order = lock_order(order.pk)
        accept(payment, order, basket)

    assert order.status == OrderStatus.PAID
    assert order.promotions.filter(given_back_at=None).exists() == (not others)
    assert order.events.filter(details__text__icontains="used up by others").exists() == bool(others)
    welcome.refresh_from_db()
    assert welcome.used == 1


@pytest.mark.parametrize("gift", [{"gives": Gives.AMOUNT, "value": 100}, {"value": 100}])
def test_p18_a_code_larger_than_the_basket_costs_nothing_and_is_confirmed_once(cart, welcome, gift):
    Promotion.objects.update(**gift)
    with_code(cart, welcome)
    assert look_into(cart).total == 0

    order = place_at(cart, 0)

    order.refresh_from_db()
    assert (order.total, order.discount, order.status) == (0, Decimal("39.50"), OrderStatus.PAID)
    payment = order.payments.get()
    assert (payment.provider, payment.amount, payment.session_id) == (PaymentProvider.NONE, 0, None)
    assert order.messages.count() == 1
    with pytest.raises(operations.CartIsEmpty):
        place_at(cart, 0)


def test_a_free_delivery_is_off_what_is_paid_beside_the_things(cart, welcome):
    Promotion.objects.update(gives=Gives.DELIVERY, value=None)
    zone = DeliveryZoneFactory(fee=Decimal("4.90"))
    operations.deliver(product_of(cart), wanted=True)
    lines = list(with_code(cart, welcome).lines.with_things())

    price = quote(lines, now=clock.now(), deals=deals_for(cart), zone=zone)

    assert (price.subtotal, price.discount, price.total) == (Decimal("44.40"), Decimal("4.90"), Decimal("39.50"))
    assert price.refusal == ""


def test_p19_what_was_paid_for_the_lines_and_can_go_back_is_the_total(cart, bundle):
    order = place_at(cart, "33.57")
    page = open_page(order)
    pay(page)
    settle(page.session_id)

    order = Order.objects.get(pk=order.pk)
    assert {line.name: order.paid_for(line) for line in order.lines.all()} == {
        "Bath and tidy": Decimal("29.75"),
        "Oat shampoo": Decimal("3.82"),
    }
    assert page.amount == order.received == order.total == Decimal("33.57")


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": None},
        {"value": 0},
        {"value": "100.01"},
        {"gives": "amount", "value": None},
        {"gives": "delivery"},
        {"gives": "money"},
        {"code": "abcd"},
        {"code": "ABC"},
        {"minimum": -1},
        {"first_day": "2027-01-02", "last_day": "2027-01-01"},
        {"uses_at_most": 1, "used": 2},
        {"uses_per_customer": 1, "code": ""},
        {"uses_per_customer": 0},
    ],
)
def test_the_database_keeps_no_promotion_that_makes_no_sense(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        PromotionFactory(**{"code": "WELCOME10", "value": 10} | wrong)


def test_s07_what_is_no_longer_sold_makes_no_bundle_and_the_basket_says_so(cart, bundle, shampoo):
    assert look_into(cart).quote.discount
    shampoo.offering.is_published = False
    shampoo.offering.save()

    basket = look_into(cart)

    assert (basket.quote.discount, basket.can_check_out) == (0, False)
    with pytest.raises(operations.NoLongerForSale):
        place_at(cart, "33.57")


def test_what_a_promotion_is_for_cannot_go_away_and_leave_it_for_everything(bundle, bath):
    with pytest.raises(IntegrityError), transaction.atomic():
        bath.offering.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        bundle.items.create(offering=bath.offering, kind=Kind.STAY)


def test_an_order_that_is_called_off_unpaid_gives_its_uses_back(cart, bundle):
    order = place_at(cart, "33.57")
    order.payments.update(status="expired")

    assert operations.cancel_unpaid(order, actor="desk", cause="They called")

    bundle.refresh_from_db()
    assert bundle.used == 0


def test_whoever_has_a_free_delivery_pays_for_the_things_alone(cart, welcome):
    Promotion.objects.update(gives=Gives.DELIVERY, value=None)
    DeliveryZoneFactory()
    operations.deliver(product_of(cart), wanted=True)
    operations.deliver_to(cart, "28012")
    basket = look_into(with_code(cart, welcome))
    assert (basket.total, basket.missing_for_free_delivery) == (Decimal("39.50"), 0)

    order = place_at(cart, "39.50", street="Calle del Olmo 7", city="Madrid")

    [charge] = order.charges
    assert (charge.total, charge.amount) == (Decimal("3.90"), 0)
    assert [(off.name, off.amount) for off in charge.off] == [("Welcome", Decimal("3.90"))]
    assert order.payments.get().amount == order.total == Decimal("39.50")
    welcome.refresh_from_db()
    assert welcome.used == 1


def test_a_free_delivery_takes_nothing_off_one_that_is_free_anyway(cart, welcome):
    Promotion.objects.update(gives=Gives.DELIVERY, value=None)
    DeliveryZoneFactory(free_from=1)
    operations.deliver(product_of(cart), wanted=True)
    operations.deliver_to(cart, "28012")

    assert look_into(with_code(cart, welcome)).quote.refusal == "There is nothing left to take off."
