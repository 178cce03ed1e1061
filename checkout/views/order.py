"""The order behind its secret link: its state, its receipt, its calendar file, and paying it."""

import re
from dataclasses import replace
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings.models import Booking, Resource
from checkout import operations, payments, states
from checkout.calendar_file import CONTENT_TYPE, calendar_file
from checkout.cart import token_in_cookie
from checkout.choices import choices_of
from checkout.headline import headline
from checkout.models import (
    FRUITLESS_REFUND,
    Order,
    OrderEvent,
    OrderLine,
    OrderLineAddOn,
    OrderStatus,
    Payment,
    ReceiptKind,
)
from checkout.timeline import timeline
from checkout.totals import included_taxes
from checkout.views.answers import CANNOT_ASK, PAYMENT_PAGES, TOO_OFTEN, go_and_pay, leave, see_other
from petshop.core import clock
from petshop.core.fragments import render_page, wants_fragment
from petshop.core.joined import Join
from petshop.core.pace import too_often

ASK_EVERY = 3  # seconds, while somebody waits for the bank
ASK_AT_MOST = 40  # times: two minutes
SESSION_ID = re.compile(r"[A-Za-z0-9_]{1,100}")
LINES = Join(
    """
    FROM checkout_orderline AS line
    LEFT JOIN bookings_booking AS booking ON booking.id = line.booking_id
    LEFT JOIN bookings_resource AS resource ON resource.id = booking.resource_id
    WHERE line.order_id = %s ORDER BY line.id
    """,
    line=OrderLine,
    booking=Booking,
    resource=Resource,
)
ORDERS = Join(
    "FROM checkout_order AS found WHERE found.token = %s",
    also=[
        "clock_timestamp()",
        "EXISTS (SELECT FROM checkout_visitchange WHERE order_id = found.id AND status = 'waiting')",
    ],
    found=Order,
)
EXTRAS = Join(
    "FROM checkout_orderlineaddon AS extra WHERE extra.line_id = ANY(%s) ORDER BY extra.id", extra=OrderLineAddOn
)
EVENTS = Join("FROM checkout_orderevent AS event WHERE event.order_id = %s", event=OrderEvent)
PAYMENTS = Join(
    "FROM checkout_payment AS payment WHERE payment.order_id = %s ORDER BY payment.id",
    also=[
        "EXISTS (SELECT FROM checkout_refund WHERE payment_id = payment.id)",
        "ARRAY(SELECT kind || ' ' || number FROM checkout_receipt WHERE payment_id = payment.id ORDER BY id)",
    ],
    payment=Payment,
)


