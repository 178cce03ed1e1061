"""In whatever order, how often and how late Stripe's news of one payment arrives, our books end the same.

A story is told once at the stand-in: paid, sent back, failed, disputed, decided. Then its events are delivered in many
orders, some twice, some with things happening at Stripe between two deliveries, and each time the end must be the same.
Each order begins at one savepoint of the database and one copy of the stand-in's file, so that thousands take little time.
"""

import json
import os
import random
import shutil
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import F

from backoffice.audit.queries import violations
from checkout import notifications, payments, reconcile, refunds
from checkout.models import Concern, Dispute, Message, Order, OrderEvent, Payment, Refund
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.test_refunds import REFUND_PENDING, at_stripe, deaf, send_bath_back

pytestmark = [pytest.mark.proof, pytest.mark.django_db]

IS_PROOF = bool(os.environ.get("PROOF"))
ORDERS = 5_000 if IS_PROOF else 500
STORIES = 6
SEED = 20261122

PAYS_LATER = "DE89370400440532013000"
PAID = Decimal("39.50")
REFUSES_LATER = "DE62370400440532013001"


@dataclass
class Story:
    """What happened at Stripe: its memory after each deed, and what it said of each."""

    order: Order
    files: list  # after each deed
    said: list  # the events of each deed, as bodies

    @property
    def news(self) -> list:
        return [body for bodies in self.said for body in bodies]


@pytest.fixture
def tell_story(tmp_path, settings):
    """Do one deed after the other, and keep what Stripe was like after each."""

    def tell(order, *deeds) -> Story:
        deaf(local_stripe())
        heard, files, said = {body["id"] for body in events()}, [], []
        for number, deed in enumerate(deeds):
            deed()
            fresh = [body for body in events() if body["id"] not in heard]
            heard |= {body["id"] for body in fresh}
            said.append([body for body in fresh if body["type"] in reconcile.HANDLERS])
            files.append(shutil.copy(settings.STRIPE_LOCAL_FILE, tmp_path / f"deed-{number}.sqlite3"))
        return Story(order, files, said)

    return tell


def events() -> list[dict]:
    """Everything that Stripe has said, oldest first."""
    listed = payments.client().v1.events.list({"limit": 100})
    return [json.loads(str(event)) for event in reversed(list(listed.auto_paging_iter()))]


def a_while_later():
    stand_in = local_stripe()
    before = stand_in.now
    stand_in.now = lambda: before() + 120


def hear(body: dict) -> None:
    """What the webhook does with an event that was signed."""
    reconcile.remember(notifications.Event(body["id"], body["type"], False, "", body["data"]["object"]["id"]), "{}")
    reconcile.process(body["id"])


def shuffled(story: Story, chance: random.Random) -> list[dict]:
    """Everything at least once, in any order; some of it again, and one event that is not true any more."""
    news = story.news
    page = {"object": {"id": story.order.payments.get().session_id}}
    stale = {"id": "evt_stale", "type": "checkout.session.expired", "data": page}
    twin = chance.choice(news)
    told = [*news, stale, twin | {"id": f"{twin['id']}_twin"}, chance.choice(news)]
    chance.shuffle(told)
    return told


def interleaved(story: Story, chance: random.Random) -> list:
    """The same with Stripe moving on meanwhile: its deeds in their order, each of its events at any time after it."""
    steps = [(number, number) for number in range(len(story.files))]
    for number, bodies in enumerate(story.said):
        steps += [(chance.uniform(number, len(story.files)), body) for body in bodies]
    return [step for _moment, step in sorted(steps, key=lambda step: step[0])]


def books(order: Order) -> dict:
    """Everything that must not depend on what was heard first."""
    order.refresh_from_db()
    return {
        "order": order.status,
        "visits": sorted(order.lines.visits().values_list("booking__status", flat=True)),
        "stock": list(order.lines.products().values_list("variant__stock", flat=True)),
        "payments": sorted(Payment.objects.values_list("status", "amount", "refunded", "is_disputed")),
        "refunds": sorted(Refund.objects.values_list("status", "amount", "origin", "stripe_id")),
        "lines": sorted(order.lines.values_list("refunded", flat=True)),
        "disputes": sorted(Dispute.objects.values_list("stripe_id", "status", "amount", "is_charge_refundable")),
        "waiting": reconcile.WebhookEvent.objects.filter(processed_at=None).count(),
    }


def words(order: Order) -> dict:
    """What was written and mailed: the same, too, if Stripe stood still while we heard of it."""
    return {
        "timeline": sorted(OrderEvent.objects.values_list("kind", "cause")),
        "mails": sorted(Message.objects.values_list("kind", "to")),
        "concerns": sorted(Concern.objects.values_list("reason", F("cleared_by"))),
    }


