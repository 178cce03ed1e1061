"""What time and banks do later: pages close, refunds arrive or come back, payments are disputed."""

from checkout.stripe_local import balance, debits, objects, refunds, sessions
from checkout.stripe_local.parameters import Refusal
from checkout.stripe_local.storage import Books


def catch_up(books: Books) -> None:
    """Do what time alone has done since the last request. Every request begins with it, so that no timer is needed."""
    for thing in books.take_due():
        match thing:  # somebody may have been faster: paid the page, failed the refund, opened the dispute
            case {"object": "checkout.session", "status": "open"}:
                sessions.close(books, thing)
            case {"object": "refund", "status": "pending"}:
                refunds.succeed(books, thing)
            case {"object": "refund", "status": "succeeded"}:
                refunds.fail(books, thing)
            case {"object": "charge", "status": "pending"}:
                debits.end(books, thing)
            case {"object": "charge", "disputed": False}:
                open_dispute(books, thing)


def dispute_payment(books: Books, intent_id: str, *, is_inquiry: bool = False) -> dict:
    """The customer's bank takes the money back, and asks what we have to say; an inquiry only asks."""
    intent = books.get("payment_intent", intent_id)
    if intent["status"] != "succeeded":
        raise Refusal(f"{intent_id} was not paid.")
    return open_dispute(books, books.get("charge", intent["latest_charge"]), is_inquiry=is_inquiry)


def open_dispute(books: Books, paid: dict, *, is_inquiry: bool = False) -> dict:
    if paid["disputed"]:
        raise Refusal(f"{paid['payment_intent']} is disputed already.")
    paid["disputed"] = True
    books.put(paid)
    dispute = objects.dispute(books.now, paid)
    if is_inquiry:
        dispute.update(status="warning_needs_response", is_charge_refundable=True)
    else:
        balance.withdraw(books, dispute)
    books.put(dispute)
    books.emit("charge.dispute.created", dispute)
    if not is_inquiry:
        books.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(books: Books, intent_id: str, *, won: bool) -> dict:
    """The bank has decided: the money comes back to us, or stays with the customer. After an inquiry nothing moves."""
    intent = books.get("payment_intent", intent_id)
    undecided = [
        dispute
        for dispute in books.all_of("dispute", charge=intent["latest_charge"] or "")
        if dispute["status"] in ("needs_response", "warning_needs_response")
    ]
    if not undecided:
        raise Refusal(f"{intent_id} has no open dispute.")
    [dispute] = undecided
    is_inquiry = dispute["status"] == "warning_needs_response"
    status = "warning_closed" if is_inquiry else "won" if won else "lost"
    dispute.update(status=status, is_charge_refundable=won or is_inquiry)
    if status == "won":
        balance.reinstate(books, dispute)
    books.put(dispute)
    books.emit("charge.dispute.closed", dispute)
    if won and not is_inquiry:
        books.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def refund_in_dashboard(books: Books, intent_id: str, amount: int | None = None) -> dict:
    """Somebody of the shop gives money back by hand, without a word to our code; all of it, unless they say how much."""
    return refunds.create(books, {"payment_intent": intent_id} | ({"amount": str(amount)} if amount else {}))


def fail_refund(books: Books, refund_id: str) -> dict:
    return refunds.fail(books, books.get("refund", refund_id))
