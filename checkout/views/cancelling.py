"""A visit, a product or all of an order is cancelled behind its secret link. Looking changes nothing."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from checkout import closing, operations, states
from checkout.cancelling import Plan, planned, with_charges
from checkout.forms import SeenForm
from checkout.models import Order, OrderLine
from checkout.views.answers import see_other
from checkout.views.order import find, secret_page
from petshop.core import clock
from petshop.core.errors import ShopError


@secret_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request, token):
    """What comes back, what is kept and why, to the cent; and the button. Without a name it is about the whole order."""
    found = find(token)
    asked = asked_for(found, request)
    if request.method != "POST":
        return cancellation_page(request, found, asked)
    form = SeenForm(request.POST)
    if not form.is_valid():
        return cancellation_page(request, found, asked, error=_("Please look at the amounts, and press again."))
    try:
        plan = closing.cancel_lines(pressed(found, asked, request), seen=form.seen)
    except ShopError as error:
        found = find(token)
        return cancellation_page(request, found, asked_for(found, request), error=str(error))
    messages.success(request, done(find(token), plan))
    return see_other(found.get_absolute_url())


def asked_for(found: Order, request) -> list[OrderLine]:
    """The visit that `?line=` names or the product that `?product=` does, each counted from 1; without either, everything."""
    for name, is_visit in (("line", True), ("product", False)):
        if asked := request.GET.get(name):
            same = (line for line in found.parts if line.is_visit == is_visit)
            named = [line for line in same if str(states.place_of(found, line)) == asked]
            if not named:
                raise Http404
            return named
    return found.parts


def pressed(found: Order, asked: list[OrderLine], request) -> list[OrderLine]:
    """Of what was asked for, what stood on the page with the button: no more is cancelled, whatever is so by now."""
    parts = request.POST.getlist("part")
    return [line for line in asked if str(found.parts.index(line) + 1) in parts] or asked


def cancellation_page(request, found: Order, asked: list[OrderLine], *, error: str = ""):
    now = clock.now()
    reasons = {line: operations.why_it_is_kept(found, line, now=now) for line in asked}
    lines = [line for line in asked if not reasons[line]]
    plan = planned(found, with_charges(found, lines) if lines else [], now=now)
    at_once = min(plan.comes_back, operations.sendable(found.attempts))
    parts = [shown_part(found, part, now=now) for part in plan.parts]
    context = {
        "order": found,
        "plan": plan,
        "at_once": at_once,
        "by_hand": plan.comes_back - at_once,
        "parts": parts,
        "products": [each for each in parts if each["line"].parcel],
        "stays": [(line, reason) for line, reason in reasons.items() if reason and not line.cancelled_at],
        "is_whole": plan.is_of_several,
        "reason": "" if lines else next(iter(reasons.values())),
        "error": error if lines else "",
    }
    return render(request, "checkout/cancellation.html", context, status=422 if error else None)


def shown_part(found: Order, part, *, now) -> dict:
    """One thing that is cancelled, with its place on the page and the words that say why something is kept of it."""
    line = part.line
    if line.is_charge:
        return {"part": part, "line": line}
    shown = states.shown_line(found, line, now=now)
    return {"part": part, "line": line, "shown": shown, "number": found.parts.index(line) + 1}


def done(found: Order, plan: Plan) -> str:
    called_off = {part.line.pk for part in plan.parts}
    money = states.money_back(found, *(line for line in found.every_line if line.pk in called_off))
    return f"{_('It is cancelled.')} {money}".strip()
