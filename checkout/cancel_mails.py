"""The mail about several things of an order, or all of it, that were called off."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from checkout import states
from checkout.calendar_file import CONTENT_TYPE, cancellation_file
from checkout.models import Message, Order, OrderStatus
from petshop.core import clock
from petshop.core.context import shop_facts


def called_off(order: Order, message: Message) -> EmailMultiAlternatives:
    """What is cancelled of the order by now, what comes back of each and what is kept; and a file for the calendar."""
    lines = [line for line in order.every_line if line.cancelled_at]
    is_all = order.status == OrderStatus.CANCELLED or len(lines) == len(order.every_line)
    number = {"number": order.number}
    title = _("Your order %(number)s is cancelled.") if is_all else _("Part of your order %(number)s is cancelled.")
    subject = _("Cancelled: order %(number)s") if is_all else _("Cancelled: a part of order %(number)s")
    context = {
        "order": order,
        "title": title % number,
        "lead": states.money_back(order, *lines) or nothing_back(order),
        "lines": lines,
        "address": settings.SITE_URL + order.get_absolute_url(),
        "shop": shop_facts(),
    }
    mail = EmailMultiAlternatives(
        subject=subject % number, body=render_to_string("checkout/emails/called_off.txt", context)
    )
    mail.attach_alternative(render_to_string("checkout/emails/called_off.html", context), "text/html")
    visits = [line for line in lines if line.is_visit]
    if file := cancellation_file(order, visits, now=clock.now()):
        mail.attach(f"visit-{order.number}.ics", file.decode(), CONTENT_TYPE)
    return mail


def nothing_back(order: Order) -> str:
    return _("By the terms that were agreed, nothing comes back.") if order.received else _("Nothing was charged.")
