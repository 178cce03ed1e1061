"""Money that goes back, through the real SDK and the stand-in beneath it: asked for, lost on the way, failed, made by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from stripe.params import RefundCreateParams

from backoffice.audit.queries import violations
from backoffice.demo.moving import unfrozen
from checkout import operations, payments, reconcile, refunds
from checkout.models import (
    EventKind,
    Message,
    Order,
    Payment,
    PaymentStatus,
    Receipt,
    ReceiptLine,
    Refund,
    RefundLine,
    RefundOrigin,
    RefundStatus,
)
from checkout.operations import MoreThanIsLeft, NothingToSendBack
from checkout.operations.receipting import issue_receipt
from checkout.stripe_local import Fault, local_stripe
from tests.checkout.conftest import VISA, open_page, pay, place
from tests.factories import PaymentFactory
from tests.sdk_errors import sdk_errors

pytestmark = pytest.mark.django_db(transaction=True)

REFUND_FAILS = "4000000000005126"
REFUND_PENDING = "4000000000007726"
EUROS = Decimal


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


def paid_order(cart, card=VISA) -> Order:
    order = place(cart)
    pay(open_page(order), card)
    order.refresh_from_db()
    return order


@pytest.fixture
def paid(cart):
    """A bath for 35.00 and a shampoo for 4.50."""
    return paid_order(cart)


def bath_of(order):
    return order.lines.visits().get()


def shampoo_of(order):
    return order.lines.products().get()


def send_back(order, amounts, **said) -> list[Refund]:
    said = {"reason": "The dryer broke", "actor": "maya"} | said
    return operations.request_refund(order, {line: Decimal(amount) for line, amount in amounts.items()}, **said)


def send_bath_back(order, amount="17.50", **said) -> Refund:
    [refund] = send_back(order, {bath_of(order): amount}, **said)
    return refund


def at_stripe():
    return list(payments.client().v1.refunds.list({"limit": 100}).auto_paging_iter())


def payment_of(order) -> Payment:
    return order.payments.get()


def kinds(order) -> list[str]:
    return list(order.events.values_list("kind", flat=True))


def refund_events() -> list[str]:
    listed = payments.client().v1.events.list({"types": reconcile.REFUND_EVENTS, "limit": 100})
    return [str(event) for event in reversed(list(listed.auto_paging_iter()))]


def a_day_later(refund):
    Refund.objects.filter(pk=refund.pk).update(requested_at=timezone.now() - timedelta(hours=25))


def a_little_later():
    Refund.objects.update(requested_at=timezone.now() - timedelta(minutes=3), last_checked_at=None)


def stripe_a_day_later():
    stand_in = local_stripe()
    before = stand_in.now
    stand_in.now = lambda: before() + 25 * 60 * 60


class TestAsking:
    def test_what_goes_back_is_counted_before_stripe_hears_of_it(self, paid):
        refund = send_bath_back(paid)

        assert (refund.status, refund.amount, refund.origin) == ("requested", EUROS("17.50"), "shop")
        assert payment_of(paid).refunded == bath_of(paid).refunded == EUROS("17.50")
        assert at_stripe() == []
        event = paid.events.get(kind=EventKind.REFUND_REQUESTED)
        assert (event.actor, event.cause, event.details["amount"]) == ("maya", "The dryer broke", "17.50")

    def test_a_job_of_the_same_transaction_sends_it(self, paid, run_jobs):
        refund = send_bath_back(paid)

        run_jobs()

        refund.refresh_from_db()
        [sent] = at_stripe()
        assert (refund.status, refund.stripe_id) == (RefundStatus.SUCCEEDED, sent.id)
        assert (sent.amount, sent.metadata["refund"]) == (1750, str(refund.uuid))

    def test_a_transaction_that_is_undone_leaves_neither_row_nor_job(self, paid):
        jobs = ProcrastinateJob.objects.filter(task_name="checkout.send_refund")
        there_before = set(jobs.values_list("pk", flat=True))  # the queue's tables are not emptied between two tests

        with transaction.atomic():
            send_bath_back(paid)
            transaction.set_rollback(True)

        assert not Refund.objects.exists()
        assert set(jobs.values_list("pk", flat=True)) == there_before
        assert payment_of(paid).refunded == 0

    def test_s05_a_refund_alone_touches_neither_stock_nor_time(self, paid, run_jobs):
        shampoo, booking = shampoo_of(paid), bath_of(paid).booking
        stock = shampoo.variant.stock

        send_back(paid, {bath_of(paid): "35.00", shampoo: "4.50"})
        run_jobs()

        shampoo.variant.refresh_from_db()
        booking.refresh_from_db()
        assert (shampoo.variant.stock, booking.status) == (stock, "confirmed")

    def test_what_we_ask_for_is_what_the_sdk_knows(self, paid):
        ours, customers = send_bath_back(paid, "1.00"), send_bath_back(paid, "1.00", origin=RefundOrigin.CUSTOMER)

        assert sdk_errors(refunds.refund_params(ours), RefundCreateParams) == []
        assert sdk_errors(refunds.refund_params(customers), RefundCreateParams) == []
        assert refunds.refund_params(ours) == refunds.refund_params(Refund.objects.get(pk=ours.pk))

    def test_each_part_has_its_line_its_tax_and_its_pieces(self, paid):
        [refund] = send_back(paid, {bath_of(paid): "10.00", shampoo_of(paid): "4.50"}, quantities={shampoo_of(paid): 1})

        parts = list(refund.lines.values_list("order_line__name", "amount", "tax", "quantity"))
        assert parts == [
            ("Oat shampoo", EUROS("4.50"), EUROS("0.78"), 1),
            ("Bath and tidy", EUROS("10.00"), EUROS("1.73"), None),
        ]

    def test_p15_in_pieces_to_the_last_cent_and_not_one_cent_more(self, paid, run_jobs):
        shampoo = shampoo_of(paid)
        for piece in ["0.01", "0.02", "2.22", "2.24"]:
            send_back(paid, {shampoo: piece})

        with pytest.raises(MoreThanIsLeft) as one_cent_more:
            send_back(paid, {shampoo: "0.02"})
        send_back(paid, {shampoo: "0.01"})
        with pytest.raises(MoreThanIsLeft, match="Only €0.00 of “Oat shampoo"):
            send_back(paid, {shampoo: "0.01"})
        run_jobs()

        assert one_cent_more.value.left == EUROS("0.01")
        assert shampoo_of(paid).refunded == EUROS("4.50")
        assert sum(RefundLine.objects.values_list("tax", flat=True)) == EUROS("0.78")
        assert sum(refund.amount for refund in at_stripe()) == 450

    def test_p15_after_everything_has_gone_nothing_is_left(self, paid, run_jobs):
        send_back(paid, {bath_of(paid): "35.00", shampoo_of(paid): "4.50"})
        run_jobs()

        with pytest.raises(MoreThanIsLeft):
            send_bath_back(paid, "0.01")
        payment = payment_of(paid)
        assert payment.amount - payment.refunded == 0
        assert payments.client().v1.charges.retrieve(payment.charge_id).refunded

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
    def test_what_is_no_amount_of_money_is_refused(self, paid, amount):
        with pytest.raises(NothingToSendBack):
            send_bath_back(paid, amount)
        assert not Refund.objects.exists()

    def test_a_line_of_another_order_is_a_mistake(self, paid):
        other = Order.objects.create(email="b@example.com", name="B", currency="EUR", subtotal=0, total=0,
                                     held_until=timezone.now())  # fmt: skip

        with pytest.raises(ValueError, match="not lines of order"):
            operations.request_refund(other, {bath_of(paid): Decimal(1)}, reason="Wrong", actor="maya")

    def test_an_unpaid_order_has_nothing_to_send_back(self, cart):
        with pytest.raises(MoreThanIsLeft, match="Only €0.00 of “Bath"):
            send_bath_back(place(cart))

    def test_money_of_another_mode_is_not_sent_back_in_this_one(self, paid):
        paid.payments.update(mode="test")

        with pytest.raises(MoreThanIsLeft):
            send_bath_back(paid)

    def test_the_newest_payment_goes_back_first_and_each_has_a_refund_of_its_own(self, paid):
        older, newer = paid_in_two(paid)

        second, first = send_back(paid, {shampoo_of(paid): "4.50", bath_of(paid): "35.00"})

        assert [second.payment, first.payment] == [newer, older]
        assert list(second.lines.values_list("amount", flat=True)) == [EUROS("4.50"), EUROS("5.50")]
        assert list(first.lines.values_list("amount", flat=True)) == [EUROS("29.50")]
        assert sum(RefundLine.objects.filter(order_line=bath_of(paid)).values_list("tax", flat=True)) == EUROS("6.07")


def paid_in_two(order) -> list[Payment]:
    """As if 29.50 had been a deposit, and ten the balance."""
    with unfrozen():
        order.lines.filter(pk=bath_of(order).pk).update(due_later=10)
        ReceiptLine.objects.all().delete()
        Receipt.objects.all().delete()
    order.payments.update(amount=EUROS("29.50"), purpose="deposit")
    PaymentFactory(order=order, amount=10, status=PaymentStatus.SUCCEEDED, purpose="balance", settled_at=timezone.now())
    with transaction.atomic():
        for payment in order.payments.all():
            issue_receipt(payment, order)
    return list(order.payments.all())


class TestTheAnswer:
    def test_p13_an_answer_that_was_lost_is_asked_for_with_the_same_key(self, paid, run_jobs):
        refund = send_bath_back(paid)
        local_stripe().faults += [Fault("never arrived", "POST /v1/refunds")] * 2  # the SDK tries once more by itself

        run_jobs()
        refund.refresh_from_db()
        assert refund.status == RefundStatus.REQUESTED
        a_little_later()
        reconcile.reconcile()

        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert len(at_stripe()) == 1

    def test_p13_done_but_never_answered_and_never_told_it_is_found_again(self, paid):
        refund = send_bath_back(paid)
        deaf(local_stripe())
        local_stripe().faults += [Fault("answer lost", "POST /v1/refunds")] * 2

        with pytest.raises(payments.StripeIsDown):
            refunds.send_refund(refund)
        a_little_later()
        reconcile.reconcile()

        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert len(at_stripe()) == 1

    @pytest.mark.parametrize("fault", ["500", "500, but done"])
    def test_p13_a_failure_that_stripe_saved_is_looked_into_and_asked_anew(self, paid, fault):
        refund = send_bath_back(paid)
        deaf(local_stripe())
        local_stripe().faults += [Fault(fault, "POST /v1/refunds")]

        with pytest.raises(payments.StripeIsDown):
            refunds.send_refund(refund)
        refund.refresh_from_db()
        assert refund.status == RefundStatus.REQUESTED
        refunds.send_refund(refund)  # Stripe repeats the failure that it saved

        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert refund.keys_spent == (fault == "500")
        assert len(at_stripe()) == 1

    def test_p13_after_a_day_it_is_looked_for_before_it_is_sent_again(self, paid):
        refund = send_bath_back(paid)
        deaf(local_stripe())
        local_stripe().faults += [Fault("answer lost", "POST /v1/refunds")] * 2

        with pytest.raises(payments.StripeIsDown):
            refunds.send_refund(refund)
        stripe_a_day_later()
        a_day_later(refund)
        refunds.send_refund(Refund.objects.get())

        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert len(at_stripe()) == 1

    def test_a_shop_that_has_moved_finds_what_it_sent_from_its_old_address(self, paid, settings):
        refund = send_bath_back(paid)
        deaf(local_stripe())
        local_stripe().faults += [Fault("answer lost", "POST /v1/refunds")] * 2
        with pytest.raises(payments.StripeIsDown):
            refunds.send_refund(refund)

        settings.STRIPE_SITE = "www.new.example"
        refunds.send_refund(refund)  # the same key with other words, which Stripe refuses

        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert len(at_stripe()) == 1

    def test_what_stripe_refuses_is_rejected_in_its_words_and_staff_hear_of_it(self, paid, run_jobs, mailoutbox):
        line = bath_of(paid)
        by_hand(paid, 3_950, is_told=False)
        refund = send_bath_back(paid)

        run_jobs()

        refund.refresh_from_db()
        assert refund.status == RefundStatus.REJECTED
        assert "already been refunded" in refund.error
        line.refresh_from_db()
        assert line.refunded == 0
        assert payment_of(paid).concerns.open()
        [mail] = [mail for mail in mailoutbox if "failed" in mail.subject]
        assert mail.to == ["hello@familypetshop.example"]
        assert "€17.50 did not go back to Ada Lovelace" in mail.body
        reconcile.reconcile()
        assert payment_of(paid).refunded == EUROS("39.50")

    def test_p16_a_refund_that_fails_days_later_was_not_one(self, cart, run_jobs, mailoutbox, settings):
        order = paid_order(cart, REFUND_FAILS)
        refund = send_bath_back(order)
        run_jobs()
        assert [mail.subject for mail in mailoutbox][-1] == f"€17.50 sent back: order {order.number}"

        local_stripe().fail_refund(Refund.objects.get().stripe_id)
        run_jobs()

        refund.refresh_from_db()
        assert refund.status == RefundStatus.FAILED
        assert "lost or stolen card" in refund.error
        payment = payment_of(order)
        assert (payment.refunded, bath_of(order).refunded) == (0, 0)
        assert payment.concerns.open()
        assert mailoutbox[-1].to == [settings.SHOP_EMAIL]
        assert f"Refund of €17.50 failed: order {order.number}" == mailoutbox[-1].subject
        send_bath_back(order, "35.00")  # all of it is there again

    def test_p16_what_failed_is_not_undone_by_older_news(self, paid):
        refund = refunds.send_refund(send_bath_back(paid))
        local_stripe().fail_refund(refund.stripe_id)

        older = operations.RefundTruth(refund.stripe_id, refund.uuid, refund.amount, RefundStatus.SUCCEEDED)
        operations.record_refund(payment_of(paid), older)

        refund.refresh_from_db()
        assert refund.status == RefundStatus.FAILED
        assert payment_of(paid).refunded == 0

    def test_p16_a_customer_is_not_told_of_what_has_failed_by_then(self, paid, run_jobs, mailoutbox):
        refund = send_bath_back(paid)
        refunds.send_refund(refund)
        local_stripe().fail_refund(Refund.objects.get().stripe_id)

        run_jobs()

        assert not [mail for mail in mailoutbox if "sent back" in mail.subject]
        assert Message.objects.get(kind="sent_back").dropped_at

    def test_a_bank_that_takes_its_time_is_waited_for(self, cart, run_jobs, mailoutbox):
        refund = send_bath_back(paid_order(cart, REFUND_PENDING))
        run_jobs()
        refund.refresh_from_db()
        assert refund.status == RefundStatus.PENDING
        assert not [mail for mail in mailoutbox if "sent back" in mail.subject]

        stripe_a_day_later()
        a_little_later()
        reconcile.reconcile()
        run_jobs()

        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert [mail for mail in mailoutbox if "sent back" in mail.subject]

    def test_the_customer_hears_what_went_back_and_for_what(self, paid, run_jobs, mailoutbox):
        send_bath_back(paid)

        run_jobs()
        run_jobs()

        [mail] = [mail for mail in mailoutbox if "sent back" in mail.subject]
        assert mail.to == [paid.email]
        for text in [mail.body, mail.alternatives[0].content]:
            assert "We have sent €17.50 back." in text
            assert "Visa ending 4242" in text
            assert "Bath and tidy" in text


def deaf(stand_in):
    """Its webhooks do not reach us; the events wait."""
    stand_in._deliver = None


def by_hand(order, amount, *, is_told=True):
    """Somebody gives money back in Stripe's dashboard."""
    stand_in = local_stripe()
    deliver = stand_in._deliver
    if not is_told:
        deaf(stand_in)
    made = stand_in.refund(payment_of(order).intent_id, amount)
    if not is_told:
        stand_in.deliver_due()
        with stand_in._books() as books:
            books._connection.execute("DELETE FROM deliveries")
        stand_in._deliver = deliver
    return made
