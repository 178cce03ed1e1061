"""Staff cancel a line of an order or all of it: by the terms or as they decide, with a reason, and with its money.

One that nobody has paid yet is ended too: its payment page is closed first.
"""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.cancelling_form import CancellationForm
from backoffice.views import find, office_page
from checkout import closing, operations, states
from checkout.cancelling import CannotKeep, Plan, planned, with_charges
from checkout.models import Order, OrderLine, OrderStatus
from petshop.core import clock
from petshop.core.errors import ShopError


@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request, number):
    """What comes back by each way to decide, which places are free then, what goes back on the shelf; and the button."""
    order, now = find(number), clock.now()
    lines, stays = sorted_out(order, asked_for(order, request), now=now)
    if not lines:
        messages.error(request, next((reason for _line, reason in stays), _("It is cancelled already.")))
        return redirect("backoffice:order", order.number)
    plan = planned(order, with_charges(order, lines), now=now)
    form = CancellationForm(
        request.POST if request.method == "POST" else None, plan=plan, currency=order.currency
    )  # fmt: skip
    if not form.is_valid():
        return cancellation_page(request, order, form, stays, now=now)
    try:
        cancel(order, pressed(lines, request), form, actor=request.user.get_username())
    except CannotKeep as error:
        form.add_error("amount", str(error))
    except ShopError as error:
        form.add_error(None, str(error))
    else:
        order = find(number)
        money = states.money_back(order, *(line for line in order.every_line if line.cancelled_at))
        messages.success(request, f"{_('It is cancelled, and the customer is told.')} {money}".strip())
        return redirect("backoffice:order", order.number)
    return again(request, number, form)


def asked_for(order: Order, request) -> list[OrderLine]:
    """The lines that `?line=` names by their ids; without any, everything that is not with the customer."""
    if named := request.GET.getlist("line"):
        return [line for line in order.parts if str(line.pk) in named]
    return order.parts


def sorted_out(order: Order, asked: list[OrderLine], *, now) -> tuple[list[OrderLine], list[tuple[OrderLine, str]]]:
    """What of this can be cancelled, and of the rest why it stays. What the customer has stays unless it is asked for alone."""
    is_alone = len(asked) == 1
    lines, stays = [], []
    for line in asked:
        reason = why_it_stays(order, line, now=now, is_alone=is_alone)
        if not reason:
            lines.append(line)
        elif not line.cancelled_at:
            stays.append((line, reason))
    return lines, stays


def why_it_stays(order: Order, line: OrderLine, *, now, is_alone: bool) -> str:
    if order.status == OrderStatus.PENDING:
        return ""
    by_customer = bool(line.parcel) and not is_alone
    return operations.why_it_is_kept(order, line, now=now, by_customer=by_customer)


def pressed(lines: list[OrderLine], request) -> list[OrderLine]:
    """What stood on the page with the button: no more is cancelled, whatever is so by now."""
    parts = request.POST.getlist("part")
    return [line for line in lines if str(line.pk) in parts] or lines


def cancel(order: Order, lines: list[OrderLine], form: CancellationForm, *, actor: str) -> Plan:
    if order.status == OrderStatus.PENDING:
        return closing.cancel_unpaid(order, actor=actor, cause=form.cleaned_data["reason"])
    return closing.cancel_lines(lines, actor=actor, **form.how)


def again(request, number: str, refused: CancellationForm):
    """The page as it is now, with what was typed and why it was refused."""
    order, now = find(number), clock.now()
    lines, stays = sorted_out(order, asked_for(order, request), now=now)
    if not lines:
        messages.error(request, next(iter(refused.non_field_errors())))
        return redirect("backoffice:order", order.number)
    plan = planned(order, with_charges(order, lines), now=now)
    typed = request.POST.copy()
    typed["left"], typed["kept"] = str(plan.left), str(plan.kept)
    form = CancellationForm(typed, plan=plan, currency=order.currency)
    form.full_clean()
    for field, errors in refused.errors.items():
        for error in errors:
            form.add_error(None if field not in form.fields else field, error)
    return cancellation_page(request, order, form, stays, now=now)


def shown_line(order: Order, line: OrderLine, *, now) -> states.ShownLine | None:
    """When a visit is, or how far a product has come; what is paid beside them is only a title and its money."""
    return None if line.is_charge else states.shown_line(order, line, now=now)


def cancellation_page(request, order: Order, form: CancellationForm, stays, *, now):
    plan = form.plan
    parts = [(part, shown_line(order, part.line, now=now)) for part in plan.parts]
    context = {
        "order": order,
        "form": form,
        "plan": plan,
        "parts": parts,
        "is_whole": plan.is_of_several,
        "stays": stays,
        "is_unpaid": order.status == OrderStatus.PENDING,
        "by_hand": plan.left - min(plan.left, operations.sendable(order.attempts)),
    }
    return office_page(request, "cancellation", context, status=422 if form.errors else None)
