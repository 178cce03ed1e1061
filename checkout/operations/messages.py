"""Mails, queued in the transaction of what they tell of."""

from django.conf import settings

from bookings.models import Booking
from checkout import tasks
from checkout.models import Dispute, Message, Order, Refund


def queue_message(
    order: Order, *, kind: str, key: str, about: Booking | None = None, to: str = "", **money: Refund | Dispute
) -> None:
    """One mail for one fact: the same key twice is one message. Sent only if this transaction commits.

    To the customer, unless `to` says otherwise. `about`: the date of a visit that it is true for; once the visit is at
    another time, it is not sent any more. News of money name their `refund` or `dispute`.
    """
    said = {"order": order, "kind": kind, "to": to or order.email, **money}
    if about:
        said |= {"booking_id": about.main_id, "starts_at": about.starts_at}
    message, is_new = Message.objects.get_or_create(key=key, defaults=said)
    if is_new:
        tasks.send_message.defer(message_id=message.pk)


def tell_staff(order: Order, **fact) -> None:
    queue_message(order, to=settings.SHOP_EMAIL, **fact)
