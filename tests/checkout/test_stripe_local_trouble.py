"""What must hold when requests are repeated, answers get lost, processes die, many come at once, or a key is set."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured

from checkout.stripe_local import Fault, LocalStripe, local_stripe
from tests.checkout.stripe_stand_in import MINUTE, Shop
from tests.concurrency import at_once

DAY = 24 * 60 * MINUTE
ROOT = Path(__file__).resolve().parents[2]

OPEN_MANY = """
import sys
import django
django.setup()
from tests.checkout.stripe_stand_in import Shop
shop = Shop(sys.argv[1])
shop.clock = float(sys.argv[2])
for number in range(int(sys.argv[3])):
    session = shop.open(key=f"checkout-{number}")
    print(number, session.id, flush=True)
"""


@pytest.fixture
def shop(tmp_path):
    return Shop(str(tmp_path / "stripe.sqlite3"))


def open_many(path, clock, count):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "petshop.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", OPEN_MANY, path, str(clock), str(count)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


class TestIdempotency:
    def test_the_same_key_is_the_same_session(self, shop):
        first = shop.open(key="checkout-1")
        shop.wait(20 * MINUTE)

        again = shop.open(key="checkout-1", expires_at=first.expires_at)

        assert again.id == first.id
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.last_response.headers
        assert len(shop.v1.checkout.sessions.list().data) == 1

    def test_the_same_key_with_other_parameters_is_an_error(self, shop):
        shop.open(key="checkout-1")

        with pytest.raises(stripe.IdempotencyError, match="same parameters"):
            shop.open(key="checkout-1", customer_email="grace@example.com")

        assert len(shop.v1.checkout.sessions.list().data) == 1

    def test_the_same_key_at_another_endpoint_is_an_error(self, shop):
        session = shop.paid()
        shop.open(key="checkout-1")

        with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
            shop.refund(session, key="checkout-1")

    def test_a_request_that_was_not_valid_may_be_corrected(self, shop):
        with pytest.raises(stripe.InvalidRequestError):
            shop.open(key="checkout-1", customer_email="ada")

        assert shop.open(key="checkout-1").status == "open"

    def test_a_refusal_is_repeated(self, shop):
        session = shop.open()
        shop.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "a"})
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "b"})

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "b"})

        assert refusal.value.headers["Idempotent-Replayed"] == "true"

    def test_a_day_later_the_key_is_new(self, shop):
        first = shop.open(key="checkout-1")
        shop.wait(DAY + 1)

        again = shop.open(key="checkout-1")

        assert again.id != first.id

    def test_a_key_may_not_be_too_long(self, shop):
        with pytest.raises(stripe.InvalidRequestError, match="255"):
            shop.open(key="k" * 256)


class TestFaults:
    def test_a_lost_answer_and_the_sdks_own_retry_make_one_session(self, shop):
        shop.backend.faults.append("answer lost")

        session = shop.open()

        assert session.last_response.headers["Idempotent-Replayed"] == "true"
        assert [one.id for one in shop.v1.checkout.sessions.list().data] == [session.id]

    def test_a_lost_answer_to_the_last_try_leaves_a_session_that_the_same_key_finds(self, shop):
        shop.backend.faults += ["answer lost", "answer lost"]
        with pytest.raises(stripe.APIConnectionError):
            shop.open(key="checkout-1")
        made = shop.v1.checkout.sessions.list().data

        session = shop.open(key="checkout-1")

        assert [one.id for one in made] == [session.id]

    def test_a_request_that_never_arrived_made_nothing(self, shop):
        shop.backend.faults += ["never arrived", "never arrived"]

        with pytest.raises(stripe.APIConnectionError):
            shop.open(key="checkout-1")

        assert shop.v1.checkout.sessions.list().data == []

    def test_a_500_is_kept_for_its_key(self, shop):
        shop.backend.faults.append("500")
        for replayed in [None, "true"]:
            with pytest.raises(stripe.APIError) as error:
                shop.open(key="checkout-1")
            assert (error.value.http_status, error.value.headers.get("Idempotent-Replayed")) == (500, replayed)

        assert shop.v1.checkout.sessions.list().data == []
        assert shop.open(key="checkout-2").status == "open"

    def test_a_500_may_hide_that_it_was_done(self, shop):
        session = shop.paid()
        shop.backend.faults.append("500, but done")

        with pytest.raises(stripe.APIError):
            shop.refund(session, key="refund-1", amount=500)

        assert [refund.amount for refund in shop.v1.refunds.list().data] == [500]

    @pytest.mark.parametrize(("status", "error"), [("409", stripe.APIError), ("429", stripe.RateLimitError)])
    def test_turned_away_nothing_was_made_and_nothing_is_kept(self, shop, status, error):
        shop.backend.faults += [status, status]

        with pytest.raises(error) as raised:
            shop.open(key="checkout-1")

        assert raised.value.http_status == int(status)
        shop.backend.faults.clear()
        assert shop.open(key="checkout-1").status == "open"

    def test_slow_takes_its_time(self, shop):
        shop.backend.slowness = 0.2
        shop.backend.faults.append("slow")
        began = time.monotonic()

        shop.open()

        assert time.monotonic() - began >= 0.2

    def test_a_fault_can_wait_for_the_request_that_it_is_for(self, shop):
        shop.backend.faults.append(Fault("answer lost", on="POST /v1/refunds"))
        session = shop.paid()

        refund = shop.refund(session, amount=500)

        assert refund.last_response.headers["Idempotent-Replayed"] == "true"
        assert shop.backend.faults == []

    def test_a_fault_that_does_not_exist_is_a_mistake(self, shop):
        shop.backend.faults.append("anser lost")

        with pytest.raises(ValueError, match="anser lost"):
            shop.open()


@pytest.mark.django_db
class TestManyAtOnce:
    def test_threads_with_one_key_make_one_session(self, shop):
        sessions = at_once(8, lambda: shop.open(key="checkout-1").id)

        assert len(set(sessions)) == 1
        assert len(shop.v1.checkout.sessions.list().data) == 1

    def test_threads_cannot_refund_more_than_was_paid(self, shop):
        session = shop.paid()

        results = at_once(8, lambda: shop.refund(session, amount=500))

        refused = [result for result in results if isinstance(result, stripe.InvalidRequestError)]
        assert len(refused) == 4  # four times EUR 5.00 fit into EUR 21.50
        assert shop.look(session).payment_intent.latest_charge.amount_refunded == 2000

    def test_threads_with_two_cards_pay_a_page_once(self, shop):
        session = shop.open()

        outcomes = at_once(6, lambda: shop.backend.pay(session.id, "4242424242424242"))

        assert sorted(outcomes) == ["closed"] * 5 + ["paid"]
        assert shop.heard == ["checkout.session.completed"]

    def test_two_processes_on_one_file_agree(self, shop, tmp_path):
        path = str(tmp_path / "stripe.sqlite3")
        processes = [open_many(path, shop.clock, 40) for _ in range(2)]

        opened = [process.communicate(timeout=60)[0].split("\n") for process in processes]

        assert [process.returncode for process in processes] == [0, 0]
        assert opened[0] == opened[1]
        assert len(shop.v1.checkout.sessions.list({"limit": 100}).data) == 40

    def test_one_process_sees_what_another_did(self, shop, tmp_path):
        other = Shop(str(tmp_path / "stripe.sqlite3"))
        session = shop.open()

        other.backend.pay(session.id, "4242424242424242")

        assert shop.look(session).payment_status == "paid"
        assert other.backend.webhook_secret == shop.backend.webhook_secret


def test_a_process_that_is_killed_anywhere_makes_no_second_session(shop, tmp_path):
    """Killed after each statement of its request in turn: the request is kept whole under its key, or not at all."""
    shop.open()  # what a first request loads, the children inherit
    path = str(tmp_path / "stripe.sqlite3")

    for statements in range(100):
        was_killed = open_and_be_killed(path, shop.clock, f"checkout-{statements}", after=statements)
        shop.open(key=f"checkout-{statements}")

        sessions = shop.v1.checkout.sessions.list({"limit": 100}).data
        assert len(sessions) == 1 + statements + 1
        if not was_killed:
            break

    assert not was_killed
    assert statements > 10


def open_and_be_killed(path, clock, key, *, after) -> bool:
    """Open a session in a process of its own that dies after so many statements; whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            own = Shop(path)
            own.clock = clock
            left = itertools.count(after, -1)

            def die(frame, event, function):
                if event == "c_return" and function.__name__ == "execute" and next(left) == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.setprofile(die)
            own.open(key=key)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def test_a_process_that_died_before_it_told_the_shop_is_made_up_for(tmp_path):
    path = str(tmp_path / "stripe.sqlite3")
    dying = Shop(path)
    dying.backend._deliver = None  # it committed, and came no further
    session = dying.paid()

    heir = Shop(path)
    heir.look(session)

    assert heir.told == [("checkout.session.completed", session.id)]


