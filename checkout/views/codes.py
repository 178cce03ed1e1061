"""The code of a promotion: typed for a basket, and taken out of it."""

from django.contrib import messages
from django.utils.translation import gettext as _

from checkout import operations
from checkout.cart import basket_of, cart_for_writing, current_cart
from checkout.forms import CodeForm
from checkout.views.answers import CODES, TOO_OFTEN
from checkout.views.basket import cart_page, change, changes_basket, done
from petshop.core.fragments import wants_fragment
from petshop.core.money import format_money
from petshop.core.pace import too_often


@changes_basket
def code(request):
    """Remember a code for the basket, or forget the one that it has."""
    if "remove" in request.POST:
        if basket := current_cart(request):
            change(basket, lambda: operations.drop_code(basket))
        return done(request, _("The code is out of your basket."))
    form = CodeForm(request.POST)
    if not form.is_valid():
        return refused(request, form.errors["code"][0])
    if too_often(request, CODES):
        return refused(request, TOO_OFTEN, status=429)
    basket = cart_for_writing(request)
    try:
        change(basket, lambda: operations.use_code(basket, form.cleaned_data["code"]))
    except (operations.NoSuchCode, operations.CodeDoesNotCount) as error:
        return refused(request, str(error))
    return welcomed(request)


def refused(request, error: str, *, status: int = 422):
    """The basket with the field open, and in it what was typed."""
    return cart_page(request, status=status, error=error, wrong_code=True, typed=request.POST.get("code", ""))


def welcomed(request):
    """The code is in the basket. Whether it takes anything off yet, and what is missing, is said beside it as well."""
    price = basket_of(request).quote
    if price.refusal:
        if not wants_fragment(request):
            messages.warning(request, price.refusal)
        return done(request)
    amount = sum(off.amount for off in price.off if off.deal == price.typed)
    said = {"code": price.typed.code, "amount": format_money(amount)}
    return done(request, _("“%(code)s” takes %(amount)s off.") % said)
