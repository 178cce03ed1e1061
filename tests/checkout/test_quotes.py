"""Nights that cost less than those that were sold: what is quoted, what is agreed to, and what comes back."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from backoffice.audit.queries import violations
from bookings.models import Season
from bookings.operations import SlotTaken, hold_booking
from checkout import refunds
from checkout.models import EventKind, Message, OrderLine, Refund
from checkout.operations import (
    NotAsQuoted,
    NotByCard,
    add_visit,
    cancel_lines,
    move_visit,
    request_refund,
)
from checkout.quotes import MoveQuote, quoted
from checkout.terms import accepted_words, kept_percent
from checkout.timeline import timeline
from petshop.core import clock
from tests.checkout.test_moving import AN_HOUR, begin_in, events, paid
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_moving import terms as terms
from tests.checkout.test_moving import visit as visit
from tests.concurrency import at_once
from tests.factories import CartFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db

TEN_LESS = MoveQuote(old=Decimal(40), new=Decimal(30), comes_back=Decimal(10))


@pytest.fixture
def cheap(stay, ten_tomorrow):
    """Arrive ten days later, and one of the two nights costs half: EUR 30.00 instead of EUR 40.00."""
    return halved(stay, ten_tomorrow.replace(hour=15) + timedelta(days=10))


def halved(stay, arrival):
    day = arrival.date()
    Season.objects.create(offering=stay.variant.offering, name="Quiet", first_night=day, last_night=day, percent=-50)
    return arrival


def read(line):
    return OrderLine.objects.select_related("order", "booking").get(pk=line.pk)


def is_healthy():
    return violations(connection) == []


# What is agreed to is what happens


def test_a_cheaper_time_is_moved_to_and_the_difference_is_asked_back_in_the_same_act(stay, cheap):
    move_visit(stay, starts_at=cheap, agreed=TEN_LESS)

    moved = read(stay)
    assert (moved.booking.starts_at, moved.booking.nights, moved.worth) == (cheap, 2, 30)
    [refund] = Refund.objects.all()
    assert (refund.amount, refund.status, refund.origin) == (10, "requested", "customer")
    [event] = events(stay, EventKind.VISIT_MOVED)
    assert (event.details["cost"], event.details["costs"]) == ("40.00", "30.00")
    refunds.send_refund(refund)
    assert read(stay).refunded == 10
    assert is_healthy()


def test_its_customer_reads_that_the_difference_comes_back(stay, cheap):
    move_visit(stay, starts_at=cheap, agreed=TEN_LESS)

    said = [f"{entry.text} {entry.detail}" for entry in timeline(stay.order.events.all(), for_staff=False)]

    assert any("It costs €30.00 instead of €40.00." in words for words in said)
    assert any("€10.00 is being sent back" in words for words in said)


@pytest.mark.parametrize(
    "agreed",
    [None, MoveQuote(Decimal(40), Decimal(30), Decimal(40)), MoveQuote(Decimal(40), Decimal(40))],
    ids=["nothing", "more than comes back", "the same price"],
)
def test_what_was_not_agreed_to_is_quoted_and_moves_nothing(stay, cheap, ten_tomorrow, agreed):
    with pytest.raises(NotAsQuoted, match="costs €30.00, and €10.00 comes back") as refused:
        move_visit(stay, starts_at=cheap, agreed=agreed)

    assert refused.value.quote == TEN_LESS
    assert read(stay).booking.starts_at == ten_tomorrow.replace(hour=15)
    assert not Refund.objects.exists()
    assert not Message.objects.filter(kind="moved").exists()


def test_a_price_that_changed_after_it_was_shown_is_shown_again(stay, cheap):
    Season.objects.update(percent=-25)

    with pytest.raises(NotAsQuoted, match="costs €35.00, and €5.00 comes back"):
        move_visit(stay, starts_at=cheap, agreed=TEN_LESS)


def test_pressed_twice_it_moves_tells_and_sends_back_once(stay, cheap):
    for _press in range(2):
        move_visit(stay, starts_at=cheap, agreed=TEN_LESS)

    assert Refund.objects.count() == 1
    assert Message.objects.filter(kind="moved").count() == 1


def test_c18_a_cheaper_time_that_somebody_has_sends_nothing_back(stay, cheap, ten_tomorrow):
    hold_booking(stay.variant, starts_at=cheap, nights=2)

    with pytest.raises(SlotTaken):
        move_visit(stay, starts_at=cheap, agreed=TEN_LESS)

    assert read(stay).booking.starts_at == ten_tomorrow.replace(hour=15)
    assert not Refund.objects.exists()


def test_from_a_cheaper_time_the_next_one_is_counted_from_there(stay, cheap):
    move_visit(stay, starts_at=cheap, agreed=TEN_LESS)

    with pytest.raises(NotAsQuoted, match="the new time costs €40.00, and €10.00 is to be paid"):
        move_visit(stay, starts_at=cheap + timedelta(days=5))
    cheapest = halved(stay, cheap + timedelta(days=1))
    even = quoted(read(stay).order, read(stay), read(stay).booking, cheapest)
    assert even == MoveQuote(Decimal(30), Decimal(30))
    move_visit(stay, starts_at=cheapest)
    assert Refund.objects.count() == 1
    assert is_healthy()


def test_cancelled_after_that_the_terms_keep_their_share_of_what_it_costs_by_now(stay, cheap):
    move_visit(stay, starts_at=cheap, agreed=TEN_LESS)
    OrderLine.objects.filter(pk=stay.pk).update(kept_at_least=50)

    plan = cancel_lines([stay])

    assert (plan.left, plan.kept, plan.comes_back) == (30, 15, 15)
    assert is_healthy()


# What is quoted


def test_what_was_off_the_visit_is_off_the_new_time_in_the_same_proportion(stay, cheap):
    line = read(stay)
    line.discount = Decimal(4)  # a tenth

    quote = quoted(line.order, line, line.booking, cheap)

    assert (quote.old, quote.new) == (36, 27)


def test_what_has_gone_back_already_does_not_come_back_again(stay, cheap):
    request_refund(stay.order, {stay: Decimal(34)}, reason="Goodwill", actor="robin")
    line = read(stay)

    assert quoted(line.order, line, line.booking, cheap).comes_back == 6


def test_whatever_was_paid_for_another_kind_of_visit_is_its_price_at_any_time(visit, ten_tomorrow):
    visit.variant.price = 1
    visit.variant.save()

    assert quoted(visit.order, visit, visit.booking, ten_tomorrow + AN_HOUR).is_even


def test_another_price_of_an_order_that_is_not_all_paid_waits_for_its_money(stay, cheap, ten_tomorrow):
    rules = stay.variant.offering.rules
    rules.deposit_percent, rules.balance_due = 30, timedelta(days=1)
    rules.save()
    cart = CartFactory()
    arrival = ten_tomorrow.replace(hour=15) + timedelta(days=5)
    add_visit(cart, stay.variant, starts_at=arrival, nights=2)
    deposit = paid(cart).lines.get()
    assert deposit.order.outstanding == 28

    with pytest.raises(NotByCard, match="Please pay it first"):
        move_visit(deposit, starts_at=cheap, agreed=TEN_LESS)

    assert read(deposit).booking.starts_at == arrival
    assert not Refund.objects.exists()


def test_money_that_cannot_go_back_to_the_card_is_left_to_staff(stay, cheap):
    stay.order.payments.update(is_disputed=True)
    stay.order.payments.get().disputes.create(
        stripe_id="dp_1", amount=40, status="needs_response", reason="fraudulent", is_charge_refundable=False
    )

    with pytest.raises(NotByCard, match="Please call us"):
        move_visit(stay, starts_at=cheap, agreed=TEN_LESS)


def test_staff_move_it_to_nights_of_any_price_for_what_was_paid(stay, cheap):
    move_visit(stay, starts_at=cheap, actor="robin", cause="As she asked")

    assert (read(stay).booking.starts_at, read(stay).worth) == (cheap, 40)
    assert not Refund.objects.exists()


# Cancelling after moving


def test_moving_out_of_the_time_in_which_cancelling_costs_something_makes_it_no_cheaper(visit, ten_tomorrow):
    begin_in(visit, 3 * AN_HOUR)
    later = ten_tomorrow + timedelta(days=7)

    move_visit(visit, starts_at=later)

    moved = read(visit)
    assert kept_percent(moved, now=clock.now()) == 50
    assert accepted_words(moved, moves=1, now=clock.now())[0] == "If you cancel, we keep 50%."
    plan = cancel_lines([moved])
    assert plan.comes_back == Decimal("17.50")
    assert is_healthy()


def test_moved_while_cancelling_was_free_it_stays_free(visit, ten_tomorrow):
    begin_in(visit, timedelta(days=3))

    move_visit(visit, starts_at=ten_tomorrow + timedelta(days=7))

    assert kept_percent(read(visit), now=clock.now()) == 0


def test_moved_by_staff_it_has_the_terms_of_its_new_time(visit, ten_tomorrow):
    begin_in(visit, 3 * AN_HOUR)

    move_visit(visit, starts_at=ten_tomorrow + timedelta(days=7), actor="robin", cause="Maya is ill")

    assert kept_percent(read(visit), now=clock.now()) == 0


# The pages


def page_of(line):
    return f"{reverse('checkout:reschedule', args=[line.order.token])}?line=1"


def press(client, line, start, **typed):
    return client.post(page_of(line), {"start": start.astimezone(UTC).isoformat(), "resource": ""} | typed)


SHOWN = {"old": "40.00", "new": "30.00", "back": "10.00", "pay": "0"}


def test_a_cheaper_time_that_is_pressed_shows_both_prices_the_fee_and_what_comes_back(client, stay, cheap):
    answer = press(client, stay, cheap)

    page = client.get(answer.url)
    assert answer.status_code == 303
    for name, words in [("old", "€40.00"), ("new", "€30.00"), ("fee", "None"), ("comes-back", "€10.00")]:
        assertContains(page, f'<dd data-testid="{name}">{words}</dd>', html=True)
    assertContains(page, "Move, and get €10.00 back")
    for name, amount in SHOWN.items():
        assertContains(page, f'name="{name}" value="{amount}"')
    assert not Refund.objects.exists()
    assert read(stay).booking.sequence == 0


def test_the_second_press_moves_it_and_the_orders_page_says_so(client, stay, cheap):
    answer = press(client, stay, cheap, **SHOWN)

    assertRedirects(answer, stay.order.get_absolute_url(), status_code=303, fetch_redirect_response=False)
    assert read(stay).booking.starts_at == cheap
    assert Refund.objects.get().amount == 10
    assertContains(client.get(stay.order.get_absolute_url()), "at 15:00 now.")


def test_amounts_that_are_not_so_any_more_are_said_and_shown_anew(client, stay, cheap):
    Season.objects.update(percent=-25)

    page = client.post(page_of(stay), {"start": cheap.isoformat(), "resource": ""} | SHOWN, follow=True)

    assertContains(page, "Meanwhile the new time costs €35.00, and €5.00 comes back.")
    assertContains(page, "Move, and get €5.00 back")
    assert not Refund.objects.exists()


@pytest.mark.parametrize("typed", ["-1", "NaN", "1e99", "\x00", "ten", "0.001"])
def test_i14_amounts_that_cannot_be_read_move_nothing(client, stay, cheap, typed):
    answer = press(client, stay, cheap, **SHOWN | {"back": typed})

    assertContains(answer, "Please look at the amounts, and press again.", status_code=422)
    assert not Refund.objects.exists()


def test_i14_whoever_writes_amounts_of_their_own_gets_no_other(client, stay, cheap):
    answer = press(client, stay, cheap, old="40.00", new="0.00", back="40.00", pay="0.00")

    assert answer.status_code == 303
    assert not Refund.objects.exists()
    assert read(stay).booking.sequence == 0


@pytest.mark.parametrize("start", ["", "soon", "\x00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
def test_p25_a_price_that_nobody_can_quote_is_the_page_as_it_was(client, stay, start):
    page = client.get(f"{page_of(stay)}", {"line": "1", "start": start, "resource": "nobody"})

    assert page.status_code == 200
    assertNotContains(page, 'data-testid="comes-back"')


@pytest.mark.parametrize(
    "start", ["9999-12-31T12:00:00+00:00", "9999-12-30T12:00:00+00:00", "0001-01-02T12:00:00+14:00"]
)
def test_i01_a_time_after_whose_nights_there_is_no_day_is_no_time(client, stay, start):
    for shown in ({}, {"old": "40", "new": "50", "back": "0", "pay": "10"}):
        page = client.post(page_of(stay), {"start": start} | shown)

        assertContains(page, "That time could not be read. Please choose it again.", status_code=422)


def test_before_moving_it_is_said_what_cancelling_costs_at_least_from_then_on(client, visit):
    begin_in(visit, timedelta(days=3))
    assertNotContains(client.get(page_of(visit)), "we keep at least")
    begin_in(visit, 3 * AN_HOUR)

    assertContains(client.get(page_of(visit)), "we keep at least 50%")


# Races


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c18_two_cheaper_times_at_once_send_one_difference_back(stay, cheap):
    other = cheap - timedelta(days=1)  # whose second night is the cheap one

    with Rival(lambda: move_visit.__wrapped__(stay, starts_at=other, agreed=TEN_LESS)), pytest.raises(NotAsQuoted):
        move_visit(stay, starts_at=cheap, agreed=TEN_LESS)

    assert read(stay).booking.starts_at == other
    assert Refund.objects.get().amount == 10
    assert is_healthy()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_moving_for_less_and_cancelling_at_once_lose_no_cent_and_make_none(stay, cheap):
    work = [lambda: move_visit(stay, starts_at=cheap, agreed=TEN_LESS), lambda: cancel_lines([stay])] * 3

    at_once(len(work), lambda: work.pop()())

    line = read(stay)
    assert line.cancelled_at
    assert line.kept + line.refunded == 40
    assert sum(refund.amount for refund in Refund.objects.all()) == line.refunded
    assert is_healthy()
