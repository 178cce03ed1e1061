"""`reconcile_payments --audit DAY`: Stripe's books of one day beside ours."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from checkout.day_audit import audit_day
from checkout.models import Payment, Refund
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import stripe_sleeps
from tests.checkout.test_refunds import REFUND_FAILS, by_hand, deaf, paid_order, payment_of, send_bath_back
from tests.factories import CartFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(cart):
    """39.50, of which Stripe keeps 1.5 % and 25 cents."""
    return paid_order(cart)


def today():
    return timezone.localdate()


def test_a_day_on_which_both_books_agree(paid, run_jobs, capsys):
    send_bath_back(paid, "10.00")
    run_jobs()

    call_command("reconcile_payments", "--audit", str(today()))

    assert capsys.readouterr().out.splitlines() == [
        f"{today()}, local mode, localhost",
        "Received: €39.50 in 1 at Stripe, €39.50 in 1 in our books",
        "Sent back: €10.00 in 1 at Stripe, €10.00 in 1 in our books",
        "Stripe keeps €0.84, €28.66 is left",
    ]


def test_a_day_without_money_is_in_order(db, capsys):
    call_command("reconcile_payments", "--audit", "2026-01-31")

    assert "Received: €0.00 in 0 at Stripe, €0.00 in 0 in our books" in capsys.readouterr().out


def test_what_nobody_told_us_is_named_and_the_command_fails(cart, capsys):
    order = place(cart)
    pay(open_page(order), delivery="never")

    with pytest.raises(CommandError, match="differ in 1 places"):
        call_command("reconcile_payments", "--audit", str(today()))

    [difference] = audit_day(today()).differences
    assert difference.startswith("Only at Stripe: ch_local_")
    assert f"€39.50 succeeded, order {order.number}" in difference
    assert difference in capsys.readouterr().out


def test_what_stripe_does_not_know_is_named(paid):
    Payment.objects.update(charge_id="ch_local_made_up")

    theirs, ours = audit_day(today()).differences

    assert theirs.startswith("Only at Stripe: ch_local_")
    assert ours == f"Only in our books: ch_local_made_up, €39.50 succeeded, order {paid.number}"


def test_an_amount_that_is_another_is_named(paid):
    Payment.objects.update(amount=Decimal("39.51"))

    [difference] = audit_day(today()).differences

    assert "€39.50 succeeded" in difference
    assert f"in our books: {payment_of(paid).charge_id}, €39.51" in difference


def test_a_refund_of_the_dashboard_that_nobody_told_us_is_named(paid):
    made = by_hand(paid, 500, is_told=False)

    [difference] = audit_day(today()).differences

    assert difference == f"Only at Stripe: {made['id']}, €5.00 succeeded, order {paid.number}"


def test_a_refund_that_failed_without_our_knowing_is_named(paid):
    made = by_hand(paid, 500)
    deaf(local_stripe())
    local_stripe().fail_refund(made["id"])

    [difference] = audit_day(today()).differences

    assert difference.startswith(f"At Stripe: {made['id']}, €5.00 failed")
    assert f"in our books: {made['id']}, €5.00 succeeded" in difference


def test_a_refund_that_both_know_to_have_failed_moved_nothing(cart, run_jobs):
    order = paid_order(cart, REFUND_FAILS)
    made = by_hand(order, 500)
    local_stripe().fail_refund(made["id"])

    audit = audit_day(today())

    assert audit.differences == []
    assert str(audit.sent_back) == "€0.00 in 0 at Stripe, €0.00 in 0 in our books"


def test_a_refund_that_was_promised_and_never_sent_is_named(paid):
    refund = send_bath_back(paid, "10.00")

    assert audit_day(today()).differences == [
        f"Only in our books: refund {refund.uuid}, €10.00 requested, order {paid.number}"
    ]


def test_what_we_heard_of_after_midnight_belongs_to_the_day_of_its_charge(paid, run_jobs):
    send_bath_back(paid, "10.00")
    run_jobs()
    tomorrow = timezone.now() + timedelta(days=1)
    Payment.objects.update(settled_at=tomorrow)
    Refund.objects.update(requested_at=tomorrow)

    assert audit_day(today()).differences == []
    assert audit_day(tomorrow.date()).differences == []
    assert "€0.00 in 0 in our books" in str(audit_day(tomorrow.date()).received)


def test_what_another_shop_on_the_account_took_is_not_ours(paid, settings, client):
    settings.STRIPE_SITE = "another.example"
    other = place(CartFactory(holding=[VariantFactory()]))
    pay(open_page(other), delivery="never")
    settings.STRIPE_SITE = "localhost"

    assert audit_day(today()).differences == []
    assert "€39.50 in 1 at Stripe" in str(audit_day(today()).received)


def test_a_declined_card_is_nobodys_difference(paid):
    other = place(CartFactory(holding=[VariantFactory()]))
    pay(open_page(other), "4000000000000002")

    assert audit_day(today()).differences == []


def test_while_stripe_is_down_it_says_so(paid):
    stripe_sleeps()

    with pytest.raises(CommandError, match="did not answer"):
        call_command("reconcile_payments", "--audit", str(today()))


def test_a_day_that_is_none_is_said(db):
    with pytest.raises(CommandError, match="--audit"):
        call_command("reconcile_payments", "--audit", "2026-02-30")