def end_alike(story: Story, settings, *, end: dict) -> None:
    """Hear the story in many orders; `end` is what the books must then say, besides being the same each time."""
    chance = random.Random(SEED)
    beginning, ends, tales = transaction.savepoint_create(), [], []
    for number in range(ORDERS // STORIES):
        moves = number % 2
        if not moves:
            shutil.copy(story.files[-1], settings.STRIPE_LOCAL_FILE)
        for step in interleaved(story, chance) if moves else shuffled(story, chance):
            if isinstance(step, int):
                shutil.copy(story.files[step], settings.STRIPE_LOCAL_FILE)
            else:
                hear(step)
        reconcile.process_waiting_events(reconcile.Counter())  # what did not fit together yet is tried again
        ends.append(books(story.order))
        if not moves:
            tales.append(words(story.order))
        if number in (0, 1) or (IS_PROOF and number % 100 < 2):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert violations(connection) == []
        transaction.savepoint_rollback(beginning)
    assert {name: ends[0][name] for name in end} == end
    assert [found for found in ends if found != ends[0]] == []
    assert [found for found in tales if found != tales[0]] == []


@pytest.fixture
def order(cart, settings):
    """Its page is open, and nothing was paid there yet."""
    settings.STRIPE_PAYMENT_METHODS = ["card", "sepa_debit"]
    order = place(cart)
    open_page(order)
    return order


def intent() -> str:
    [charge] = payments.client().v1.charges.list({"limit": 1}).data
    return charge.payment_intent


def send_by_hand(amount: int):
    return lambda: local_stripe().refund(intent(), amount)


def fail_newest_refund():
    [newest] = payments.client().v1.refunds.list({"limit": 1}).data
    local_stripe().fail_refund(newest.id)


def dispute():
    local_stripe().dispute(intent())


def inquire():
    local_stripe().dispute(intent(), is_inquiry=True)


def decide(*, won: bool):
    return lambda: local_stripe().close_dispute(intent(), won=won)


class TestEndsAlike:
    """One of the six parts of all the orders each."""

    def test_paid_sent_back_by_hand_which_failed_and_sent_again_disputed_and_won(self, order, tell_story, settings):
        story = tell_story(
            order,
            lambda: pay(order.payments.get()),
            send_by_hand(3_950),
            fail_newest_refund,
            send_by_hand(3_950),
            dispute,
            decide(won=True),
        )

        end_alike(story, settings, end={"order": "paid", "visits": ["confirmed"], "waiting": 0, "stock": [9]})

    def test_paid_sent_back_in_part_disputed_and_lost(self, order, tell_story, settings):
        story = tell_story(order, lambda: pay(order.payments.get()), send_by_hand(1_000), dispute, decide(won=False))

        end_alike(story, settings, end={"payments": [("succeeded", PAID, Decimal(10), True)], "waiting": 0})

    def test_paid_asked_about_and_sent_back_after_a_while(self, order, tell_story, settings):
        story = tell_story(
            order,
            lambda: pay(order.payments.get(), REFUND_PENDING),
            inquire,
            send_by_hand(500),
            a_while_later,
            decide(won=True),
        )

        end_alike(story, settings, end={"payments": [("succeeded", PAID, Decimal(5), False)], "waiting": 0})

    def test_debited_paid_after_a_while_sent_back_and_disputed(self, order, tell_story, settings):
        story = tell_story(
            order, lambda: pay(order.payments.get(), PAYS_LATER), a_while_later, send_by_hand(500), dispute
        )

        end_alike(story, settings, end={"order": "paid", "visits": ["confirmed"], "waiting": 0})

    def test_debited_and_refused_after_a_while(self, order, tell_story, settings):
        story = tell_story(order, lambda: pay(order.payments.get(), REFUSES_LATER), a_while_later)

        end_alike(story, settings, end={"order": "expired", "visits": ["cancelled"], "stock": [10], "waiting": 0})

    def test_sent_back_by_us_and_by_hand_and_ours_failed(self, order, tell_story, settings):
        pay(order.payments.get())
        payments.settle_order(order)
        ours = send_bath_back(order, "30.00")
        story = tell_story(
            order,
            lambda: answer_lost(ours),
            send_by_hand(950),
            lambda: local_stripe().fail_refund(at_stripe()[-1].id),
            send_by_hand(1_000),
        )

        end_alike(story, settings, end={"payments": [("succeeded", PAID, Decimal("19.50"), False)], "waiting": 0})


def answer_lost(refund):
    """Stripe has sent it back, and we never heard."""
    local_stripe().faults += ["answer lost", "answer lost"]
    with pytest.raises(payments.StripeIsDown):
        refunds.send_refund(refund)
