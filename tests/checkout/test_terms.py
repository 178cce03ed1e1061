"""What was accepted with a visit stays so: frozen with its line, read back, and the same sentences on every page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking, ServiceRules
from bookings.operations import hold_booking
from bookings.terms import Step, Terms
from checkout.models import OrderLine
from checkout.terms import accepted_words, can_be_moved, kept_amount, kept_percent, sold_terms
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import carrying
from tests.factories import CartFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STARTS = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
OLD = {"free_until": "2026-11-27T09:30:00+00:00", "late_fee_percent": 50, "what_to_bring": "A towel"}
NEW = {
    "cancellation": [{"minutes": 1440, "percent": 50}, {"minutes": 120, "percent": 100}],
    "moves_at_most": 2,
    "move_until_minutes": 1440,
    "what_to_bring": "A towel",
}


def line(rules, *, begins=None, total=Decimal("35.00")) -> OrderLine:
    sold = OrderLine(kind="appointment", starts_at=STARTS, ends_at=STARTS + HOUR, rules=rules)
    sold.total = total
    if begins:
        sold.booking = Booking(starts_at=begins, ends_at=begins + HOUR)
    return sold


# Reading what was frozen


def test_an_order_of_today_is_read_as_it_was_sold():
    assert sold_terms(line(NEW)) == Terms((Step(DAY, 50), Step(2 * HOUR, 100)), 2, DAY, "A towel")


def test_an_older_order_is_read_as_it_was_sold():
    assert sold_terms(line(OLD)) == Terms((Step(DAY, 50),), 0, timedelta(0), "A towel")
    assert accepted_words(line(OLD), now=STARTS - 2 * DAY) == [
        "Free to cancel until Friday 27 November, 10:30. After that we keep 50%.",
        "To move it, call us.",
    ]


@pytest.mark.parametrize("rules", [OLD | {"late_fee_percent": 0}, {"cancellation": []}])
def test_an_order_that_was_free_to_cancel_stays_so(rules):
    assert kept_percent(line(rules), now=STARTS) == 0
    assert "at any time" in accepted_words(line(rules), now=STARTS - HOUR)[0]


def test_a_line_without_terms_says_nothing():
    assert accepted_words(line({}), now=STARTS) == accepted_words(OrderLine(kind="product"), now=STARTS) == []
    assert kept_percent(line({}), now=STARTS) == 0


@pytest.mark.parametrize("rules", [OLD, NEW])
def test_a_visit_that_was_moved_takes_its_deadlines_along(rules):
    moved = line(rules, begins=STARTS + 7 * DAY)

    assert kept_percent(moved, now=STARTS) == 0
    assert kept_percent(moved, now=STARTS + 6 * DAY) == 50


# What is kept


@pytest.mark.parametrize(
    ("before", "percent", "kept"),
    [
        (2 * DAY, 0, "0.00"),
        (DAY, 50, "17.50"),
        (2 * HOUR, 100, "35.00"),
    ],
)
def test_what_is_kept_is_a_share_of_what_was_paid_for_the_visit(before, percent, kept):
    now = STARTS - before

    assert kept_percent(line(NEW), now=now) == percent
    assert kept_amount(line(NEW), now=now) == Decimal(kept)


def test_what_is_kept_is_rounded_to_what_can_be_charged():
    odd = line({"cancellation": [{"minutes": 60, "percent": 33}]}, total=Decimal("0.05"))

    assert kept_amount(odd, now=STARTS) == Decimal("0.02")
    assert kept_amount(line(NEW, total=Decimal(35)), now=STARTS - DAY, currency="JPY") == Decimal(18)


def test_it_may_be_moved_so_often_and_so_long_before():
    assert can_be_moved(line(NEW), moves=1, now=STARTS - 2 * DAY)
    assert not can_be_moved(line(NEW), moves=2, now=STARTS - 2 * DAY)
    assert not can_be_moved(line(NEW), moves=0, now=STARTS - DAY)
    assert not can_be_moved(line(OLD), moves=0, now=STARTS - 2 * DAY)


# The same sentences everywhere


@pytest.fixture
def strict(bath):
    """A bath that costs more the later it is called off."""
    ServiceRules.objects.update(late_fee_percent=30, moves_at_most=1, move_until=2 * HOUR, horizon_days=60)
    bath.offering.cancellation_tiers.create(before=HOUR, percent=100)
    return bath


@pytest.fixture
def in_a_week(ten_tomorrow):
    return ten_tomorrow + 6 * DAY


def said(response) -> str:
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.mark.django_db(transaction=True)
def test_picker_basket_checkout_status_and_mail_say_the_same(client, strict, in_a_week, run_jobs, mailoutbox):
    page = said(client.get(strict.offering.get_absolute_url()))
    assert "Free to cancel until 24 hours before your visit. After that we keep 30%. From 1 hour before on we" in page
    assert "You can move it once, until 2 hours before your visit." in page

    cart = CartFactory(holding=[hold_booking(strict, starts_at=in_a_week)])
    order = place(cart)
    [free_until, all_of_it] = [timezone.localtime(in_a_week - each) for each in (DAY, HOUR)]
    told = (
        f"Free to cancel until {free_until:%A} {free_until.day} {free_until:%B}, 10:00. After that we keep 30%."
        f" From {all_of_it:%A} {all_of_it.day} {all_of_it:%B}, 09:00 on we keep the whole price. You can move it once"
    )

    assert told in said(carrying(client, cart).get("/cart/"))
    assert told in said(client.get("/checkout/"))
    pay(open_page(order))
    run_jobs()
    assert told in said(client.get(order.get_absolute_url()))
    [mail] = mailoutbox
    assert told in " ".join(mail.body.split())
    assert told in " ".join(strip_tags(mail.alternatives[0].content).split())


@pytest.mark.django_db(transaction=True)
def test_a_later_change_of_the_rules_changes_nothing_that_was_sold(client, strict, in_a_week):
    order = place(CartFactory(holding=[hold_booking(strict, starts_at=in_a_week)]))
    pay(open_page(order))
    before = said(client.get(order.get_absolute_url()))

    ServiceRules.objects.update(late_fee_percent=90, free_cancellation=5 * DAY, moves_at_most=0)
    strict.offering.cancellation_tiers.all().delete()

    assert said(client.get(order.get_absolute_url())) == before
    sold = order.lines.get()
    assert kept_percent(sold, now=in_a_week - 2 * HOUR) == 30
    assert kept_amount(sold, now=in_a_week - HOUR) == sold.total


@pytest.mark.django_db
def test_the_basket_says_what_would_be_accepted_now(client, strict, in_a_week):
    cart = CartFactory(holding=[hold_booking(strict, starts_at=in_a_week)])
    carrying(client, cart)
    assertContains(client.get("/cart/"), "we keep 30%")

    ServiceRules.objects.update(late_fee_percent=0)
    strict.offering.cancellation_tiers.all().delete()

    assertNotContains(client.get("/cart/"), "we keep")
    assertContains(client.get("/cart/"), "Free to cancel at any time before it begins.")
