"""Money over the counter: staff write down what they took or gave back, and give a customer more time to pay."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import work
from backoffice.counter_forms import GivenBackForm, MoreTimeForm, TakenForm
from backoffice.views import find, office_page, take
from checkout import closing, operations
from checkout.models import Order, OrderLine, OrderStatus, Payment, PaymentProvider
from petshop.core.errors import ShopError
from petshop.core.money import format_money

END_OF_DAY = time(23, 59)


@require_http_methods(["GET", "HEAD", "POST"])
def payment(request, number):
    """What is still to be paid, taken in cash or on the terminal; on the way to a check-in, which then goes on by itself."""
    order = find(number)
    taken, more_time = TakenForm(amount=order.outstanding), MoreTimeForm(label_suffix="")
    if request.method != "POST":
        return payment_page(request, order, taken, more_time)
    actor = request.user.get_username()
    if request.POST.get("act") == "more_time":
        more_time = form = MoreTimeForm(request.POST, label_suffix="")
        if form.is_valid() and postpone(order, form, actor=actor):
            messages.success(request, _("The rest is due later now. The customer’s page says so."))
            return redirect("backoffice:order", order.number)
    else:
        taken = form = TakenForm(request.POST, amount=order.outstanding)
        if form.is_valid() and (made := take_money(order, form, actor=actor)):
            messages.success(request, _("%s is written down.") % format_money(made.amount, made.currency))
            return go_on(request, find(number))
    return payment_page(request, find(number), taken, more_time, status=422)


def take_money(order: Order, form: TakenForm, *, actor: str) -> Payment | None:
    """The payment, once any page on which the customer could pay at the same time is closed; or None, and the form says why."""
    said = form.cleaned_data
    try:
        closing.close_pages(order)
        return operations.take_at_counter(order, **said, actor=actor)
    except operations.OtherAmount as error:
        form.data = form.data.copy()
        form.data["agreed"] = str(Order.objects.get(pk=order.pk).outstanding)
        form.add_error(None, str(error))
    except ShopError as error:
        form.add_error(None, str(error))
    return None


def postpone(order: Order, form: MoreTimeForm, *, actor: str) -> bool:
    said = form.cleaned_data
    until = datetime.combine(said["day"], END_OF_DAY, tzinfo=ZoneInfo(settings.TIME_ZONE))
    begins = min((line.booking.starts_at for line in order.parts if line.booking and line.due_by), default=until)
    if begins.astimezone(until.tzinfo).date() == said["day"]:
        until = min(until, begins)  # on the day of the visit itself, until it begins
    try:
        operations.postpone_balance(order, until=until, actor=actor, cause=said["reason"])
    except ShopError as error:
        form.add_error("day" if isinstance(error, operations.NotAfterIt) else None, str(error))
        return False
    return True


def asked_step(request, order: Order) -> tuple[dict, str, OrderLine | Order | None]:
    """The step that waits for the money: which kind, which one, and of what; nothing, if nobody is about to do one."""
    asked = request.POST if request.method == "POST" else request.GET
    to, pk = asked.get("then", ""), asked.get("visit", "")
    if line := next((line for line in work.visits(order) if str(line.pk) == pk), None):
        return (work.VISIT_STEPS, to, line) if to in work.VISIT_STEPS else ({}, "", None)
    return (work.PARCEL_STEPS, to, order) if to in work.PARCEL_STEPS else ({}, "", None)


def go_on(request, order: Order):
    steps, to, thing = asked_step(request, order)
    return take(request, order, steps, thing, to=to) if thing else redirect("backoffice:order", order.number)


def payment_page(request, order: Order, taken: TakenForm, more_time: MoreTimeForm, *, status: int | None = None):
    steps, to, thing = asked_step(request, order)
    context = {
        "order": order,
        "is_to_pay": order.status == OrderStatus.CONFIRMED and order.outstanding > 0,
        "form": taken,
        "more_time": more_time,
        "step": steps.get(to),
        "visit": thing if isinstance(thing, OrderLine) else None,
        "then": to,
        "has_live_page": any(payment.session_id and not payment.settled_at for payment in order.payments.live()),
    }
    return office_page(request, "payment", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def payment_back(request, number, pk):
    """Money that was taken at the counter goes back there: cash in the hand, or a refund on the terminal."""
    order = find(number)
    made = next((each for each in order.attempts if each.pk == pk), None)
    if made is None or made.provider != PaymentProvider.COUNTER:
        raise Http404
    form = GivenBackForm(request.POST if request.method == "POST" else None, payment=made)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            refund = operations.give_back_at_counter(made, **said, actor=request.user.get_username())
        except ShopError as error:
            form.add_error("amount", str(error))
        else:
            amount = format_money(refund.amount, made.currency)
            messages.success(request, _("%s was given back, and the customer is told.") % amount)
            return redirect("backoffice:order", order.number)
    context = {"order": order, "payment": made, "form": form, "left": made.amount - made.refunded}
    return office_page(request, "payment_back", context, status=422 if form.is_bound else None)
