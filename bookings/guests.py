"""For whom a visit is: which choices of a service are for a pet, and who takes it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bookings.models import ONE_OF_THEM, VACCINES_OF, Booking, Pet, ServiceRules, Vaccine
from catalog.models import Offering, PetSize, Species, Variant


@dataclass(frozen=True)
class Guest:
    """What a groomer or a room must take. Empty is what nobody knows yet, and rules nobody out."""

    species: str = ""
    size: str = ""


ANYBODY = Guest()


def guest_of(variant: Variant, pet: Pet | None = None) -> Guest:
    """The pet, if we know which one comes; else one for whom this choice is made."""
    if pet:
        return Guest(pet.species, pet.size or variant.pet_size)
    only = variant.offering.species[0] if len(variant.offering.species) == 1 else ""
    return Guest(variant.pet_species or only, variant.pet_size)


def suits(variant: Variant, pet: Pet) -> bool:
    """Whether this choice, and its service, is for such a pet."""
    species = variant.offering.species
    return (not species or pet.species in species) and variant.is_for(pet.species, pet.size)


@dataclass(frozen=True)
class Guests:
    """The pets that a browser has told us of, which of them is coming, and a visit beside which this one may be."""

    pets: tuple[Pet, ...] = ()
    pet: Pet | None = None
    beside: Booking | None = None

    def fitting(self, variants: Iterable[Variant]) -> list[Variant]:
        """The choices that are for the pet; all of them while nobody has said which one comes."""
        return [variant for variant in variants if self.pet is None or suits(variant, self.pet)]


@dataclass(frozen=True)
class Welcome:
    """Whom a service takes in, and what it demands of them, for people to read."""

    offering: Offering
    rules: ServiceRules
    pet: Pet | None = None

    sizes = PetSize.choices

    @property
    def species(self) -> list[tuple[str, str]]:
        """The animals that it is for, one of each."""
        return [(species, ONE_OF_THEM[species]) for species in self.offering.species or Species.values]

    @property
    def vaccines(self) -> list[str]:
        """What must be proven of the pet that is coming, or of those that may."""
        of = [self.pet.species] if self.pet else [species for species, _one in self.species]
        possible = {vaccine for species in of for vaccine in VACCINES_OF[species]}
        return [str(Vaccine(vaccine).label) for vaccine in self.rules.vaccinations if vaccine in possible]
