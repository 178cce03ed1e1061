"""The talk with Stripe, through the real SDK and the stand-in beneath it: each row of the sequences table."""

import json
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
import stripe
from django.utils import timezone
from stripe.params.checkout import SessionCreateParams

from bookings.models import Booking, BookingStatus
from catalog.models import Variant
from checkout import operations, payments, reconcile
from checkout.models import EventKind, Message, Order, OrderStatus, Payment, PaymentStatus, WebhookEvent
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import details_for, open_page, pay, place, total_of
from tests.factories import CartFactory, VariantFactory
from tests.sdk_errors import sdk_errors

pytestmark = pytest.mark.django_db(transaction=True)

SESSION_EVENTS = reconcile.SESSION_EVENTS


@pytest.fixture
def order(cart):
    return place(cart)


def sessions():
    return list(payments.client().v1.checkout.sessions.list({"limit": 100}).auto_paging_iter())


def let_time_pass(order, **ago):
    """Everything about this order's attempt lies further back; the clocks stay where they are."""
    moved = timezone.now() - timedelta(**ago)
    order.payments.update(created_at=moved)
    Order.objects.filter(pk=order.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    Booking.objects.filter(order_line__order=order).update(held_until=timezone.now() - timedelta(seconds=1))


def tell(client, event_body: str):
    """Post an event to our webhook, signed as Stripe signs it."""
    secret = local_stripe().webhook_secret
    signature = stripe.WebhookSignature.generate_signature_header(event_body, secret)
    return client.post(
        "/webhooks/stripe/", event_body, content_type="application/json", headers={"Stripe-Signature": signature}
    )


def events_of_stripe():
    """Every event of a payment page that the stand-in made, newest last, as their bodies."""
    listed = payments.client().v1.events.list({"types": SESSION_EVENTS, "limit": 100})
    return [str(event) for event in reversed(list(listed.auto_paging_iter()))]


class TestOpeningThePage:
    def test_what_we_ask_for_is_what_the_sdk_knows(self, order):
        payment = order.payments.get()

        params = payments.session_params(payment)

        assert sdk_errors(params, SessionCreateParams) == []
        assert json.dumps(params, sort_keys=True) == json.dumps(
            payments.session_params(Payment.objects.get()), sort_keys=True
        )

    def test_an_order_of_more_than_fifty_lines_is_one_line_there(self, db):
        cart = CartFactory(holding=[VariantFactory() for _ in range(51)])
        order = place(cart)

        [line] = payments.session_params(order.payments.get())["line_items"]

        assert line["price_data"]["unit_amount"] == 51 * 450
        assert order.number in line["price_data"]["product_data"]["name"]

    def test_stripe_asks_for_exactly_our_total(self, order):
        payment = open_page(order)

        [session] = sessions()
        assert session.id == payment.session_id
        assert (session.amount_total, session.currency) == (3950, "eur")
        assert session.metadata["order"] == order.number

    def test_c08_pressed_twice_it_is_one_page(self, order):
        first, second = payments.open_checkout(order), payments.open_checkout(order)

        assert first == second
        assert len(sessions()) == 1

    def test_the_shop_is_not_asked_to_open_a_page_for_nothing(self, cart):
        Variant.objects.update(price=0)
        order = place(cart)

        assert payments.open_checkout(order) == order.get_absolute_url()
        assert sessions() == []

    def test_p13_an_answer_that_was_lost_leads_to_the_same_page(self, order):
        local_stripe().faults += ["answer lost", "answer lost"]  # the SDK tries once more by itself

        with pytest.raises(payments.StripeIsDown):
            payments.open_checkout(order)
        assert order.payments.get().status == PaymentStatus.CREATED
        assert order.bookings()[0].status == BookingStatus.HELD
        payments.open_checkout(order)

        assert len(sessions()) == 1
        assert order.payments.get().status == PaymentStatus.OPEN

    def test_p13_a_failure_that_stripe_saved_is_given_up_for_a_fresh_attempt(self, order):
        local_stripe().faults += ["500"]

        with pytest.raises(payments.StripeIsDown):
            payments.open_checkout(order)
        url = payments.open_checkout(order)  # Stripe repeats the saved failure, and lists no page

        assert sorted(order.payments.values_list("status", flat=True)) == ["abandoned", "open"]
        [session] = sessions()
        assert url == session.url

    def test_p13_stripe_that_never_hears_us_gets_the_same_attempt_again(self, order):
        local_stripe().faults += ["never arrived", "never arrived"]

        with pytest.raises(payments.StripeIsDown, match="Nothing was charged"):
            payments.open_checkout(order)
        payments.open_checkout(order)

        assert order.payments.count() == 1
        assert len(sessions()) == 1

    def test_an_attempt_that_is_too_old_for_stripe_is_followed_by_a_fresh_one(self, order):
        order.payments.update(session_expires_at=timezone.now() + timedelta(minutes=20))

        payments.open_checkout(order)

        assert sorted(order.payments.values_list("status", flat=True)) == ["abandoned", "open"]

    def test_a_page_that_closed_without_a_word_to_us_is_followed_by_a_fresh_one(self, order):
        closed = payments.open_checkout(order)
        payments.client().v1.checkout.sessions.expire(order.payments.get().session_id)
        order.payments.update(session_expires_at=timezone.now() - timedelta(seconds=1), status=PaymentStatus.OPEN)

        fresh = payments.open_checkout(order)

        assert fresh != closed
        assert sorted(order.payments.values_list("status", flat=True)) == ["expired", "open"]

    def test_while_the_bank_thinks_nobody_is_sent_to_a_page_that_has_been_filled_in(self, order):
        open_page(order)
        order.payments.update(status=PaymentStatus.PROCESSING)

        assert payments.open_checkout(order) == order.get_absolute_url()

    def test_s04_stock_that_somebody_left_unpaid_is_found_for_the_next_buyer(self, db):
        last = VariantFactory(stock=1)
        left = place(CartFactory(holding=[last]))
        open_page(left)
        let_time_pass(left, minutes=46)
        cart = CartFactory(holding=[last])

        order = payments.place_order(cart, details=details_for(cart), agreed_total=total_of(cart))

        left.refresh_from_db()
        assert (left.status, order.status) == (OrderStatus.EXPIRED, OrderStatus.PENDING)

    def test_a_buyer_does_not_wait_for_one_answer_after_the_other_while_stripe_is_down(self, db):
        scarce = VariantFactory(stock=3)
        for _ in range(3):
            left = place(CartFactory(holding=[scarce]))
            open_page(left)
            let_time_pass(left, minutes=46)
        cart = CartFactory(holding=[scarce])
        faults = local_stripe().faults
        faults += ["never arrived"] * 10

        with pytest.raises(operations.OutOfStock):
            payments.place_order(cart, details=details_for(cart), agreed_total=total_of(cart))

        assert len(faults) == 8  # one call, which the SDK tried twice

    def test_stock_that_is_being_paid_is_not_taken_from_its_buyer(self, db):
        last = VariantFactory(stock=1)
        place(CartFactory(holding=[last]))
        cart = CartFactory(holding=[last])

        with pytest.raises(operations.OutOfStock):
            payments.place_order(cart, details=details_for(cart), agreed_total=total_of(cart))


class TestSequences:
    def test_normal_the_webhook_comes_before_the_redirect(self, order, client):
        pay(open_page(order), delivery="now")

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        page = client.get(order.get_absolute_url())
        assert page.status_code == 200

    def test_the_redirect_comes_before_the_webhook(self, order, client):
        payment = open_page(order)
        pay(payment, delivery="never")

        client.get(order.get_absolute_url(), {"session": payment.session_id}, follow=True)
        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        for body in events_of_stripe():
            assert tell(client, body).status_code == 200

        assert order.events.filter(kind=EventKind.PAID).count() == 1

    def test_the_webhook_comes_before_we_stored_the_pages_id(self, order, client):
        payment = open_page(order)
        pay(payment, delivery="never")
        Payment.objects.update(session_id=None, status=PaymentStatus.CREATED)

        assert tell(client, events_of_stripe()[-1]).status_code == 200

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert order.payments.get().session_id == payment.session_id

    def test_the_shop_moves_to_another_address_while_somebody_pays(self, order, client, settings):
        payment = open_page(order)
        settings.STRIPE_SITE = "www.new.example"
        pay(payment, delivery="never")

        assert tell(client, events_of_stripe()[-1]).status_code == 200

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID

    def test_the_webhook_never_comes_and_the_customer_never_returns(self, order):
        pay(open_page(order), delivery="never")
        order.payments.update(created_at=timezone.now() - timedelta(minutes=3))

        reconcile.reconcile()

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID

    def test_p09_the_customer_never_returns_but_the_mail_goes_out(self, order, run_jobs, mailoutbox):
        pay(open_page(order), delivery="now")
        run_jobs()

        [mail] = mailoutbox
        assert mail.to == ["ada@example.com"]

    def test_two_event_objects_for_one_change_are_one_payment(self, order, client):
        pay(open_page(order), delivery="never")
        [*_, body] = events_of_stripe()
        twin = json.loads(body) | {"id": "evt_local_twin"}

        assert tell(client, body).status_code == tell(client, json.dumps(twin)).status_code == 200

        assert order.events.filter(kind=EventKind.PAID).count() == 1
        assert Message.objects.count() == 1

    def test_delivered_twice_it_is_one_payment_and_one_mail(self, order, run_jobs, mailoutbox):
        pay(open_page(order), delivery="twice")
        run_jobs()

        assert len(mailoutbox) == 1

    def test_changing_the_basket_closes_the_page_and_the_next_order_is_another(self, order, cart, shampoo):
        payment = open_page(order)

        payments.free_cart(cart)
        operations.add_product(cart, shampoo, quantity=1)
        second = place(cart)

        assert {session.id: session.status for session in sessions()}[payment.session_id] == "expired"
        order.refresh_from_db()
        assert order.status == OrderStatus.EXPIRED
        assert second.total == Decimal("44.00")
        assert second.bookings()[0].status == BookingStatus.HELD

    def test_c16_changing_a_basket_that_was_paid_meanwhile_finds_it_paid(self, order, cart):
        pay(open_page(order), delivery="never")

        payments.free_cart(cart)

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert not cart.lines.exists()

    def test_changing_the_basket_while_stripe_is_down_changes_nothing(self, order, cart):
        open_page(order)
        local_stripe().faults += ["never arrived", "never arrived"]

        with pytest.raises(payments.StripeIsDown):
            payments.free_cart(cart)

        order.refresh_from_db()
        assert order.status == OrderStatus.PENDING

    def test_a_declined_card_leaves_the_page_open(self, order):
        payment = open_page(order)
        pay(payment, "4000000000000002")

        payments.settle_order(order, payment.session_id)

        assert order.status == OrderStatus.PENDING
        assert order.payments.get().status == PaymentStatus.OPEN

    def test_back_to_the_shop_and_continue_is_the_same_page(self, order):
        first = payments.open_checkout(order)

        payments.settle_order(order)

        assert payments.open_checkout(order) == first

    def test_the_orders_time_runs_out(self, order, shampoo):
        open_page(order)
        let_time_pass(order, minutes=46)

        reconcile.reconcile()
        reconcile.reconcile()

        order.refresh_from_db()
        shampoo.refresh_from_db()
        assert order.status == OrderStatus.EXPIRED
        assert shampoo.stock == 10
        assert order.bookings()[0].status == BookingStatus.CANCELLED
        assert [session.status for session in sessions()] == ["expired"]

    def test_p22_the_time_runs_out_on_a_page_that_was_just_paid(self, order):
        pay(open_page(order), delivery="never")
        let_time_pass(order, minutes=46)

        reconcile.reconcile()

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID

    def test_the_time_runs_out_while_stripe_is_down(self, order, shampoo):
        open_page(order)
        let_time_pass(order, minutes=46)
        local_stripe().faults += ["never arrived"] * 20

        assert not payments.expire_overdue(order)

        order.refresh_from_db()
        shampoo.refresh_from_db()
        assert order.status == OrderStatus.PENDING
        assert shampoo.stock == 9

    def test_an_attempt_without_an_answer_for_ten_minutes_is_given_up(self, order):
        let_time_pass(order, minutes=11)

        reconcile.reconcile()

        assert order.payments.get().status == PaymentStatus.ABANDONED

    def test_a_page_that_opened_without_our_knowing_is_adopted(self, order):
        open_page(order)
        Payment.objects.update(
            session_id=None, status=PaymentStatus.CREATED, created_at=timezone.now() - timedelta(minutes=11)
        )

        done = reconcile.reconcile()

        assert done["pages adopted"] == 1
        assert order.payments.get().status == PaymentStatus.OPEN

    def test_p08_the_return_address_with_another_orders_page_pays_nothing(self, order, client, shampoo):
        other = place(CartFactory(holding=[shampoo]))
        paid = open_page(other)
        pay(paid, delivery="never")

        client.get(order.get_absolute_url(), {"session": paid.session_id}, follow=True)
        client.get(order.get_absolute_url(), {"session": "cs_local_made_up"}, follow=True)

        order.refresh_from_db()
        assert order.status == OrderStatus.PENDING

    def test_all_orders_of_one_payments_events_end_alike(self, cart, client, shampoo):
        order = place(cart)
        pay(open_page(order), delivery="never")
        bodies = events_of_stripe()
        expired = json.loads(bodies[-1]) | {"id": "evt_local_late", "type": "checkout.session.expired"}
        told = [*bodies, json.dumps(expired), bodies[-1]]
        ends = set()

        for number, arrival in enumerate(permutations(told)):
            WebhookEvent.objects.all().delete()
            for body in arrival:
                assert tell(client, body).status_code == 200, number
            order.refresh_from_db()
            payment = order.payments.get()
            ends.add((order.status, payment.status, order.events.count(), Message.objects.count()))

        assert ends == {(OrderStatus.PAID, PaymentStatus.SUCCEEDED, 3, 1)}


@pytest.mark.parametrize(("currency", "charged"), [("JPY", 3000), ("UGX", 300000), ("HUF", 300000)])
def test_a_bath_and_a_shampoo_in_another_currency(cart, client, settings, currency, charged):
    settings.SHOP_CURRENCY = currency
    Variant.objects.update(price=1500)
    order = place(cart)

    payment = open_page(order)
    pay(payment, delivery="now")

    [session] = sessions()
    assert (session.amount_total, session.currency) == (charged, currency.lower())
    order.refresh_from_db()
    assert (order.status, order.total, order.currency) == (OrderStatus.PAID, Decimal(3000), currency)
    assert "3,000" in client.get(f"{order.get_absolute_url()}receipt/").content.decode()


class TestAPageThatStripeDoesNotKnow:
    """The keys are others now, or the stand-in began afresh."""

    @pytest.fixture
    def unknown(self, order):
        open_page(order)
        order.payments.update(session_id="cs_local_of_other_keys")
        return order

    def test_while_somebody_could_be_paying_there_the_order_waits(self, unknown):
        reconcile.reconcile()

        unknown.refresh_from_db()
        assert unknown.status == OrderStatus.PENDING
        assert unknown.payments.get().status == PaymentStatus.OPEN

    @pytest.mark.parametrize("mode", ["local", "test"])
    def test_when_its_time_is_over_the_order_ends_and_its_stock_comes_back(self, unknown, shampoo, mode):
        let_time_pass(unknown, minutes=46)
        unknown.payments.update(mode=mode, session_expires_at=timezone.now() - timedelta(minutes=11))

        reconcile.reconcile()

        unknown.refresh_from_db()
        shampoo.refresh_from_db()
        assert unknown.status == OrderStatus.EXPIRED
        assert shampoo.stock == 10

    def test_a_page_for_real_money_is_not_given_up_by_a_shop_without(self, unknown):
        let_time_pass(unknown, minutes=46)
        unknown.payments.update(mode="live", session_expires_at=timezone.now() - timedelta(minutes=11))

        reconcile.reconcile()

        unknown.refresh_from_db()
        assert unknown.status == OrderStatus.PENDING
        assert unknown.payments.get().status == PaymentStatus.OPEN


class TestReconcile:
    def test_an_event_that_failed_is_done_later(self, order, client):
        pay(open_page(order), delivery="never")
        local_stripe().faults += ["never arrived", "never arrived"]

        answer = tell(client, events_of_stripe_despite_faults(order))

        assert answer.status_code == 500
        assert WebhookEvent.objects.get().error
        reconcile.reconcile()
        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert WebhookEvent.objects.get().outcome == "done"

    def test_events_that_never_reached_us_are_fetched(self, order):
        pay(open_page(order), delivery="never")

        done = reconcile.reconcile()

        assert done["events fetched"] >= 1
        order.refresh_from_db()
        assert order.status == OrderStatus.PAID

    def test_a_second_run_finds_nothing_to_do(self, order):
        pay(open_page(order), delivery="never")
        reconcile.reconcile()

        assert not +reconcile.reconcile()


def events_of_stripe_despite_faults(order):
    backend = local_stripe()
    faults, backend.faults[:] = list(backend.faults), []
    body = events_of_stripe()[-1]
    backend.faults += faults
    return body
