"""A customer's bank wants a payment back: it is written down, staff are told, and the order waits for a person."""

from decimal import Decimal

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from checkout import operations, payments, reconcile, states
from checkout.models import Dispute, EventKind, Refund, WebhookEvent
from checkout.money_words import money_word
from checkout.operations import PaymentIsDisputed
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_payments import tell
from tests.checkout.test_refunds import deaf, paid_order, payment_of, send_bath_back

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def paid(cart):
    return paid_order(cart)


def dispute(order, **how):
    return local_stripe().dispute(payment_of(order).intent_id, **how)


def decide(order, *, won):
    return local_stripe().close_dispute(payment_of(order).intent_id, won=won)


def test_p26_a_dispute_is_written_down_and_staff_are_told_and_nothing_else_happens(
    paid, run_jobs, mailoutbox, settings
):
    made = dispute(paid)
    run_jobs()

    found = Dispute.objects.get()
    assert (found.stripe_id, found.amount, found.reason) == (made["id"], Decimal("39.50"), "fraudulent")
    assert int(found.due_by.timestamp()) == made["evidence_details"]["due_by"]
    paid.refresh_from_db()
    assert (paid.status, paid.bookings()[0].status) == ("paid", "confirmed")
    assert payment_of(paid).concerns.open()
    [mail] = [mail for mail in mailoutbox if "disputed" in mail.subject]
    assert mail.to == [settings.SHOP_EMAIL]
    assert f"by {states.day(found.due_by)}" in mail.body
    assert "answer in Stripe's dashboard" in mail.body
    assert f"/backoffice/orders/{paid.number}/" in mail.body
    assert money_word(paid.__class__.objects.get()).code == "disputed"


def test_p26_while_the_bank_has_the_money_nothing_can_be_sent_back(paid):
    dispute(paid)

    with pytest.raises(PaymentIsDisputed):
        send_bath_back(paid)
    assert not Refund.objects.exists()


def test_an_inquiry_takes_no_money_so_it_can_be_sent_back(paid, run_jobs):
    dispute(paid, is_inquiry=True)

    refund = send_bath_back(paid)
    run_jobs()

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    decide(paid, won=True)
    assert Dispute.objects.get().status == "warning_closed"
    assert not payment_of(paid).is_disputed


def test_a_dispute_that_was_won_is_as_if_there_had_been_none(paid, run_jobs, mailoutbox):
    dispute(paid)
    decide(paid, won=True)
    run_jobs()

    payment = payment_of(paid)
    assert not payment.is_disputed
    assert not payment.concerns.open()
    assert paid.events.get(kind=EventKind.DISPUTE_CLOSED).details["status"] == "won"
    assert [mail.subject for mail in mailoutbox if "ispute" in mail.subject][-1].startswith("Dispute over")
    send_bath_back(paid)


def test_a_dispute_that_was_lost_stays_and_nothing_goes_back_on_top_of_it(paid, run_jobs, mailoutbox):
    dispute(paid)
    decide(paid, won=False)
    run_jobs()

    assert payment_of(paid).is_disputed
    assert [mail.subject for mail in mailoutbox if "ispute" in mail.subject][-1].startswith("Dispute lost")
    with pytest.raises(PaymentIsDisputed):
        send_bath_back(paid)


def test_p26_told_backwards_and_twice_it_is_one_dispute_and_its_end(paid, client):
    deaf(local_stripe())
    dispute(paid)
    decide(paid, won=True)
    listed = payments.client().v1.events.list({"types": reconcile.DISPUTE_EVENTS, "limit": 100})
    told = [str(event) for event in listed.auto_paging_iter()]

    for event in told * 2:
        assert tell(client, event).status_code == 200

    assert Dispute.objects.get().status == "won"
    assert paid.events.filter(kind=EventKind.DISPUTED).count() == 1
    assert paid.events.filter(kind=EventKind.DISPUTE_CLOSED).count() == 1
    assert not payment_of(paid).concerns.open()


def test_what_was_decided_is_not_undone_by_older_news(paid):
    dispute(paid)
    decide(paid, won=True)
    found = Dispute.objects.get()

    older = operations.DisputeTruth(found.stripe_id, found.amount, "needs_response", found.reason, None, False)
    operations.record_dispute(payment_of(paid), older)

    assert Dispute.objects.get().status == "won"


def test_a_dispute_that_is_heard_of_before_the_payment_settles_it_first(cart, client):
    deaf(local_stripe())
    order = place(cart)
    pay(open_page(order))
    [intent] = [charge.payment_intent for charge in payments.client().v1.charges.list({"limit": 10}).data]
    local_stripe().dispute(intent)
    listed = payments.client().v1.events.list({"types": reconcile.DISPUTE_EVENTS, "limit": 100})

    assert tell(client, str(listed.data[0])).status_code == 200

    order.refresh_from_db()
    assert order.status == "paid"
    assert WebhookEvent.objects.get().outcome == "done"
