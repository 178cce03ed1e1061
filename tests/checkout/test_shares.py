"""Whatever an amount is split into, its parts are the amount: for every cart, currency and order of refunds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.shares import portion, split
from petshop.core.money import included_tax, quantum

CURRENCIES = st.sampled_from(["EUR", "JPY", "ISK", "HUF", "CHF"])
RATES = st.sampled_from([Decimal(0), Decimal(4), Decimal(10), Decimal(21), Decimal("25.5"), Decimal(99)])


def coins(currency: str, *, least: int = 0, most: int = 10_000_000):
    return st.integers(least, most).map(lambda count: count * quantum(currency))


@given(st.data(), CURRENCIES)
def test_the_parts_are_the_amount_and_each_is_its_share_to_the_coin(data, currency):
    amount = data.draw(coins(currency))
    weights = data.draw(st.lists(coins(currency), min_size=1, max_size=30).filter(any))

    parts = split(amount, weights, currency)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert part % quantum(currency) == 0
        assert abs(part - amount * weight / sum(weights)) < quantum(currency)


@given(st.data(), CURRENCIES)
def test_a_discount_never_makes_a_line_negative_and_is_all_given(data, currency):
    totals = data.draw(st.lists(coins(currency), min_size=1, max_size=30).filter(any))
    discount = data.draw(st.integers(0, int(sum(totals) / quantum(currency)))) * quantum(currency)

    paid = [total - off for total, off in zip(totals, split(discount, totals, currency), strict=True)]

    assert sum(paid) == sum(totals) - discount
    assert all(0 <= part <= total for part, total in zip(paid, totals, strict=True))


@given(st.data(), RATES)
def test_p15_any_sequence_of_partial_refunds_ends_at_exactly_zero(data, rate):
    """Some of them fail on the way, and what they would have sent back is there to be sent again."""
    paid = data.draw(coins("EUR", least=1, most=100_000))
    tax = included_tax(paid, rate)
    counted = []
    for _refund in range(data.draw(st.integers(0, 20))):
        left = paid - sum(part for part, _tax in counted)
        if left:
            part = data.draw(st.integers(1, int(left * 100))) / Decimal(100)
            counted.append((part, portion(tax - sum(tax for _part, tax in counted), part, left)))
        if counted and data.draw(st.integers(0, 3)) == 0:
            counted.pop(data.draw(st.integers(0, len(counted) - 1)))
        assert all(0 <= of_it <= part for part, of_it in counted)
        assert 0 <= tax - sum(of_it for _part, of_it in counted) <= paid - sum(part for part, _tax in counted)
    if left := paid - sum(part for part, _tax in counted):
        counted.append((left, portion(tax - sum(tax for _part, tax in counted), left, left)))

    assert sum(part for part, _tax in counted) == paid
    assert sum(of_it for _part, of_it in counted) == tax


def test_coins_left_over_go_to_the_largest_remainders_and_then_to_the_first():
    assert split(Decimal("1.00"), [Decimal(1)] * 3) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert split(Decimal("0.05"), [Decimal(1), Decimal(3)]) == [Decimal("0.01"), Decimal("0.04")]


def test_nothing_is_split_into_nothings():
    assert split(Decimal(0), [Decimal(0), Decimal(5)]) == [Decimal(0), Decimal(0)]
    assert split(Decimal(0), []) == []


@pytest.mark.parametrize(
    ("amount", "weights"),
    [(Decimal("0.001"), [Decimal(1)]), (Decimal(-1), [Decimal(1)]), (Decimal(1), []), (Decimal(1), [Decimal(0)])],
)
def test_what_cannot_be_split_is_refused(amount, weights):
    with pytest.raises(ValueError, match="cannot be split|nobody to carry"):
        split(amount, weights)


@pytest.mark.parametrize(
    ("part", "left"), [(Decimal(0), Decimal(1)), (Decimal(2), Decimal(1)), (Decimal(-1), Decimal(1))]
)
def test_a_portion_is_of_something_that_is_left(part, left):
    with pytest.raises(ValueError, match="no part of"):
        portion(Decimal("0.10"), part, left)
