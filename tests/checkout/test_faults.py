"""What can go wrong between Stripe and us, one fault at a time and all at once: two runs of reconcile repair everything.

Between the two runs lie ten minutes. Afterwards both books agree to the cent, every invariant holds, and what a person must
decide is listed and nothing else.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.audit.queries import violations
from bookings.models import Booking
from bookings.operations import hold_booking
from checkout import payments, reconcile, refunds
from checkout.day_audit import audit_day
from checkout.models import EventsRead, Message, Order, OrderStatus, Payment, Refund, WebhookEvent
from checkout.stripe_local import Fault, local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_debits import PAYS_LATER, REFUSES_LATER
from tests.checkout.test_refunds import at_stripe, deaf, payment_of, send_back
from tests.factories import CartFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

RETRIED = ["answer lost", "never arrived"]  # by the SDK itself, once
OPENING, SENDING_BACK = "POST /v1/checkout/sessions", "POST /v1/refunds"


@pytest.fixture(autouse=True)
def both_books_agree_afterwards():
    """Whatever happened: the invariants hold, and Stripe's books of the day are ours."""
    yield
    assert violations(connection) == []
    assert audit_day(timezone.localdate()).differences == []


@pytest.fixture
def basket(bath, ten_tomorrow):
    """A basket with a bath at another hour each time and a brush: EUR 39.50."""
    brush, hours = VariantFactory(stock=100), iter(range(8))

    def fill():
        held = hold_booking(bath, starts_at=ten_tomorrow + timedelta(hours=next(hours)) - timedelta(hours=1))
        return CartFactory(holding=[held, brush])

    return fill


def paid(basket, card="4242424242424242") -> Order:
    order = place(basket)
    pay(open_page(order), card, delivery="never")
    payments.settle_order(order)
    return order


def ten_minutes_pass():
    """Everything that waits has waited ten minutes longer; the clocks stay where they are."""
    ten = timedelta(minutes=11)
    for payment in Payment.objects.live():
        Payment.objects.filter(pk=payment.pk).update(created_at=payment.created_at - ten, last_checked_at=None)
    for refund in Refund.objects.open():
        Refund.objects.filter(pk=refund.pk).update(requested_at=refund.requested_at - ten, last_checked_at=None)


def reconcile_twice() -> list[str]:
    """What two runs, ten minutes apart, leave to people."""
    for _run in range(2):
        ten_minutes_pass()
        reconcile.reconcile()
    return reconcile.left_for_people()


def fail(*faults) -> None:
    """Each as often as the SDK asks by itself."""
    local_stripe().faults += [Fault(kind, on) for kind, on in faults for _try in range(2 if kind in RETRIED else 1)]


class TestOpeningThePage:
    @pytest.mark.parametrize("kind", ["answer lost", "never arrived", "500", "500, but done", "429"])
    def test_without_an_answer_the_attempt_is_found_or_given_up_and_the_next_press_leads_to_one_page(self, cart, kind):
        order = place(cart)
        fail((kind, OPENING))
        with pytest.raises(payments.StripeIsDown):
            payments.open_checkout(order)

        assert reconcile_twice() == []
        payments.open_checkout(order)
        pay(order.payments.get(status="open"))

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert order.payments.exclude(status="abandoned").count() == 1

    @pytest.mark.parametrize("kind", ["answer lost", "never arrived", "500", "500, but done"])
    def test_whoever_does_not_come_back_leaves_no_order_and_no_stock_behind(self, cart, shampoo, kind):
        order = place(cart)
        fail((kind, OPENING))
        with pytest.raises(payments.StripeIsDown):
            payments.open_checkout(order)
        their_time_is_over()

        assert reconcile_twice() == []

        order.refresh_from_db()
        shampoo.refresh_from_db()
        assert (order.status, shampoo.stock) == (OrderStatus.EXPIRED, 10)
        assert {page.status for page in payments.client().v1.checkout.sessions.list().data} <= {"expired"}


class TestSendingBack:
    @pytest.mark.parametrize("kind", ["answer lost", "never arrived", "500", "500, but done", "429"])
    def test_it_goes_back_once_and_the_customer_is_told_once(self, basket, kind, run_jobs, mailoutbox):
        order = paid(basket())
        [refund] = send_back(order, {order.lines.visits().get(): "10.00"})
        deaf(local_stripe())
        fail((kind, SENDING_BACK))
        with pytest.raises(payments.StripeIsDown):
            refunds.send_refund(refund)

        assert reconcile_twice() == []
        run_jobs()

        assert [each.amount for each in at_stripe()] == [1000]
        assert Refund.objects.get().status == "succeeded"
        assert [mail.subject for mail in mailoutbox if "sent back" in mail.subject] == [
            f"€10.00 sent back: order {order.number}"
        ]

    def test_while_stripe_does_not_answer_at_all_it_waits(self, basket):
        order = paid(basket())
        send_back(order, {order.lines.visits().get(): "10.00"})
        local_stripe().faults += [Fault("never arrived", SENDING_BACK)] * 3

        assert reconcile_twice() == []

        assert Refund.objects.get().status == "succeeded"


