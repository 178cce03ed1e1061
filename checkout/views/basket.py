"""The basket: one page, and a change of one thing in it at a time."""

from datetime import UTC, datetime
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bookings import operations as bookings
from checkout import operations, payments, states
from checkout.cart import basket_of, cart_for_writing, current_cart
from checkout.forms import PostalCodeForm, ProductForm, QuantityForm, VisitForm
from checkout.models import Cart
from checkout.views.answers import CANNOT_ASK, HOLDS, TOO_OFTEN, JustPaid, leave, see_other
from petshop.core.errors import ShopError
from petshop.core.fragments import render_page, wants_fragment
from petshop.core.pace import too_often


@never_cache
@require_safe
def cart(request):
    return cart_page(request)


def cart_page(request, *, status=None, **said):
    """The basket as it is now; `said` is what the last press came to: `notice`, or `error` with the field
    that is `wrong_line` or `wanted`, and what was `typed` there."""
    basket = basket_of(request)
    context = {"basket": basket, "basket_count": basket.size, "is_fragment": wants_fragment(request), **said}
    return render_page(request, "checkout/cart.html", context, fragment="basket", status=status)


def done(request, notice=""):
    """After a change: the basket's new part for a script, else its page."""
    if wants_fragment(request):
        return cart_page(request, notice=notice)
    if notice:
        messages.success(request, notice)
    return see_other(reverse("checkout:cart"))


def gone(request):
    """Another tab took the line out, or it never was in this basket: the same answer to both."""
    return cart_page(request, status=404, error=_("That is no longer in your basket."))


def change(basket: Cart, work):
    """Do `work` on a basket. If its payment page is open, that is closed first: what is paid is what was last shown."""
    try:
        return work()
    except operations.OrderIsOpen as error:
        payments.free_cart(basket)
        error.order.refresh_from_db()
        if error.order.is_accepted:
            raise JustPaid(error.order) from None
        return work()


def changes_basket(view):
    """What every change of a basket may run into: Stripe asleep while its page had to be closed, or money arriving."""

    @require_POST
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except CANNOT_ASK:
            messages.error(
                request, _("We could not close the payment page, so your basket stays as it is. Please try again.")
            )
            return leave(request, reverse("checkout:cart"))
        except operations.OrderIsOpen as error:
            messages.warning(request, _("Your bank is still looking at the payment, so your basket stays as it is."))
            return leave(request, error.order.get_absolute_url())
        except JustPaid as paid:
            messages.info(request, _("This basket has just been paid for, so it was not changed."))
            return leave(request, paid.order.get_absolute_url())

    return wrapped


@changes_basket
def lines(request):
    """Put a product into the basket."""
    form = ProductForm(request.POST)
    if not form.is_valid():
        errors = [error for field in form.errors.values() for error in field]
        wanted = form.cleaned_data.get("variant")
        return cart_page(request, status=422, error=errors[0], wanted=wanted, typed=request.POST.get("quantity", ""))
    basket = cart_for_writing(request)
    variant, quantity, press = (form.cleaned_data[name] for name in ("variant", "quantity", "press"))
    try:
        change(basket, lambda: operations.add_product(basket, variant, quantity=quantity, press=press))
    except operations.NoLongerForSale as error:
        return cart_page(request, status=422, error=str(error))
    return done(request, _("“%(name)s” is in your basket.") % {"name": variant})


