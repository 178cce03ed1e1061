"""Everything that we ever ask of Stripe is held against the parameter types that ship inside its SDK."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from stripe._stripe_service import StripeService
from stripe.params import EventListParams
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionListParams,
    SessionRetrieveParams,
)

from checkout import payments, reconcile
from checkout.models import Payment, PaymentStatus
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.factories import CartFactory
from tests.sdk_errors import sdk_errors

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = [
    ("post", r"/v1/checkout/sessions", SessionCreateParams),
    ("post", r"/v1/checkout/sessions/[^/]+/expire", SessionExpireParams),
    ("get", r"/v1/checkout/sessions", SessionListParams),
    ("get", r"/v1/checkout/sessions/[^/]+", SessionRetrieveParams),
    ("get", r"/v1/events", EventListParams),
]


@pytest.fixture
def asked(monkeypatch):
    """Every request that reaches the SDK, as (type of its parameters, parameters, options); each is then really made."""
    requests = []
    really_ask = StripeService._request

    def listen(service, method, url, params=None, options=None, **rest):
        [kind] = [kind for verb, path, kind in TYPES if verb == method and re.fullmatch(path, url)]
        requests.append((kind, params, options))
        return really_ask(service, method, url, params, options, **rest)

    monkeypatch.setattr(StripeService, "_request", listen)
    return requests


def test_every_request_of_a_sale_and_of_its_repair_is_one_that_the_sdk_knows(asked, cart, shampoo):
    pay(open_page(place(cart)))  # opened, and settled by the webhook
    closed = place(CartFactory(holding=[shampoo]))
    open_page(closed)
    payments.close_order(closed, cause="The basket was changed", to_cart=True)
    lost = place(CartFactory(holding=[shampoo]))
    local_stripe().faults += ["answer lost", "answer lost"]
    with pytest.raises(payments.StripeIsDown):
        payments.open_checkout(lost)
    lost.payments.update(created_at=timezone.now() - timedelta(minutes=11))
    reconcile.reconcile()

    assert {kind for kind, _params, _options in asked} == {kind for _verb, _path, kind in TYPES}
    for kind, params, _options in asked:
        assert sdk_errors(params or {}, kind) == []
    assert lost.payments.get().status == PaymentStatus.OPEN


def test_every_page_is_asked_for_under_its_payments_own_key(asked, cart):
    open_page(place(cart))

    [(_kind, params, options)] = [request for request in asked if request[0] is SessionCreateParams]

    payment = Payment.objects.get()
    assert options == {"idempotency_key": f"checkout-{payment.uuid}"}
    assert params["client_reference_id"] == params["metadata"]["payment"] == str(payment.uuid)
    assert params["metadata"] == params["payment_intent_data"]["metadata"]
