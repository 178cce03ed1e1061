"""Stripe that takes its time, one source that comes too often, and stock that is counted at every moment."""

import random
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from backoffice.audit.queries import violations
from catalog.models import StockReason, Variant
from catalog.operations import OutOfStock, move_stock
from checkout import operations, payments
from checkout.models import Order
from checkout.stripe_local import Fault, local_stripe
from checkout.views.answers import HOLDS, PAYMENT_PAGES
from petshop.core.models import Pace
from petshop.core.payment_mode import PaymentMode
from petshop.core.tasks import forget_paces
from tests.checkout.conftest import details_for, open_page, pay, place, total_of
from tests.checkout.customer import answers, carrying
from tests.concurrency import at_once
from tests.factories import CartFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

CHECKOUT = "/checkout/"
SOMEWHERE, ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "203.0.113.8"}


class Watch(Thread):
    """Looks at PostgreSQL again and again: for how long did anybody keep a transaction open without working in it?"""

    def __init__(self):
        super().__init__()
        self.is_over, self.longest = Event(), 0.0

    def run(self):
        try:
            while not self.is_over.wait(0.05):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
                    )
                    self.longest = max(self.longest, float(cursor.fetchone()[0]))
        finally:
            connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()


class TestP14:
    def test_p14_no_transaction_is_open_while_stripe_takes_its_time(self, client, cart):
        stand_in = local_stripe()
        stand_in.slowness = 1.5
        stand_in.faults.append(Fault("slow", "POST /v1/checkout/sessions"))

        with Watch() as watch:
            answer = carrying(client, cart).post(CHECKOUT, answers(cart))

        assert answer.url.startswith("http")
        assert watch.longest < 1

    def test_p14_a_browser_waits_twenty_seconds_at_most(self, settings):
        settings.PAYMENT_MODE, settings.STRIPE_SECRET_KEY = PaymentMode.TEST, "sk_test_made_up"
        payments.client.cache_clear()

        asked = payments.client()._requestor._client

        assert sum(asked._timeout) * (1 + payments.client()._requestor._options.max_network_retries) == 20


class TestOneSourceComesTooOften:
    @pytest.fixture
    def card_testing(self, cart):
        """Somebody who opens one payment page after the other, each with a fresh browser; the last answer."""
        toy = VariantFactory(stock=100)

        def press(times, **source):
            for _press in range(times):
                basket = CartFactory(holding=[toy])
                answer = carrying(Client(), basket).post(CHECKOUT, answers(basket, handover="pickup"), **source)
            return basket, answer

        return press

    def test_p24_payment_pages_are_opened_for_one_source_so_often_and_no_more(self, card_testing, caplog):
        _basket, last = card_testing(PAYMENT_PAGES.at_most, **SOMEWHERE)
        assert last.status_code == 303

        basket, refused = card_testing(3, **SOMEWHERE)

        assert refused.status_code == 429
        assert "That was very often" in refused.content.decode()
        assert 'value="ada@example.com"' in refused.content.decode()
        assert not basket.orders.exists()
        assert Order.objects.count() == PAYMENT_PAGES.at_most
        said = [record for record in caplog.records if record.name == "petshop.core.pace"]
        assert len(said) == 1
        assert "203.0.113.7" not in caplog.text

    def test_p24_a_customer_elsewhere_pays_meanwhile_and_the_source_itself_later(self, card_testing):
        card_testing(PAYMENT_PAGES.at_most + 1, **SOMEWHERE)

        assert card_testing(1, **ELSEWHERE)[1].status_code == 303
        Pace.objects.update(until=timezone.now() - timedelta(seconds=1))
        assert card_testing(1, **SOMEWHERE)[1].status_code == 303

    def test_p24_an_order_is_not_paid_more_often_from_its_page_either(self, card_testing, cart, client):
        card_testing(PAYMENT_PAGES.at_most, **SOMEWHERE)
        order = place(cart)

        client.post(f"{order.get_absolute_url()}payment/", **SOMEWHERE)

        assert order.payments.get().session_id is None

    def test_p24_all_at_once_they_are_counted_one_by_one(self, card_testing):
        results = at_once(PAYMENT_PAGES.at_most + 10, lambda: card_testing(1, **SOMEWHERE)[1].status_code)

        assert sorted(results) == [303] * PAYMENT_PAGES.at_most + [429] * 10

    def test_s08_times_are_held_for_one_source_so_often_and_no_more(self, bath, ten_tomorrow):
        def hold(**source):
            pressed = {"variant": bath.pk, "start": ten_tomorrow.isoformat(), "resource": ""}
            return Client().post("/cart/visits/", pressed, **source)

        for _press in range(HOLDS.at_most):
            assert hold(**SOMEWHERE).status_code == 303

        assert hold(**SOMEWHERE).status_code == 429
        assert hold(**ELSEWHERE).status_code == 303

    def test_of_a_proxy_that_says_nothing_nobody_knows_whose_the_requests_are(self, card_testing):
        card_testing(PAYMENT_PAGES.at_most + 1)

        assert not Pace.objects.exists()

    def test_who_came_how_often_is_forgotten(self, card_testing):
        card_testing(1, **SOMEWHERE)
        forget_paces(0)
        assert Pace.objects.get().source != "203.0.113.7"
        Pace.objects.update(until=timezone.now() - timedelta(seconds=1))

        forget_paces(0)

        assert not Pace.objects.exists()


class TestStock:
    def test_s02_two_presses_for_the_last_one_are_one_line_and_more_than_there_is(self, db):
        last, cart = VariantFactory(stock=1), CartFactory()
        operations.add_product(cart, last, quantity=1)
        operations.add_product(cart, last, quantity=1)

        assert cart.lines.get().quantity == 2
        with pytest.raises(OutOfStock):
            place(cart)

        last.refresh_from_db()
        assert last.stock == 1

    def test_s10_the_shelf_is_what_its_movements_say_at_every_moment(self, bath):
        chance, things = random.Random(10), [VariantFactory(stock=stock) for stock in (1, 3, 8)]
        orders = []
        for _step in range(40):
            match chance.choice(["buy", "buy", "pay", "end", "count"]):
                case "buy":
                    cart = CartFactory(holding=chance.sample(things, 2))
                    with suppress(OutOfStock):
                        orders.append(
                            operations.place_order(cart, details=details_for(cart), agreed_total=total_of(cart))
                        )
                case "pay" if orders:
                    pay(open_page(orders.pop()))
                case "end" if orders:
                    payments.close_order(orders.pop(), cause="Not paid in time", to_cart=False)
                case "count":
                    found = chance.choice([1, 2])
                    move_stock(chance.choice(things), found, reason=StockReason.CORRECTED, actor="sam")
            for thing in Variant.objects.filter(pk__in=[each.pk for each in things]).annotate(
                sum=Sum("movements__delta")
            ):
                assert thing.stock == thing.sum >= 0
        assert violations(connection) == []
