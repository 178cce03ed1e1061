"""Every row of the table of sequences (PAYMENTS.md, 6.4) and the tests that show it; what was shown nowhere is shown here.

A row whose test was renamed or taken away is noticed.
"""

import re
from pathlib import Path

import pytest
from django.db import connection

from backoffice.audit.queries import violations
from checkout import payments
from checkout.models import EventKind, OrderStatus, PaymentStatus
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_payments import sessions

pytestmark = pytest.mark.django_db(transaction=True)

SECURE = "4000002760003184"
HERE = Path(__file__).parent
ROWS = {
    "normal": ["test_payments.py::test_normal_the_webhook_comes_before_the_redirect"],
    "webhook before redirect": ["test_payments.py::test_normal_the_webhook_comes_before_the_redirect"],
    "redirect before webhook": ["test_payments.py::test_the_redirect_comes_before_the_webhook"],
    "webhook before we stored the session id": [
        "test_payments.py::test_the_webhook_comes_before_we_stored_the_pages_id",
    ],
    "webhook never": [
        "test_payments.py::test_the_webhook_never_comes_and_the_customer_never_returns",
        "test_faults.py::test_what_was_paid_is_paid_what_was_left_ends_and_what_was_refused_ends",
    ],
    "customer never returns": ["test_payments.py::test_p09_the_customer_never_returns_but_the_mail_goes_out"],
    "duplicate, two Event objects": ["test_payments.py::test_two_event_objects_for_one_change_are_one_payment"],
    "out of order": [
        "test_payments.py::test_all_orders_of_one_payments_events_end_alike",
        "test_event_orders.py::test_paid_sent_back_by_hand_which_failed_and_sent_again_disputed_and_won",
        "test_event_orders.py::test_debited_paid_after_a_while_sent_back_and_disputed",
        "test_event_orders.py::test_sent_back_by_us_and_by_hand_and_ours_failed",
    ],
    "double click, two tabs": [
        "test_races.py::test_c08_a_double_click_on_pay_is_one_order_and_one_page",
        "test_views_checkout.py::test_c08_two_tabs_that_press_pay_at_once_end_on_one_page",
    ],
    "pay again after changing the cart": [
        "test_payments.py::test_changing_the_basket_closes_the_page_and_the_next_order_is_another",
        "test_payments.py::test_c16_changing_a_basket_that_was_paid_meanwhile_finds_it_paid",
    ],
    "time-out while creating the session": [
        "test_payments.py::test_p13_an_answer_that_was_lost_leads_to_the_same_page",
    ],
    "Stripe down": [
        "test_payments.py::test_p13_a_failure_that_stripe_saved_is_given_up_for_a_fresh_attempt",
        "test_payments.py::test_an_attempt_without_an_answer_for_ten_minutes_is_given_up",
        "test_faults.py::test_whoever_does_not_come_back_leaves_no_order_and_no_stock_behind",
    ],
    "time-out although the charge was made": [
        "test_refunds.py::test_p13_done_but_never_answered_and_never_told_it_is_found_again",
    ],
    "decline, 3DS abandoned": [
        "test_payments.py::test_a_declined_card_leaves_the_page_open",
        "test_sequences.py::test_whoever_leaves_the_banks_question_unanswered_may_go_on_or_run_out_of_time",
    ],
    "cancel link": [
        "test_payments.py::test_back_to_the_shop_and_continue_is_the_same_page",
        "test_sequences.py::test_the_way_back_keeps_the_page_open_and_a_press_closes_it_first",
    ],
    "order's hold runs out": [
        "test_payments.py::test_the_orders_time_runs_out",
        "test_payments.py::test_p22_the_time_runs_out_on_a_page_that_was_just_paid",
        "test_payments.py::test_the_time_runs_out_while_stripe_is_down",
    ],
    "late payment": [
        "test_paying.py::test_p05_a_time_that_is_still_free_is_taken_again",
        "test_views_order.py::test_p04_money_that_came_too_late_is_said_honestly",
        "test_late.py::test_it_is_confirmed_at_once_for_the_same_money",
        "test_late.py::test_p04_one_press_sends_it_back_to_the_cent",
        "test_late.py::test_p04_after_two_days_it_goes_back_once_and_is_told",
        "test_late.py::test_p04_all_of_the_money_goes_back_at_once",
    ],
    "async_payment_failed": [
        "test_debits.py::test_the_bank_refuses_and_everything_is_let_go_and_the_customer_is_told",
    ],
    "mismatch of amount, currency, mode": [
        "test_paying.py::test_p07_money_that_does_not_match_fulfils_nothing_and_calls_a_person",
    ],
    "order cancelled by staff while open": [
        "test_sequences.py::test_an_open_order_is_ended_only_after_its_page_was_closed",
        "test_sequences.py::test_an_open_order_that_was_just_paid_is_paid_before_anybody_ends_it",
    ],
    "dispute": [
        "test_disputes.py::test_p26_a_dispute_is_written_down_and_staff_are_told_and_nothing_else_happens",
        "test_disputes.py::test_p26_while_the_bank_has_the_money_nothing_can_be_sent_back",
    ],
}


@pytest.mark.parametrize("row", ROWS)
def test_the_row_has_its_tests(row):
    for test in ROWS[row]:
        file, name = test.split("::")
        assert re.search(rf"def {name}\(", (HERE / file).read_text()), test


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards(request):
    yield
    if "cart" in request.fixturenames:
        assert violations(connection) == []


@pytest.fixture
def order(cart):
    return place(cart)


def test_whoever_leaves_the_banks_question_unanswered_may_go_on_or_run_out_of_time(order, cart, shampoo):
    payment = open_page(order)
    assert pay(payment, SECURE) == "authenticate"

    payments.settle_order(order)
    assert (order.status, order.payments.get().status) == (OrderStatus.PENDING, PaymentStatus.OPEN)
    assert payments.open_checkout(order) == payment.session_url

    payments.close_order(order, cause="Not paid in time", to_cart=False)
    order.refresh_from_db()
    shampoo.refresh_from_db()
    assert (order.status, shampoo.stock) == (OrderStatus.EXPIRED, 10)
    assert local_stripe().authenticate(payment.session_id, approve=True) == "closed"


def test_the_way_back_keeps_the_page_open_and_a_press_closes_it_first(order, cart, client):
    payment = open_page(order)

    client.get(order.get_absolute_url())  # the address that Stripe's page leads back to
    [page] = sessions()
    assert page.status == "open"
    client.post(f"{order.get_absolute_url()}basket/")

    [page] = sessions()
    order.refresh_from_db()
    assert (page.status, order.status) == ("expired", OrderStatus.EXPIRED)
    assert pay(payment) == "closed"


def test_an_open_order_is_ended_only_after_its_page_was_closed(order, shampoo):
    payment = open_page(order)

    assert payments.close_order(order, cause="The shop ended it", to_cart=False)

    [page] = sessions()
    shampoo.refresh_from_db()
    assert (page.status, shampoo.stock) == ("expired", 10)
    assert pay(payment) == "closed"


def test_an_open_order_that_was_just_paid_is_paid_before_anybody_ends_it(order):
    pay(open_page(order), delivery="never")

    assert not payments.close_order(order, cause="The shop ended it", to_cart=False)

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert not order.events.filter(kind=EventKind.EXPIRED).exists()
