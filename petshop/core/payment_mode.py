"""Whether real money can move: derived from the keys and from how the shop is started, never configured.

Who asks: the settings at start-up, and the local stand-in for Stripe each time one is made.
"""

from enum import StrEnum
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset(["localhost", "127.0.0.1", "[::1]", "::1"])


class PaymentMode(StrEnum):
    LOCAL = "local"  # the stand-in in checkout/stripe_local: no money moves
    TEST = "test"  # Stripe's test keys
    LIVE = "live"  # real money


def payment_mode(
    *, secret_key: str, webhook_secret: str, debug: bool, rehearsal: bool, hosts: list[str], site_url: str
) -> PaymentMode:
    """The mode that these settings mean. Raises ImproperlyConfigured for every combination that is not safe."""
    if not secret_key:
        if webhook_secret:
            raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRET is set, but STRIPE_SECRET_KEY is not.")
        if not (debug or (rehearsal and is_loopback_only(hosts, site_url))):
            raise ImproperlyConfigured(
                "STRIPE_SECRET_KEY is not set. Without it the shop starts only with DEBUG=1, or as a rehearsal: "
                "REHEARSAL=1 with a SITE_URL and ALLOWED_HOSTS that are all loopback names."
            )
        return PaymentMode.LOCAL
    if secret_key.startswith(("sk_live_", "rk_live_")):
        if debug or rehearsal:
            raise ImproperlyConfigured("A live Stripe key must never be used with DEBUG or REHEARSAL.")
        if not webhook_secret or urlsplit(site_url).scheme != "https":
            raise ImproperlyConfigured("A live Stripe key needs STRIPE_WEBHOOK_SECRET and an https SITE_URL.")
        return PaymentMode.LIVE
    if secret_key.startswith(("sk_test_", "rk_test_")):
        if not webhook_secret and not debug:
            raise ImproperlyConfigured("STRIPE_SECRET_KEY is set, but STRIPE_WEBHOOK_SECRET is not.")
        return PaymentMode.TEST
    raise ImproperlyConfigured("STRIPE_SECRET_KEY does not begin like a Stripe key.")


def is_loopback_only(hosts: list[str], site_url: str) -> bool:
    """Whether only this machine can reach a shop with these addresses."""
    return bool(hosts) and {*hosts, urlsplit(site_url).hostname} <= LOOPBACK
