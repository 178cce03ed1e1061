"""Staff send money back: they tick it, look at what it comes to, and press once. Works without script, page by page."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.refund_form import ComposerForm
from backoffice.views import find, office_page
from checkout import closing, operations, states
from checkout.models import Order, Payment, PaymentProvider
from checkout.portions import load_rests, rests
from petshop.core.errors import ShopError


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request, number):
    """The lines with their boxes; then, from the same address, what was chosen to the cent, with the button that sends it."""
    order = find(number)
    order.every_line = load_rests(order)
    form = ComposerForm(request.POST if request.method == "POST" else None, order=order, rests=rests(order))
    step = request.POST.get("step", "preview")
    if request.method != "POST" or step == "change":
        return composer_page(request, form)
    if not form.is_valid():
        return composer_page(request, form, status=422)
    try:
        return send(request, form) if step == "confirm" else preview_page(request, form)
    except ShopError as error:
        form.refuse(error)
        return composer_page(request, form, status=422)


def send(request, form: ComposerForm):
    """Send what was shown; if it comes to something else by now, show that instead."""
    said = form.cleaned_data
    if not said["press"]:
        raise ShopError(_("Please look at what it comes to, and press the button below it."))
    if any(choice.release for choice in form.choices):
        closing.close_pages(form.order)  # nothing may be paid for a visit that is being called off
    try:
        operations.compose_refund(
            form.order,
            form.choices,
            agreed=form.agreed,
            reason=said["reason"],
            actor=request.user.get_username(),
            press=said["press"],
        )
    except operations.NotAsAgreed as error:
        return preview_page(request, form, error=error)
    messages.success(request, _("It is asked back. This page says how far it is."))
    return redirect("backoffice:refund_made", form.order.number, said["press"])


@require_safe
def refund_made(request, number, press):
    """What one press has sent back: one refund for each payment, and how far each is."""
    order = find(number)
    made = [refund for refund in order.refunds if refund.press == press]
    if not made:
        raise Http404
    payments = {payment.pk: payment for payment in order.attempts}
    shown = [(refund, payments[refund.payment_id], states.refund_word(refund)) for refund in made]
    total = sum(refund.amount for refund in made)
    return office_page(request, "refund_made", {"order": order, "refunds": shown, "total": total})


def composer_page(request, form: ComposerForm, *, status: int | None = None):
    order: Order = form.order
    context = {
        "order": order,
        "form": form,
        "sendable": operations.sendable(order.attempts),
        "at_the_desk": at_the_desk(order),
        "is_disputed": any(payment.is_disputed for payment in order.attempts),
        "unexplained": [refund for refund in order.refunds if refund.is_unexplained],
    }
    return office_page(request, "refund", context, status=status)


def at_the_desk(order: Order) -> list[Payment]:
    """What came over the counter goes back there, payment by payment."""
    taken = [payment for payment in order.attempts if payment.provider == PaymentProvider.COUNTER]
    return [payment for payment in taken if payment.is_received and payment.amount > payment.refunded]


def preview_page(request, form: ComposerForm, *, error: ShopError | None = None):
    composed, payments = operations.preview_refund(form.order, form.choices)
    context = {"order": form.order, "form": form, "composed": composed, "payments": payments, "error": error}
    return office_page(request, "refund_preview", context, status=422 if error else None)
