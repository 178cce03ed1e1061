"""The stand-in itself: answers requests as Stripe does, one transaction each, and then delivers what they caused."""

import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from checkout.stripe_local import afterwards, customer, reading, refunds, sessions
from checkout.stripe_local.cards import Outcome
from checkout.stripe_local.delivery import Delivery
from checkout.stripe_local.parameters import InvalidParameter, Refusal, decode_form
from checkout.stripe_local.storage import Books, Storage
from petshop.core.payment_mode import PaymentMode

logger = logging.getLogger(__name__)

ROUTES = [
    ("post", r"/v1/checkout/sessions", sessions.create),
    ("get", r"/v1/checkout/sessions", sessions.listing),
    ("get", r"/v1/checkout/sessions/([^/]+)", sessions.retrieve),
    ("get", r"/v1/checkout/sessions/([^/]+)/line_items", sessions.line_items),
    ("post", r"/v1/checkout/sessions/([^/]+)/expire", sessions.expire),
    ("get", r"/v1/payment_intents/([^/]+)", reading.payment_intent),
    ("get", r"/v1/charges", reading.charges),
    ("get", r"/v1/charges/([^/]+)", reading.charge),
    ("post", r"/v1/refunds", refunds.create),
    ("get", r"/v1/refunds", refunds.listing),
    ("get", r"/v1/refunds/([^/]+)", refunds.retrieve),
    ("get", r"/v1/balance_transactions", reading.balance_transactions),
    ("get", r"/v1/balance_transactions/([^/]+)", reading.balance_transaction),
    ("get", r"/v1/disputes", reading.disputes),
    ("get", r"/v1/disputes/([^/]+)", reading.dispute),
    ("get", r"/v1/events", reading.events),
    ("get", r"/v1/events/([^/]+)", reading.event),
]

TRIES = 3  # as often as Stripe sends an event again in a sandbox
SEND_AGAIN_AFTER = 60  # seconds, times the number of tries


class NoAnswer(Exception):
    """The network failed, as far as the caller can tell."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with one request, for tests: `stripe.faults.append(Fault("answer lost"))`.

    never arrived      nothing happened, no answer came
    answer lost        it happened, no answer came
    500                nothing happened; Stripe keeps that answer for the idempotency key
    500, but done      it happened, and the answer says it failed
    409, 429           refused before it began
    slow               it takes `LocalStripe.slowness` seconds

    `on` limits it to requests like "POST /v1/refunds"; a fault that fits no request waits for one that it fits.
    """

    kind: str
    on: str = ""

    def __post_init__(self):
        if self.kind not in ("never arrived", "answer lost", "500", "500, but done", "409", "429", "slow"):
            raise ValueError(f"There is no fault {self.kind!r}.")


