"""What Stripe tells of refunds: made by hand, twice, late, backwards, of somebody else, or not at all."""

from itertools import permutations

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from checkout import operations, payments, reconcile, refunds
from checkout.models import Message, Payment, Refund, RefundOrigin, RefundStatus, WebhookEvent
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_payments import tell
from tests.checkout.test_refunds import (
    EUROS,
    at_stripe,
    by_hand,
    deaf,
    paid_order,
    payment_of,
    refund_events,
    send_bath_back,
    shampoo_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def paid(cart):
    """A bath for 35.00 and a shampoo for 4.50."""
    return paid_order(cart)


def intents() -> list[str]:
    return [charge.payment_intent for charge in payments.client().v1.charges.list({"limit": 10}).data]


class TestWhatWeAreTold:
    def test_p17_a_refund_made_in_the_dashboard_is_mirrored_once_and_the_order_stays_paid(self, paid, client, run_jobs):
        made = by_hand(paid, 1_000)
        for event in refund_events() * 2:
            assert tell(client, event).status_code == 200
        reconcile.reconcile()
        run_jobs()

        refund = Refund.objects.get()
        assert (refund.stripe_id, refund.amount, refund.status) == (made["id"], EUROS("10.00"), "succeeded")
        assert (refund.origin, refund.actor, refund.lines.count()) == ("dashboard", "shop", 0)
        payment = payment_of(paid)
        assert payment.refunded == EUROS("10.00")
        assert payment.concerns.open()
        assert "nobody has said what for" in payment.concerns.get().reason
        paid.refresh_from_db()
        assert paid.status == "paid"
        assert Message.objects.filter(kind="sent_back").count() == 1

    def test_staff_may_say_later_what_it_was_for(self, paid):
        by_hand(paid, 450)

        operations.explain_refund(Refund.objects.get(), {shampoo_of(paid): EUROS("4.50")}, actor="maya")

        assert shampoo_of(paid).refunded == EUROS("4.50")

    def test_the_dashboard_was_faster_so_ours_is_refused_and_its_own_is_mirrored(self, paid):
        ours = send_bath_back(paid, "35.00")
        by_hand(paid, 3_950)

        ours.refresh_from_db()
        theirs = Refund.objects.exclude(pk=ours.pk).get()
        assert (ours.status, theirs.status) == (RefundStatus.REJECTED, RefundStatus.SUCCEEDED)
        assert payment_of(paid).refunded == EUROS("39.50")
        assert not WebhookEvent.objects.filter(processed_at=None).exists()

    def test_a_failed_one_makes_room_for_the_next_in_whatever_order_we_hear_of_them(self, paid, client):
        deaf(local_stripe())
        first = by_hand(paid, 3_950)
        refunds.settle_refunds(payment_of(paid))
        local_stripe().fail_refund(first["id"])
        by_hand(paid, 3_950)

        for event in reversed(refund_events()):
            assert tell(client, event).status_code == 200

        assert sorted(Refund.objects.values_list("status", flat=True)) == ["failed", "succeeded"]
        assert payment_of(paid).refunded == EUROS("39.50")

    def test_p12_a_refund_of_another_site_on_the_same_account_is_ignored(self, paid, client, settings):
        deaf(local_stripe())
        local_stripe().refund(intents()[0], 100)
        Payment.objects.update(intent_id="pi_another")
        settings.STRIPE_SITE = "another site"

        assert tell(client, refund_events()[0]).status_code == 200

        assert WebhookEvent.objects.get(type="refund.created").outcome == "ignored"

    @pytest.mark.parametrize("kind", ["refund.created", "charge.dispute.created"])
    def test_p12_what_stripe_does_not_know_is_ignored(self, paid, client, kind):
        by_hand(paid, 100)
        body = refund_events()[0].replace(Refund.objects.get().stripe_id, "re_of_somebody_else")
        body = body.replace("refund.created", kind).replace('"id": "evt_', '"id": "evt_other_')

        assert tell(client, body).status_code == 200
        assert WebhookEvent.objects.get(event_id__startswith="evt_other").outcome == "ignored"

    def test_reconcile_hears_of_a_day_of_dead_webhooks(self, cart, run_jobs):
        deaf(local_stripe())
        order = place(cart)
        payment = open_page(order)
        pay(payment)
        payments.settle(payment.session_id)
        by_hand(order, 1_000)
        local_stripe().dispute(payment_of(order).intent_id, is_inquiry=True)

        reconcile.reconcile()
        reconcile.reconcile()

        assert Refund.objects.get().origin == RefundOrigin.DASHBOARD
        assert payment_of(order).is_disputed
        assert reconcile.reconcile()["events fetched"] == 0


@pytest.mark.parametrize("order_of_events", list(permutations(range(4))))
def test_p03_payment_and_refund_in_every_order_end_as_stripe_says(cart, client, order_of_events):
    deaf(local_stripe())
    order = place(cart)
    payment = open_page(order)
    pay(payment)
    local_stripe().refund(intents()[0], 1_000)
    refund = at_stripe()[0]
    local_stripe().fail_refund(refund.id)
    local_stripe().refund(intents()[0], 500)
    listed = payments.client().v1.events.list({"types": list(reconcile.HANDLERS), "limit": 100})
    told = [str(event) for event in listed.auto_paging_iter()]
    expired = told[-1].replace("checkout.session.completed", "checkout.session.expired").replace("evt_", "evt_x_", 1)
    told = [expired, told[-1], told[0], told[1]]

    for place_in_line in order_of_events:
        assert tell(client, told[place_in_line]).status_code == 200

    order.refresh_from_db()
    assert order.status == "paid"
    assert payment_of(order).refunded == EUROS("5.00")
    assert sorted(Refund.objects.values_list("status", "amount")) == [
        ("failed", EUROS("10.00")),
        ("succeeded", EUROS("5.00")),
    ]
