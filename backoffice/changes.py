"""Staff give a sold visit another time, at once or once its difference is paid; who did it and why is written down."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.counter_forms import TakenForm
from backoffice.forms import PriceForm, TimeForm
from backoffice.rows import VisitCard
from backoffice.views import find, office_page, payment_link
from bookings.models import BookingStatus
from bookings.operations import PetElsewhere, SlotTaken
from bookings.picker_to_move import picker_to_move
from checkout import closing, operations
from checkout.models import ACCEPTED, Order, OrderLine, VisitChange
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
    by = {"actor": request.user.get_username(), "cause": wanted["reason"]}
    agreed = priced.agreed if priced.is_valid() else None
    try:
        if agreed and agreed.is_dearer:
            closing.ask_for_change(line, starts_at=wanted["start"], agreed=agreed, **by)
            messages.success(request, _("Both times are kept, and its customer is told where to pay the difference."))
            return redirect("backoffice:change", order.number)
        closing.move_visit(line, starts_at=wanted["start"], resource=wanted["resource"], agreed=agreed, **by)
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


@require_http_methods(["GET", "HEAD", "POST"])
def change(request, number):
    """A dearer time that is kept until its difference is paid: taken at the desk, or let go."""
    order = find(number)
    waiting = operations.open_change(order, now=clock.now())
    if waiting is None:
        messages.error(request, _("No other time is kept for this order any more; look what has happened."))
        return redirect("backoffice:order", order.number)
    if request.method != "POST":
        return change_page(request, order, waiting, TakenForm(amount=waiting.amount))
    actor, form = request.user.get_username(), TakenForm(request.POST, amount=waiting.amount)
    try:
        if request.POST.get("act") == "end":
            closing.end_change(waiting, actor=actor, cause="Let go at the shop")
            messages.success(request, _("The visit keeps the time it has."))
            return redirect("backoffice:order", order.number)
        if form.is_valid():
            closing.close_pages(order)
            operations.take_for_change(waiting, **form.cleaned_data, actor=actor)
            messages.success(request, _("The money is written down and the visit is moved. Its customer is told."))
            return redirect("backoffice:order", order.number)
    except ShopError as error:
        form.add_error(None, str(error))
    return change_page(request, order, waiting, form)


def change_page(request, order: Order, waiting: VisitChange, form: TakenForm):
    line = next(line for line in order.parts if line.pk == waiting.line_id)
    context = {"order": order, "change": waiting, "visit": VisitCard(order, line, clock.now()), "form": form}
    context["payment_link"] = payment_link(order)
    return office_page(request, "change", context, status=422 if form.is_bound else None)


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
        can_be_settled = False
    else:
        can_be_settled = bool(quote.comes_back or quote.to_pay)
    visit = VisitCard(order, line, clock.now())
    context = {"order": order, "visit": visit, "wanted": wanted, "quote": quote, "can_be_settled": can_be_settled}
    return office_page(request, "visit_price", context | {"error": error}, status=422 if error else None)


def time_page(request, order: Order, line: OrderLine, form: TimeForm):
    here = reverse("backoffice:visit_time", args=[order.number, line.pk])
    picker = picker_to_move(request, line.booking, line=line.pk, here=here)
    context = {"order": order, "visit": VisitCard(order, line, clock.now()), "form": form, "picker": picker}
    context |= {"offering": line.variant.offering, "for_staff": True}
    return office_page(request, "visit_time", context, status=422 if form.is_bound else None)
