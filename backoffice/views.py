"""The staff's pages. Who may open them is decided in `access.guarded`, so no view here asks."""

import re
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice import board, queries, work
from backoffice.day import read_day, read_numbers
from backoffice.forms import ConcernForm, NoteForm
from backoffice.guests import guests_of
from backoffice.rows import PaymentCard, Row, VisitCard
from bookings.models import Booking
from checkout import states
from checkout.models import Order, OrderStatus, RefundOrigin, RefundStatus
from checkout.operations import add_note, open_change
from checkout.operations.refunding import is_refundable
from checkout.timeline import timeline
from petshop.core import clock
from petshop.core.errors import ShopError
from petshop.core.typed import cleaned


@require_safe
def today(request):
    now = clock.now()
    present = localtime(now).date()
    day = board.day_of(request.GET.get("day", ""), present)
    shown = read_day(day, now)
    return office_page(
        request,
        "today",
        {
            "day": day,
            "is_today": day == present,
            "before": day - board.ONE_DAY,
            "after": day + board.ONE_DAY,
            "agenda": shown.agenda(),
            "visits": shown.visits,
            "to_do": len(shown.to_do),
            "board": board.draw(shown, now),
            "guests": guests_of(shown),
            "numbers": read_numbers(shown if day == present else read_day(present, now), now),
        },
    )


@require_safe
def orders(request):
    now = clock.now()
    text = cleaned(request.GET.get("q", "")[:100]).strip()
    found = Order.objects.with_lines()
    chosen = {}
    for name, choices in [("show", queries.TABS), ("money", queries.MONEY), ("visit", queries.VISIT)]:
        if choice := queries.choose(choices, request.GET.get(name, "")):
            chosen[name] = choice.value
            found = choice.narrow(found, now)
    if text:
        found = queries.matching(found, text)
    page = queries.page_of(found, request.GET.get("after", ""))
    return office_page(
        request,
        "orders",
        {
            "q": text,
            "chosen": chosen,
            "is_narrowed": bool(text or any(chosen.values())),
            "is_continued": "after" in request.GET,
            "tabs": queries.TABS,
            "money": queries.MONEY,
            "visit": queries.VISIT,
            "rows": [Row(order, now) for order in page.orders],
            "after": page.after,
        },
    )


@require_safe
def attention(request):
    now = clock.now()
    page = queries.page_of(Order.objects.with_lines().needing_attention(), request.GET.get("after", ""))
    return office_page(request, "attention", {"rows": [Row(order, now) for order in page.orders], "after": page.after})


@require_safe
def order(request, number):
    return order_page(request, find(number), NoteForm())


@require_POST
def notes(request, number):
    order, form = find(number), NoteForm(request.POST)
    if not form.is_valid():
        return order_page(request, order, form, status=422)
    add_note(order, text=form.cleaned_data["text"], actor=request.user.get_username())
    messages.success(request, _("Your note is saved."))
    return go_back(request, order)


@require_POST
def visit(request, number, pk):
    """A pet came, is done, or did not come."""
    order = find(number)
    line = get_object_or_404(order.lines.visits(), pk=pk)
    return take(request, order, work.VISIT_STEPS, line)


@require_POST
def parcel(request, number):
    """The products are packed, or with their customer."""
    order = find(number)
    return take(request, order, work.PARCEL_STEPS, order)


def take(request, order, steps, thing, *, to=""):
    """Do the step that was asked for, and say so, or say why not. What is still to be paid is asked for before it."""
    to = to or request.POST.get("to", "")
    step = steps.get(to)
    if to in work.PAID_BEFORE and order.outstanding and order.is_accepted and "later" not in request.POST:
        asked = {"then": to} | ({"visit": thing.pk} if thing != order else {})
        return redirect(f"{reverse('backoffice:payment', args=[order.number])}?{urlencode(asked)}")
    try:
        if step is None:
            raise ShopError(_("Please choose one of the buttons."))
        step.act(thing, actor=request.user.get_username())
    except ShopError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(number)s: %(step)s.") % {"number": order.number, "step": step.done})
    return go_back(request, order)


