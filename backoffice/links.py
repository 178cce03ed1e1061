"""An order that staff make with a customer on the phone or in a chat: from their own basket, to be paid by its link."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from backoffice.views import office_page
from checkout import payments
from checkout.basket import Basket, look_into
from checkout.cart import basket_of
from checkout.forms import CheckoutForm, agreed_now, agreed_total
from checkout.models import Order
from checkout.operations import KEPT_FOR, PaymentLink
from checkout.views.answers import CANNOT_ASK
from petshop.core.errors import ShopError


class KeptForm(forms.Form):
    """For how long the order is kept until it is paid."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("Kept for"),
        choices=[
            (1, gettext_lazy("1 hour")),
            (4, gettext_lazy("4 hours")),
            (12, gettext_lazy("12 hours")),
        ],
        coerce=int,
        initial=4,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], gettext_lazy("Choose for how long it is kept.")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_order(request):
    """What is in the basket of this browser becomes the order of a customer, who is sent its link."""
    basket = basket_of(request)
    if not basket.can_check_out:
        return page(request, basket, None, None, status=422 if request.method == "POST" else None)
    if request.method != "POST":
        return page(request, basket, CheckoutForm(basket=basket), KeptForm(label_suffix=""))
    form, kept = CheckoutForm(request.POST, basket=basket), KeptForm(request.POST, label_suffix="")
    if form.is_valid() & kept.is_valid() and (order := place(request, basket, form, kept)):
        messages.success(request, _("%s is made. Its link was sent by mail; you can send it in a chat, too.") % order)
        return redirect("backoffice:order", order.number)
    return page(request, look_into(basket.cart), form, kept, status=422)


def place(request, basket: Basket, form: CheckoutForm, kept: KeptForm) -> Order | None:
    """The order; or None, and the form says why."""
    link = PaymentLink(request.user.get_username(), KEPT_FOR[kept.cleaned_data["hours"]])
    try:
        payments.free_cart(basket.cart)  # of an order that this browser was about to pay itself
        return payments.place_order(
            basket.cart,
            details=form.details,
            agreed_total=agreed_total(request.POST),
            agreed_now=agreed_now(request.POST),
            link=link,
        )
    except ShopError as error:
        form.add_error(None, str(error))
    except CANNOT_ASK:
        form.add_error(None, _("We could not close the payment page that is open for this basket. Please try again."))
    return None


def page(request, basket: Basket, form: CheckoutForm | None, kept: KeptForm | None, *, status=None):
    return office_page(request, "new_order", {"basket": basket, "form": form, "kept": kept}, status=status)
