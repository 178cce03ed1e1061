"""A refund that came to nothing is sent again once; one of the dashboard is said to be for lines, exactly and once."""

from decimal import Decimal

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from checkout import operations, payments, refunds
from checkout.cancelling import Keep
from checkout.fulfilment import NothingToDo
from checkout.models import EventKind, Payment, PaymentStatus, Refund, RefundLine
from checkout.operations import MoreThanIsLeft, NotItsAmount, explain_refund, send_again
from petshop.core.money import included_tax
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_refunds import (
    at_stripe,
    bath_of,
    by_hand,
    paid_order,
    payment_of,
    send_bath_back,
    shampoo_of,
)
from tests.concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def paid(cart):
    """A bath for 35.00 and a shampoo for 4.50."""
    return paid_order(cart)


@pytest.fixture
def rejected(paid):
    return operations.reject_refund(send_bath_back(paid), error="Charge has already been refunded.")


@pytest.fixture
def mirrored(paid):
    """Ten euros that somebody sent back in Stripe's dashboard."""
    by_hand(paid, 1_000)
    return Refund.objects.get()


class TestSendingAgain:
    def test_it_is_a_new_refund_of_the_same_lines_and_the_old_one_stays_what_it_was(self, paid, rejected, run_jobs):
        [again] = send_again(rejected, actor="tom")
        run_jobs()

        again.refresh_from_db()
        rejected.refresh_from_db()
        assert (again.status, again.amount, again.actor, again.reason) == (
            "succeeded",
            Decimal("17.50"),
            "tom",
            "The dryer broke",
        )
        assert rejected.status == "rejected"
        assert bath_of(paid).refunded == payment_of(paid).refunded == Decimal("17.50")
        assert not paid.concerns.open().exists()
        assert [refund.amount for refund in at_stripe()] == [1750]

    @pytest.mark.race
    def test_c12_pressed_ten_times_at_once_it_is_sent_once(self, paid, rejected, run_jobs):
        results = at_once(10, lambda: send_again(rejected, actor="tom"))
        run_jobs()

        assert len({refund.pk for result in results for refund in result}) == 1
        assert len(at_stripe()) == 1

    def test_what_fails_once_more_can_be_sent_once_more(self, paid, rejected):
        [second] = send_again(rejected, actor="tom")
        operations.reject_refund(second, error="No")
        [third] = send_again(Refund.objects.get(pk=second.pk), actor="tom")

        assert third.pk not in (rejected.pk, second.pk)
        assert send_again(rejected, actor="tom") == [second]
        assert payment_of(paid).refunded == Decimal("17.50")

    def test_p06_money_for_which_nothing_was_due_goes_back_again_and_never_for_a_line(self, cart, run_jobs):
        order = place(cart)
        first = open_page(order)
        Payment.objects.filter(pk=first.pk).update(status=PaymentStatus.EXPIRED)
        second = operations.live_attempt(order)
        payments.open_page(second)
        for each in (second, first):
            each.refresh_from_db()
            pay(each)
            payments.settle(each.session_id)
        surplus = operations.reject_refund(Refund.objects.get(origin="surplus"), error="No")

        [of_the_bath] = operations.request_refund(order, {bath_of(order): Decimal(35)}, reason="x", actor="maya")
        [again] = send_again(surplus, actor="tom")
        run_jobs()

        assert of_the_bath.payment == second, "the newest one is nobody's"
        again.refresh_from_db()
        assert (again.payment, again.amount, again.origin, again.status) == (
            first,
            Decimal("39.50"),
            "surplus",
            "succeeded",
        )
        assert send_again(surplus, actor="tom") == [again]

    def test_one_that_is_on_its_way_is_not_sent_again(self, paid):
        with pytest.raises(NothingToDo):
            send_again(send_bath_back(paid), actor="tom")
        assert Refund.objects.count() == 1

    def test_money_that_went_back_otherwise_meanwhile_is_not_sent_twice(self, paid, rejected):
        send_bath_back(paid, "30.00")

        with pytest.raises(MoreThanIsLeft, match="Only €5.00"):
            send_again(rejected, actor="tom")
        assert paid.concerns.open().exists()


class TestExplaining:
    def test_p17_it_is_for_lines_with_their_tax_and_nobody_needs_to_look_any_more(self, paid, mirrored):
        assert paid.concerns.open().exists()

        explain_refund(mirrored, {bath_of(paid): Decimal("6.00"), shampoo_of(paid): Decimal("4.00")}, actor="maya")

        assert bath_of(paid).refunded == Decimal("6.00")
        assert sum(RefundLine.objects.values_list("amount", flat=True)) == mirrored.amount
        assert sum(RefundLine.objects.values_list("tax", flat=True)) == included_tax(
            Decimal("6.00"), 21
        ) + included_tax(Decimal("4.00"), 21)
        [concern] = paid.concerns.all()
        assert (concern.cleared_by, concern.is_open) == ("maya", False)
        event = paid.events.get(kind=EventKind.REFUND_EXPLAINED)
        assert event.actor == "maya"
        assert "€6.00" in event.cause

    @pytest.mark.parametrize("amounts", [("6.00", "3.99"), ("6.01", "4.00"), ("0", "0")])
    def test_it_is_exactly_its_amount_or_nothing(self, paid, mirrored, amounts):
        said = dict(zip([bath_of(paid), shampoo_of(paid)], map(Decimal, amounts), strict=True))

        with pytest.raises(NotItsAmount, match=r"€10\.00 was sent back"):
            explain_refund(mirrored, said, actor="maya")
        assert not RefundLine.objects.exists()

    def test_of_no_line_more_than_is_left(self, paid, mirrored):
        with pytest.raises(MoreThanIsLeft, match=r"Only €4\.50 of “Oat shampoo"):
            explain_refund(mirrored, {shampoo_of(paid): Decimal("10.00")}, actor="maya")
        said = {shampoo_of(paid): Decimal("-1.00"), bath_of(paid): Decimal("11.00")}
        with pytest.raises(MoreThanIsLeft):
            explain_refund(mirrored, said, actor="maya")
        assert not RefundLine.objects.exists()

    @pytest.mark.race
    def test_said_by_eight_at_once_it_is_said_once(self, paid, mirrored):
        results = at_once(8, lambda: explain_refund(mirrored, {bath_of(paid): Decimal("10.00")}, actor="maya"))

        assert sorted(type(result).__name__ for result in results) == ["NothingToDo"] * 7 + ["Refund"]
        assert bath_of(paid).refunded == Decimal("10.00")

    def test_of_what_was_called_off_nothing_is_kept_that_went_back(self, paid, mirrored):
        operations.cancel_lines([bath_of(paid)], actor="maya", cause="Too late", keep=Keep.ALL)
        kept = bath_of(paid).kept

        explain_refund(mirrored, {bath_of(paid): Decimal("10.00")}, actor="maya")

        bath = bath_of(paid)
        assert (bath.kept, bath.still_owed) == (min(kept, Decimal("25.00")), 0)

    def test_what_we_asked_for_ourselves_needs_no_words(self, paid):
        with pytest.raises(NothingToDo):
            explain_refund(send_bath_back(paid), {bath_of(paid): Decimal("17.50")}, actor="maya")

    def test_the_rest_of_its_line_is_what_can_go_back(self, paid, mirrored):
        explain_refund(mirrored, {bath_of(paid): Decimal("10.00")}, actor="maya")

        refunds.send_refund(send_bath_back(paid, "25.00"))
        with pytest.raises(MoreThanIsLeft, match=r"Only €0\.00"):
            send_bath_back(paid, "0.01")
