"""What a customer chooses instead of what was not to be had any more when the money came."""

from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from checkout import operations
from checkout.forms import AgreedForm
from checkout.models import Order, OrderLine
from checkout.views.answers import see_other
from checkout.views.order import find, secret_page
from petshop.core.errors import ShopError
from petshop.core.money import format_money


@secret_page
@require_POST
def choice(request, token):
    """The money, or the product after all. Another time is chosen where visits are moved."""
    found = find(token)
    line = line_of(found, request.POST.get("line", ""))
    try:
        said = CHOICES.get(request.POST.get("choice", ""), nothing)(request, line)
    except ShopError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return see_other(found.get_absolute_url())


def line_of(found: Order, number: str) -> OrderLine:
    """The line of this order that is meant, by its place in it. No other order's, whoever asks."""
    line = next((line for place, line in enumerate(found.parts, 1) if str(place) == number), None)
    if line is None:
        raise Http404
    return line


def money_back(request, line: OrderLine) -> str:
    form = AgreedForm(request.POST)
    if not form.is_valid():
        raise ShopError(_("Please look at the amount, and press again."))
    given_up = operations.send_late_money_back(line, agreed=form.cleaned_data["amount"])
    return _("%(amount)s is on its way back to you.") % {"amount": format_money(given_up.comes_back)}


def after_all(request, line: OrderLine) -> str:
    if line.is_visit:
        return nothing(request, line)
    operations.take_again(line)
    return _("“%(product)s” is here again, and we pack it for you.") % {"product": line.title}


def nothing(request, line: OrderLine) -> str:
    raise ShopError(_("Please choose one of the buttons."))


CHOICES = {"money": money_back, "product": after_all}
