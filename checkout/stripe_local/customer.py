"""What a customer does on Stripe's page: press Pay, and answer the bank's question."""

from checkout.stripe_local import balance, debits, objects
from checkout.stripe_local.cards import DECLINES, Card, Later, Outcome, find_card
from checkout.stripe_local.delivery import Delivery
from checkout.stripe_local.storage import Books

A_WHILE = 60  # seconds until a payment that will be disputed is


def pay(books: Books, session_id: str, typed_card: str, delivery: Delivery) -> Outcome:
    """Try one card. A page is paid once; a card that is declined leaves it open for another."""
    session = books.get("checkout.session", session_id)
    if session["status"] != "open":
        return Outcome.CLOSED
    card = find_card(typed_card)
    if card is None or card.method not in session["payment_method_types"]:
        return Outcome.UNKNOWN_CARD
    intent = _intent_of(books, session)
    if card.outcome == Outcome.PROCESSING:
        debits.begin(books, session, intent, card, delivery)
        return Outcome.PROCESSING
    if card.outcome == Outcome.AUTHENTICATE:
        intent.update(status="requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": {}})
        books.put(intent, card=card.number)
        books.emit("payment_intent.requires_action", intent)
        return Outcome.AUTHENTICATE
    if card.outcome in DECLINES:
        _decline(books, session, intent, card, card.outcome)
        return card.outcome
    _succeed(books, session, intent, card, delivery)
    return Outcome.PAID


def is_asked_by_bank(books: Books, session: dict) -> bool:
    """Whether the page waits for the answer to 3-D Secure."""
    if session["status"] != "open" or session["payment_intent"] is None:
        return False
    return books.get("payment_intent", session["payment_intent"])["status"] == "requires_action"


def authenticate(books: Books, session_id: str, approve: bool, delivery: Delivery) -> Outcome:
    """Answer the bank's question about the card that was tried last."""
    session = books.get("checkout.session", session_id)
    if not is_asked_by_bank(books, session):
        return Outcome.CLOSED
    intent = books.get("payment_intent", session["payment_intent"])
    card = find_card(books.notes(intent["id"])["card"])
    if not approve:
        _decline(books, session, intent, card, Outcome.AUTHENTICATION_FAILED)
        return Outcome.AUTHENTICATION_FAILED
    _succeed(books, session, intent, card, delivery, authenticated=True)
    return Outcome.PAID


def _intent_of(books: Books, session: dict) -> dict:
    if session["payment_intent"]:
        return books.get("payment_intent", session["payment_intent"])
    data = books.notes(session["id"])["payment_intent_data"]
    intent = books.put(objects.payment_intent(books.now, session, data))
    books.emit("payment_intent.created", intent)
    session["payment_intent"] = intent["id"]
    books.put(session)
    return intent


def _decline(books: Books, session: dict, intent: dict, card: Card, outcome: Outcome) -> None:
    code, message = DECLINES[outcome]
    error = {
        "type": "card_error",
        "code": code,
        "message": str(message),
        "payment_method_type": "card",
        "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
    }
    if outcome != Outcome.AUTHENTICATION_FAILED:  # nobody asked the bank for the money
        error["decline_code"] = str(outcome)
        charge = objects.charge(
            books.now, intent, card, email=session["customer_email"], authenticated=False, failure=error
        )
        books.put(charge, card=card.number)
        books.emit("charge.failed", charge)
        error["charge"] = intent["latest_charge"] = charge["id"]
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error)
    books.put(intent)
    books.emit("payment_intent.payment_failed", intent)


def _succeed(
    books: Books, session: dict, intent: dict, card: Card, delivery: Delivery, *, authenticated: bool = False
) -> None:
    email = session["customer_email"] or "shopper@example.com"
    charge = objects.charge(books.now, intent, card, email=email, authenticated=authenticated, failure=None)
    books.put(charge, card=card.number)
    if card.later == Later.DISPUTE:
        books.look_again(charge, at=books.now + A_WHILE)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
        next_action=None,
        last_payment_error=None,
    )
    books.put(intent)
    session.update(status="complete", payment_status="paid", url=None, customer_details=objects.customer_details(email))
    books.put(session)
    books.emit("charge.succeeded", charge, delivery)
    books.emit("payment_intent.succeeded", intent, delivery)
    books.emit("checkout.session.completed", session, delivery)
    balance.receive(books, charge)