class TestADayWithoutWebhooks:
    @pytest.fixture(autouse=True)
    def nobody_tells_us(self, own_files):
        deaf(local_stripe())

    def test_what_was_paid_is_paid_what_was_left_ends_and_what_was_refused_ends(self, basket):
        bought, left = place(basket()), place(basket())
        pay(open_page(bought), delivery="never")
        open_page(left)
        refused, debited = debit(basket(), REFUSES_LATER), debit(basket(), PAYS_LATER)
        their_time_is_over(left)
        the_bank_answers()
        a_day_passes()

        assert reconcile_twice() == []

        ends = dict(Order.objects.values_list("number", "status"))
        assert ends == {
            bought.number: "paid",
            left.number: "expired",
            refused.number: "expired",
            debited.number: "paid",
        }

    def test_refunds_and_disputes_of_that_day_are_in_our_books(self, basket):
        order, other = paid(basket()), paid(basket())
        made = local_stripe().refund(payment_of(order).intent_id, 1_000)
        local_stripe().fail_refund(made["id"])
        local_stripe().refund(payment_of(order).intent_id, 500)
        local_stripe().dispute(payment_of(other).intent_id)
        a_day_passes()

        left = reconcile_twice()

        assert sorted(Refund.objects.values_list("status", "amount")) == [("failed", 10), ("succeeded", 5)]
        assert payment_of(other).is_disputed
        assert {line.split(":")[0] for line in left} == {f"order {order.number}", f"order {other.number}"}


def test_a_refund_of_the_dashboard_is_mirrored_and_only_what_it_was_for_is_left_to_a_person(basket):
    order = paid(basket())
    deaf(local_stripe())
    made = local_stripe().refund(payment_of(order).intent_id, 1_000)

    [left] = reconcile_twice()

    assert left == (
        f"order {order.number}: €10.00 was sent back in Stripe's dashboard ({made['id']}): nobody has said what for"
    )
    assert payment_of(order).refunded == 10


def test_everything_at_once(basket, run_jobs, mailoutbox):
    """A day without webhooks and worker, on which whatever can go wrong goes wrong once."""
    deaf(local_stripe())
    lost_refund, failed_refund, by_hand, disputed = (paid(basket()) for _ in range(4))
    fail(("answer lost", OPENING))
    never_heard = place(basket())
    with pytest.raises(payments.StripeIsDown):
        payments.open_checkout(never_heard)
    fail(("500", OPENING))
    failed_open = place(basket())
    with pytest.raises(payments.StripeIsDown):
        payments.open_checkout(failed_open)
    bought = place(basket())
    pay(open_page(bought), delivery="never")
    for order, kind in [(lost_refund, "answer lost"), (failed_refund, "500")]:
        [refund] = send_back(order, {order.lines.visits().get(): "10.00"})
        fail((kind, SENDING_BACK))
        with pytest.raises(payments.StripeIsDown):
            refunds.send_refund(refund)
    local_stripe().refund(payment_of(by_hand).intent_id, 500)
    local_stripe().dispute(payment_of(disputed).intent_id)
    their_time_is_over(never_heard, failed_open)
    a_day_passes()
    local_stripe().faults += [Fault("slow"), Fault("500", "GET /v1/events"), Fault("429", "GET /v1/refunds")]
    local_stripe().slowness = 0.1

    left = reconcile_twice()
    run_jobs()

    ends = dict(Order.objects.values_list("number", "status"))
    assert [ends[order.number] for order in (never_heard, failed_open, bought)] == ["expired", "expired", "paid"]
    assert sorted(Refund.objects.values_list("status", "amount")) == [
        ("succeeded", Decimal(5)),
        ("succeeded", Decimal(10)),
        ("succeeded", Decimal(10)),
    ]
    assert {line.split(":")[0] for line in left} == {f"order {by_hand.number}", f"order {disputed.number}"}
    assert not WebhookEvent.objects.filter(processed_at=None).exists()
    assert not Message.objects.filter(sent_at=None, dropped_at=None).exists()


def debit(basket, account) -> Order:
    """An order that the customer pays from an account, whose bank thinks about it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.STRIPE_PAYMENT_METHODS", ["card", "sepa_debit"])
        order = place(basket)
        pay(open_page(order), account)
    return order


def the_bank_answers():
    stand_in = local_stripe()
    before = stand_in.now
    stand_in.now = lambda: before() + 120
    payments.client().v1.events.list()


def their_time_is_over(*orders):
    over = timezone.now() - timedelta(minutes=1)
    found = Order.objects.filter(pk__in=[order.pk for order in orders]) if orders else Order.objects.all()
    Booking.objects.filter(order_line__order__in=found).update(held_until=over)
    found.update(held_until=over)


def a_day_passes():
    """For our memory of Stripe's list; the audit looks at the day on which it happened."""
    EventsRead.objects.update(until=timezone.now() - timedelta(days=1))
