"""Offerings as lists show them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Prefetch, prefetch_related_objects

from catalog.models import Offering, Species, Variant

FACES = {
    Species.DOG: ("biscuit", "butter"),
    Species.CAT: ("olive", "lilac"),
    Species.SMALL: ("clover", "blush"),
    Species.BIRD: ("kiwi", "mint"),
    Species.FISH: ("goldie", "sky"),
}


@dataclass(frozen=True)
class Card:
    """What a list says about an offering, from variants that are fetched already."""

    offering: Offering
    variants: list[Variant]

    @property
    def price(self) -> Decimal | None:
        return min((variant.price for variant in self.variants), default=None)

    @property
    def is_from(self) -> bool:
        return len({variant.price for variant in self.variants}) > 1

    @property
    def durations(self) -> list[timedelta]:
        """Shortest and longest; one if they are the same."""
        return sorted({self.shortest, self.longest}) if self.offering.is_service and self.variants else []

    @property
    def shortest(self) -> timedelta:
        return min(variant.duration for variant in self.variants)

    @property
    def longest(self) -> timedelta:
        return max(variant.duration for variant in self.variants)

    @property
    def is_sold_out(self) -> bool:
        return not self.offering.is_service and not any(variant.stock for variant in self.variants)

    @property
    def only_variant(self) -> Variant | None:
        """What one press can put into the basket, without a choice."""
        return self.variants[0] if len(self.variants) == 1 and self.variants[0].stock else None

    @property
    def species(self) -> str:
        return ", ".join(str(Species(species).label) for species in self.offering.species)


# Two queries more, however many offerings there are.
SHOWN = [Prefetch("variants", Variant.objects.filter(is_active=True), to_attr="on_sale"), "pictures"]


def with_shelves(offerings):
    """The offerings with their category, and without the words that only a search reads."""
    return offerings.defer("search").select_related("category")


def with_cards(offerings):
    """The offerings with all that a card shows."""
    return with_shelves(offerings).prefetch_related(*SHOWN)


def complete(*several: list[Offering]) -> None:
    """Fetch what the cards of some lists show, all at once."""
    prefetch_related_objects([offering for offerings in several for offering in offerings], *SHOWN)


def cards(offerings) -> list[Card]:
    return [Card(offering, offering.on_sale) for offering in offerings]
