"""What an operation defers: jobs of the same transaction that need nobody's answer."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from checkout import emails
from checkout.models import Message, Refund, WebhookEvent


@app.task(name="checkout.send_message", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def send_message(message_id: int) -> None:
    """Send one queued message. Sent already, it stays sent; a mail server that is down is asked again later."""
    emails.send(Message.objects.get(pk=message_id))


@app.task(name="checkout.tell_of_given_up_event", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def tell_of_given_up_event(event_id: str) -> None:
    """Tell the shop of what Stripe says and our books do not take in, however often it is tried."""
    emails.given_up_event(WebhookEvent.objects.get(event_id=event_id)).send()


def defer_refund(refund: Refund) -> None:
    """Have Stripe asked for it. By the name of the job, which stands in `jobs`: whoever asks Stripe is above operations."""
    app.configure_task("checkout.send_refund").defer(refund_id=refund.pk)
