"""What each payment, refund and dispute does to the balance of our account at Stripe, and what Stripe keeps of it."""

from checkout.stripe_local import objects
from checkout.stripe_local.storage import Books

PERCENT, FIXED = 15, 25  # 1.5 % and 25 cents of each payment; a refund gives none of it back
DISPUTE_FEE = 1_500


def receive(books: Books, charge: dict) -> None:
    """A charge has arrived. As at Stripe, it says so a moment later than that it succeeded."""
    fee = (charge["amount"] * PERCENT + 500) // 1_000 + FIXED
    charge["balance_transaction"] = book(books, charge, "charge", charge["amount"], fee=fee)["id"]
    books.put(charge)
    books.emit("charge.updated", charge)


def send_back(books: Books, refund: dict) -> None:
    refund["balance_transaction"] = book(books, refund, "refund", -refund["amount"])["id"]


def take_back(books: Books, refund: dict) -> None:
    """A refund came to nothing: its money is ours again."""
    refund["failure_balance_transaction"] = book(books, refund, "refund_failure", refund["amount"])["id"]


def withdraw(books: Books, dispute: dict) -> None:
    """The bank takes the money, and Stripe its fee."""
    taken = book(books, dispute, "adjustment", -dispute["amount"], fee=DISPUTE_FEE)
    dispute["balance_transactions"].append(taken)


def reinstate(books: Books, dispute: dict) -> None:
    dispute["balance_transactions"].append(book(books, dispute, "adjustment", dispute["amount"]))


def book(books: Books, source: dict, kind: str, amount: int, *, fee: int = 0) -> dict:
    return books.put(objects.balance_transaction(books.now, source, kind, amount=amount, fee=fee))
