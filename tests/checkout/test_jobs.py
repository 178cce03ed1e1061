"""The worker: what it does by itself, and what it takes up again after it died."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from checkout import jobs, tasks
from checkout.models import Message, OrderStatus
from checkout.operations import queue_message
from tests.checkout.conftest import open_page, pay, place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(run_jobs, cart):
    """An order that is paid, with its confirmation still in the queue."""
    order = place(cart)
    pay(open_page(order), delivery="now")
    return order


def test_while_the_worker_is_stopped_the_mail_waits_and_is_sent_once_when_it_starts(paid, run_jobs, mailoutbox):
    assert mailoutbox == []

    run_jobs()
    run_jobs()

    assert len(mailoutbox) == 1
    assert paid.messages.get().sent_at


def test_a_mail_that_was_sent_is_not_sent_again_by_the_same_job(paid, run_jobs, mailoutbox):
    run_jobs()
    tasks.send_message.defer(message_id=paid.messages.get().pk)

    run_jobs()

    assert len(mailoutbox) == 1


def test_an_order_that_was_rolled_back_leaves_no_job(run_jobs, cart):
    order = place(cart)

    with transaction.atomic():
        queue_message(order, kind="confirmation", key="confirm:0")
        transaction.set_rollback(True)

    assert not Message.objects.exists()
    assert jobs_in_queue() == []


def test_o04_a_job_that_its_worker_took_to_the_grave_is_done_by_the_next_one(paid, run_jobs, mailoutbox):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        [worker] = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker])
    jobs.retry_stalled_jobs.defer(timestamp=0)

    run_jobs(twice=True)

    assert len(mailoutbox) == 1


def test_the_periodic_job_settles_what_nobody_told_us(cart, run_jobs):
    order = place(cart)
    pay(open_page(order), delivery="never")
    order.payments.update(created_at=timezone.now() - timedelta(minutes=5))
    jobs.reconcile_payments.defer(timestamp=0)

    run_jobs()

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_o17_the_periodic_job_twice_at_once_has_one_effect(cart, run_jobs, mailoutbox):
    order = place(cart)
    pay(open_page(order), delivery="never")
    for _ in range(2):
        jobs.reconcile_payments.defer(timestamp=0)

    run_jobs()

    assert order.events.filter(kind="paid").count() == 1
    assert len(mailoutbox) == 1


def test_staff_can_reconcile_by_hand(cart, capsys):
    order = place(cart)
    pay(open_page(order), delivery="never")

    call_command("reconcile_payments")

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert "1 events fetched" in capsys.readouterr().out


def jobs_in_queue() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs")
        return [name for (name,) in cursor.fetchall()]
