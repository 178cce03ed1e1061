"""Staff give a sold visit another time; who did it and why is written down."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.forms import PriceForm, TimeForm
from backoffice.rows import VisitCard
from backoffice.views import find, office_page
from bookings.models import BookingStatus
from bookings.operations import PetElsewhere, SlotTaken
from bookings.picker_to_move import picker_to_move
from checkout import operations
from checkout.models import ACCEPTED, Order, OrderLine
from checkout.quotes import quoted
from petshop.core import clock
from petshop.core.errors import ShopError


@require_http_methods(["GET", "HEAD", "POST"])
def visit_time(request, number, pk):
    """The picker, and beside it a time of their own choice: out of hours and at once, but not where somebody else is.

    Where it costs something else there, they see both prices first, and say which of them holds.
    """
    order, line = find_booked(number, pk)
    if line is None:
        return too_late(request, order)
    form = TimeForm(request.POST if request.method == "POST" else None, line=line)
    if not form.is_valid():
        return time_page(request, order, line, form)
    wanted, priced = form.cleaned_data, PriceForm(request.POST)
    if not (priced.is_valid() or quoted(order, line, line.booking, wanted["start"]).is_even):
        return price_page(request, order, line, wanted)
    try:
        operations.move_visit(
            line,
            starts_at=wanted["start"],
            resource=wanted["resource"],
            agreed=priced.agreed,
            actor=request.user.get_username(),
            cause=wanted["reason"],
        )
    except operations.NotAsQuoted as error:
        return price_page(request, order, line, wanted, error=str(error))
    except (SlotTaken, PetElsewhere) as error:
        form.add_error(None, str(error))
        return time_page(request, order, line, form)
    except ShopError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The visit is moved, and its customer is told."))
    return redirect("backoffice:order", order.number)


def find_booked(number: str, pk: int) -> tuple[Order, OrderLine | None]:
    """The order, and its visit if that can still be changed."""
    order = find(number)
    lines = order.lines.visits().select_related("variant__offering__rules", "booking__resource", "booking__pet")
    line = get_object_or_404(lines.select_related("booking__variant__offering__rules"), pk=pk)
    is_booked = line.booking and line.booking.status == BookingStatus.CONFIRMED and order.status in ACCEPTED
    return order, line if is_booked else None


def too_late(request, order: Order):
    """Somebody else was quicker: the customer, or a colleague with the check-in."""
    messages.error(request, _("This visit is not booked any more; look what has happened."))
    return redirect("backoffice:order", order.number)


def price_page(request, order: Order, line: OrderLine, wanted: dict, *, error: str = ""):
    """What the visit costs now and there, and a button for each price that it can be moved for."""
    quote = quoted(order, line, line.booking, wanted["start"])
    try:
        operations.check_quote(order, quote)
    except ShopError:
        can_send_back = False
    else:
        can_send_back = bool(quote.comes_back)
    visit = VisitCard(order, line, clock.now())
    context = {"order": order, "visit": visit, "wanted": wanted, "quote": quote, "can_send_back": can_send_back}
    return office_page(request, "visit_price", context | {"error": error}, status=422 if error else None)


def time_page(request, order: Order, line: OrderLine, form: TimeForm):
    here = reverse("backoffice:visit_time", args=[order.number, line.pk])
    picker = picker_to_move(request, line.booking, line=line.pk, here=here)
    context = {"order": order, "visit": VisitCard(order, line, clock.now()), "form": form, "picker": picker}
    context |= {"offering": line.variant.offering, "for_staff": True}
    return office_page(request, "visit_time", context, status=422 if form.is_bound else None)
