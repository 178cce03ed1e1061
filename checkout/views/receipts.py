"""The receipts of an order, for paper."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from checkout.models import Order, Receipt
from checkout.receipts import Sheet
from checkout.views.order import secret_page


@secret_page
@require_safe
def receipt(request, token, receipt_number=""):
    """One receipt as it was issued: the first, or the one of this number. There is none before the money came."""
    issued = list(
        Receipt.objects.filter(payment__order__token=token).select_related("payment__order").prefetch_related("lines")
    )
    chosen = next((each for each in issued if each.number == receipt_number or not receipt_number), None)
    if chosen is None:
        order = Order.objects.filter(token=token).first()
        if receipt_number or order is None:
            raise Http404
        return redirect(order)
    sheet = Sheet(chosen)
    return render(request, "checkout/receipt.html", {"sheet": sheet, "order": sheet.order, "issued": issued})
