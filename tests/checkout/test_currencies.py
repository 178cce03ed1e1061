"""One setting is the shop's currency: with cents, without, or with two noughts that Stripe wants and nobody may use."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.audit.queries import violations
from catalog.exchange import export_catalog
from catalog.models import Variant
from checkout import operations, payments
from checkout.models import Receipt
from checkout.terms import kept_amount
from petshop.core.money import format_money, maximum_charge, quantum
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.checkout.conftest import details_for, open_page, pay, place
from tests.checkout.test_refunds import at_stripe, send_back, shampoo_of
from tests.factories import CartFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

# The setting, what Stripe's integer is for 3333 of it, and its smallest part.
CURRENCIES = [
    ("EUR", 333_300, "0.01"),
    ("JPY", 3_333, "1"),
    ("ISK", 333_300, "1"),
    ("UGX", 333_300, "1"),
    ("HUF", 333_300, "0.01"),
    ("IDR", 333_300, "0.01"),
]
WITHOUT_CENTS = ["JPY", "ISK", "UGX"]
each_currency = pytest.mark.parametrize(("currency", "charged", "coin"), CURRENCIES)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def shop_in(settings, cart, shampoo, bath):
    """The shop in another currency: a bath for 3333 and three bottles for 1111 each."""

    def change(currency):
        settings.SHOP_CURRENCY = currency
        Variant.objects.filter(pk=bath.pk).update(price=3333)
        Variant.objects.filter(pk=shampoo.pk).update(price=1111)
        cart.lines.products().update(quantity=3)
        return cart

    return change


@each_currency
def test_a_basket_is_paid_sent_back_in_parts_and_receipted_to_the_last_coin(
    shop_in, client, run_jobs, currency, charged, coin
):
    order = place(shop_in(currency))
    payment = open_page(order)
    pay(payment, delivery="now")
    order.refresh_from_db()

    session = payments.client().v1.checkout.sessions.retrieve(payment.session_id)
    assert (session.amount_total, session.currency) == (2 * charged, currency.lower())
    assert (order.status, order.total, order.currency) == ("paid", Decimal(6666), currency)

    line, coin = shampoo_of(order), Decimal(coin)
    assert coin == quantum(currency)
    for amount in (coin, 1000, 2333 - coin):
        send_back(order, {line: amount})
    run_jobs()

    line.refresh_from_db()
    assert line.refunded == line.amount == 3333
    assert sum(refund.amount for refund in at_stripe()) == charged
    notes = Receipt.objects.filter(kind="credit_note")
    assert [note.amount for note in notes] == [-coin, -1000, coin - 2333]
    taxes = [written.tax for written in line.receipt_lines.all()]
    assert sum(taxes) == 0
    assert all(tax % coin == 0 for tax in taxes)


@pytest.mark.parametrize("currency", WITHOUT_CENTS)
def test_no_page_of_a_shop_without_cents_shows_any(shop_in, client, currency):
    order = place(shop_in(currency))
    pay(open_page(order), delivery="now")

    for page in ("", "receipt/"):
        answer = client.get(f"{order.get_absolute_url()}{page}")
        assertContains(answer, format_money(Decimal(6666), currency))
        assertNotContains(answer, "6,666.00")
        assertNotContains(answer, "1,111.00")


@pytest.mark.parametrize("currency", WITHOUT_CENTS)
def test_nothing_smaller_than_a_coin_can_be_sent_back(shop_in, currency):
    order = place(shop_in(currency))
    pay(open_page(order), delivery="now")

    with pytest.raises(operations.NothingToSendBack):
        send_back(order, {shampoo_of(order): "0.50"})


@pytest.mark.parametrize("currency", WITHOUT_CENTS)
def test_the_half_that_is_kept_of_a_visit_is_whole(shop_in, currency):
    order = place(shop_in(currency))
    line = order.lines.visits().get()

    assert kept_amount(line, now=line.starts_at - timedelta(hours=1), currency=currency) == 1667


@pytest.mark.parametrize("currency", ["EUR", "JPY", "UGX", "IDR"])
def test_the_dearest_thing_can_be_bought_once_and_not_twice_at_once(settings, currency):
    settings.SHOP_CURRENCY = currency
    most = maximum_charge(currency)
    dear = VariantFactory(price=most)

    order = operations.place_order(cart := CartFactory(holding=[dear]), details=details_for(cart), agreed_total=most)
    pay(open_page(order), delivery="now")
    order.refresh_from_db()
    assert order.status == "paid"
    twice = CartFactory(holding=[dear, VariantFactory(price=most)])

    with pytest.raises(operations.TooMuchToCharge, match="Please make two orders"):
        operations.place_order(twice, details=details_for(twice), agreed_total=most * 2)


# What editors type


@pytest.mark.parametrize(("currency", "shown", "step"), [("JPY", "1500", "1"), ("EUR", "1500.00", "0.01")])
def test_a_price_is_shown_and_stepped_in_the_shops_coins(client, settings, currency, shown, step):
    settings.SHOP_CURRENCY = currency
    sign_in(client, CATALOG_EDITORS)
    variant = VariantFactory(price=1500)

    page = client.get(f"/admin/catalog/product/{variant.offering_id}/change/")

    assertContains(page, f'name="variants-0-price" value="{shown}"')
    assertContains(page, f'step="{step}"')


def test_a_price_with_cents_is_refused_where_there_are_none(client, settings):
    settings.SHOP_CURRENCY = "JPY"
    sign_in(client, CATALOG_EDITORS)
    variant = VariantFactory(price=1500)
    address = f"/admin/catalog/product/{variant.offering_id}/change/"
    form = form_on(client.get(address))
    form["variants-0-price"] = ["1500.50"]

    page = client.post(address, form)

    assertContains(page, "This currency has no such fractions.")
    assertContains(page, 'value="1500.50"')
    variant.refresh_from_db()
    assert variant.price == 1500


@pytest.mark.parametrize(("currency", "written"), [("JPY", "1500"), ("EUR", "1500.00")])
def test_the_catalogs_file_has_prices_in_the_shops_coins(settings, currency, written):
    settings.SHOP_CURRENCY = currency
    VariantFactory(price=1500)

    [row] = export_catalog().dict

    assert (row["price"], row["tax rate"]) == (written, "21.00")


# What is remembered


def test_a_card_that_was_drawn_in_another_currency_is_drawn_anew(client, settings):
    VariantFactory(price=1500)
    assertContains(client.get("/shop/"), "€1,500.00")

    settings.SHOP_CURRENCY = "JPY"

    page = client.get("/shop/")
    assertContains(page, "¥1,500")
    assertNotContains(page, "€")
