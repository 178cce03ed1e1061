"""Money that is debited from an account: the page is complete at once, and the bank answers a while later."""

from checkout.stripe_local import balance, objects
from checkout.stripe_local.cards import Card, Later, find_card
from checkout.stripe_local.delivery import Delivery
from checkout.stripe_local.storage import Books

A_WHILE = 60  # seconds until the bank answers


def begin(books: Books, session: dict, intent: dict, account: Card, delivery: Delivery) -> None:
    """The customer has done all there is to do; whether there is money, nobody knows yet."""
    email = session["customer_email"] or "shopper@example.com"
    charge = objects.charge(books.now, intent, account, email=email, authenticated=False, failure=None)
    books.put(charge, card=account.number)
    books.look_again(charge, at=books.now + A_WHILE)
    intent.update(
        status="processing",
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
        next_action=None,
        last_payment_error=None,
    )
    books.put(intent)
    session.update(status="complete", url=None, customer_details=objects.customer_details(email))
    books.put(session)
    books.emit("charge.pending", charge, delivery)
    books.emit("payment_intent.processing", intent, delivery)
    books.emit("checkout.session.completed", session, delivery)


def end(books: Books, charge: dict) -> None:
    """The bank has answered: the money is there, or the account had none. The page stays complete either way."""
    intent = books.get("payment_intent", charge["payment_intent"])
    [session] = books.page("checkout.session", "/", {}, payment_intent=intent["id"])["data"]
    if find_card(books.notes(charge["id"])["card"]).later == Later.BANK_PAYS:
        charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
        intent.update(status="succeeded", amount_received=intent["amount"])
        session.update(payment_status="paid")
    else:
        message = "The customer's account has insufficient funds to cover this payment."
        charge.update(status="failed", failure_code="insufficient_funds", failure_message=message)
        error = {"type": "card_error", "code": "insufficient_funds", "message": message, "charge": charge["id"]}
        intent.update(status="requires_payment_method", last_payment_error=error)
    for thing in (charge, intent, session):
        books.put(thing)
    word = "succeeded" if charge["paid"] else "failed"
    books.emit(f"charge.{word}", charge)
    books.emit("payment_intent.succeeded" if charge["paid"] else "payment_intent.payment_failed", intent)
    books.emit(f"checkout.session.async_payment_{word}", session)
    if charge["paid"]:
        balance.receive(books, charge)
