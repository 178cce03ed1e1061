"""Receipts: what was paid and what went back, numbered without a gap and never changed."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backoffice.audit.queries import violations
from backoffice.demo.moving import unfrozen
from checkout import operations
from checkout.models import Receipt, ReceiptLine, RefundStatus
from checkout.operations import PageTruth, apply_truth
from checkout.operations.paying import accept
from checkout.operations.receipting import issue_receipt
from checkout.receipts import Sheet
from checkout.stripe_local import local_stripe
from petshop.core.money import included_tax
from tests.checkout.conftest import details_for
from tests.checkout.test_refund_rows import refused
from tests.checkout.test_refunds import bath_of, by_hand, paid_in_two, paid_order, payment_of, send_back, shampoo_of
from tests.concurrency import at_once
from tests.factories import CartFactory, PaymentFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def paid(cart):
    """A bath for 35.00 and a shampoo for 4.50."""
    return paid_order(cart)


def number(serial, letters="LOCAL-R"):
    return f"{letters}-{timezone.localtime().year}-{serial:06}"


def numbers():
    return list(Receipt.objects.order_by("pk").values_list("number", flat=True))


def as_written(receipt):
    return [(line.name, str(line.amount), str(line.tax)) for line in receipt.lines.all()]


def waiting(mode="local"):
    """The open payment page of an order of one shampoo for 4.50."""
    cart = CartFactory(holding=[VariantFactory()])
    order = operations.place_order(cart, details=details_for(cart), agreed_total=Decimal("4.50"))
    order.payments.update(mode=mode)
    return operations.record_session(order.payments.get(), session_id=f"cs_{order.number}", url="/")


def truth_of(payment):
    """Stripe's word that a page was paid."""
    return PageTruth(
        payment=payment.uuid,
        session_id=payment.session_id,
        status="complete",
        is_paid=True,
        amount=payment.amount,
        currency=payment.currency,
        mode=payment.mode,
    )


# What they say


def test_a_payment_has_a_receipt_that_says_what_it_was_for(cart_with_extra, settings):
    settings.SHOP_NAME, settings.SHOP_ADDRESS, settings.SHOP_TAX_ID = "Paws", "1 High Street", "X-1"

    receipt = payment_of(paid_order(cart_with_extra)).receipts.get()

    assert receipt.number == number(1)
    assert (receipt.kind, receipt.amount, receipt.currency) == ("receipt", Decimal("47.50"), "EUR")
    assert (receipt.seller_name, receipt.seller_address, receipt.seller_tax_id) == ("Paws", "1 High Street", "X-1")
    assert (receipt.customer_name, receipt.provider, receipt.card) == ("Ada Lovelace", "stripe", "Visa 4242")
    assert as_written(receipt) == [("Oat shampoo", "4.50", "0.78"), ("Bath and tidy, Medium dog", "43.00", "7.46")]
    bath = receipt.lines.last()
    assert bath.details[0].startswith("Biscuit: ")
    assert bath.details[1:] == ["with Nail trim, €8.00"]


def test_what_costs_nothing_has_a_receipt_of_nothing():
    cart = CartFactory(holding=[VariantFactory(price=0)])

    order = operations.place_order(cart, details=details_for(cart), agreed_total=Decimal(0))

    receipt = Receipt.objects.get(payment__order=order)
    assert (receipt.provider, receipt.amount, receipt.lines.count()) == ("none", 0, 1)


def test_a_deposit_and_its_balance_have_a_receipt_each_and_both_together_all_the_tax(paid):
    deposit, balance = paid_in_two(paid)

    first, second = deposit.receipts.get(), balance.receipts.get()

    assert as_written(first) == [("Oat shampoo", "4.50", "0.78"), ("Bath and tidy, Medium dog", "25.00", "4.34")]
    assert as_written(second) == [("Bath and tidy, Medium dog", "10.00", "1.73")]
    assert [line.is_part for line in first.lines.all()] == [False, True]
    assert (first.purpose, second.purpose) == ("deposit", "balance")


