"""Accounts that are debited, and what everything does to the shop's own balance at the stand-in."""

import pytest
import stripe

from tests.checkout.stripe_stand_in import MINUTE, VISA, Shop

PAYS_LATER = "DE89 3704 0044 0532 0130 00"
REFUSES_LATER = "DE62 3704 0044 0532 0130 01"


@pytest.fixture
def shop():
    return Shop()


class TestDebits:
    @pytest.fixture
    def page(self, shop):
        return shop.open(allowed_payment_method_types=["card", "sepa_debit"])

    def test_the_page_is_complete_at_once_and_not_paid(self, shop, page):
        assert shop.backend.pay(page.id, PAYS_LATER) == "processing"

        session = shop.look(page)
        assert (session.status, session.payment_status) == ("complete", "unpaid")
        assert session.payment_intent.status == "processing"
        assert session.payment_intent.latest_charge.payment_method_details.sepa_debit.last4 == "3000"
        assert shop.heard == ["checkout.session.completed"]

    @pytest.mark.parametrize(
        ("account", "paid", "intent", "told"),
        [
            (PAYS_LATER, "paid", "succeeded", "checkout.session.async_payment_succeeded"),
            (REFUSES_LATER, "unpaid", "requires_payment_method", "checkout.session.async_payment_failed"),
        ],
    )
    def test_a_while_later_the_bank_answers(self, shop, page, account, paid, intent, told):
        shop.backend.pay(page.id, account)

        shop.wait(MINUTE)

        session = shop.look(page)
        assert (session.status, session.payment_status, session.payment_intent.status) == ("complete", paid, intent)
        assert shop.heard == ["checkout.session.completed", told]

    def test_a_page_that_does_not_ask_for_accounts_takes_none(self, shop):
        assert shop.backend.pay(shop.open().id, PAYS_LATER) == "unknown_card"

    def test_a_page_that_waits_for_the_bank_cannot_be_closed(self, shop, page):
        shop.backend.pay(page.id, PAYS_LATER)

        with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
            shop.v1.checkout.sessions.expire(page.id)


class TestBalance:
    def booked(self, shop):
        listed = shop.v1.balance_transactions.list({"limit": 100}).data
        return [(each.type, each.amount, each.fee, each.net) for each in reversed(listed)]

    def test_a_payment_comes_less_what_stripe_keeps(self, shop):
        session = shop.paid()

        found = shop.v1.charges.retrieve(session.payment_intent.latest_charge.id, {"expand": ["balance_transaction"]})

        fee = 57  # 1.5 % of 21.50, and 25 cents
        assert (found.balance_transaction.amount, found.balance_transaction.fee) == (2150, fee)
        assert found.balance_transaction.net == 2150 - fee
        assert found.balance_transaction.source == found.id

    def test_a_refund_goes_and_one_that_failed_comes_back(self, shop):
        session = shop.paid()
        refund = shop.refund(session, amount=500)
        shop.backend.fail_refund(refund.id)

        assert self.booked(shop)[1:] == [("refund", -500, 0, -500), ("refund_failure", 500, 0, 500)]
        listed = shop.v1.refunds.list({"expand": ["data.balance_transaction", "data.charge"]}).data
        assert (listed[0].balance_transaction.net, listed[0].charge.amount) == (-500, 2150)

    def test_a_dispute_takes_the_money_and_a_fee_and_a_won_one_brings_the_money_back(self, shop):
        intent = shop.paid().payment_intent.id
        shop.backend.dispute(intent)
        shop.backend.close_dispute(intent, won=True)

        assert self.booked(shop)[1:] == [("adjustment", -2150, 1500, -3650), ("adjustment", 2150, 0, 2150)]
        [dispute] = shop.v1.disputes.list().data
        assert [each.net for each in dispute.balance_transactions] == [-3650, 2150]

    def test_an_inquiry_a_declined_card_and_an_open_debit_move_nothing(self, shop):
        intent = shop.paid().payment_intent.id
        shop.backend.dispute(intent, is_inquiry=True)
        page = shop.open(allowed_payment_method_types=["card", "sepa_debit"])
        shop.backend.pay(page.id, "4000 0000 0000 0002")
        shop.backend.pay(page.id, PAYS_LATER)

        assert [kind for kind, *_ in self.booked(shop)] == ["charge"]

    def test_one_is_looked_up_by_its_name_or_its_kind(self, shop):
        shop.backend.pay(shop.open().id, VISA)
        [booked] = shop.v1.balance_transactions.list({"type": "charge"}).data

        assert shop.v1.balance_transactions.retrieve(booked.id).net == booked.net
        assert shop.v1.balance_transactions.list({"type": "refund"}).data == []
