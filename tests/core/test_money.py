from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured

from petshop.core.money import (
    check_currency,
    format_money,
    from_stripe,
    included_tax,
    minimum_charge,
    quantum,
    round_money,
    to_stripe,
)

UNITS = [  # what people say, and the integer that Stripe's table makes of it
    ("EUR", "19.46", 1946),
    ("EUR", "0.01", 1),
    ("JPY", "500", 500),
    ("KRW", "13000", 13000),
    ("ISK", "1946", 194600),  # no cents, but two zeros at Stripe
    ("UGX", "5000", 500000),
    ("HUF", "1946.20", 194620),
    ("IDR", "25000.50", 2500050),
    ("eur", "7", 700),
]


@pytest.mark.parametrize(("currency", "amount", "integer"), UNITS)
def test_an_amount_becomes_the_integer_that_stripe_means_by_it(currency, amount, integer):
    assert to_stripe(Decimal(amount), currency) == integer


@pytest.mark.parametrize(("currency", "amount", "integer"), UNITS)
def test_stripes_integer_becomes_the_same_amount_again(currency, amount, integer):
    assert from_stripe(integer, currency) == Decimal(amount)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "500.5"), ("ISK", "19.46"), ("UGX", "0.5"), ("EUR", "0.005")])
def test_an_amount_that_cannot_be_charged_exactly_is_refused_and_never_rounded(currency, amount):
    with pytest.raises(ValueError, match="cannot be charged"):
        to_stripe(Decimal(amount), currency)


@pytest.mark.parametrize("currency", ["KWD", "kwd", "BHD", "TND", "EURO", "E1R", "", "€"])
def test_a_shop_in_a_currency_that_it_cannot_charge_does_not_start(currency):
    with pytest.raises(ImproperlyConfigured, match="SHOP_CURRENCY"):
        check_currency(currency)


def test_a_currency_may_be_typed_in_small_letters():
    assert check_currency("eur") == "EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "EUR", "0.01"),
        ("0.004999", "EUR", "0.00"),
        ("2.675", "EUR", "2.68"),
        ("-2.675", "EUR", "-2.68"),
        ("1.5", "JPY", "2"),
        ("2.5", "JPY", "3"),
        ("1946.5", "ISK", "1947"),
        ("10.005", "HUF", "10.01"),
    ],
)
def test_half_a_cent_is_rounded_away_from_zero(amount, currency, rounded):
    assert round_money(Decimal(amount), currency) == Decimal(rounded)


@pytest.mark.parametrize(("currency", "smallest"), [("EUR", "0.01"), ("IDR", "0.01"), ("JPY", "1"), ("ISK", "1")])
def test_the_smallest_amount_of_a_currency(currency, smallest):
    assert quantum(currency) == Decimal(smallest)


@pytest.mark.parametrize(("currency", "least"), [("EUR", "0.50"), ("gbp", "0.30"), ("JPY", "50"), ("HUF", "175")])
def test_the_least_that_can_be_charged(currency, least):
    assert minimum_charge(currency) == Decimal(least)


def test_the_tax_inside_a_price():
    assert included_tax(Decimal("12.10"), Decimal(21)) == Decimal("2.10")
    assert included_tax(Decimal("39.90"), Decimal(21)) == Decimal("6.92")
    assert included_tax(Decimal("12.10"), Decimal(0)) == 0


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1946.2", "EUR", "€1,946.20"),
        ("0", "EUR", "€0.00"),
        ("-12.9", "EUR", "\N{MINUS SIGN}€12.90"),
        ("1234567.89", "GBP", "£1,234,567.89"),
        ("500", "JPY", "¥500"),
        ("25000.5", "IDR", "IDR\N{NO-BREAK SPACE}25,000.50"),
        ("1946", "ISK", "ISK\N{NO-BREAK SPACE}1,946"),
    ],
)
def test_an_amount_as_people_read_it(amount, currency, words):
    assert format_money(Decimal(amount), currency) == words


def test_an_amount_is_in_the_shops_own_currency_unless_another_is_named(settings):
    settings.SHOP_CURRENCY = "JPY"

    assert format_money(Decimal(500)) == "¥500"
    assert round_money(Decimal("1.5")) == 2
