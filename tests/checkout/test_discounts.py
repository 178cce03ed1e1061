"""Promotions on any basket: what they take off is shared to the coin, and nothing ever costs less than nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Kind
from checkout.discounts import Deal, Goods, Item, reductions
from checkout.models import Gives
from petshop.core.money import quantum

BATH, SHAMPOO, BED = 1, 2, 3
GROOMING, CARE, BEDS = 10, 20, 30


def bath(price="35.00"):
    return Goods(Decimal(price), 1, BATH, GROOMING, Kind.APPOINTMENT)


def shampoo(price="12.90", quantity=1):
    return Goods(Decimal(price) * quantity, quantity, SHAMPOO, CARE, Kind.PRODUCT)


def bed(price="60.00"):
    return Goods(Decimal(price), 1, BED, BEDS, Kind.PRODUCT)


def percent(value, *, promotion=1, **more):
    return Deal(promotion, f"{value} % off", Gives.PERCENT, Decimal(value), **more)


def amount(value, *, promotion=1, **more):
    return Deal(promotion, f"{value} off", Gives.AMOUNT, Decimal(value), **more)


TOGETHER = {"is_bundle": True, "items": (Item("Bath", offering=BATH), Item("Care", category=CARE))}


def off(deals, *basket, currency="EUR"):
    """What is off each line in the end."""
    found = reductions(deals, basket, currency)
    return [sum((each.amounts[place] for each in found), Decimal(0)) for place in range(len(basket))]


def test_a_bath_with_a_shampoo_is_15_percent_cheaper():
    assert off([percent(15, **TOGETHER)], bath(), shampoo(), bed()) == [Decimal("5.25"), Decimal("1.94"), 0]


def test_half_of_a_bundle_is_none():
    assert off([percent(15, **TOGETHER)], bath(), bed()) == [0, 0]


def test_a_bundle_counts_by_the_piece():
    assert off([percent(10, **TOGETHER)], bath("30.00"), shampoo("10.00", quantity=3)) == [
        Decimal("3.00"),
        Decimal("1.00"),
    ]
    assert off([percent(10, **TOGETHER)], bath("30.00"), bath("20.00"), shampoo("10.00", quantity=3)) == [
        Decimal("3.00"),
        Decimal("2.00"),
        Decimal("2.00"),
    ]


def test_of_several_the_dearest_belong_to_the_bundle():
    assert off([percent(10, **TOGETHER)], bath("30.00"), shampoo("5.00"), shampoo("10.00")) == [3, 0, 1]


def test_an_amount_off_a_bundle_is_off_each_of_them():
    assert sum(off([amount(5, **TOGETHER)], bath(), bath(), shampoo(quantity=2))) == 10


def test_only_what_is_said_to_get_cheaper_does():
    half_price = (Item("Bath", offering=BATH, is_reduced=False), Item("Care", category=CARE))

    assert off([percent(50, is_bundle=True, items=half_price)], bath(), shampoo("10.00")) == [0, 5]


def test_two_of_a_thing_are_a_bundle_and_three_are_one_and_one_more():
    pair = {"is_bundle": True, "items": (Item("Shampoo", offering=SHAMPOO), Item("Shampoo", offering=SHAMPOO))}

    assert off([percent(50, **pair)], shampoo("10.00", quantity=3)) == [10]


def test_what_only_one_item_can_be_is_not_taken_by_another():
    bundle = {"is_bundle": True, "items": (Item("Care", category=CARE), Item("Shampoo", offering=SHAMPOO))}
    brush = Goods(Decimal("2.00"), 2, 4, CARE, Kind.PRODUCT)

    assert off([percent(50, **bundle)], shampoo("10.00", quantity=2), brush) == [10, 1]


def test_a_code_comes_last_and_takes_its_part_of_what_is_left():
    code = percent(10, promotion=1, code="WELCOME10")
    sale = amount(10, promotion=2)

    assert off([code, sale], bed("60.00")) == [15]  # 10.00 of 60.00, then a tenth of 50.00


def test_a_promotion_is_for_what_it_names():
    for items in [(Item("Care", category=CARE),), (Item("Product", kind=Kind.PRODUCT), Item("Bath", offering=99))]:
        assert off([percent(10, items=items)], bath(), shampoo("10.00")) == [0, 1]


def test_the_minimum_is_of_everything_before_anything_is_off():
    for least, taken in (("50.01", 0), ("50.00", 5)):
        assert sum(off([percent(10, minimum=Decimal(least))], bath("40.00"), shampoo("10.00"))) == taken


def test_what_is_refused_takes_nothing_off():
    assert off([percent(10, refused="It has ended.")], bed()) == [0]


def test_p18_no_more_is_off_than_there_is():
    assert off([amount(100)], bath(), shampoo()) == [Decimal("35.00"), Decimal("12.90")]
    assert off([percent(100, promotion=1), amount(5, promotion=2)], bath()) == [Decimal("35.00")]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "ISK"])
def test_free_delivery_is_off_no_line(currency):
    assert reductions([Deal(1, "Free delivery", Gives.DELIVERY)], [bed("60.00")], currency) == []


def test_a_price_that_cannot_be_paid_loses_no_fraction_of_a_coin():
    """As it was typed for another currency: it cannot be ordered, and can be looked at."""
    assert off([percent(100)], bath("35.50"), currency="JPY") == [35]


@st.composite
def baskets(draw, currency):
    coin = quantum(currency)
    thing = st.builds(
        lambda coins, quantity, offering: Goods(
            coins * coin * quantity, quantity, offering, offering % 4, list(Kind)[offering % 2]
        ),
        st.integers(0, 20_000),
        st.integers(1, 9),
        st.integers(1, 8),
    )
    return draw(st.lists(thing, min_size=1, max_size=12))


@st.composite
def deals(draw, currency):
    coin = quantum(currency)
    items = st.one_of(
        st.builds(Item, st.just("x"), offering=st.integers(1, 8), is_reduced=st.booleans()),
        st.builds(Item, st.just("x"), category=st.integers(0, 3), is_reduced=st.booleans()),
        st.builds(Item, st.just("x"), kind=st.sampled_from(Kind)),
    )
    found = []
    for promotion in range(draw(st.integers(1, 4))):
        gives = draw(st.sampled_from(Gives))
        values = {
            Gives.PERCENT: st.integers(1, 10_000).map(lambda hundredths: Decimal(hundredths) / 100),
            Gives.AMOUNT: st.integers(1, 50_000).map(lambda coins: coins * coin),
            Gives.DELIVERY: st.none(),
        }
        found.append(
            Deal(
                promotion,
                str(promotion),
                gives,
                draw(values[gives]),
                code=draw(st.sampled_from(["", "CODE"])),
                minimum=draw(st.integers(0, 30_000)) * coin,
                is_bundle=draw(st.booleans()),
                items=tuple(draw(st.lists(items, max_size=3))),
            )
        )
    return found


@given(st.data(), st.sampled_from(["EUR", "JPY", "ISK", "HUF"]))
def test_p19_what_is_off_is_shared_to_the_coin_and_never_more_than_the_line(data, currency):
    basket, rules = data.draw(baskets(currency)), data.draw(deals(currency))

    found = reductions(rules, basket, currency)

    for place, goods in enumerate(basket):
        taken = [each.amounts[place] for each in found]
        assert all(part >= 0 and part % quantum(currency) == 0 for part in taken)
        assert sum(taken) <= goods.total
    for each in found:
        assert any(each.amounts)
        if each.deal.gives == Gives.AMOUNT and not each.deal.is_bundle:
            assert sum(each.amounts) <= each.deal.value


@given(st.data(), st.sampled_from(["EUR", "JPY"]))
def test_the_order_in_which_promotions_are_read_changes_nothing(data, currency):
    basket, rules = data.draw(baskets(currency)), data.draw(deals(currency))

    assert reductions(rules, basket, currency) == reductions(data.draw(st.permutations(rules)), basket, currency)
