"""Web and worker are killed with -9 in the middle of a checkout, again and again: nobody pays for nothing, or twice.

A request that was killed may have been done or not, and its shopper cannot know: some press again, some walk away. In each
round one shopper's step decides the moment; another shops beside them, and is wherever they are just then.
"""

import os
import re
import time
from collections import Counter, defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from statistics import median
from threading import Event

import pytest
import requests
from django.conf import settings
from django.db import connection

from bookings.models import BookingStatus
from catalog.models import Variant
from checkout import jobs, payments
from checkout.models import Message, Order, OrderStatus
from tests.checkout.conftest import VISA
from tests.factories import ResourceFactory, ServiceFactory, ServiceVariantFactory, VariantFactory
from tests.rehearsal.shop import (
    PATIENCE,
    Program,
    environment,
    manage,
    own_database,
    prepare,
    wait_until_it_answers,
    web_server,
    worker,
)
from tests.rehearsal.visitor import Visitor, forms

pytestmark = pytest.mark.race

KILLS_PER_STEP = 25 if os.environ.get("PROOF") else 2
STOCK = 10_000
COSTS = Decimal("39.50")  # a bath and a bottle
STEPS = ["visit", "order", "page", "pay", "return"]
MAIL_ENDS = "\n" + "-" * 79 + "\n"  # what the file backend writes after each mail


class WalkedAway(Exception):
    """Somebody got no answer and had enough."""


class Shopper(Visitor):
    """Buys a bath and a bottle, and presses again whatever gets no answer, unless they are one who walks away."""

    def __init__(self, site: str, email: str, took: dict[str, deque], *, walks_away: bool = False):
        super().__init__(site)
        self.browser.headers["Connection"] = "close"  # so that only a kill can cut one
        self.email, self.took, self.walks_away = email, took, walks_away
        self.reached = defaultdict(Event)
        self.unanswered = 0
        self.has_walked_away = False

    def send(self, method, path, *, step="", **sent):
        while True:
            self.reached[step].set()
            began = time.monotonic()
            try:
                answer = super().send(method, path, allow_redirects=False, **sent)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self.unanswered += 1
                if self.walks_away:
                    raise WalkedAway from None
                wait_until_it_answers(self.site)
                continue
            self.took[step].append(time.monotonic() - began)
            return answer

    def follow(self, answer):
        while answer.is_redirect:
            answer = self.get(answer.headers["Location"])
        return answer

    def go_shopping(self) -> None:
        try:
            self.fill_basket()
            self.check_out()
        except WalkedAway:
            self.has_walked_away = True

    def fill_basket(self) -> None:
        page = self.get("/shop/bottle/")
        self.follow(self.press(page, forms(page, "/cart/lines/")[0]))
        page = self.get("/shop/bath/")
        while "/shop/bath/" in page.url:  # still, as somebody else was faster
            [hold] = forms(page, "/cart/visits/")
            page = self.follow(self.press(page, hold, hold.button("start"), step="visit"))

    def check_out(self) -> None:
        page = self.get("/checkout/")
        [form] = forms(page, "/checkout/")
        typed = {"email": self.email, "name": "Ada Lovelace", "phone": "600 100 200"}
        typed |= {name: "Biscuit" for name in form.fields if re.fullmatch(r"pet-\d+-name", name)}
        answer = self.press(page, form, typed, step="order")
        page = self.get(answer.headers["Location"], step="page")
        [form] = forms(page, "/dev/stripe/pay/")
        answer = self.press(page, form, {"test_card": VISA}, step="pay")
        self.follow(self.get(answer.headers["Location"], step="return"))


class Rehearsal:
    """The shop, its two programs, and everybody who has come so far."""

    def __init__(self, told: dict[str, str]):
        self.told, self.site = told, told["SITE_URL"]
        self.web, self.worker = web_server(told, "--workers=1"), worker(told)
        self.took = defaultdict(lambda: deque(maxlen=9))  # seconds that the latest requests of each step took
        self.shoppers: list[Shopper] = []
        self.kills = Counter()
        self.jobs_cut = self.paid_by_then = 0

    def start(self, *programs: Program) -> None:
        before = newest_worker()
        for program in programs:
            program.start()
        wait_until_it_answers(self.site)
        if self.worker in programs:
            wait_until(lambda: newest_worker() != before)

    def stop(self) -> None:
        self.worker.stop()
        self.web.stop()

    def two_shop(self, during=lambda first: None, *, walks_away: bool = False) -> None:
        """Two people shop, and `during` it something happens, which looks at the first of them for its moment."""
        first, second = self.shopper(walks_away=walks_away), self.shopper()
        with ThreadPoolExecutor(2) as pool:
            trips = [pool.submit(shopper.go_shopping) for shopper in (first, second)]
            during(first)
            for trip in trips:
                trip.result()

    def shopper(self, **how) -> Shopper:
        shopper = Shopper(self.site, f"shopper-{len(self.shoppers) + 1}@example.com", self.took, **how)
        self.shoppers.append(shopper)
        return shopper

    def kill_within(self, step: str, share: float):
        """Kill everything after this share of the time that the first shopper's step has lately taken."""

        def during(first):
            assert first.reached[step].wait(PATIENCE)
            time.sleep(share * median(self.took[step]))
            self.kill(self.web, self.worker)

        return during

    def kill_within_mail(self, share: float):
        """Kill the worker after this share of the time that a mail has lately taken."""

        def during(first):
            wait_until(lambda: jobs_begun() > 0)
            time.sleep(share * seconds_of_a_mail())
            self.kill(self.worker)

        return during

    def kill(self, *programs: Program) -> None:
        for program in programs:
            program.kill()
            self.kills[program] += 1
        self.jobs_cut += jobs_begun()
        self.start(*programs)

    def come_to_rest(self) -> None:
        """Do at once what the periodic jobs do within minutes, and work until the queue is empty."""
        self.stop()
        self.paid_by_then = Order.objects.filter(status=OrderStatus.PAID).count()
        manage(self.told, "reconcile_payments")
        execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'")
        jobs.retry_stalled_jobs.defer(timestamp=0)
        for _ in range(2):  # the first brings back what the killed ones had begun
            manage(self.told, "procrastinate", "worker", "--one-shot")


