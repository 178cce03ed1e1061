"""Refunds: create, look up, list; never more than was paid and not yet given back."""

from checkout.stripe_local import balance, objects
from checkout.stripe_local.cards import Later, find_card
from checkout.stripe_local.parameters import (
    EXPAND,
    PAGE,
    InvalidParameter,
    Refusal,
    choice,
    metadata,
    shape,
    text,
    whole,
)
from checkout.stripe_local.reading import expand, read_expand
from checkout.stripe_local.storage import Books

A_WHILE = 60  # seconds until a refund that changes by itself does so

read_new_refund = shape(
    payment_intent=text(),
    charge=text(),
    amount=whole(1),
    reason=choice("duplicate", "fraudulent", "requested_by_customer"),
    metadata=metadata,
    **EXPAND,
)
read_list = shape(payment_intent=text(), charge=text(), **PAGE)


def create(books: Books, sent: dict) -> dict:
    """Give money back, at once for most cards."""
    parameters = read_new_refund(sent, "")
    paid = _charge_to_refund(books, parameters)
    left = paid["amount"] - paid["amount_refunded"]
    amount = parameters.get("amount", left)
    if left == 0:
        raise Refusal(f"Charge {paid['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        raise Refusal(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    later = find_card(books.notes(paid["id"])["card"]).later
    status = "pending" if later == Later.REFUND_PENDING else "succeeded"
    refund = objects.refund(books.now, paid, parameters, amount=amount, status=status)
    balance.send_back(books, refund)
    books.put(refund)
    if later in (Later.REFUND_PENDING, Later.REFUND_FAILS):
        books.look_again(refund, at=books.now + A_WHILE)
    _move(books, paid, amount)
    books.emit("refund.created", refund)
    books.emit("charge.refunded", paid)
    return expand(books, refund, parameters)


def _charge_to_refund(books: Books, parameters: dict) -> dict:
    if "payment_intent" in parameters:
        charge_id = books.get("payment_intent", parameters["payment_intent"], "payment_intent")["latest_charge"]
    elif "charge" in parameters:
        charge_id = parameters["charge"]
    else:
        raise InvalidParameter(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    paid = books.get("charge", charge_id, "charge") if charge_id else None
    if paid is None or not paid["paid"]:
        raise Refusal("This PaymentIntent does not have a successful charge to refund.", param="payment_intent")
    if any(not dispute["is_charge_refundable"] for dispute in books.all_of("dispute", charge=charge_id)):
        raise Refusal(
            f"Charge {charge_id} has been charged back; cannot issue a refund.", code="charge_disputed", param="charge"
        )
    return paid


def _move(books: Books, paid: dict, amount: int) -> None:
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount"]
    books.put(paid)


def retrieve(books: Books, sent: dict, refund_id: str) -> dict:
    return expand(books, books.get("refund", refund_id), read_expand(sent, ""))


def listing(books: Books, sent: dict) -> dict:
    parameters = read_list(sent, "")
    page = books.page(
        "refund",
        "/v1/refunds",
        parameters,
        payment_intent=parameters.get("payment_intent"),
        charge=parameters.get("charge"),
    )
    return expand(books, page, parameters)


def succeed(books: Books, refund: dict) -> dict:
    """A pending refund has arrived."""
    refund["status"] = "succeeded"
    refund.pop("pending_reason", None)
    books.put(refund)
    books.emit("refund.updated", refund)
    return refund


def fail(books: Books, refund: dict) -> dict:
    """The customer's bank sent the money back to us, which happens even to refunds that had succeeded."""
    if refund["status"] not in ("pending", "succeeded"):
        raise Refusal(f"Refund {refund['id']} is {refund['status']}; it cannot fail any more.")
    refund.pop("pending_reason", None)
    refund.update(status="failed", failure_reason="lost_or_stolen_card")
    balance.take_back(books, refund)
    books.put(refund)
    _move(books, books.get("charge", refund["charge"]), -refund["amount"])
    books.emit("refund.updated", refund)
    books.emit("refund.failed", refund)
    return refund