@pytest.mark.parametrize("coins", [[1, 1, 1, 3947], [1316, 1317, 1317], [3, 3900, 47]])
def test_however_it_is_paid_in_parts_each_line_gets_all_of_its_price_and_its_tax(paid, coins):
    with unfrozen():
        ReceiptLine.objects.all().delete()
        Receipt.objects.all().delete()
    paid.payments.update(amount=Decimal(coins[0]) / 100, purpose="balance")
    for amount in coins[1:]:
        PaymentFactory(order=paid, amount=Decimal(amount) / 100, status="succeeded", purpose="balance")
    with transaction.atomic():
        for payment in paid.payments.all():
            issue_receipt(payment, paid)

    for line in paid.lines.all():
        parts = line.receipt_lines.all()
        assert sum(part.amount for part in parts) == line.amount
        assert sum(part.tax for part in parts) == included_tax(line.amount, line.tax_rate)


def test_money_for_an_order_that_is_paid_already_buys_nothing_and_has_no_tax_in_it(paid):
    again = PaymentFactory(order=paid, status="expired")

    apply_truth(truth_of(again))

    receipt = again.receipts.get()
    assert as_written(receipt) == [("More than was to be paid", "39.50", "0.00")]
    assert receipt.lines.get().order_line is None
    send_back(paid, {bath_of(paid): 35, shampoo_of(paid): "4.50"})  # or the audit asks for the surplus


def test_money_for_an_order_that_was_cancelled_unpaid_buys_nothing():
    page = waiting()
    page.order.payments.update(status="expired")
    operations.cancel_unpaid(page.order, actor="maya", cause="She rang")

    apply_truth(truth_of(page))

    assert as_written(page.receipts.get()) == [("More than was to be paid", "4.50", "0.00")]


def test_money_over_the_counter_says_whether_it_was_cash():
    order = waiting().order
    order.payments.update(status="abandoned")
    cash = PaymentFactory(
        order=order, amount=order.total, provider="counter", method="cash", session_id=None, status="created"
    )
    with transaction.atomic():
        accept(cash, order, None)

    assert Sheet(cash.receipts.get()).paid_with == "Cash"


def test_a_refund_that_arrived_has_a_credit_note_in_a_series_of_its_own(paid, run_jobs):
    send_back(paid, {bath_of(paid): 10})
    run_jobs()

    receipt, note = Receipt.objects.order_by("pk")
    assert (note.kind, note.number, note.amount) == ("credit_note", number(1, "LOCAL-C"), -10)
    assert as_written(note) == [("Bath and tidy, Medium dog", "-10.00", "-1.73")]
    assert receipt.amount == Decimal("39.50")


def test_a_refund_that_is_still_on_its_way_has_none(paid):
    send_back(paid, {bath_of(paid): 10})

    assert [receipt.kind for receipt in Receipt.objects.all()] == ["receipt"]


def test_when_all_has_gone_back_in_parts_no_cent_of_tax_is_left(paid, run_jobs):
    for amount in ("0.01", "11.11", "0.07", "23.81"):
        send_back(paid, {bath_of(paid): amount})
    send_back(paid, {shampoo_of(paid): "4.50"})
    run_jobs()

    lines = [line for receipt in Receipt.objects.all() for line in receipt.lines.all()]

    assert Receipt.objects.filter(kind="credit_note").count() == 5
    assert sum(line.amount for line in lines) == sum(line.tax for line in lines) == 0


def test_a_credit_note_is_taken_back_when_the_money_came_back_to_us(paid, run_jobs):
    [refund] = send_back(paid, {bath_of(paid): 10})
    run_jobs()
    refund.refresh_from_db()
    local_stripe().fail_refund(refund.stripe_id)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.FAILED

    note, reversal = refund.receipts.order_by("pk")

    assert (reversal.kind, reversal.number, reversal.amount) == ("reversal", number(2, "LOCAL-C"), 10)
    assert sum(line.tax for each in (note, reversal) for line in each.lines.all()) == 0


