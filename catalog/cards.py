"""Offerings as lists show them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models.fields.files import FieldFile

from catalog.models import Kind, Offering, Picture, Species, Variant

FACES = {
    Species.DOG: ("biscuit", "butter"),
    Species.CAT: ("olive", "lilac"),
    Species.SMALL: ("clover", "blush"),
    Species.BIRD: ("kiwi", "mint"),
    Species.FISH: ("goldie", "sky"),
}


@dataclass(frozen=True)
class Cover:
    """The photograph that stands for an offering."""

    file: FieldFile
    width: int
    height: int


@dataclass(frozen=True)
class Card:
    """What a list says about an offering. A value: two that are equal look the same, so one is drawn once (`fixed`)."""

    name: str
    address: str
    is_service: bool
    tint: str
    art: str
    cover: Cover | None
    summary: str
    species: str
    price: Decimal | None
    is_from: bool
    is_per_night: bool
    durations: tuple[timedelta, ...]  # shortest and longest; one if they are the same
    is_sold_out: bool
    only_variant: int | None  # what one press can put into the basket, without a choice

    @classmethod
    def of(cls, offering: Offering) -> "Card":
        """The card of an offering that is complete."""
        variants, cover = offering.on_sale, offering.cover
        prices = {variant.price for variant in variants}
        lengths = (
            {variant.duration for variant in variants} if offering.is_service and offering.kind != Kind.STAY else set()
        )
        return cls(
            name=offering.name,
            address=offering.get_absolute_url(),
            is_service=offering.is_service,
            tint=offering.category.tint,
            art=offering.art,
            cover=Cover(cover.file, cover.width, cover.height) if cover else None,
            summary=offering.summary,
            species=", ".join(str(Species(species).label) for species in offering.species),
            price=min(prices, default=None),
            is_from=len(prices) > 1,
            is_per_night=offering.kind == Kind.STAY,
            durations=tuple(sorted({min(lengths), max(lengths)})) if lengths else (),
            is_sold_out=not offering.is_service and not any(variant.stock for variant in variants),
            only_variant=variants[0].pk if len(variants) == 1 and variants[0].stock else None,
        )


def with_shelves(offerings):
    """The offerings with their category, and without the words that only a search reads."""
    return offerings.defer("search").select_related("category")


def complete(*several: list[Offering]) -> None:
    """Give the offerings of some lists what their cards show, all at once: `on_sale`, their variants, and `cover`."""
    shown = {offering.pk: offering for offerings in several for offering in offerings}
    for offering in shown.values():
        offering.on_sale, offering.cover = [], None
    for variant in Variant.objects.filter(offering__in=shown, is_active=True):
        shown[variant.offering_id].on_sale.append(variant)
    for picture in Picture.objects.filter(offering__in=shown).order_by("-position", "-pk"):
        shown[picture.offering_id].cover = picture  # the first one stays


def find_on_sale(offering: Offering) -> None:
    """Give it its `on_sale` as it is at this moment, with what is left of each."""
    offering.on_sale = list(
        Variant.objects.raw(
            "SELECT * FROM catalog_variant WHERE offering_id = %s AND is_active ORDER BY position, price, id",
            [offering.pk],
        )
    )


def cards(offerings: list[Offering]) -> list[Card]:
    return [Card.of(offering) for offering in offerings]
