"""The mails about a payment that is to be made, and about one that the bank thought about and did not make."""

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from checkout.letters import news
from checkout.models import Message, Order, OrderStatus
from petshop.core.dates import written_day, written_time


def payment_failed(order: Order, message: Message) -> EmailMultiAlternatives:
    """That nothing was charged, what is kept, and where to go on."""
    if order.status == OrderStatus.EXPIRED:
        lead = _(
            "Your bank did not make it. Nothing was charged, and nothing is kept for you any more: please order again."
        )
    elif order.payments.get(uuid=message.key.removeprefix("payment-failed:")).change_id:
        lead = _("Your bank did not make it. Nothing was charged, and your visit keeps the time it has.")
    else:
        lead = _("Your bank did not make it. Nothing was charged: you can try again, or pay in another way.")
    return news(
        order,
        subject=_("Your payment did not go through: order %(number)s") % {"number": order.number},
        title=_("Your payment did not go through."),
        lead=lead,
    )


def payment_link(order: Order, message: Message) -> EmailMultiAlternatives:
    """What was put together for its customer, where to pay it, and until when it is kept."""
    lead = _("We have put it together as we said. Look at it and pay by %(day)s, %(time)s: until then it is kept.")
    return news(
        order,
        subject=_("Your order %(number)s, ready to be paid") % {"number": order.number},
        title=_("Your order is ready to be paid."),
        lead=lead % {"day": written_day(order.held_until, "l j F"), "time": written_time(order.held_until)},
    )


def why_not(message: Message) -> str:
    """Why a link is not worth sending any more; empty as long as it is."""
    is_pending = message.kind != "payment_link" or message.order.status == OrderStatus.PENDING
    return "" if is_pending else "The order does not wait for its payment any more"
