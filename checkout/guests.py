"""Who comes to the visit that somebody is choosing: what `?pet=` names, among the pets of this browser."""

from bookings.guests import Guests
from bookings.models import Booking, Pet
from checkout.basket import pets_of
from checkout.cart import LINE, token_in_cookie
from checkout.models import CartLine
from petshop.core import clock


def guests(request) -> Guests:
    """The pets that this browser has told us of, and the one that `?pet=` names, with a visit beside which it may come.

    While another time is chosen for a visit in the basket, its pet is the one that comes.
    """
    token = token_in_cookie(request)
    pets = tuple(pets_of(token)) if token else ()
    asked = request.GET.get("pet")
    if pets and asked is None and LINE.fullmatch(request.GET.get("line", "")):
        moving = CartLine.objects.filter(cart__token=token, pk=request.GET["line"])
        asked = str(moving.values_list("wanted_pet", flat=True).first())
    pet = next((pet for pet in pets if str(pet.pk) == asked), None)
    return Guests(pets, pet, visit_beside(token, pet) if pet else None)


def visit_beside(token: str, pet: Pet) -> Booking | None:
    """The last visit in the basket that is for another pet."""
    held = CartLine.objects.filter(cart__token=token).still_held(clock.now()).exclude(wanted_pet=pet)
    line = held.select_related("booking", "wanted_pet").last()
    return line.booking if line else None
