"""The mail about a payment that the bank thought about and did not make."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from checkout.models import Message, Order, OrderStatus
from petshop.core.context import shop_facts


def payment_failed(order: Order, message: Message) -> EmailMultiAlternatives:
    """That nothing was charged, what is kept, and where to go on."""
    lead = (
        _("Your bank did not make it. Nothing was charged, and nothing is kept for you any more: please order again.")
        if order.status == OrderStatus.EXPIRED
        else _("Your bank did not make it. Nothing was charged: you can try again, or pay in another way.")
    )
    context = {
        "order": order,
        "title": _("Your payment did not go through."),
        "lead": lead,
        "address": settings.SITE_URL + order.get_absolute_url(),
        "shop": shop_facts(),
    }
    mail = EmailMultiAlternatives(
        subject=_("Your payment did not go through: order %(number)s") % {"number": order.number},
        body=render_to_string("checkout/emails/news.txt", context),
    )
    mail.attach_alternative(render_to_string("checkout/emails/news.html", context), "text/html")
    return mail
