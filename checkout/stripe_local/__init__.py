"""The local stand-in for Stripe: beneath the real SDK, with its own pay page. No money moves, and no key is needed.

transport  the SDK's HTTP client, which asks the backend instead of the network
backend    one request, one transaction; then the events that it caused are delivered
sessions, refunds, reading    what Stripe's API does
customer, debits, afterwards  what people and banks do: pay, decline, authenticate, debit, dispute, fail a refund
balance                       what each of these does to our account, and what Stripe keeps
objects, cards, parameters    what Stripe's answers look like, which cards pay, which requests are refused
storage, delivery             the sqlite file, and the way to our own webhook
views, urls                   the pay page
"""

import functools

from django.conf import settings

from checkout.stripe_local.backend import Fault, LocalStripe
from checkout.stripe_local.cards import Outcome
from checkout.stripe_local.delivery import Delivery, post_to_shop
from checkout.stripe_local.transport import LocalTransport

__all__ = ["Delivery", "Fault", "LocalStripe", "LocalTransport", "Outcome", "local_stripe"]


def local_stripe() -> LocalStripe:
    """The stand-in of this process, on the file that the settings name. Another file is another stand-in."""
    return _stand_in(str(settings.STRIPE_LOCAL_FILE))


@functools.lru_cache(maxsize=8)
def _stand_in(path: str) -> LocalStripe:
    return LocalStripe(path, deliver=post_to_shop)
