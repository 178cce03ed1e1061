"""A visit behind its order's secret link gets another time. Looking changes nothing."""

from datetime import UTC
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.operations import SlotTaken
from bookings.picker_to_move import picker_to_move
from checkout import operations, states
from checkout.forms import MoveForm
from checkout.models import Order, OrderLine
from checkout.views.answers import see_other
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
    """The picker, with the time that the visit has now marked; pressing another one moves it there."""
    found = find(token)
    line = visit_of(found, request)
    if request.method != "POST":
        return reschedule_page(request, found, line)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return reschedule_page(request, found, line, error=next(iter(form.errors.values()))[0])
    start, resource = form.cleaned_data["start"], form.cleaned_data["resource"]
    try:
        choose = operations.choose_time if line.choose_by else operations.move_visit
        moved = choose(line, starts_at=start, resource=resource)
    except SlotTaken:
        return see_other(taken_address(found, line, start, resource))
    except ShopError as error:
        found = find(token)
        return reschedule_page(request, found, visit_of(found, request), error=str(error))
    when = {"day": states.day(moved.booking.starts_at), "time": states.clock_time(moved.booking.starts_at)}
    messages.success(request, _("Your visit is on %(day)s at %(time)s now.") % when)
    return see_other(found.get_absolute_url())


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
        "picker": picker,
    }
    status = 422 if error else None
    return render_page(request, "checkout/reschedule.html", context, fragment="picker", status=status)


def address(page: str, found: Order) -> str:
    return reverse(f"checkout:{page}", args=[found.token])


def taken_address(found: Order, line: OrderLine, start, resource) -> str:
    """The same page on the same day, with the nearest times in place of the one that is gone."""
    query = {
        "line": states.place_of(found, line),
        "resource": resource.slug if resource else "",
        "day": localtime(start).date().isoformat(),
        "taken": start.astimezone(UTC).isoformat(),
    }
    return f"{address('reschedule', found)}?{urlencode(query)}#when"