def execute(statement: str, *values):
    """The one value that a statement gives, if it gives any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None


def newest_worker() -> int | None:
    return execute("SELECT max(id) FROM procrastinate_workers")


def jobs_begun() -> int:
    """How many jobs the newest worker is at, or was when it died."""
    return execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %s", newest_worker())


def seconds_of_a_mail() -> float:
    return execute(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended.at - began.at)::float)"
        " FROM procrastinate_events began JOIN procrastinate_events ended USING (job_id)"
        " WHERE began.type = 'started' AND ended.type = 'succeeded'"
    )


def wait_until(true) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "That never came true."
        time.sleep(0.005)


@pytest.fixture
def rehearsal(tmp_path, settings, django_db_blocker):
    """A shop with two groomers and a full shelf, in a database and processes of its own; this process sees its data."""
    ours = connection.settings_dict["NAME"]
    with own_database(f"{ours}_kills") as database, django_db_blocker.unblock():
        told = environment(tmp_path, database)
        settings.STRIPE_LOCAL_FILE, settings.MAIL_DIR = told["STRIPE_LOCAL_FILE"], Path(told["MAIL_DIR"])
        rehearsal = Rehearsal(told)
        connection.close()
        connection.settings_dict["NAME"] = f"{ours}_kills"
        try:
            prepare(told)
            bath = ServiceFactory(name="Bath", slug="bath")
            ServiceVariantFactory(offering=bath)
            ResourceFactory.create_batch(2, services=[bath])
            VariantFactory(offering__name="Bottle", offering__slug="bottle", stock=STOCK)
            rehearsal.start(rehearsal.web, rehearsal.worker)
            yield rehearsal
        finally:
            rehearsal.stop()
            connection.close()
            connection.settings_dict["NAME"] = ours


def test_o02_o04_whoever_shops_while_everything_is_killed_has_paid_once_or_not_at_all(rehearsal, capsys):
    rehearsal.two_shop()
    shares = [(number + 0.5) / KILLS_PER_STEP for number in range(KILLS_PER_STEP)]
    for step in STEPS:
        for number, share in enumerate(shares):
            rehearsal.two_shop(rehearsal.kill_within(step, share), walks_away=number % 2 == 1)
    for share in shares:
        rehearsal.two_shop(rehearsal.kill_within_mail(share))

    rehearsal.come_to_rest()

    orders, charges, mails = orders_by_shopper(), charges_by_order(), mails_by_address()
    paid = [order for mine in orders.values() for order in mine if order.is_paid]
    unanswered = sum(shopper.unanswered for shopper in rehearsal.shoppers)
    mailed_again = mails.total() - len(paid)
    killed_web, killed_worker = rehearsal.kills[rehearsal.web], rehearsal.kills[rehearsal.worker]
    with capsys.disabled():
        print(
            f"\n{killed_web} kills of the web server and {killed_worker} of the worker: {unanswered} requests and"
            f" {rehearsal.jobs_cut} jobs cut short. {len(rehearsal.shoppers)} shoppers, {Order.objects.count()} orders,"
            f" {len(paid)} paid, {len(paid) - rehearsal.paid_by_then} of them seen only by the reconcile job,"
            f" {charges.total() - len(paid)} charged and lost, {mailed_again} mailed again."
        )
    assert manage(rehearsal.told, "audit").endswith("all is well.\n")
    for shopper in rehearsal.shoppers:
        assert_paid_once_or_not_at_all(shopper, orders[shopper.email], charges, mails)
    assert charges.total() == len(paid) == Message.objects.exclude(sent_at=None).count() == Message.objects.count()
    assert 0 <= mailed_again <= killed_worker
    assert Variant.objects.get(offering__slug="bottle").stock == STOCK - Order.objects.count()
    assert execute("SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'") == 0
    assert unanswered >= killed_web / 2, "The kills came too late to prove anything."
    assert rehearsal.jobs_cut, "No kill met the worker at work."


def orders_by_shopper() -> dict[str, list[Order]]:
    orders = defaultdict(list)
    for order in Order.objects.with_lines():
        orders[order.email].append(order)
    return orders


def charges_by_order() -> Counter:
    """How often the stand-in has taken money for each order number."""
    charges = payments.client().v1.charges.list({"limit": 100}).auto_paging_iter()
    return Counter(charge.metadata["order"] for charge in charges if charge.paid)


def mails_by_address() -> Counter:
    """How many whole mails each address got; one that a kill cut short counts for nothing."""
    files = [file.read_text().split(MAIL_ENDS)[:-1] for file in settings.MAIL_DIR.iterdir()]
    return Counter(re.findall(r"^To: (.+)$", mail, re.MULTILINE)[-1] for mails in files for mail in mails)


def assert_paid_once_or_not_at_all(shopper, orders, charges, mails) -> None:
    paid = [order for order in orders if order.is_paid]
    assert len(paid) <= 1
    assert paid or shopper.has_walked_away
    assert sum(charges[order.number] for order in orders) == len(paid)
    for order in paid:
        assert order.total == COSTS
        assert order.messages.count() == 1
        assert mails[shopper.email] >= 1
        assert {line.booking.status for line in order.lines.all() if line.is_visit} == {BookingStatus.CONFIRMED}
