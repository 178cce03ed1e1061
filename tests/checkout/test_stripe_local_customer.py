"""What customers and banks do: each card, 3-D Secure, disputes, refunds that change later, and how the shop hears of it."""

import pytest
import stripe

from tests.checkout.stripe_stand_in import (
    DECLINED,
    DISPUTED,
    EXPIRED,
    MASTERCARD,
    MINUTE,
    NO_FUNDS,
    REFUND_FAILS,
    REFUND_PENDING,
    SECURE,
    VISA,
    Shop,
)

COMPLETED = "checkout.session.completed"


@pytest.fixture
def shop():
    return Shop()


class TestCards:
    @pytest.mark.parametrize(
        ("card", "brand", "last4"), [(VISA, "visa", "4242"), ("5555-5555-5555-4444", "mastercard", "4444")]
    )
    def test_a_card_that_pays(self, shop, card, brand, last4):
        charge = shop.paid(card).payment_intent.latest_charge

        assert (charge.paid, charge.status) == (True, "succeeded")
        assert (charge.payment_method_details.card.brand, charge.payment_method_details.card.last4) == (brand, last4)

    @pytest.mark.parametrize(
        ("card", "outcome", "code"),
        [
            (DECLINED, "generic_decline", "card_declined"),
            (NO_FUNDS, "insufficient_funds", "card_declined"),
            (EXPIRED, "expired_card", "expired_card"),
        ],
    )
    def test_a_card_that_is_declined_leaves_the_page_open(self, shop, card, outcome, code):
        session = shop.open()

        assert shop.backend.pay(session.id, card) == outcome

        session = shop.look(session)
        assert (session.status, session.payment_status) == ("open", "unpaid")
        intent = session.payment_intent
        assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
        assert (intent.last_payment_error.code, intent.last_payment_error.decline_code) == (code, outcome)
        assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)
        assert shop.told == []

    def test_another_card_pays_the_same_page(self, shop):
        session = shop.open()
        shop.backend.pay(session.id, DECLINED)
        tried = shop.look(session).payment_intent.id

        assert shop.backend.pay(session.id, MASTERCARD) == "paid"

        intent = shop.look(session).payment_intent
        assert (intent.id, intent.status, intent.last_payment_error) == (tried, "succeeded", None)

    @pytest.mark.parametrize("card", ["4111 1111 1111 1111", "", "4242", "4242 4242 4242 4242 4"])
    def test_any_other_number_is_not_even_tried(self, shop, card):
        session = shop.open()

        assert shop.backend.pay(session.id, card) == "unknown_card"

        assert shop.look(session).payment_intent is None

    def test_a_page_is_paid_once(self, shop):
        session = shop.paid()

        assert shop.backend.pay(session.id, MASTERCARD) == "closed"

        assert shop.look(session).payment_intent.latest_charge.payment_method_details.card.brand == "visa"
        assert shop.heard == [COMPLETED]

    def test_a_closed_page_takes_no_card(self, shop):
        session = shop.open()
        shop.v1.checkout.sessions.expire(session.id)

        assert shop.backend.pay(session.id, VISA) == "closed"

        assert shop.look(session).payment_status == "unpaid"

    def test_a_page_closes_by_the_clock_before_the_card_is_tried(self, shop):
        session = shop.open()
        shop.wait(35 * MINUTE)

        assert shop.backend.pay(session.id, VISA) == "closed"

        assert shop.heard == ["checkout.session.expired"]

    def test_closing_a_page_cancels_what_was_tried_on_it(self, shop):
        session = shop.open()
        shop.backend.pay(session.id, DECLINED)

        shop.v1.checkout.sessions.expire(session.id)

        assert shop.look(session).payment_intent.status == "canceled"


class TestSecureCard:
    def test_the_bank_asks_and_nothing_is_paid_yet(self, shop):
        session = shop.open()

        assert shop.backend.pay(session.id, SECURE) == "authenticate"

        session = shop.look(session)
        assert (session.status, session.payment_intent.status) == ("open", "requires_action")
        assert shop.told == []

    def test_approved_it_pays(self, shop):
        session = shop.open()
        shop.backend.pay(session.id, SECURE)

        assert shop.backend.authenticate(session.id, approve=True) == "paid"

        card = shop.look(session).payment_intent.latest_charge.payment_method_details.card
        assert (card.last4, card.three_d_secure.result) == ("3184", "authenticated")
        assert shop.heard == [COMPLETED]

    def test_failed_it_may_be_tried_again_with_another_card(self, shop):
        session = shop.open()
        shop.backend.pay(session.id, SECURE)

        assert shop.backend.authenticate(session.id, approve=False) == "authentication_failed"

        intent = shop.look(session).payment_intent
        assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"
        assert shop.backend.pay(session.id, VISA) == "paid"

    def test_nobody_can_answer_a_question_that_was_not_asked(self, shop):
        session = shop.open()

        assert shop.backend.authenticate(session.id, approve=True) == "closed"

        assert shop.look(session).payment_status == "unpaid"


