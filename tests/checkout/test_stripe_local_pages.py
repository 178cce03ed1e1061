"""The pay page and the command, over the real webhook: what a person at the stand-in sees and can do."""

import time

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from checkout.models import WebhookEvent
from checkout.stripe_local import local_stripe
from checkout.stripe_local.delivery import post_to_shop
from petshop.core.payment_mode import PaymentMode
from tests.checkout.stripe_stand_in import DECLINED, DISPUTED, MINUTE, NO_FUNDS, SECURE, VISA, Shop

pytestmark = pytest.mark.django_db

BACK = "http://localhost:8000/orders/abc/?session="


@pytest.fixture
def shop():
    """Opens sessions on the file of the settings; the pages use the stand-in of the process, on the same file."""
    return Shop(local_stripe()._storage.path)


@pytest.fixture
def session(shop):
    return shop.open()


@pytest.fixture
def page(session):
    return reverse("stripe_local:pay", args=[session.id])


def bank(session):
    return reverse("stripe_local:authentication", args=[session.id])


class TestPayPage:
    def test_it_says_what_is_paid_and_that_no_money_moves(self, client, page):
        response = client.get(page)

        assertContains(response, "Local test payments. No money moves.")
        assertContains(response, "<dt>Chew toy × 2</dt><dd>€9.00</dd>", html=True)
        assertContains(response, "<dt>Total to pay</dt><dd>€21.50</dd>", html=True)
        assertContains(response, "Visa 4242, pays")
        assertContains(response, "This page closes at")
        assertContains(response, 'href="http://localhost:8000/orders/abc/"')
        assert "no-store" in response["Cache-Control"]

    def test_looking_changes_nothing(self, client, page, session, shop):
        client.get(page)
        client.get(bank(session))

        assert shop.look(session).payment_intent is None

    def test_a_typed_card_pays_and_leads_back_to_the_shop(self, client, page, session, shop):
        response = client.post(page, {"card": "4242 4242 4242 4242"})

        assertRedirects(response, BACK + session.id, status_code=303, fetch_redirect_response=False)
        assert shop.look(session).payment_status == "paid"

    def test_a_test_card_is_one_press(self, client, page, session, shop):
        client.post(page, {"card": "", "test_card": "5555555555554444"})

        assert shop.look(session).payment_intent.latest_charge.payment_method_details.card.brand == "mastercard"

    def test_the_shop_has_been_told_before_the_customer_comes_back(self, client, page, session):
        client.post(page, {"card": VISA})

        event = WebhookEvent.objects.get()
        assert (event.type, event.object_id, event.livemode) == ("checkout.session.completed", session.id, False)

    def test_never_means_never(self, client, page):
        client.post(page, {"card": VISA, "delivery": "never"})

        assert not WebhookEvent.objects.exists()

    @pytest.mark.parametrize(
        ("card", "words"),
        [
            (DECLINED, "Your card was declined."),
            (NO_FUNDS, "Your card has insufficient funds."),
            ("4111 1111 1111 1111", "This page takes only the test cards below."),
            ("", "Enter the number of a test card."),
        ],
    )
    def test_a_card_that_does_not_pay_is_said_in_place(self, client, page, session, shop, card, words):
        response = client.post(page, {"card": card, "delivery": "twice"})

        assertContains(response, words, status_code=422)
        assertContains(response, f'value="{card}"', status_code=422)
        assertContains(response, 'value="twice" checked', status_code=422)
        assert shop.look(session).status == "open"

    def test_what_was_typed_is_never_markup(self, client, page):
        response = client.post(page, {"card": '"><script>alert(1)</script>'})

        assertNotContains(response, "<script>alert", status_code=422)

    @pytest.mark.parametrize("sent", [{"delivery": "tomorrow"}, {"card": "\x00"}, {"test_card": "9" * 5000}])
    def test_nonsense_is_no_error_of_ours(self, client, page, sent):
        assert client.post(page, sent).status_code == 422

    def test_pressing_twice_leads_back_twice_and_pays_once(self, client, page, session, shop):
        first, second = (client.post(page, {"card": VISA}) for _ in range(2))

        assert first.url == second.url == BACK + session.id
        assert len(shop.v1.events.list({"type": "charge.succeeded"}).data) == 1

    def test_a_paid_page_leads_to_the_order(self, client, page, session):
        client.post(page, {"card": VISA})

        response = client.get(page)

        assertContains(response, "This is paid")
        assertContains(response, f'href="{BACK}{session.id}"')
        assertNotContains(response, "Visa 4242, pays")

    def test_a_closed_page_takes_nothing_and_says_so(self, client, page, session, shop):
        shop.v1.checkout.sessions.expire(session.id)

        response = client.post(page, {"card": VISA}, follow=True)

        assertContains(response, "This payment page is closed")
        assertContains(response, "Nothing was taken")
        assert shop.look(session).payment_status == "unpaid"

    def test_an_unknown_page_does_not_exist(self, client):
        assert client.get(reverse("stripe_local:pay", args=["cs_local_unknown"])).status_code == 404

    @pytest.mark.parametrize("mode", [PaymentMode.TEST, PaymentMode.LIVE])
    def test_nothing_of_it_exists_with_a_key(self, client, page, session, settings, mode):
        settings.PAYMENT_MODE = mode

        assert client.get(page).status_code == 404
        assert client.post(page, {"card": VISA}).status_code == 404
        assert client.get(bank(session)).status_code == 404

    def test_a_form_from_elsewhere_is_refused(self, page, session, shop):
        stranger = Client(enforce_csrf_checks=True)

        assert stranger.post(page, {"card": VISA}).status_code == 403

        assert shop.look(session).status == "open"


