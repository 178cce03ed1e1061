"""The pay page that stands in for Stripe's: complete without JavaScript, and gone as soon as a real key is set."""

import functools
import threading
import time
from datetime import UTC, datetime

from django.conf import settings
from django.db import connections
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from checkout.stripe_local import local_stripe
from checkout.stripe_local.backend import LocalStripe
from checkout.stripe_local.cards import CARDS, DECLINES, Outcome
from checkout.stripe_local.delivery import AFTER_THE_REDIRECT, DELIVERY_LABELS, Delivery
from checkout.stripe_local.parameters import Refusal
from petshop.core.money import format_money, from_stripe
from petshop.core.payment_mode import PaymentMode


def only_in_local_mode(view):
    """404 unless no money can move. The address is not even registered otherwise; this is the second lock."""

    @functools.wraps(view)
    def locked(request, session):
        if settings.PAYMENT_MODE != PaymentMode.LOCAL:
            raise Http404
        return view(request, local_stripe(), session)

    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(locked))


@only_in_local_mode
def pay(request, stripe, session_id):
    """Show what is to be paid; a POST tries a card: that of the button pressed, else the one typed in."""
    page = _page_or_404(stripe, session_id)
    if request.method != "POST":
        return _show(request, page)

    typed = request.POST.get("card", "").strip()
    delivery = _delivery(request.POST)
    outcome = stripe.pay(session_id, request.POST.get("test_card") or typed, delivery=delivery)
    if outcome == Outcome.AUTHENTICATE:
        return _go(reverse("stripe_local:authentication", args=[session_id]) + f"?delivery={delivery}")
    if outcome in (Outcome.PAID, Outcome.PROCESSING, Outcome.CLOSED):
        return _leave(request, stripe, session_id, delivery)
    return _show(request, page, typed=typed, delivery=delivery, problem=_problem(outcome, typed), status=422)


@only_in_local_mode
def authentication(request, stripe, session_id):
    """The bank's own question, 3-D Secure: approve or fail."""
    page = _page_or_404(stripe, session_id)
    if request.method != "POST":
        if not page["asked"]:
            return _go(reverse("stripe_local:pay", args=[session_id]))
        context = {**_context(page), "delivery": _delivery(request.GET)}
        return render(request, "checkout/stripe_local/authentication.html", context)

    delivery = _delivery(request.POST)
    outcome = stripe.authenticate(session_id, approve=request.POST.get("answer") == "approve", delivery=delivery)
    if outcome == Outcome.AUTHENTICATION_FAILED:
        page = _page_or_404(stripe, session_id)
        return _show(request, page, delivery=delivery, problem=DECLINES[outcome][1], status=422)
    return _leave(request, stripe, session_id, delivery)


def _go(address: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(address, status=303)


def _page_or_404(stripe: LocalStripe, session_id: str) -> dict:
    try:
        return stripe.page(session_id)
    except Refusal as refusal:
        raise Http404(refusal) from refusal


def _delivery(sent) -> Delivery:
    try:
        return Delivery(sent.get("delivery", Delivery.NOW))
    except ValueError:
        return Delivery.NOW


def _problem(outcome: Outcome, typed: str) -> str:
    if outcome == Outcome.UNKNOWN_CARD:
        return _("This page takes only the test cards below.") if typed else _("Enter the number of a test card.")
    return DECLINES[outcome][1]


def _leave(request, stripe: LocalStripe, session_id: str, delivery: Delivery):
    """Back to the shop if the page is filled in, by this press or an earlier one; else say that it is closed."""
    session = stripe.page(session_id)["session"]
    if session["status"] != "complete":
        return _go(reverse("stripe_local:pay", args=[session_id]))
    if delivery == Delivery.AFTER:
        _deliver_soon(stripe)
    return _go(_success_url(session))


def _success_url(session: dict) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _deliver_soon(stripe: LocalStripe) -> None:
    """Tell the shop once the return page has been shown.

    The event itself waits in the file and is due then: whoever comes to the stand-in next delivers it. This thread only
    makes sure that somebody comes, and may die with its process without anything being lost.
    """

    def deliver():
        time.sleep(AFTER_THE_REDIRECT + 0.1)
        try:
            stripe.deliver_due()
        finally:
            connections.close_all()

    threading.Thread(target=deliver, name="stripe_local delivery", daemon=True).start()


def _show(request, page: dict, *, typed="", delivery=Delivery.NOW, problem="", status=200):
    context = _context(page) | {
        "cards": [card for card in CARDS.values() if card.method in page["session"]["payment_method_types"]],
        "deliveries": [(choice.value, label, choice == delivery) for choice, label in DELIVERY_LABELS.items()],
        "typed": typed,
        "problem": problem,
        "is_typed_wrong": bool(problem) and "test_card" not in request.POST,
    }
    return render(request, "checkout/stripe_local/pay.html", context, status=status)


def _context(page: dict) -> dict:
    session = page["session"]

    def amount(units: int) -> str:
        currency = session["currency"].upper()
        return format_money(from_stripe(units, currency), currency)

    return {
        "session": session,
        "total": amount(session["amount_total"]),
        "items": [(item["description"], item["quantity"], amount(item["amount_total"])) for item in page["items"]],
        "closes_at": datetime.fromtimestamp(session["expires_at"], UTC),
        "success_url": _success_url(session),
        "asked": page["asked"],
    }
