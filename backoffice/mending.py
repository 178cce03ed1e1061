"""Staff send a refund again that came to nothing, and say what one was for that was made in Stripe's dashboard."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.refund_form import ExplanationForm
from backoffice.views import find, office_page
from checkout import operations
from checkout.models import Order, Refund
from checkout.portions import load_rests, rests
from petshop.core.errors import ShopError


@require_POST
def refund_again(request, number, pk):
    """One button; pressed twice it is one refund."""
    order, refund = find_refund(number, pk)
    try:
        made = operations.send_again(refund, actor=request.user.get_username())
    except ShopError as error:
        messages.error(request, str(error))
        return redirect("backoffice:order", order.number)
    messages.success(request, _("It is asked back once more. This page says how far it is."))
    return redirect("backoffice:refund_made", order.number, made[0].press)


@require_http_methods(["GET", "HEAD", "POST"])
def refund_lines(request, number, pk):
    """How much of it each line was; together exactly what was sent back."""
    order, refund = find_refund(number, pk)
    order.every_line = load_rests(order)
    form = ExplanationForm(
        request.POST if request.method == "POST" else None, order=order, refund=refund, rests=rests(order)
    )
    if form.is_valid():
        try:
            operations.explain_refund(refund, form.amounts, actor=request.user.get_username())
        except ShopError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Now the books say what it was for."))
            return redirect("backoffice:order", order.number)
    context = {"order": order, "refund": refund, "form": form}
    return office_page(request, "refund_lines", context, status=422 if form.is_bound else None)


def find_refund(number: str, pk: int) -> tuple[Order, Refund]:
    order = find(number)
    return order, get_object_or_404(Refund.objects.select_related("payment"), pk=pk, payment__order=order)
