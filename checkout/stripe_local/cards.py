"""The test cards and accounts, by Stripe's own numbers (docs.stripe.com/testing). No other is taken, so nobody types a real one."""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Outcome(StrEnum):
    """What came of pressing Pay."""

    PAID = "paid"
    PROCESSING = "processing"  # the bank answers later, in days
    AUTHENTICATE = "authenticate"  # the bank asks its customer first
    CLOSED = "closed"  # the page is paid or expired
    UNKNOWN_CARD = "unknown_card"  # not a test card
    GENERIC_DECLINE = "generic_decline"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    AUTHENTICATION_FAILED = "authentication_failed"


class Later(StrEnum):
    """What happens to the money of some cards after a while."""

    DISPUTE = "dispute"
    REFUND_PENDING = "refund_pending"  # a refund takes a while, then succeeds
    REFUND_FAILS = "refund_fails"  # a refund succeeds, and fails after a while
    BANK_PAYS = "bank_pays"  # what is processing is paid after a while
    BANK_REFUSES = "bank_refuses"


@dataclass(frozen=True)
class Card:
    """A card, or an account that is debited: by `method`."""

    number: str
    label: str  # of its button on the pay page
    brand: str = "visa"
    method: str = "card"
    outcome: Outcome = Outcome.PAID
    later: Later | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = {
    card.number: card
    for card in [
        Card("4242424242424242", _("Visa 4242, pays")),
        Card("5555555555554444", _("Mastercard 4444, pays"), brand="mastercard"),
        Card("4000000000000002", _("Visa 0002, declined"), outcome=Outcome.GENERIC_DECLINE),
        Card("4000000000009995", _("Visa 9995, insufficient funds"), outcome=Outcome.INSUFFICIENT_FUNDS),
        Card("4000000000000069", _("Visa 0069, expired card"), outcome=Outcome.EXPIRED_CARD),
        Card("4000002760003184", _("Visa 3184, 3-D Secure"), outcome=Outcome.AUTHENTICATE),
        Card("4000000000000259", _("Visa 0259, pays, disputed later"), later=Later.DISPUTE),
        Card("4000000000007726", _("Visa 7726, pays, refund takes a while"), later=Later.REFUND_PENDING),
        Card("4000000000005126", _("Visa 5126, pays, refund fails later"), later=Later.REFUND_FAILS),
        Card(
            "DE89370400440532013000",
            _("Account 3000, pays later"),
            method="sepa_debit",
            outcome=Outcome.PROCESSING,
            later=Later.BANK_PAYS,
        ),
        Card(
            "DE62370400440532013001",
            _("Account 3001, refuses later"),
            method="sepa_debit",
            outcome=Outcome.PROCESSING,
            later=Later.BANK_REFUSES,
        ),
    ]
}
METHODS = frozenset(card.method for card in CARDS.values())


def find_card(typed: str) -> Card | None:
    """The test card of this number, with or without spaces between its digits."""
    return CARDS.get(re.sub(r"[\s-]", "", typed))


# What the customer reads, and Stripe's words for it on the payment intent.
DECLINES = {
    Outcome.GENERIC_DECLINE: ("card_declined", _("Your card was declined.")),
    Outcome.INSUFFICIENT_FUNDS: ("card_declined", _("Your card has insufficient funds.")),
    Outcome.EXPIRED_CARD: ("expired_card", _("Your card has expired.")),
    Outcome.AUTHENTICATION_FAILED: (
        "payment_intent_authentication_failure",
        _("We are unable to authenticate your payment method. Please choose another one and try again."),
    ),
}