@changes_basket
def visits(request):
    """Hold a time and put its visit into the basket, in the place of `line` if that is given."""
    form = VisitForm(request.POST, cart=current_cart(request))
    if not form.is_valid():
        errors = [error for field in form.errors.values() for error in field]
        return cart_page(request, status=422, error=errors[0], wanted_visit=form.cleaned_data.get("variant"))
    if too_often(request, HOLDS):
        return cart_page(request, status=429, error=TOO_OFTEN)
    basket = cart_for_writing(request)
    wanted, replaced = form.cleaned_data, form.cleaned_data["line"]
    if replaced and "pet" not in request.POST:
        wanted["pet"] = replaced.wanted_pet
    try:
        change(
            basket,
            lambda: operations.add_visits(
                basket,
                wanted["variant"],
                starts=wanted["start"],
                resource=wanted["resource"],
                add_ons=wanted["add_on"],
                nights=wanted["nights"] or 0,
                pet=wanted["pet"],
                instead_of=replaced,
                press=wanted["press"],
            ),
        )
    except bookings.SlotTaken as error:
        if "in_basket" in request.POST:  # which has new times to offer by itself
            messages.error(request, str(error))
            return see_other(reverse("checkout:cart"))
        return see_other(picker_address(wanted, taken=error.start))
    except (
        operations.ExtraNoLongerOffered,
        operations.TooManyPets,
        bookings.NotForThisPet,
        bookings.PetElsewhere,
    ) as error:
        messages.error(request, str(error))
        return see_other(picker_address(wanted, taken=wanted["start"][0]))
    except (operations.TooManyHolds, operations.NoLongerForSale) as error:
        messages.error(request, str(error))
        return see_other(reverse("checkout:cart"))
    if len(wanted["start"]) > 1:
        return done(request, _("Your days are kept. Nothing is booked until you pay."))
    return done(request, _("Your time is kept. Nothing is booked until you pay."))


def picker_address(wanted, *, taken: datetime) -> str:
    """The page of the service again, on the same day, with the nearest times in place of the one that is gone."""
    query = {
        "variant": wanted["variant"].pk,
        "resource": wanted["resource"].slug if wanted["resource"] else "",
        "day": localtime(taken).date().isoformat(),
        "taken": taken.astimezone(UTC).isoformat(),
        "add_on": [add_on.pk for add_on in wanted["add_on"]],
    }
    if wanted["nights"]:
        query["nights"] = wanted["nights"]
    if wanted["pet"]:
        query["pet"] = wanted["pet"].pk
    if wanted["line"]:
        query["line"] = wanted["line"].pk
    return f"{wanted['variant'].offering.get_absolute_url()}?{urlencode(query, doseq=True)}#when"


@changes_basket
def line(request, pk):
    """Want another number of a product, or take a line out. Nought of it is taking it out."""
    basket = current_cart(request)
    found = basket and basket.lines.with_things().filter(pk=pk).first()
    if not found:
        return gone(request)
    typed = request.POST.get("quantity", "")
    if "remove" in request.POST or (typed.strip() == "0" and not found.is_visit):
        change(basket, lambda: operations.remove_line(found))
        return done(request, _("“%(name)s” is out of your basket.") % {"name": found.variant})
    if "handover" in request.POST:
        change(basket, lambda: operations.deliver(found, wanted=request.POST["handover"] == "delivery"))
        return done(request)
    form = QuantityForm(request.POST)
    if not form.is_valid() or found.is_visit:
        errors = form.errors.get("quantity", [_("A visit is for one pet. Add another visit for a second one.")])
        return cart_page(request, status=422, error=errors[0], wrong_line=pk, typed=typed)
    change(basket, lambda: operations.set_quantity(found, form.cleaned_data["quantity"]))
    return done(request)


@changes_basket
def delivery(request):
    """Say to which postal code the things in the basket are to be brought."""
    form = PostalCodeForm(request.POST)
    if not form.is_valid():
        typed = request.POST.get("postal_code", "")
        return cart_page(request, status=422, error=form.errors["postal_code"][0], wrong_postal_code=typed)
    basket = cart_for_writing(request)
    change(basket, lambda: operations.deliver_to(basket, form.cleaned_data["postal_code"]))
    return done(request)


@changes_basket
def extension(request, pk):
    """Ten more minutes for a visit that is held."""
    basket = current_cart(request)
    found = basket and basket.lines.visits().select_related("booking").filter(pk=pk).first()
    if not found:
        return gone(request)
    if found.booking is None:
        return cart_page(request, status=422, error=_("That time is no longer kept."))
    if order := basket.pending_order():
        until = states.clock_time(order.held_until)
        return done(request, _("While you pay, your time is kept until %(time)s.") % {"time": until})
    try:
        booking = bookings.ask_for_more_time(found.booking)
    except ShopError as error:
        return cart_page(request, status=422, error=str(error))
    until = states.clock_time(booking.held_until)
    return done(request, _("Your time is kept until %(time)s.") % {"time": until})
