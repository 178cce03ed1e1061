"""However an order is paid, each receipt is its payment to the coin, and all of them are each line with exactly its tax."""

from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from checkout.operations.receipting import shared_out
from petshop.core.money import included_tax, quantum

RATES = st.sampled_from([Decimal(0), Decimal(10), Decimal(21), Decimal("5.5")])


@st.composite
def sold(draw, currency):
    """Lines with something due at once and something later, as a deposit leaves it."""
    coin, lines = quantum(currency), []
    for pk in range(draw(st.integers(1, 12))):
        now, later = draw(st.integers(0, 500_000)), draw(st.sampled_from([0, 0, 1, 333, 70_000]))
        waived = draw(st.sampled_from([0, 0, later]))  # of what was due later, since it was cancelled
        lines.append(
            SimpleNamespace(
                pk=pk,
                due_now=now * coin,
                amount=(now + later) * coin,
                waived=waived * coin,
                tax_rate=draw(RATES),
            )
        )
    return lines


def asked_for(line) -> Decimal:
    return line.amount - line.waived


@given(st.data(), st.sampled_from(["EUR", "JPY", "ISK", "HUF"]))
def test_any_payments_of_an_order_are_shared_out_to_the_coin(data, currency):
    lines, coin = data.draw(sold(currency)), quantum(currency)
    total = sum(map(asked_for, lines))
    paid, taxes = dict.fromkeys(range(len(lines)), Decimal(0)), dict.fromkeys(range(len(lines)), Decimal(0))
    cuts = data.draw(st.lists(st.integers(0, int(total / coin)), max_size=5))
    bounds = sorted({0, *cuts, int(total / coin)})

    for begin, end in pairwise(bounds):
        payment = (end - begin) * coin
        parts = shared_out(payment, lines, paid, currency)
        assert sum(part for _line, part in parts) == payment
        for line, part in parts:
            assert part >= 0
            assert part % coin == 0
            so_far, with_it = (
                included_tax(much, line.tax_rate, currency) for much in (paid[line.pk], paid[line.pk] + part)
            )
            assert 0 <= with_it - so_far <= part
            taxes[line.pk] += with_it - so_far
            paid[line.pk] += part

    for line in lines:
        assert paid[line.pk] == asked_for(line)
        assert taxes[line.pk] == included_tax(asked_for(line), line.tax_rate, currency)


@given(st.data())
def test_what_is_due_at_once_is_paid_first(data):
    lines = data.draw(sold("EUR"))
    deposit = sum(line.due_now for line in lines)

    parts = shared_out(deposit, lines, dict.fromkeys(range(len(lines)), Decimal(0)), "EUR")

    assert [part for _line, part in parts] == [line.due_now for line in lines]


@given(st.data(), st.integers(1, 100_000))
def test_more_than_an_order_costs_is_shared_out_to_nobody(data, surplus):
    lines = data.draw(sold("EUR"))
    total = sum(map(asked_for, lines))

    parts = shared_out(total + surplus, lines, dict.fromkeys(range(len(lines)), Decimal(0)), "EUR")

    assert [part for _line, part in parts] == list(map(asked_for, lines))
