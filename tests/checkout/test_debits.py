"""Payments of which a bank decides days later: the order waits, and is paid or ends."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.audit.queries import violations
from bookings.models import Booking
from bookings.operations import hold_booking
from checkout import emails, payments, reconcile
from checkout.models import ChangeStatus, Message, Order, OrderStatus, PaymentStatus
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_changes import asked, read, run_out
from tests.checkout.test_changes import dear as dear
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_payments import events_of_stripe, tell
from tests.checkout.test_refunds import deaf

pytestmark = pytest.mark.django_db(transaction=True)

PAYS_LATER = "DE89370400440532013000"
REFUSES_LATER = "DE62370400440532013001"


@pytest.fixture(autouse=True)
def accounts_are_taken(settings):
    settings.STRIPE_PAYMENT_METHODS = ["card", "sepa_debit"]


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


def debit(cart, account, **told) -> Order:
    """The customer has filled in the page, and the bank thinks about it."""
    order = place(cart)
    pay(open_page(order), account, **told)
    order.refresh_from_db()
    return order


def the_bank_answers():
    stand_in = local_stripe()
    before = stand_in.now
    stand_in.now = lambda: before() + 120
    payments.client().v1.events.list()  # whoever asks next hears what became of it


def test_while_the_bank_thinks_everything_is_kept_and_the_page_says_so(cart, client, shampoo):
    order = debit(cart, PAYS_LATER)

    assert order.status == OrderStatus.PENDING
    assert order.payments.get().status == PaymentStatus.PROCESSING
    assert order.bookings()[0].status == "held"
    shampoo.refresh_from_db()
    assert shampoo.stock == 9
    assert "We are waiting for your bank." in client.get(order.get_absolute_url()).content.decode()


def test_the_bank_pays_days_later(cart, run_jobs, mailoutbox):
    order = debit(cart, PAYS_LATER)

    the_bank_answers()
    run_jobs()

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.bookings()[0].status == "confirmed"
    assert [mail.to for mail in mailoutbox] == [["ada@example.com"]]


def test_the_bank_refuses_and_everything_is_let_go_and_the_customer_is_told(
    cart, client, shampoo, run_jobs, mailoutbox
):
    order = debit(cart, REFUSES_LATER)

    the_bank_answers()
    run_jobs()

    order.refresh_from_db()
    shampoo.refresh_from_db()
    assert (order.status, order.payments.get().status) == (OrderStatus.EXPIRED, PaymentStatus.FAILED)
    assert (order.bookings()[0].status, shampoo.stock) == ("cancelled", 10)
    assert cart.lines.count() == 2
    [mail] = mailoutbox
    assert mail.subject == f"Your payment did not go through: order {order.number}"
    assert "Nothing was charged" in mail.body
    page = client.get(order.get_absolute_url()).content.decode()
    assert "Your payment did not go through." in page
    assert "News of the payment sent to ada@example.com" in page


@pytest.mark.parametrize("account", [PAYS_LATER, REFUSES_LATER])
def test_nobody_brings_us_the_banks_answer_and_reconcile_finds_it(cart, account):
    order = debit(cart, account, delivery="never")
    payments.settle_order(order)
    deaf(local_stripe())

    the_bank_answers()
    order.payments.update(created_at=timezone.now() - timedelta(minutes=5))
    reconcile.reconcile()

    order.refresh_from_db()
    assert order.status == (OrderStatus.PAID if account == PAYS_LATER else OrderStatus.EXPIRED)
    assert order.events.filter(kind="payment_closed").count() == (account == REFUSES_LATER)


def test_the_order_waits_for_the_bank_longer_than_its_times_are_kept(cart, shampoo):
    order = debit(cart, PAYS_LATER)
    a_day_ago = timezone.now() - timedelta(days=1)
    Order.objects.filter(pk=order.pk).update(held_until=a_day_ago)
    Booking.objects.update(held_until=a_day_ago)

    reconcile.reconcile()

    order.refresh_from_db()
    shampoo.refresh_from_db()
    assert (order.status, shampoo.stock) == (OrderStatus.PENDING, 9)


def test_told_again_and_backwards_a_refusal_is_one(cart, client, run_jobs, mailoutbox):
    order = debit(cart, REFUSES_LATER)
    the_bank_answers()

    for body in [*reversed(events_of_stripe()), *events_of_stripe()]:
        assert tell(client, body.replace('"id": "evt_', '"id": "evt_again_')).status_code == 200
    run_jobs()

    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert len(mailoutbox) == 1


class TestAnotherTimeOfAVisit:
    """What another time costs more is paid from an account: its bank takes longer than any time is kept."""

    @pytest.fixture
    def change(self, stay, dear):
        return asked(stay, dear)

    def paid_by_account(self, change, account):
        payments.open_change(change)
        pay(change.payments.get(), account)
        run_out(change)

    def test_while_the_bank_thinks_it_waits_and_its_page_says_so(self, change, client):
        self.paid_by_account(change, PAYS_LATER)

        reconcile.reconcile()

        change.refresh_from_db()
        assert change.is_waiting
        page = client.get(change.order.get_absolute_url())
        assertContains(page, "Your bank is looking at your payment.")
        assertNotContains(page, 'data-testid="keep-time"')

    def test_the_bank_pays_days_later_and_the_visit_moves_if_its_place_is_still_free(self, change, stay, dear):
        self.paid_by_account(change, PAYS_LATER)

        the_bank_answers()

        assert read(stay).booking.starts_at == dear

    def test_the_bank_refuses_and_the_visit_stays_and_its_customer_is_told(self, change, stay, dear, mailoutbox):
        self.paid_by_account(change, REFUSES_LATER)

        the_bank_answers()

        change.refresh_from_db()
        assert change.status == ChangeStatus.ENDED
        assert read(stay).booking.sequence == 0
        hold_booking(stay.variant, starts_at=dear, nights=2)
        emails.send(Message.objects.get(kind="payment_failed"))
        assert "your visit keeps the time it has" in mailoutbox[-1].body
