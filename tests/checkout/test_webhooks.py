"""Where Stripe tells us that something happened."""

import json
import time
from uuid import uuid4

import pytest
import stripe
from django.test import Client

from checkout import payments, reconcile
from checkout.models import OrderStatus, WebhookEvent
from checkout.stripe_local import local_stripe
from petshop.core.payment_mode import PaymentMode
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_payments import events_of_stripe, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(cart):
    """The newest event of an order that was paid at Stripe, and of which nobody has told us."""
    order = place(cart)
    pay(open_page(order), delivery="never")
    return order, events_of_stripe()[-1]


def post(client, body, signature):
    return client.post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )


@pytest.mark.parametrize("signature", ["", "guess", "t=1,v1=abc", "wrong secret", "another body"])
def test_p01_what_stripe_did_not_sign_is_refused(paid, client, signature):
    order, body = paid
    if signature == "wrong secret":
        signature = stripe.WebhookSignature.generate_signature_header(body, "whsec_guess")
    if signature == "another body":
        signature = stripe.WebhookSignature.generate_signature_header("{}", local_stripe().webhook_secret)

    answer = post(client, body, signature)

    assert answer.status_code == 400
    assert not WebhookEvent.objects.exists()
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING


def test_p01_no_csrf_cookie_is_needed(paid):
    assert tell(Client(enforce_csrf_checks=True), paid[1]).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(301, 400), (-86_400, 200), (10, 200)])
def test_p02_the_age_of_a_signature(paid, client, age, status):
    secret = local_stripe().webhook_secret
    signature = stripe.WebhookSignature.generate_signature_header(paid[1], secret, int(time.time()) - age)

    assert post(client, paid[1], signature).status_code == status


def test_p02_the_same_event_a_week_later_is_handled_once(paid, client):
    order, body = paid

    assert tell(client, body).status_code == tell(client, body).status_code == 200

    assert WebhookEvent.objects.get().attempts == 1


@pytest.mark.parametrize("body", ["", "not json", "[]", "{}", '{"object": "event"}', '"\\ud800"', '{"a": "\\u0000"}'])
def test_signed_nonsense_is_refused(client, db, body):
    assert tell(client, body).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_p12_an_event_of_an_unknown_kind_is_kept_and_ignored(paid, client):
    order, body = paid
    unknown = json.loads(body) | {"id": "evt_local_new", "type": "payment_method.attached"}

    assert tell(client, json.dumps(unknown)).status_code == 200

    assert WebhookEvent.objects.get().outcome == "ignored"
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING


def test_p12_an_event_about_something_without_an_id_is_kept_and_ignored(paid, client):
    event = json.loads(paid[1]) | {"id": "evt_local_balance", "type": "balance.available"}
    event["data"]["object"] = {"object": "balance", "available": []}

    assert tell(client, json.dumps(event)).status_code == 200

    assert WebhookEvent.objects.get().outcome == "ignored"


def test_p12_a_page_of_somebody_else_is_ignored(paid, client):
    event = json.loads(paid[1])
    event["data"]["object"]["id"] = "cs_live_of_somebody_else"

    assert tell(client, json.dumps(event)).status_code == 200

    assert WebhookEvent.objects.get().outcome == "ignored"


def test_a_page_of_ours_whose_payment_nobody_wrote_down_is_tried_for_a_while_and_then_let_go(paid, client, caplog):
    order, body = paid
    params = payments.session_params(order.payments.get()) | {"client_reference_id": str(uuid4())}
    page = payments.client().v1.checkout.sessions.create(params)
    event = json.loads(body)
    event["data"]["object"]["id"] = page.id

    answers = [tell(client, json.dumps(event)).status_code for _ in range(reconcile.TRIES_AT_MOST + 1)]

    assert answers == [500] * (reconcile.TRIES_AT_MOST - 1) + [200, 200]
    row = WebhookEvent.objects.get()
    assert (row.outcome, row.attempts) == ("ignored", reconcile.TRIES_AT_MOST)
    assert "DoesNotExist" in row.error
    said = [record for record in caplog.records if record.name == "checkout.reconcile"]
    assert len(said) == reconcile.TRIES_AT_MOST + 1
    assert "is given up" in said[-2].getMessage()
    assert not any(record.exc_info for record in said)


def test_o18_while_a_secret_is_replaced_both_are_accepted_and_then_the_old_one_is_refused(paid, client, settings):
    """With an event that nobody acts on: the shop has real keys here, and Stripe is not there to be asked."""
    settings.PAYMENT_MODE, settings.STRIPE_SECRET_KEY = PaymentMode.TEST, "sk_test_made_up"
    payments.client.cache_clear()

    def answers(secret, name):
        body = json.dumps(json.loads(paid[1]) | {"id": f"evt_{name}", "type": "payment_method.attached"})
        return post(client, body, stripe.WebhookSignature.generate_signature_header(body, secret)).status_code

    settings.STRIPE_WEBHOOK_SECRET = "whsec_old, whsec_new"
    assert (answers("whsec_old", "1"), answers("whsec_new", "2")) == (200, 200)
    settings.STRIPE_WEBHOOK_SECRET = "whsec_new"
    assert (answers("whsec_old", "3"), answers("whsec_new", "4")) == (400, 200)

    assert list(WebhookEvent.objects.values_list("event_id", flat=True)) == ["evt_1", "evt_2", "evt_4"]


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_i13_only_post_is_answered(client, method):
    assert getattr(client, method)("/webhooks/stripe/").status_code == 405


@pytest.mark.parametrize(
    "said",
    [
        '{"id": "evt_\\u0000", "type": "a\\u0000b"}',
        '{"id": "evt_\\ud800", "type": "\\udfff"}',
        '{"id": "evt_1", "type": "x", "data": {"object": {"id": "cs_\\u0000"}}}',
        '{"id": "evt_1", "type": "x", "data": {"object": {"id": "cs_\\ud800"}}}',
        '{"id": ' + "9" * 5_000 + "}",
        '{"id": {}, "type": [], "data": {"object": 1}}',
        '{"id": "", "type": "x' + "y" * 5_000 + '"}',
        '{"id": "evt_1", "data": {"object": ' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}}",
        "[" * 100_000,
        "\ufeff{}",
        "",
        "null",
    ],
    ids=lambda said: said[:40],
)
def test_i01_i08_even_signed_nonsense_breaks_nothing(client, paid, said):
    event = json.loads(paid[1])
    try:
        body = json.dumps(event | json.loads(said))
    except (ValueError, TypeError, RecursionError):
        body = said

    assert tell(client, body).status_code == 400
    assert not WebhookEvent.objects.exists()