def find(number: str) -> Order:
    """The order of this number, typed in any case and with or without its FP-; or the page that says there is none."""
    number = number.upper()
    if not number.startswith("FP-"):
        number = f"FP-{number}"
    if not re.fullmatch(r"[A-Z0-9-]+", number):
        raise Http404  # PostgreSQL refuses some of what an address can carry
    more = ["lines__variant", "payments__refunds__lines__order_line", "payments__receipts", "payments__disputes"]
    orders = Order.objects.with_lines().prefetch_related(*more)
    return get_object_or_404(orders, number=number)


def order_page(request, order, note_form, *, pressed: ConcernForm | None = None, status=None):
    now = clock.now()
    booked = [line.booking_id for line in work.visits(order) if line.booking_id]
    parts = list(Booking.objects.filter(part_of__in=booked).select_related("resource").order_by("pk"))
    gone = [refund for refund in order.refunds if refund.status == RefundStatus.SUCCEEDED]
    sent_back = sum(refund.amount for refund in gone if refund.origin != RefundOrigin.SURPLUS)
    return office_page(
        request,
        "order",
        {
            "order": order,
            "row": Row(order, now),
            "job": work.next_job(order, now=now),
            "visits": [VisitCard(order, line, now, parts) for line in work.visits(order)],
            "products": [
                {
                    "line": line,
                    "words": states.line_words(order, line, now=now),
                    "back": work.back_on_the_shelf(order, line),
                    "can_be_cancelled": work.can_be_cancelled(order, line),
                }
                for line in work.products(order)
            ],
            "can_be_cancelled": work.can_be_ended(order),
            "parcel_steps": work.parcel_steps(order),
            "visits_total": sum(line.total for line in work.visits(order)),
            "products_total": sum(line.total for line in work.products(order)),
            "payments": [PaymentCard(order, payment) for payment in order.attempts],
            "can_refund": any(is_refundable(payment) for payment in order.attempts),
            "sent_back": sent_back,
            "net": order.total - sent_back,
            "phone_digits": re.sub(r"[^\d+]", "", order.phone),
            "payment_link": payment_link(order),
            "change": open_change(order, now=now),
            "timeline": timeline(order.events.order_by("-pk"), for_staff=True),
            "note_form": note_form,
            "concerns": concern_forms(order, pressed),
            "pressed": pressed,
        },
        status=status,
    )


def concern_forms(order, pressed: ConcernForm | None) -> list[ConcernForm]:
    """For each open reason the form that clears it: an empty one, or the one that was pressed and keeps what was typed."""
    known = {form.concern: form for form in [pressed] if form}
    return [known.get(concern) or ConcernForm(concern=concern) for concern in order.open_concerns]


def payment_link(order: Order) -> dict[str, str]:
    """Where its customer pays, and the same as a message that a chat opens with."""
    address = settings.SITE_URL + order.get_absolute_url()
    is_ready = order.status == OrderStatus.PENDING
    words = _("Your order %(number)s is ready. Look at it and pay here: %(address)s")
    words = words if is_ready else _("Your order %(number)s, and what is to be paid: %(address)s")
    text = words % {
        "number": order.number, "address": address,
    }  # fmt: skip
    # Without its country a number is nobody's there, and the chat asks to whom.
    digits = re.sub(r"\D", "", order.phone) if order.phone.startswith("+") else ""
    return {"address": address, "chat": f"https://wa.me/{digits}?{urlencode({'text': text})}"}


def go_back(request, order):
    """To the page on which the button was pressed, if it is one of ours; else to the order."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    if is_ours and wanted.startswith("/"):  # of anything else `redirect` would look for a view of that name
        return redirect(wanted)
    return redirect("backoffice:order", order.number)


def office_page(request, page, context, *, status=None):
    context |= {"page": page, "attention_count": queries.count_attention(), "proofs_count": queries.count_proofs()}
    return render(request, f"backoffice/{page}.html", context, status=status)