def test_what_was_sent_back_in_the_dashboard_waits_until_somebody_says_what_for(paid):
    by_hand(paid, 1_000)

    assert Receipt.objects.count() == 1


# Their numbers


def test_numbers_follow_each_other_and_a_transaction_that_fails_takes_none():
    first, lost, second = waiting(), waiting(), waiting()
    apply_truth(truth_of(first))

    with transaction.atomic():
        apply_truth.__wrapped__(truth_of(lost))
        assert lost.receipts.get().number == number(2)
        transaction.set_rollback(True)
    apply_truth(truth_of(second))

    assert numbers() == [number(1), number(2)]
    assert second.receipts.get().number == number(2)


def test_money_that_is_not_real_is_numbered_apart():
    for mode in ("local", "live", "test", "live"):
        apply_truth(truth_of(waiting(mode=mode)))

    assert numbers() == [number(1), number(1, "R"), number(1, "TEST-R"), number(2, "R")]


def test_every_year_begins_at_one(paid):
    """A receipt of last year's series was written before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE checkout_receipt DISABLE TRIGGER receipt_append_only")
        cursor.execute("UPDATE checkout_receipt SET series = 'LOCAL-R-2001', number = 'LOCAL-R-2001-000001'")
        cursor.execute("ALTER TABLE checkout_receipt ENABLE TRIGGER receipt_append_only")

    apply_truth(truth_of(waiting()))

    assert numbers() == ["LOCAL-R-2001-000001", number(1)]


@pytest.mark.race
def test_fifty_payments_at_once_are_numbered_from_one_to_fifty():
    pages = [waiting() for _ in range(50)]

    results = at_once(50, lambda: apply_truth(truth_of(pages.pop())))

    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(numbers()) == [number(serial) for serial in range(1, 51)]


@pytest.mark.race
def test_one_payment_that_is_told_twenty_times_at_once_has_one_receipt():
    page = waiting()

    at_once(20, lambda: apply_truth(truth_of(page)))

    assert numbers() == [number(1)]


# What PostgreSQL refuses, whoever asks


@pytest.mark.parametrize("table", ["checkout_receipt", "checkout_receiptline"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET amount = amount", "DELETE FROM {}"])
def test_a_receipt_is_never_changed(paid, table, statement):
    refused("append-only", statement.format(table))


COPY = """INSERT INTO checkout_receipt (number, series, serial, kind, payment_id, refund_id, issued_at, seller_name, seller_address,
    seller_tax_id, customer_name, purpose, provider, card, currency, amount)
    SELECT {number}, series, {serial}, kind, payment_id, refund_id, {issued_at}, seller_name, seller_address,
    seller_tax_id, customer_name, purpose, provider, card, currency, amount FROM checkout_receipt"""
FOLLOWING = {"number": "series || '-000002'", "serial": "2", "issued_at": "issued_at"}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"serial": "3", "number": "series || '-000003'"}, "does not follow"),
        ({"serial": "0", "number": "series || '-000000'"}, "does not follow"),
        ({"serial": "1", "number": "series || '-000001'"}, "receipt_number_of_its_series_once|number"),
        ({"number": "series || '-000009'"}, "does not follow"),
        ({"issued_at": "issued_at - interval '1 second'"}, "does not follow"),
        ({}, "receipt_once_for_each_payment"),
    ],
)
def test_no_number_but_the_next_one_is_written_and_no_payment_has_two(paid, wrong, name):
    refused(name, COPY.format(**FOLLOWING | wrong))


def test_a_receipt_is_the_sum_of_its_lines_and_none_is_added_later(paid):
    receipt = Receipt.objects.get()

    refused(
        "is not the sum of its lines",
        "INSERT INTO checkout_receiptline (receipt_id, name, details, price, discount, amount, tax_rate, tax)"
        " VALUES (%s, 'One more', '[]', 1, 0, 1, 0, 0)",
        receipt.pk,
    )
