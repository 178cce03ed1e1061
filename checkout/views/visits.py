"""A visit behind its order's secret link gets another time. Looking changes nothing."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.models import Resource
from bookings.operations import SlotTaken
from bookings.picker_to_move import picker_to_move
from checkout import closing, operations, states
from checkout.forms import MoveForm, QuoteForm
from checkout.models import Order, OrderLine
from checkout.quotes import MoveQuote, cost_of, quoted
from checkout.terms import kept_percent
from checkout.views.answers import see_other
from checkout.views.changing import pay_difference
from checkout.views.order import find, secret_page
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.fragments import render_page


def visit_of(found: Order, request) -> OrderLine:
    """The visit of this order that `?line=` names; its only one needs no name. No other order's, whoever asks."""
    visits = [line for line in found.parts if line.is_visit]
    asked = request.GET.get("line")
    named = visits if not asked else [line for line in visits if str(states.place_of(found, line)) == asked]
    if len(named) != 1:
        raise Http404
    return named[0]


@secret_page
@require_http_methods(["GET", "HEAD", "POST"])
def reschedule(request, token):
    """The picker, with the time that the visit has now marked; pressing another one moves it there.

    One that costs something else is first shown with its price, and moved to with a second press; a dearer one is kept,
    and paid for first.
    """
    found = find(token)
    line = visit_of(found, request)
    if request.method != "POST":
        return quote_page(request, found, line) or reschedule_page(request, found, line)
    form, shown = MoveForm(request.POST), QuoteForm(request.POST)
    if not form.is_valid():
        return reschedule_page(request, found, line, error=next(iter(form.errors.values()))[0])
    if not shown.is_valid():
        return reschedule_page(request, found, line, error=_("Please look at the amounts, and press again."))
    start, resource = form.cleaned_data["start"], form.cleaned_data["resource"]
    try:
        if shown.agreed and shown.agreed.is_dearer:
            return pay_difference(request, closing.ask_for_change(line, starts_at=start, agreed=shown.agreed))
        moved = moved_to(line, start, resource, agreed=shown.agreed)
    except SlotTaken:
        return see_other(taken_address(found, line, start, resource))
    except operations.NotAsQuoted as error:
        if shown.agreed:
            messages.warning(request, str(error))
        return see_other(quote_address(found, line, start, resource))
    except ShopError as error:
        found = find(token)
        return reschedule_page(request, found, visit_of(found, request), error=str(error))
    when = {"day": states.day(moved.booking.starts_at), "time": states.clock_time(moved.booking.starts_at)}
    messages.success(request, _("Your visit is on %(day)s at %(time)s now.") % when)
    return see_other(found.get_absolute_url())


def moved_to(line: OrderLine, start: datetime, resource: Resource | None, *, agreed: MoveQuote | None) -> OrderLine:
    if line.choose_by:
        return operations.choose_time(line, starts_at=start, resource=resource)
    return closing.move_visit(line, starts_at=start, resource=resource, agreed=agreed)


def quote_page(request, found: Order, line: OrderLine):
    """What the time that was pressed costs, beside the one that the visit has; None if there is nothing to agree to."""
    form = MoveForm(request.GET)
    now = clock.now()
    if not form.is_valid() or operations.why_it_stays(found, line, now=now) or line.choose_by:
        return None
    start, resource = form.cleaned_data["start"], form.cleaned_data["resource"]
    quote = quoted(found, line, line.booking, start)
    if quote.is_even:
        return None
    try:
        operations.check_quote(found, quote)
    except ShopError as error:
        return reschedule_page(request, found, line, error=str(error))
    context = {
        "order": found,
        "line": line,
        "shown": states.shown_line(found, line, now=now),
        "quote": quote,
        "start": start,
        "resource": resource,
        "kept": kept_percent(line, now=now),
        "others": day_address(found, line, start, resource),
    }
    return render(request, "checkout/move_quote.html", context)


def reschedule_page(request, found: Order, line: OrderLine, *, error: str = ""):
    now = clock.now()
    reason = operations.why_it_stays(found, line, now=now)
    picker = (
        None
        if reason
        else picker_to_move(
            request,
            operations.visit_without_time(line) if line.choose_by else line.booking,
            line=states.place_of(found, line),
            here=address("reschedule", found),
        )
    )
    context = {
        "order": found,
        "line": line,
        "shown": states.shown_line(found, line, now=now),
        "offering": line.variant.offering,
        "reason": reason,
        "error": "" if reason else error,
        "kept": 0 if reason or line.choose_by else kept_percent(line, now=now),
        "cost": cost_of(line),
        "picker": picker,
    }
    status = 422 if error else None
    return render_page(request, "checkout/reschedule.html", context, fragment="picker", status=status)


def address(page: str, found: Order) -> str:
    return reverse(f"checkout:{page}", args=[found.token])


def taken_address(found: Order, line: OrderLine, start: datetime, resource: Resource | None) -> str:
    """The same page on the same day, with the nearest times in place of the one that is gone."""
    return day_address(found, line, start, resource, taken=written(start))


def day_address(found: Order, line: OrderLine, start: datetime, resource: Resource | None, **query: str) -> str:
    """The same page, on the day of a time that was pressed."""
    day = localtime(start).date().isoformat()
    return f"{move_address(found, line, resource, day=day, **query)}#when"


def quote_address(found: Order, line: OrderLine, start: datetime, resource: Resource | None) -> str:
    return move_address(found, line, resource, start=written(start))


def move_address(found: Order, line: OrderLine, resource: Resource | None, **query: str) -> str:
    asked = {"line": states.place_of(found, line), "resource": resource.slug if resource else ""} | query
    return f"{address('reschedule', found)}?{urlencode(asked)}"


def written(start: datetime) -> str:
    return start.astimezone(UTC).isoformat()