class LocalStripe:
    """What Stripe would be: everything it remembers is in the file at `path`, so several processes may share one.

    `deliver` is given each event's body and signature, and returns the status that the shop answered; without it
    events wait to be delivered by somebody who has one.
    """

    def __init__(
        self,
        path: str = ":memory:",
        *,
        now: Callable[[], float] = time.time,
        deliver: Callable[[str, str], int] | None = None,
    ):
        refuse_to_stand_in()
        self.now = now
        self.faults: list[Fault | str] = []
        self.slowness = 5.0
        self._deliver = deliver
        self._storage = Storage(str(path))
        self._thread = threading.local()

    @property
    def webhook_secret(self) -> str:
        """What our webhook checks signatures with; random, and kept in the file."""
        with self._books() as books:
            return books.webhook_secret

    # Requests of the SDK

    def handle(self, method: str, path: str, query: str, body: str, headers: dict) -> tuple[int, dict, dict]:
        """Answer one request as Stripe does: status, body, headers. Raises NoAnswer for a fault that asks for it."""
        method, fault = method.lower(), self._next_fault(method, path)
        if fault == "never arrived":
            raise NoAnswer(f"{method} {path} never arrived")
        if fault == "slow":
            time.sleep(self.slowness)
        if fault in ("409", "429"):
            return _refuse_for_now(int(fault))
        with self._books() as books:
            afterwards.catch_up(books)
            answer = _answer(books, method, path, body if method == "post" else query, headers, fault)
        self.deliver_due()
        if fault == "answer lost":
            raise NoAnswer(f"the answer to {method} {path} was lost")
        return answer

    def _next_fault(self, method: str, path: str) -> str:
        request = f"{method.upper()} {path}"
        for fault in self.faults:
            if isinstance(fault, str):
                kind, on = Fault(fault).kind, ""
            else:
                kind, on = fault.kind, fault.on
            if on in request:
                self.faults.remove(fault)
                return kind
        return ""

    # What people do: on the pay page, at their bank, at the command line. The tests do it too

    def pay(self, session_id: str, card: str, *, delivery: Delivery | str = Delivery.NOW) -> Outcome:
        """Press Pay with a card. When this returns, the shop has been told (or not, as `delivery` says)."""
        return self._happens(customer.pay, session_id, card, Delivery(delivery))

    def authenticate(self, session_id: str, *, approve: bool, delivery: Delivery | str = Delivery.NOW) -> Outcome:
        """Answer the bank's question after `pay` came to Outcome.AUTHENTICATE."""
        return self._happens(customer.authenticate, session_id, approve, Delivery(delivery))

    def dispute(self, intent_id: str, *, is_inquiry: bool = False) -> dict:
        return self._happens(afterwards.dispute_payment, intent_id, is_inquiry=is_inquiry)

    def close_dispute(self, intent_id: str, *, won: bool) -> dict:
        return self._happens(afterwards.close_dispute, intent_id, won=won)

    def refund(self, intent_id: str, amount: int | None = None) -> dict:
        return self._happens(afterwards.refund_in_dashboard, intent_id, amount)

    def fail_refund(self, refund_id: str) -> dict:
        return self._happens(afterwards.fail_refund, refund_id)

    def reset(self) -> None:
        """Forget everything but the webhook secret."""
        with self._books() as books:
            books.forget_everything()

    def page(self, session_id: str) -> dict:
        """What the pay page shows: the session, its line items, and whether the bank is asking."""
        with self._books() as books:
            afterwards.catch_up(books)
            session = books.get("checkout.session", session_id)
            items = books.notes(session_id)["line_items"]
            page = {"session": session, "items": items, "asked": customer.is_asked_by_bank(books, session)}
        self.deliver_due()
        return page

    def events(self, limit: int = 20) -> list[dict]:
        """The newest events, the newest first."""
        with self._books() as books:
            return books.page("event", "/v1/events", {"limit": limit})["data"]

    def _happens(self, deed: Callable, *args, **named):
        with self._books() as books:
            afterwards.catch_up(books)
            result = deed(books, *args, **named)
        self.deliver_due()
        return result

    # Events on their way to the shop

    def deliver_due(self, *, early: bool = False) -> int:
        """Send the shop the events that are due, and count those that it accepted; `early` sends the others, too.

        Whoever comes to the stand-in delivers what is due, so an event is never lost with a process: one that was
        taken and not accepted is due again after a while, at most three times.
        """
        if self._deliver is None or getattr(self._thread, "is_delivering", False):
            return 0  # the webhook that is being told asks us something: what that causes waits until it has answered
        self._thread.is_delivering = True
        try:
            accepted = 0
            while waiting := self._waiting(early):
                accepted += sum(self._send(sequence, due_at) for sequence, due_at in waiting)
                early = False
            return accepted
        finally:
            self._thread.is_delivering = False

    def _waiting(self, early: bool) -> list[tuple[int, float]]:
        with self._books() as books:
            return books.waiting_deliveries(until=float("inf") if early else books.now)

    def _send(self, sequence: int, due_at: float) -> bool:
        with self._books() as books:
            taken = books.take_delivery(sequence, due_at, again_after=SEND_AGAIN_AFTER)
            event = books.get("event", taken["event"]) if taken else None
        if event is None:
            return False  # another process has just taken it
        is_accepted = self._post(event)
        if is_accepted or taken["attempts"] >= TRIES:
            with self._books() as books:
                books.finish_delivery(sequence, event["id"], is_accepted=is_accepted)
        return is_accepted

    def replay(self, event_id: str) -> bool:
        """Send an event to the shop once more, now. Whether the shop accepted it."""
        with self._books() as books:
            event = books.get("event", event_id)
        return self._post(event)

    def _post(self, event: dict) -> bool:
        body = json.dumps(event, indent=2)
        # The real time, whatever `now` says: the SDK holds the signature's age against the real clock.
        signature = stripe.WebhookSignature.generate_signature_header(body, self.webhook_secret, int(time.time()))
        try:
            status = self._deliver(body, signature)
        except Exception:
            logger.exception("The shop could not be told of %s.", event["id"])
            return False
        if not 200 <= status < 300:
            logger.warning("The shop answered %s to %s, %s.", status, event["type"], event["id"])
        return 200 <= status < 300

    def _books(self):
        return self._storage.transaction(self.now())