class TestDelivery:
    @pytest.mark.parametrize(("delivery", "heard"), [("now", [COMPLETED]), ("twice", [COMPLETED] * 2), ("never", [])])
    def test_the_shop_is_told_as_often_as_was_chosen(self, shop, delivery, heard):
        shop.paid(delivery=delivery)

        assert shop.heard == heard

    def test_after_the_redirect_it_is_told_by_whoever_comes_next(self, shop):
        session = shop.paid(delivery="after")  # and looks at it, as the return page does
        assert shop.heard == []

        shop.wait(3)
        shop.look(session)

        assert shop.heard == [COMPLETED]

    def test_what_waits_can_be_delivered_early(self, shop):
        shop.paid(delivery="after")

        assert shop.backend.deliver_due(early=True) == 1

        assert shop.heard == [COMPLETED]

    def test_an_event_that_was_not_accepted_comes_again_three_times_at_most(self, shop):
        shop.answer = 500
        shop.paid()
        assert shop.heard == [COMPLETED]

        for _ in range(5):
            shop.wait(5 * MINUTE)
            shop.v1.events.list()

        assert shop.heard == [COMPLETED] * 3

    def test_it_comes_again_until_it_is_accepted(self, shop):
        shop.answer = 500
        shop.paid()
        assert shop.v1.events.list({"type": COMPLETED}).data[0].pending_webhooks == 1

        shop.answer = 200
        shop.wait(MINUTE)
        shop.v1.events.list()
        shop.wait(5 * MINUTE)

        assert shop.v1.events.list({"type": COMPLETED}).data[0].pending_webhooks == 0
        assert shop.heard == [COMPLETED] * 2

    def test_an_error_of_the_shop_does_not_break_the_page(self, shop):
        def fail(body, signature):
            raise RuntimeError("the webhook is broken")

        shop.backend._deliver = fail

        assert shop.paid().status == "complete"

    def test_what_the_webhook_asks_is_answered_before_it_is_told_more(self, shop):
        order = []

        def hear(body, signature):
            order.append("begins")
            shop.v1.events.list()
            order.append("ends")
            return 200

        shop.backend._deliver = hear
        shop.paid(delivery="twice")

        assert order == ["begins", "ends"] * 2

    def test_an_event_can_be_replayed(self, shop):
        session = shop.paid(delivery="never")
        event = shop.v1.events.list({"type": COMPLETED}).data[0]

        assert shop.backend.replay(event.id) is True

        assert shop.told == [(COMPLETED, session.id)]

    def test_the_shop_hears_only_what_its_endpoint_asks_for(self, shop):
        session = shop.paid()
        shop.refund(session, amount=100)

        assert shop.heard == [COMPLETED, "refund.created"]
        assert {"payment_intent.succeeded", "charge.refunded"} <= {event["type"] for event in shop.events()}


class TestDisputes:
    def test_a_dispute_takes_the_money_and_stops_refunds(self, shop):
        session = shop.paid()

        dispute = shop.backend.dispute(session.payment_intent.id)

        assert shop.told[1:] == [
            ("charge.dispute.created", dispute["id"]),
            ("charge.dispute.funds_withdrawn", dispute["id"]),
        ]
        assert shop.v1.disputes.retrieve(dispute["id"]).status == "needs_response"
        assert shop.look(session).payment_intent.latest_charge.disputed
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.refund(session, amount=100)
        assert refusal.value.code == "charge_disputed"

    def test_an_inquiry_takes_nothing_and_leaves_refunds_as_they_were(self, shop):
        session = shop.paid(delivery="never")

        asked = shop.backend.dispute(session.payment_intent.id, is_inquiry=True)
        shop.refund(session, amount=100)
        closed = shop.backend.close_dispute(session.payment_intent.id, won=True)

        assert (asked["status"], asked["is_charge_refundable"]) == ("warning_needs_response", True)
        assert closed["status"] == "warning_closed"
        assert [kind for kind in shop.heard if "dispute" in kind] == ["charge.dispute.created", "charge.dispute.closed"]

    def test_a_card_that_is_disputed_by_itself_after_a_while(self, shop):
        session = shop.paid(DISPUTED)
        shop.refund(session, amount=100)
        shop.told.clear()

        shop.wait(MINUTE)
        disputes = shop.v1.disputes.list({"payment_intent": session.payment_intent.id}).data

        assert [dispute.amount for dispute in disputes] == [2150]
        assert shop.heard == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]

    @pytest.mark.parametrize(
        ("won", "status", "heard"),
        [
            (True, "won", ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
            (False, "lost", ["charge.dispute.closed"]),
        ],
    )
    def test_the_bank_decides(self, shop, won, status, heard):
        session = shop.paid()
        shop.backend.dispute(session.payment_intent.id)
        shop.told.clear()

        dispute = shop.backend.close_dispute(session.payment_intent.id, won=won)

        assert (dispute["status"], dispute["is_charge_refundable"]) == (status, won)
        assert shop.heard == heard


class TestRefundsThatChange:
    def test_a_pending_one_succeeds_after_a_while(self, shop):
        refund = shop.refund(shop.paid(REFUND_PENDING), amount=500)
        assert refund.status == "pending"

        shop.wait(MINUTE)

        assert shop.v1.refunds.retrieve(refund.id).status == "succeeded"
        assert shop.heard == [COMPLETED, "refund.created", "refund.updated"]

    def test_one_that_succeeded_fails_after_a_while_and_the_money_can_be_given_back_again(self, shop):
        session = shop.paid(REFUND_FAILS)
        refund = shop.refund(session)
        assert refund.status == "succeeded"

        shop.wait(MINUTE)
        failed = shop.v1.refunds.retrieve(refund.id)

        assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
        assert shop.heard == [COMPLETED, "refund.created", "refund.updated", "refund.failed"]
        assert shop.look(session).payment_intent.latest_charge.amount_refunded == 0

    def test_any_refund_can_be_made_to_fail_once(self, shop):
        session = shop.paid(REFUND_PENDING)
        refund = shop.refund(session, amount=500)

        shop.backend.fail_refund(refund.id)
        shop.wait(MINUTE)

        assert shop.v1.refunds.retrieve(refund.id).status == "failed"
        assert shop.look(session).payment_intent.latest_charge.amount_refunded == 0
