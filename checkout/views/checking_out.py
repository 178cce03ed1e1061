"""The checkout: one page, and Pay."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings import operations as bookings
from checkout import operations, payments
from checkout.basket import Basket, look_into
from checkout.cart import basket_of
from checkout.forms import CheckoutForm, agreed_now, agreed_total, answers_of, initial_from, typed_answers
from checkout.models import Order, OrderStatus
from checkout.views.answers import CANNOT_ASK, PAYMENT_PAGES, TOO_OFTEN, JustPaid, go_and_pay, see_other
from petshop.core.errors import ShopError
from petshop.core.pace import too_often


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request):
    basket = basket_of(request)
    if basket.is_empty:
        return nothing_to_buy(request, basket)
    if "more_time" in request.POST:
        return more_time(request, basket)
    if request.method == "POST":
        return pay(request, basket)
    if not basket.can_check_out:
        messages.warning(request, _("Something in your basket needs a look before you can pay."))
        return redirect("checkout:cart")
    return checkout_page(request, basket, CheckoutForm(basket=basket, initial=known_answers(request, basket)))


def nothing_to_buy(request, basket: Basket):
    """An empty basket; after a second press on Pay it is empty because the first one has bought it."""
    last = basket.cart.orders.newest_first().first() if basket.cart else None
    if request.method == "POST" and last and last.is_accepted:
        return see_other(last.get_absolute_url())
    return see_other(reverse("checkout:cart"))


def known_answers(request, basket: Basket) -> dict:
    """What was typed before: on the way back from the basket, or for this basket's order that is not paid."""
    if remembered := request.session.get("checkout"):
        return initial_from(remembered, basket)
    last = basket.cart.orders.newest_first().first()
    if last and last.status in (OrderStatus.PENDING, OrderStatus.EXPIRED):
        return initial_from(answers_of(last), basket)
    return {}


def checkout_page(request, basket: Basket, form: CheckoutForm, *, status=None):
    return render(request, "checkout/checkout.html", {"basket": basket, "form": form}, status=status)


def more_time(request, basket: Basket):
    """Ten more minutes for the visit that was pressed, on the same page with everything as it was typed."""
    pressed = next((visit for visit in basket.visits if str(visit.line.pk) == request.POST["more_time"]), None)
    error = _("That time is no longer kept.")
    if pressed and not basket.order:
        try:
            bookings.ask_for_more_time(pressed.booking)
            error = ""
        except ShopError as refused:
            error = str(refused)
    if error:
        messages.error(request, error)
    basket = look_into(basket.cart)
    form = CheckoutForm(basket=basket, initial=initial_from(typed_answers(request.POST, basket), basket))
    return checkout_page(request, basket, form, status=422 if error else None)


def pay(request, basket: Basket):
    """Place the order and go to the payment page; or say what is in the way, with everything as it was typed."""
    form = CheckoutForm(request.POST, basket=basket)
    if not form.is_valid():
        return checkout_page(request, basket, form, status=422)
    if too_often(request, PAYMENT_PAGES):
        form.add_error(None, TOO_OFTEN)
        return checkout_page(request, basket, form, status=429)
    try:
        order = place(basket, form, request.POST)
    except JustPaid as paid:
        return see_other(paid.order.get_absolute_url())
    except operations.CartIsEmpty:
        return nothing_to_buy(request, basket)
    except (
        bookings.HoldLost,
        operations.VisitNeedsTime,
        operations.NoLongerForSale,
        operations.ExtraNoLongerOffered,
        operations.NotDelivered,
    ) as error:
        request.session["checkout"] = typed_answers(
            request.POST, basket
        )  # back from the basket, nothing is typed twice
        messages.error(request, str(error))
        return see_other(reverse("checkout:cart"))
    except CANNOT_ASK:
        form.add_error(
            None, _("We could not close the payment page that is open. Nothing was charged. Please try again.")
        )
        return checkout_page(request, basket, form, status=422)
    except ShopError as error:
        form.add_error(field_of(error, form), str(error))
        basket = look_into(basket.cart, customer=form.cleaned_data["email"])
        return checkout_page(request, basket, form, status=422)
    request.session.pop("checkout", None)
    return see_other(order.get_absolute_url()) if order.is_accepted else go_and_pay(request, order)


def place(basket: Basket, form: CheckoutForm, data) -> Order:
    """The basket's order. One that waits for its payment is the answer, unless it was placed with other answers, or is to
    be paid at the shop now.
    """
    at_shop = "at_shop" in data
    if basket.order and (at_shop or not form.describes(basket.order)):
        payments.free_cart(basket.cart)
        basket.order.refresh_from_db()
        if basket.order.is_accepted:
            raise JustPaid(basket.order)
    return payments.place_order(
        basket.cart,
        details=form.details,
        agreed_total=agreed_total(data),
        agreed_now=agreed_now(data),
        at_shop=at_shop,
    )


def field_of(error: ShopError, form: CheckoutForm) -> str | None:
    """Where on the form an error belongs; None: above it."""
    fields = {bookings.PetElsewhere: "name", bookings.NotForThisPet: "size"}
    if field := fields.get(type(error)):
        return next((f"pet-{line.pk}-{field}" for line in form.strangers if line.booking_id == error.booking.pk), None)
    return None
