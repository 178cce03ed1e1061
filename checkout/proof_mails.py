"""The mail about a proof of a vaccination that proves nothing."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.models import Message, Order
from checkout.proofs import asked_of
from petshop.core.context import shop_facts


def refused(order: Order, message: Message | None = None) -> EmailMultiAlternatives:
    """What must be sent again, why, and by when. By now it may be proven, or over: then the mail says that."""
    context = {
        "order": order,
        "asked": [each for each in asked_of(order) if each.can_be_sent],
        "proofs": settings.SITE_URL + reverse("checkout:proofs", args=[order.token]),
        "shop": shop_facts(),
    }
    return EmailMultiAlternatives(
        subject=_("We need another proof: order %(number)s") % {"number": order.number},
        body=render_to_string("checkout/emails/proof_refused.txt", context),
    )
