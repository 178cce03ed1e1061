"""How events reach our own webhook: signed, through the whole of Django, in this process, without a socket."""

from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# What the shop's endpoint is subscribed to (the go-live list has the same); the rest happens, and is only listed.
ENDPOINT_EVENTS = frozenset(
    [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    ]
)


class Delivery(StrEnum):
    """When the shop is told that a page was paid: each of the ways in which it really happens."""

    NOW = "now"
    TWICE = "twice"
    NEVER = "never"
    AFTER = "after"


DELIVERY_LABELS = {
    Delivery.NOW: _("Now, before the redirect"),
    Delivery.TWICE: _("Twice"),
    Delivery.NEVER: _("Never"),
    Delivery.AFTER: _("After the redirect"),
}
COPIES = {Delivery.NOW: 1, Delivery.TWICE: 2, Delivery.NEVER: 0, Delivery.AFTER: 1}

# Seconds. The return page asks Stripe as soon as it is opened, so it has been shown by then.
AFTER_THE_REDIRECT = 2


def post_to_shop(body: str, signature: str) -> int:
    """Post one signed event to our webhook as Stripe does. Returns the status it was answered with."""
    site = urlsplit(settings.SITE_URL)
    # The view's own error is its answer (a 500), as it is over a network; it must not break the pay page.
    shop = Client(raise_request_exception=False, SERVER_NAME=site.hostname, HTTP_HOST=site.netloc)
    response = shop.post(
        reverse("checkout:webhook"),
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature, "User-Agent": "Stripe/1.0 (local stand-in)"},
        secure=site.scheme == "https",
    )
    return response.status_code
