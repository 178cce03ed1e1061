"""Another time of a visit that waits for its difference: it is paid, or the visit keeps the time that it has."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from checkout import closing, payments, states
from checkout.models import CUSTOMER, VisitChange
from checkout.operations import open_change
from checkout.views.answers import CANNOT_ASK, PAYMENT_PAGES, TOO_OFTEN, see_other
from checkout.views.order import find, secret_page
from petshop.core.errors import ShopError
from petshop.core.pace import too_often


@secret_page
@require_POST
def change(request, token):
    """Pay the difference, on the page that is open or on a fresh one; or let the new time go."""
    found = find(token)
    waiting = open_change(found, now=found.seen_at)
    if waiting is None:
        messages.error(request, _("That time is no longer kept for this visit. Please choose again."))
        return see_other(found.get_absolute_url())
    if request.POST.get("act") != "keep":
        return pay_difference(request, waiting)
    try:
        is_kept = closing.end_change(waiting, actor=CUSTOMER, cause="Kept the time it had")
    except ShopError as error:
        messages.error(request, str(error))
    else:
        if is_kept:
            messages.success(request, _("Your visit keeps its time. Nothing was charged."))
    return see_other(found.get_absolute_url())


def pay_difference(request, waiting: VisitChange):
    """To the page on which the difference is paid; both times are kept, whatever comes in between."""
    address = waiting.order.get_absolute_url()
    if too_often(request, PAYMENT_PAGES):
        messages.error(request, TOO_OFTEN)
        return see_other(address)
    try:
        return see_other(payments.open_change(waiting))
    except CANNOT_ASK:
        messages.error(
            request,
            _(
                "We could not open the payment page. Nothing was charged. Both times are kept until %(time)s: please try again."
            )
            % {"time": states.clock_time(waiting.held_until)},
        )
    except ShopError as error:
        messages.error(request, str(error))
    return see_other(address)
