"""The checker of requests and answers is itself checked: it must find what it is there to find."""

import pytest
import stripe
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from tests.sdk_errors import object_errors, sdk_errors

GOOD = {
    "mode": "payment",
    "line_items": [{"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 450, "product": "prod_1"}}],
    "metadata": {"order": "FP-7K3M9"},
    "adaptive_pricing": {"enabled": False},
    "allowed_payment_method_types": ["card", "link"],
}


def test_good_parameters_have_no_errors():
    assert sdk_errors(GOOD, SessionCreateParams) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"colour": "red"}, ".colour: unknown parameter"),
        ({"idempotency_key": "k"}, ".idempotency_key: unknown parameter"),
        ({"payment_method_types": ["card"]}, ".payment_method_types: unknown parameter"),
        ({"mode": "pay"}, ".mode: 'pay' is not one of 'payment', 'setup', 'subscription'"),
        ({"expires_at": 1.5}, ".expires_at: 1.5 is not of type int"),
        ({"expires_at": True}, ".expires_at: True is not of type int"),
        ({"cancel_url": None}, ".cancel_url: None is not of type str"),
        ({"metadata": {"order": 7}}, ".metadata.order: 7 is not of type str"),
        ({"adaptive_pricing": {"enabled": "no"}}, ".adaptive_pricing.enabled: 'no' is not of type bool"),
        ({"line_items": {"quantity": 1}}, ".line_items: {'quantity': 1} is not a list"),
        ({"line_items": [{"price_data": {"unit_amount": 1}}]}, ".line_items[0].price_data.currency: required"),
        ({"line_items": [{"price_date": {}}]}, ".line_items[0].price_date: unknown parameter"),
    ],
)
def test_each_mistake_is_found_where_it_is(changes, error):
    assert error in sdk_errors(GOOD | changes, SessionCreateParams)


def test_a_mistake_is_found_in_other_requests_too():
    assert sdk_errors({"payment_intent": "pi_1", "amount": 5}, RefundCreateParams) == []
    assert sdk_errors({"amount": 5.0}, RefundCreateParams) == [".amount: 5.0 is not of type int"]


def test_an_answer_must_have_what_is_always_there_and_nothing_unheard_of():
    answer = {"id": "re_1", "object": "refund", "amount": "5", "created": 1, "colour": "red"}

    errors = object_errors(answer, stripe.Refund)

    assert sorted(errors) == [
        "Refund.amount: '5' is not of type int",
        "Refund.colour: unknown field",
        "Refund.currency: missing",
    ]


def test_an_expanded_object_in_an_answer_is_looked_into():
    answer = {"id": "re_1", "object": "refund", "amount": 5, "created": 1, "currency": "eur", "charge": {"id": "ch_1"}}

    assert "Refund.charge.amount: missing" in object_errors(answer, stripe.Refund)
    assert object_errors(answer | {"charge": "ch_1"}, stripe.Refund) == []
