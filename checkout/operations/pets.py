"""The pets that a browser has told us of."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from bookings.models import Pet
from catalog.models import PetSize
from checkout.models import Cart
from petshop.core.errors import ShopError

PETS_AT_MOST = 12


class EnoughPets(ShopError):
    def __init__(self):
        super().__init__(
            _("We remember %(count)d pets for one browser. Please forget one of them first.") % {"count": PETS_AT_MOST}
        )


@dataclass(frozen=True)
class PetFacts:
    """What a customer tells us of a pet before it comes. One that was weighed has the size that its weight says."""

    name: str
    species: str
    weight: Decimal | None = None
    size: str = ""

    @property
    def said(self) -> dict:
        size = PetSize.of(self.weight) if self.weight else self.size
        return {"name": self.name, "species": self.species, "weight": self.weight, "size": size}


@transaction.atomic
def tell_of_pet(cart: Cart, facts: PetFacts) -> Pet:
    """Remember a pet for this browser. Told twice, of the same name and kind, it is the same pet. Raises EnoughPets."""
    cart = Cart.objects.select_for_update().get(pk=cart.pk)
    known = same_pet(cart, facts.name, facts.species)
    if known is None:
        if cart.pets.count() >= PETS_AT_MOST:
            raise EnoughPets
        known = Pet.objects.create(**facts.said)
        cart.pets.add(known)
    elif facts.weight or facts.size:
        known.weight, known.size = facts.said["weight"], facts.said["size"]
        known.save(update_fields=["weight", "size"])
    return known


def same_pet(cart: Cart, name: str, species: str) -> Pet | None:
    """The pet of this name, in any case, and kind among those of a browser."""
    return next((pet for pet in cart.pets.filter(species=species) if pet.name.casefold() == name.casefold()), None)


@transaction.atomic
def change_pet(pet: Pet, *, said: dict[str, str | date | Decimal | None]) -> None:
    """Know better what a pet is like. The orders that were placed for it keep what was said then."""
    pet = Pet.objects.select_for_update().get(pk=pet.pk)
    if said.get("weight"):
        said = said | {"size": PetSize.of(said["weight"])}
    for name, value in said.items():
        setattr(pet, name, value)
    pet.save(update_fields=list(said))


def forget_pet(cart: Cart, pet: Pet) -> None:
    """Take a pet from this browser's list. Its visits, and what the shop must know of them, stay. Safe to repeat."""
    cart.pets.remove(pet)