def secret_page(view):
    """Who has the address may look. So nobody keeps a copy, lists it, or is told where the customer came from."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


def find(token: str) -> Order:
    """The order with all that its pages show, and when it was `seen_at`, by the database's clock; `has_change`: another
    time of one of its visits waits for its money. The same as `with_lines`, which is for lists: of one order alone,
    everything costs half of that if it is written out.
    """
    rows = list(ORDERS.read(token))
    if not rows:
        raise Http404
    [[found, found.seen_at, found.has_change]] = rows
    found.every_line, found.attempts = [], []
    for line, booking, resource in LINES.read(found.pk):
        line.order, line.booking = found, booking
        if booking:
            booking.resource = resource
        found.every_line.append(line)
    for payment, payment.may_have_refunds, payment.receipt_names in PAYMENTS.read(found.pk):
        found.attempts.append(payment)
    sold = [extra for [extra] in EXTRAS.read([line.pk for line in found.every_line])]
    if any(line.booking and line.booking.proof_due_by for line in found.parts):
        waiting = dict(found.lines.with_waiting_proofs().values_list("pk", "proof_waits"))
        for line in found.parts:
            line.proof_waits = waiting[line.pk]
    for line in found.parts:
        line.chosen = [each for each in sold if each.line_id == line.pk]
    return found


@secret_page
@require_safe
def order(request, token):
    """What is paid, what is booked, and who acts next. On the way back from Stripe it asks whether the money came."""
    found = find(token)
    session_id = request.GET.get("session", "")
    if SESSION_ID.fullmatch(session_id):
        payments.settle_order(found, session_id)
        found = find(token)
        if found.status != OrderStatus.PENDING:
            return leave(request, found.get_absolute_url()) if wants_fragment(request) else redirect(found)
    context = order_context(request, found) | {"next_question": next_question(request, session_id)}
    for part in ("visits", "products"):
        context[part] = [replace(shown, choices=choices_of(found, shown.line)) for shown in context[part]]
    return render_page(request, "checkout/order.html", context, fragment="order")


def next_question(request, session_id: str) -> str:
    """The address to ask again while the bank thinks; "" when nobody waits, or for too long already."""
    asked = request.GET.get("asked", "0")
    count = int(asked) if re.fullmatch(r"[0-9]{1,3}", asked) else 0
    if not SESSION_ID.fullmatch(session_id) or count >= ASK_AT_MOST:
        return ""
    return f"{request.path}?{urlencode({'session': session_id, 'asked': count + 1})}"


def order_context(request, found: Order) -> dict:
    now = found.seen_at
    shown = states.shown_lines(found, now=now)
    taxes = included_taxes((line.tax_rate, line.amount) for line in found.every_line)
    events = [event for [event] in EVENTS.read(found.pk)]
    change = operations.open_change(found, now=now) if found.has_change else None
    payment = next((payment for payment in found.attempts if payment.settled_at), None)
    is_all_well = found.is_accepted and not any(each.words.fulfilment.tone == "bad" for each in shown)
    is_all_well = is_all_well and not all(each.line.cancelled_at for each in shown)
    return {
        "order": found,
        "words": states.order_words(found, now=now),
        "is_all_well": is_all_well,
        "headline": headline(found, now=now),
        "change": change,
        "is_change_being_paid": change and operations.is_being_paid(found, change),
        "visits": sorted((each for each in shown if each.line.is_visit), key=lambda each: each.starts_at),
        "products": [each for each in shown if not each.line.is_visit],
        "timeline": timeline(events, for_staff=False),
        "payment": payment,
        "receipts": [receipt_name(name) for payment in found.attempts for name in payment.receipt_names],
        "refunds": [(refund, states.refund_word(refund)) for refund in found.refunds],
        "has_failed_refund": any(refund.status in FRUITLESS_REFUND for refund in found.refunds),
        "card": states.card_words(payment.card) if payment else "",
        "can_be_cancelled": sum(each.can_be_cancelled for each in shown) > 1,  # all of it at once
        "has_calendar": any(states.is_booked(each.line) for each in shown),
        "taxes": taxes,
        "tax": sum(tax for _rate, tax in taxes),
        "is_my_basket": not found.is_accepted and is_my_basket(request, found),  # what is bought is in no basket
        "ask_every": ASK_EVERY,
        "maps": f"https://www.openstreetmap.org/search?{urlencode({'query': settings.SHOP_ADDRESS})}",
    }


def receipt_name(name: str) -> tuple[str, str]:
    """(“Credit note”, its number) of “credit_note C-2026-000001”."""
    kind, number = name.split(" ")
    return ReceiptKind(kind).label, number


def is_my_basket(request, found: Order) -> bool:
    """Whether it was placed from the basket of this browser."""
    return found.cart is not None and found.cart.token == token_in_cookie(request)


@secret_page
@require_POST
def payment(request, token):
    """Continue paying, on the page that is open or on a fresh one."""
    found = find(token)
    if too_often(request, PAYMENT_PAGES):
        messages.error(request, TOO_OFTEN)
        return see_other(found.get_absolute_url())
    return go_and_pay(request, found)


@secret_page
@require_POST
def release(request, token):
    """Take an unpaid order apart: its payment page is closed, and everything is back in its basket."""
    found = find(token)
    try:
        payments.close_order(found, cause="Put back into the basket", to_cart=True)
    except CANNOT_ASK:
        messages.error(request, _("We could not close the payment page. Nothing was charged. Please try again."))
        return see_other(found.get_absolute_url())
    found.refresh_from_db()
    if found.status != OrderStatus.EXPIRED or not is_my_basket(request, found):
        return see_other(found.get_absolute_url())
    messages.success(request, _("Everything is back in your basket. Nothing was charged."))
    return see_other(reverse("checkout:cart"))


@secret_page
@require_safe
def calendar(request, token):
    found = find(token)
    file = calendar_file(found, now=clock.now())
    if file is None:
        raise Http404
    response = HttpResponse(file, content_type=f"{CONTENT_TYPE}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="visit-{found.number}.ics"'
    return response