class TestBankPage:
    def test_approve(self, client, page, session, shop):
        response = client.post(page, {"card": SECURE, "delivery": "never"})
        assertRedirects(response, f"{bank(session)}?delivery=never", status_code=303)
        assertContains(client.get(response.url), "Do you want to pay €21.50?")

        response = client.post(bank(session), {"answer": "approve", "delivery": "never"})

        assertRedirects(response, BACK + session.id, status_code=303, fetch_redirect_response=False)
        assert shop.look(session).payment_status == "paid"
        assert not WebhookEvent.objects.exists()

    def test_fail(self, client, page, session, shop):
        client.post(page, {"card": SECURE})

        response = client.post(bank(session), {"answer": "fail"})

        assertContains(response, "We are unable to authenticate your payment method.", status_code=422)
        assert shop.look(session).status == "open"

    def test_the_pay_page_says_that_the_bank_waits(self, client, page):
        client.post(page, {"card": SECURE})

        assertContains(client.get(page), "Answer the bank")

    def test_without_a_question_it_leads_to_the_pay_page(self, client, page, session):
        assertRedirects(client.get(bank(session)), page, status_code=303)
        assertRedirects(client.post(bank(session), {"answer": "approve"}), page, status_code=303)


@pytest.mark.django_db(transaction=True)
def test_after_the_redirect_the_shop_is_told_by_itself(client, page):
    client.post(page, {"card": VISA, "delivery": "after"})
    assert not WebhookEvent.objects.exists()

    deadline = time.monotonic() + 20
    while not WebhookEvent.objects.filter(processed_at__isnull=False).exists() and time.monotonic() < deadline:
        time.sleep(0.1)

    assert WebhookEvent.objects.get().type == "checkout.session.completed"


@pytest.mark.parametrize("site", ["http://localhost:8000", "http://127.0.0.1:43211", "https://localhost"])
def test_the_webhook_is_reached_at_the_address_of_the_site(settings, site):
    settings.SITE_URL = site

    assert post_to_shop("{}", "t=1,v1=forged") == 400  # it answered, and refused the signature


class TestCommand:
    @pytest.fixture
    def paid(self, shop):
        return shop.paid(DISPUTED, delivery="never")

    def run(self, capsys, *words):
        call_command("stripe_local", *words)
        return capsys.readouterr().out

    def test_events_are_listed_and_replayed(self, shop, paid, capsys):
        event = shop.v1.events.list({"type": "checkout.session.completed"}).data[0]
        assert f"{event.id}  checkout.session.completed  {paid.id}" in self.run(capsys, "events")

        self.run(capsys, "replay", event.id)

        assert WebhookEvent.objects.get().event_id == event.id

    def test_a_payment_is_disputed_and_the_dispute_decided(self, shop, paid, capsys):
        intent = paid.payment_intent.id

        assert "needs_response" in self.run(capsys, "dispute", intent)
        assert "lost" in self.run(capsys, "dispute", intent, "--close", "lost")

        shop.wait(MINUTE)
        assert len(shop.v1.disputes.list({"payment_intent": intent}).data) == 1

    def test_a_refund_fails(self, shop, paid, capsys):
        refund = shop.refund(paid, amount=100)

        self.run(capsys, "fail-refund", refund.id)

        assert shop.v1.refunds.retrieve(refund.id).status == "failed"

    def test_money_is_given_back_by_hand_in_part_and_then_all_of_it(self, shop, paid, capsys):
        intent = paid.payment_intent.id

        assert "succeeded" in self.run(capsys, "refund", intent, "--amount", "100")
        assert "succeeded" in self.run(capsys, "refund", intent)

        assert shop.v1.charges.retrieve(paid.payment_intent.latest_charge.id).refunded
        with pytest.raises(CommandError, match="already been refunded"):
            call_command("stripe_local", "refund", intent)

    def test_reset(self, shop, paid, capsys):
        self.run(capsys, "reset")

        assert shop.events() == []

    @pytest.mark.parametrize(
        "words",
        [
            ["replay", "evt_local_unknown"],
            ["dispute", "pi_local_unknown"],
            ["refund", "pi_local_unknown"],
            ["fail-refund", "re_local_unknown"],
        ],
    )
    def test_a_mistake_is_one_sentence(self, shop, words):
        with pytest.raises(CommandError, match="No such"):
            call_command("stripe_local", *words)

    def test_what_cannot_be_is_one_sentence_too(self, shop, session):
        shop.backend.pay(session.id, DECLINED)
        intent = shop.look(session).payment_intent.id

        with pytest.raises(CommandError, match="was not paid"):
            call_command("stripe_local", "dispute", intent)
        with pytest.raises(CommandError, match="has no open dispute"):
            call_command("stripe_local", "dispute", intent, "--close", "won")
