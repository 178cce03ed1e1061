"""How a mail about an order is put together: as text and as HTML, with what stands in each, and its calendar file."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from checkout.calendar_file import CONTENT_TYPE
from checkout.models import Order
from petshop.core.context import shop_facts


def letter(
    order: Order, template: str, *, subject: str, calendar: bytes | None = None, **context
) -> EmailMultiAlternatives:
    """`template` names a pair in checkout/emails, which knows the order, the address of its page, the shop and `context`."""
    context |= {"order": order, "address": settings.SITE_URL + order.get_absolute_url(), "shop": shop_facts()}
    mail = EmailMultiAlternatives(subject=subject, body=render_to_string(f"checkout/emails/{template}.txt", context))
    mail.attach_alternative(render_to_string(f"checkout/emails/{template}.html", context), "text/html")
    if calendar:
        mail.attach(f"visit-{order.number}.ics", calendar.decode(), CONTENT_TYPE)
    return mail


def news(order: Order, *, subject: str, title: str, lead: str) -> EmailMultiAlternatives:
    """Something to know about an order, in two sentences."""
    return letter(order, "news", subject=subject, title=title, lead=lead)
