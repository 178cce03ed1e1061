"""Ways to answer that all of the customer's pages share."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout import payments, states
from checkout.models import Order
from petshop.core.errors import ShopError
from petshop.core.fragments import wants_fragment
from petshop.core.pace import Limit

# Stripe did not answer, or no longer knows the page that we ask about.
CANNOT_ASK = (payments.StripeIsDown, payments.NotOurs)

# Whoever tries stolen cards, guesses codes or takes the whole calendar comes back more often than any customer.
PAYMENT_PAGES = Limit("payment pages", at_most=20, within=timedelta(minutes=10))
CODES = Limit("codes", at_most=20, within=timedelta(minutes=15))
HOLDS = Limit("times held", at_most=40, within=timedelta(hours=1))
TOO_OFTEN = gettext_lazy("That was very often in a short time. Please wait a while, or call us: nothing was changed.")


class JustPaid(Exception):
    """The payment of the basket came in while it was about to be changed; it is an order now."""

    def __init__(self, order: Order):
        self.order = order


def see_other(address) -> HttpResponseRedirect:
    """To a page that is looked at with GET, whatever was pressed to get there."""
    return HttpResponseRedirect(address, status=303)


def leave(request, address):
    """To another page, also for a script that waits for a part of this one."""
    if wants_fragment(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return see_other(address)


def go_and_pay(request, order: Order):
    try:
        return see_other(payments.open_checkout(order))
    except CANNOT_ASK:
        until = states.clock_time(order.held_until)
        messages.error(
            request,
            _(
                "We could not open the payment page. Nothing was charged. Everything is kept for you until %(time)s. "
                "Please try again."
            )
            % {"time": until},
        )
    except ShopError as error:
        messages.error(request, str(error))
    return see_other(order.get_absolute_url())