def test_the_file_may_be_deleted_under_a_running_shop(shop, tmp_path):
    shop.open()

    (tmp_path / "stripe.sqlite3").unlink()

    assert shop.v1.checkout.sessions.list().data == []


def test_reset_forgets_everything_but_the_secret(shop):
    shop.paid(delivery="after")
    secret = shop.backend.webhook_secret

    shop.backend.reset()
    shop.wait(MINUTE)

    assert (shop.events(), shop.told) == ([], [])
    assert shop.backend.webhook_secret == secret


class TestGuard:
    def test_each_file_has_a_secret_of_its_own(self, tmp_path):
        secrets = {LocalStripe(str(tmp_path / name)).webhook_secret for name in ("a", "b")}

        assert len(secrets) == 2
        assert all(len(secret) > 40 for secret in secrets)

    @pytest.mark.parametrize("mode", ["test", "live"])
    def test_it_does_not_exist_in_another_mode(self, settings, mode):
        settings.PAYMENT_MODE = mode

        with pytest.raises(ImproperlyConfigured):
            LocalStripe()

    @pytest.mark.parametrize("key", ["sk_test_x", "rk_live_x"])
    def test_it_does_not_exist_beside_a_key(self, settings, key):
        settings.STRIPE_SECRET_KEY = key

        with pytest.raises(ImproperlyConfigured):
            LocalStripe()

    def test_the_one_of_this_process_is_on_the_file_of_the_settings(self, settings, tmp_path):
        first = local_stripe()
        assert local_stripe() is first

        settings.STRIPE_LOCAL_FILE = tmp_path / "another" / "stripe.sqlite3"

        assert local_stripe() is not first
        assert local_stripe().webhook_secret != first.webhook_secret
        assert (tmp_path / "another" / "stripe.sqlite3").exists()

    @pytest.mark.parametrize(
        "surroundings",
        [
            {"DEBUG": "0"},
            {"DEBUG": "0", "REHEARSAL": "1", "SITE_URL": "https://shop.example", "ALLOWED_HOSTS": "shop.example"},
            {"DEBUG": "1", "STRIPE_SECRET_KEY": "sk_test_x"},
        ],
        ids=["production", "rehearsal in public", "test key"],
    )
    def test_no_start_in_production_gets_hold_of_it(self, surroundings):
        base = {"SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "localhost", "SECRET_KEY": "k" * 60}
        environment = {**os.environ, "EMAIL_HOST": "mail.example", "PYTHONPATH": str(ROOT)} | base | surroundings
        environment["DJANGO_SETTINGS_MODULE"] = "petshop.settings"
        code = "from checkout.stripe_local import LocalStripe; LocalStripe()"

        start = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)

        assert start.returncode != 0
        assert "ImproperlyConfigured" in start.stderr
