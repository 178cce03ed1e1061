"""The mail about several things of an order, or all of it, that were called off."""

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from checkout import states
from checkout.calendar_file import cancellation_file
from checkout.letters import letter
from checkout.models import Message, Order, OrderStatus
from petshop.core import clock


def called_off(order: Order, message: Message) -> EmailMultiAlternatives:
    """What is cancelled of the order by now, what comes back of each and what is kept; and a file for the calendar."""
    lines = [line for line in order.every_line if line.cancelled_at]
    is_all = order.status == OrderStatus.CANCELLED or len(lines) == len(order.every_line)
    number = {"number": order.number}
    title = _("Your order %(number)s is cancelled.") if is_all else _("Part of your order %(number)s is cancelled.")
    subject = _("Cancelled: order %(number)s") if is_all else _("Cancelled: a part of order %(number)s")
    return letter(
        order,
        "called_off",
        subject=subject % number,
        calendar=cancellation_file(order, [line for line in lines if line.is_visit], now=clock.now()),
        title=title % number,
        lead=states.money_back(order, *lines) or nothing_back(order),
        lines=lines,
    )


def nothing_back(order: Order) -> str:
    return _("By the terms that were agreed, nothing comes back.") if order.received else _("Nothing was charged.")
