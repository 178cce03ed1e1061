"""The pets that this browser has told us of: who comes to a visit, and what we should know of them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.models import Offering
from checkout import operations
from checkout.cart import cart_for_writing, current_cart
from checkout.forms import PetDetailsForm, PetForm
from checkout.views.answers import see_other
from petshop.core.errors import ShopError

KEPT = ("day", "line")  # of what was chosen at the picker, besides the pet


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pets(request):
    """Tell us of a pet. Whoever came from a service goes back to its times; they are then those for this pet."""
    asked = request.POST if request.method == "POST" else request.GET
    slug = asked.get("offering", "")
    offering = Offering.objects.published().services().filter(slug=slug[:120].replace("\0", "")).first()
    species = offering.species if offering else []
    if request.method != "POST":
        return pets_page(request, offering, PetForm(species=species))
    form = PetForm(request.POST, species=species)
    if not form.is_valid():
        return pets_page(request, offering, form, status=422)
    try:
        pet = operations.tell_of_pet(cart_for_writing(request), form.facts)
    except ShopError as error:
        form.add_error(None, str(error))
        return pets_page(request, offering, form, status=422)
    if offering is None:
        messages.success(request, _("We know %(pet)s now.") % {"pet": pet})
        return see_other(reverse("checkout:pets"))
    chosen = {"pet": pet.pk} | {name: asked[name] for name in KEPT if asked.get(name)}
    return see_other(f"{offering.get_absolute_url()}?{urlencode(chosen)}#book")


def pets_page(request, offering, form, *, status=None):
    cart = current_cart(request)
    asked = request.POST if request.method == "POST" else request.GET
    context = {
        "offering": offering,
        "form": form,
        "pets": list(cart.pets.order_by("pk")) if cart else [],
        "kept": [(name, asked[name]) for name in KEPT if asked.get(name)],
    }
    return render(request, "checkout/pets.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pet(request, pk):
    """Everything about one pet of this browser; of anybody else's it says that there is none."""
    cart = current_cart(request)
    found = cart and cart.pets.filter(pk=pk).first()
    if not found:
        raise Http404
    if "forget" in request.POST:
        operations.forget_pet(cart, found)
        messages.success(request, _("This browser does not know %(pet)s any more.") % {"pet": found})
        return see_other(reverse("checkout:pets"))
    form = PetDetailsForm(request.POST if request.method == "POST" else None, pet=found)
    if request.method != "POST" or not form.is_valid():
        return render(request, "checkout/pet.html", {"pet": found, "form": form}, status=422 if form.errors else None)
    operations.change_pet(found, said=form.cleaned_data)
    messages.success(request, _("Thank you. We know %(pet)s better now.") % {"pet": form.cleaned_data["name"]})
    return see_other(reverse("checkout:pets"))
