"""What reconcile repairs by itself, what it leaves to people, and how it is asked at the command line."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from checkout import reconcile
from checkout.models import EventsRead, OrderStatus, Refund, WebhookEvent
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import stripe_sleeps
from tests.checkout.test_payments import events_of_stripe, tell
from tests.checkout.test_refunds import by_hand, deaf, paid_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(cart):
    return place(cart)


@contextmanager
def answers_nobody_can_read():
    """Stripe's pages name no currency: whoever reads one of them fails, as if our code had a bug."""
    change_pages(lambda page: page.update(currency=None))
    yield
    change_pages(lambda page: page.update(currency="eur"))


def change_pages(change):
    with local_stripe()._books() as books:
        for page in books.page("checkout.session", "/", {})["data"]:
            change(page)
            books.put(page)


def run(**options) -> None:
    call_command("reconcile_payments", **options)


class TestAnEventThatFails:
    @pytest.fixture
    def body(self, order):
        """The news of a payment that nobody has told us yet."""
        pay(open_page(order), delivery="never")
        return events_of_stripe()[-1]

    def test_p11_it_is_answered_with_an_error_kept_and_done_by_the_next_run(self, order, body, client):
        with answers_nobody_can_read():
            assert tell(client, body).status_code == 500
        kept = WebhookEvent.objects.get()
        assert (kept.processed_at, kept.attempts) == (None, 1)
        assert "AttributeError" in kept.error

        run()

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        kept.refresh_from_db()
        assert (kept.outcome, kept.error) == ("done", "")

    def test_after_twenty_tries_it_is_given_up_and_the_shop_is_told_once(
        self, order, body, client, run_jobs, mailoutbox, settings, capsys
    ):
        with answers_nobody_can_read():
            for _ in range(reconcile.TRIES_AT_MOST + 2):
                assert tell(client, body).status_code == 500
            reconcile.process_waiting_events(done := reconcile.Counter())
            run_jobs()

        assert not done
        [mail] = mailoutbox
        assert mail.to == [settings.SHOP_EMAIL]
        event = WebhookEvent.objects.get()
        assert f"Not in our books: checkout.session.completed, {event.event_id}" == mail.subject
        assert "AttributeError" in mail.body
        assert any(event.event_id in line for line in reconcile.left_for_people())

    def test_once_its_cause_is_mended_what_was_given_up_is_tried_again(self, order, body, client, capsys):
        with answers_nobody_can_read():
            for _ in range(reconcile.TRIES_AT_MOST):
                tell(client, body)

        run(since=timezone.now() - timedelta(days=1))

        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert reconcile.left_for_people() == []
        assert "Left for a person" not in capsys.readouterr().out

    def test_while_stripe_is_down_no_try_is_counted(self, body, client):
        for _ in range(3):
            stripe_sleeps()
            assert tell(client, body).status_code == 500
            local_stripe().faults.clear()

        assert WebhookEvent.objects.get().attempts == 0


class TestWhatNobodyBroughtUs:
    def test_a_day_without_webhooks_and_worker_is_read_even_if_a_webhook_is_the_first_to_come(self, cart, client):
        order = paid_order(cart)
        reconcile.reconcile()
        deaf(local_stripe())
        by_hand(order, 1_000, is_told=False)
        EventsRead.objects.update(until=timezone.now() - timedelta(days=1))
        a_day_ago = timezone.now() - timedelta(days=1)
        WebhookEvent.objects.update(received_at=a_day_ago)
        change_events_created(to=timezone.now() - timedelta(hours=12))

        tell(client, events_of_stripe()[-1].replace('"id": "evt_', '"id": "evt_today_'))
        reconcile.reconcile()

        assert Refund.objects.get().amount == 10

    def test_how_far_was_read_is_kept_only_if_it_was_read(self, order):
        open_page(order)
        stripe_sleeps()

        assert reconcile.reconcile()["not answered"]
        assert not EventsRead.objects.exists()
        local_stripe().faults.clear()
        reconcile.reconcile()
        assert EventsRead.objects.get().until > timezone.now() - timedelta(minutes=1)

    def test_since_a_day_of_ones_own_choice(self, cart, capsys):
        order = paid_order(cart)
        reconcile.reconcile()
        deaf(local_stripe())
        by_hand(order, 1_000, is_told=False)
        change_events_created(to=timezone.now() - timedelta(days=9))
        run()
        assert not Refund.objects.exists()

        call_command("reconcile_payments", "--since", f"{timezone.now() - timedelta(days=10):%Y-%m-%d}")

        assert Refund.objects.get().amount == 10
        assert "1 events fetched" in capsys.readouterr().out


class TestTheCommand:
    def test_what_it_leaves_to_people_is_a_line_each(self, cart, capsys):
        order = paid_order(cart)
        by_hand(order, 1_000)

        run()

        [_, line] = capsys.readouterr().out.splitlines()
        assert line.startswith(f"Left for a person: order {order.number}: €10.00 was sent back in Stripe's dashboard")

    def test_it_fails_as_long_as_stripe_does_not_answer(self, order):
        open_page(order)
        stripe_sleeps()

        with pytest.raises(CommandError, match="not answered"):
            run()

    def test_a_day_that_is_none_is_said(self):
        with pytest.raises(CommandError, match="--since"):
            call_command("reconcile_payments", "--since", "yesterday")


def change_events_created(*, to):
    """As if everything that Stripe has said so far had been said then."""
    with local_stripe()._books() as books:
        books._connection.execute("UPDATE things SET created = ? WHERE kind = 'event'", [int(to.timestamp())])
