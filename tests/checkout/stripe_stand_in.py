"""A shop that needs nothing of ours: the real SDK, the stand-in beneath it, and a list of what the shop was told."""

import json
import time

import stripe

from checkout.stripe_local import LocalStripe, LocalTransport

VISA = "4242 4242 4242 4242"
MASTERCARD = "5555 5555 5555 4444"
DECLINED = "4000 0000 0000 0002"
NO_FUNDS = "4000 0000 0000 9995"
EXPIRED = "4000 0000 0000 0069"
SECURE = "4000 0027 6000 3184"
DISPUTED = "4000 0000 0000 0259"
REFUND_PENDING = "4000 0000 0000 7726"
REFUND_FAILS = "4000 0000 0000 5126"

MINUTE = 60
SITE = "http://localhost:8000"


class Shop:
    """What it was told is in `told`; it answers `answer`. Its clock stands still until it is moved."""

    def __init__(self, path=":memory:", *, retries=1):
        self.clock = float(int(time.time()))
        self.told = []
        self.answer = 200
        self.backend = LocalStripe(path, now=lambda: self.clock, deliver=self.hear)
        self.client = stripe.StripeClient(
            "sk_local_made_up", http_client=LocalTransport(self.backend), max_network_retries=retries
        )
        self.v1 = self.client.v1

    def hear(self, body, signature):
        event = self.client.construct_event(body, signature, self.backend.webhook_secret)
        self.told.append((event.type, event.data.object["id"]))
        return self.answer

    @property
    def heard(self):
        return [kind for kind, _ in self.told]

    def wait(self, seconds):
        self.clock += seconds

    def session_params(self, **changes):
        """A collar and two toys: EUR 21.50."""
        return {
            "mode": "payment",
            "client_reference_id": "payment-1",
            "metadata": {"order": "FP-7K3M9"},
            "payment_intent_data": {"metadata": {"order": "FP-7K3M9"}, "description": "Order FP-7K3M9"},
            "line_items": [line("Collar", 1250), line("Chew toy", 450, quantity=2)],
            "customer_email": "ada@example.com",
            "expires_at": int(self.clock) + 35 * MINUTE,
            "success_url": f"{SITE}/orders/abc/?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{SITE}/orders/abc/",
            "allowed_payment_method_types": ["card", "link"],
            "adaptive_pricing": {"enabled": False},
        } | changes

    def open(self, *, key=None, **changes):
        options = {"idempotency_key": key} if key else {}
        return self.v1.checkout.sessions.create(self.session_params(**changes), options)

    def paid(self, card=VISA, **choices):
        """An open session, paid; as retrieved with its charge."""
        session = self.open()
        assert self.backend.pay(session.id, card, **choices) == "paid"
        return self.look(session)

    def look(self, session):
        return self.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})

    def refund(self, session, *, key=None, **params):
        options = {"idempotency_key": key} if key else {}
        return self.v1.refunds.create({"payment_intent": session.payment_intent.id, **params}, options)

    def raw(self, path):
        """An answer as it is before the SDK makes an object of it."""
        address, _, query = path.partition("?")
        status, answer, _ = self.backend.handle("get", address, query, "", {})
        assert status == 200, answer
        return answer

    def events(self):
        return [json.loads(str(event)) for event in self.v1.events.list({"limit": 100}).data]


def line(name, unit_amount, *, quantity=1, currency="eur"):
    product = {"name": name}
    return {
        "quantity": quantity,
        "price_data": {"currency": currency, "unit_amount": unit_amount, "product_data": product},
    }
