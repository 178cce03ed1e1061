"""What Stripe tells us by itself, and its own list of what it told: signed, of the shape of an event, and no more than a hint."""

import logging
import re
from dataclasses import dataclass

import stripe
from django.conf import settings

from checkout.payments import client, no_answer
from petshop.core.payment_mode import PaymentMode

logger = logging.getLogger(__name__)

WORD = re.compile(r"[\w.-]{0,100}", re.ASCII)  # every name and number that Stripe gives to something


@dataclass(frozen=True)
class Event:
    """What we keep of a notification. The body is a hint; whoever acts on it asks Stripe again."""

    id: str
    type: str
    livemode: bool
    api_version: str
    object_id: str


class BadSignature(ValueError):
    """Not from Stripe, or too old, or not readable."""


def webhook_secrets() -> list[str]:
    if settings.PAYMENT_MODE == PaymentMode.LOCAL:
        from checkout.stripe_local import local_stripe

        return [local_stripe().webhook_secret]
    return [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRET.split(",") if secret.strip()]


def read_event(body: bytes, signature: str) -> Event:
    """The event in this body if Stripe signed it with one of our secrets in the last five minutes; else BadSignature."""
    for secret in webhook_secrets():
        try:
            event = event_of(client().construct_event(body, signature, secret))
            if all(WORD.fullmatch(said) for said in (event.id, event.type, event.api_version, event.object_id)):
                return event
        except stripe.SignatureVerificationError:
            continue
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise BadSignature from error  # signed, but not the shape of an event
    raise BadSignature


def event_of(event) -> Event:
    if event.api_version != stripe.api_version:
        logger.warning("Event %s speaks API version %s, we speak %s", event.id, event.api_version, stripe.api_version)
    return Event(
        id=event.id,
        type=event.type,
        livemode=event.livemode,
        api_version=event.api_version or "",
        object_id=getattr(event.data.object, "id", ""),  # a balance, for one, has none
    )


def events_since(moment, types: list[str]) -> list[tuple[Event, str]]:
    """(event, body) of each notification that Stripe made since then, oldest first; also those that never reached us."""
    wanted = {"types": types, "created": {"gte": int(moment.timestamp())}, "limit": 100}
    try:
        events = list(client(retries=3).v1.events.list(wanted).auto_paging_iter())
    except stripe.StripeError as error:
        raise no_answer(error) from error
    return [(event_of(event), str(event)) for event in reversed(events)]