def refuse_to_stand_in() -> None:
    """Raise unless the shop runs in local mode without any key: nothing that is made here may pass for money."""
    if settings.PAYMENT_MODE != PaymentMode.LOCAL or settings.STRIPE_SECRET_KEY or stripe.api_key:
        raise ImproperlyConfigured("The local stand-in for Stripe must never be used beside a Stripe key.")


def _answer(books: Books, method: str, path: str, form: str, headers: dict, fault: str) -> tuple[int, dict, dict]:
    """Answer from what was said before under the same idempotency key, or do what is asked and keep what is said."""
    sent = {name.lower(): value for name, value in headers.items()}
    if sent.get("authorization", "").removeprefix("Bearer ").startswith(("sk_test_", "sk_live_", "rk_")):
        message = "The local stand-in takes no Stripe keys: make the client with a made-up one."
        return 401, {"error": {"type": "invalid_request_error", "message": message}}, {}
    key = sent.get("idempotency-key") if method == "post" else None
    try:
        parameters = decode_form(form or "")
        canonical = json.dumps(parameters, sort_keys=True)
        if key and (said := books.answer_of(key)):
            return _replay(said, key, path, canonical)
        if key and len(key) > 255:
            raise InvalidParameter("Idempotency keys can be at most 255 characters long.")
        books.request = {"id": f"req_local_{secrets.token_hex(7)}", "idempotency_key": key}
        status, answer = _perform(books, method, path, parameters, fault)
    except InvalidParameter as refusal:
        return refusal.status, refusal.answer, {}
    if key:
        books.keep_answer(key, path, canonical, status, answer)
    return status, answer, {"Request-Id": books.request["id"], **(_advice(status) if key else {})}


def _advice(status: int) -> dict:
    """Stripe asks its SDK not to repeat what would only be answered the same again."""
    return {"Stripe-Should-Retry": "false"} if status >= 500 else {}


def _replay(said, key: str, path: str, parameters: str) -> tuple[int, dict, dict]:
    if said["path"] != path:
        only = f"for the same endpoint they were first used for ('{said['path']}')"
    elif said["parameters"] != parameters:
        only = "with the same parameters they were first used with"
    else:
        headers = {"Idempotent-Replayed": "true", **_advice(said["status"])}
        return said["status"], json.loads(said["answer"]), headers
    message = (
        f"Keys for idempotent requests can only be used {only}. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return 400, {"error": {"type": "idempotency_error", "message": message}}, {}


def _perform(books: Books, method: str, path: str, parameters: dict, fault: str) -> tuple[int, dict]:
    broken = 500, {"error": {"type": "api_error", "message": "An unknown error occurred."}}
    if fault == "500":
        return broken
    try:
        with books.attempt():
            for verb, pattern, endpoint in ROUTES:
                if verb == method and (found := re.fullmatch(pattern, path)):
                    answer = endpoint(books, parameters, *map(unquote, found.groups()))
                    return broken if fault == "500, but done" else (200, answer)
            raise InvalidParameter(f"Unrecognized request URL ({method.upper()}: {path}).", status=404)
    except Refusal as refusal:
        if not refusal.is_kept:
            raise
        return refusal.status, refusal.answer


def _refuse_for_now(status: int) -> tuple[int, dict, dict]:
    kind, message, code = {
        409: ("idempotency_error", "There is currently another in-progress request using this Idempotent Key.", None),
        429: ("invalid_request_error", "Request rate limit exceeded.", "rate_limit"),
    }[status]
    return status, {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}, {}
