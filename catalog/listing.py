"""The list of all that is for sale: what a visitor asked of it, and how many offerings each next choice would leave."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    Count,
    DecimalField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
)
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Kind, Offering, Species, Variant
from catalog.search import LONGEST_TEXT, Wanted
from petshop.core.money import maximum_charge, quantum

KINDS = {"product": _("Products"), "service": _("Services")}
IN_ORDER = ("position", "name", "pk")
SORTS = {
    "": (_("Best first"), IN_ORDER),
    "price": (_("Lowest price first"), (F("price_from").asc(nulls_last=True), *IN_ORDER)),
    "-price": (_("Highest price first"), (F("price_from").desc(nulls_last=True), *IN_ORDER)),
    "name": (_("By name"), ("name", "pk")),
    "newest": (_("Newest first"), ("-created_at", "-pk")),
}
STEP = Decimal("0.01")  # between two prices that the column can hold


@dataclass(frozen=True)
class Band:
    """Prices from `min` to `max`, both included; without one of them there is no end on that side."""

    min: Decimal | None = None
    max: Decimal | None = None

    def __bool__(self):
        return self.min is not None or self.max is not None

    def __contains__(self, price: Decimal | None):
        if price is None:
            return False
        return (self.min is None or self.min <= price) and (self.max is None or price <= self.max)


@dataclass(frozen=True)
class Choice:
    """What the visitor asked for. The address is its only home; whatever it cannot mean is left out."""

    q: str = ""
    kind: str = ""
    species: str = ""
    category: str = ""
    price: Band = Band()
    available: str = ""
    sort: str = ""

    @classmethod
    def read(cls, asked, categories: Iterable[Category]) -> "Choice":
        def one_of(name, known):
            return asked.get(name) if asked.get(name) in known else ""

        return cls(
            q=asked.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT],
            kind=one_of("kind", KINDS),
            species=one_of("species", Species.values),
            category=one_of("category", [category.slug for category in categories]),
            price=Band(read_price(asked.get("min", "")), read_price(asked.get("max", ""))),
            available=one_of("available", ["1"]),
            sort=one_of("sort", SORTS),
        )

    @property
    def filters(self) -> dict[str, object]:
        """What narrows the list, beside the text."""
        groups = {name: getattr(self, name) for name in ("kind", "species", "category", "price", "available")}
        return {name: value for name, value in groups.items() if value}

    @property
    def fields(self) -> dict[str, str]:
        """As the address says it."""
        said = {name: value for name, value in vars(self).items() if name != "price" and value}
        return said | {name: f"{bound.normalize():f}" for name, bound in vars(self.price).items() if bound is not None}

    def but(self, **changes) -> str:
        """The address of the same list with something changed, on its first page."""
        query = urlencode(replace(self, **changes).fields)
        return reverse("shop") + (f"?{query}" if query else "")

    def without(self, group: str) -> str:
        return self.but(**{group: getattr(Choice(), group)})

    def narrow(self, offerings: QuerySet[Offering], bookable: QuerySet) -> QuerySet[Offering]:
        """Those of the offerings that every filter lets through; the text apart."""
        if self.kind:
            offerings = offerings.products() if self.kind == "product" else offerings.services()
        if self.species:
            offerings = offerings.for_species(self.species)
        if self.category:
            offerings = offerings.filter(category__slug=self.category)
        if self.price.min is not None:
            offerings = offerings.filter(price_from__gte=self.price.min)
        if self.price.max is not None:
            offerings = offerings.filter(price_from__lte=self.price.max)
        return offerings.filter(is_available(bookable)) if self.available else offerings

    def arrange(self, offerings: QuerySet[Offering], wanted: Wanted) -> QuerySet[Offering]:
        """Those that have what is wanted, in the order that was asked for."""
        return wanted.matching(offerings).order_by(*SORTS[self.sort][1]) if self.sort else wanted.best_first(offerings)


def read_price(text: str) -> Decimal | None:
    """An amount that somebody typed; none if it is not one that a price could be."""
    try:
        amount = Decimal(text.strip()[:20].replace(",", "."))
        return amount.quantize(quantum()) if 0 <= amount <= maximum_charge(settings.SHOP_CURRENCY) else None
    except InvalidOperation:
        return None


def is_available(bookable: QuerySet) -> Q:
    """In stock, or to be booked. `bookable` are the services that somebody does: who does what, this app never learns."""
    in_stock = Variant.objects.filter(is_active=True, stock__gt=0).values("offering")
    is_product = Q(kind=Kind.PRODUCT)
    return is_product & Q(pk__in=in_stock) | ~is_product & Q(price_from__isnull=False, pk__in=bookable)


def price_bands() -> list[Band]:
    """Below 10, to 25, to 50 and above; a hundred times as much where there are no cents."""
    bounds = [None, *(number * quantum() * 100 for number in (10, 25, 50)), None]
    return [Band(low, high) for low, high in pairwise(bounds)]


@dataclass
class Counts:
    """How many offerings there are: `total` of the choice as it is, `left` with another option of one group instead of
    the chosen one, and `without` a group's filter."""

    total: int = 0
    left: Counter = field(default_factory=Counter)
    without: Counter = field(default_factory=Counter)


def count(offerings: QuerySet[Offering], choice: Choice, categories: Iterable[Category], bookable: QuerySet) -> Counts:
    """All counts from one query: offerings that are alike in whatever the list filters by are counted together, and each
    such lot counts for the options that it has, if it has all that is chosen in the other groups."""
    shelves = {category.pk: category.slug for category in categories}
    bands = [*price_bands(), choice.price]
    counts, chosen = Counts(), choice.filters
    for kind, shelf, species, price, available, size in lots(offerings, bands, bookable):
        options = {
            "kind": ["product" if kind == Kind.PRODUCT else "service"],
            "species": species or Species.values,
            "category": [shelves.get(shelf)],
            "price": {band for band in bands if price in band},
            "available": ["1"] if available else [],
        }
        missing = [group for group, value in chosen.items() if value not in options[group]]
        if not missing:
            counts.total += size
        if len(missing) <= 1:
            for group in missing or options:
                counts.without[group] += size
                counts.left.update({(group, option): size for option in options[group]})
    return counts


def lots(offerings: QuerySet[Offering], bands: Iterable[Band], bookable: QuerySet):
    """(kind, category, species, price, available, how many): the price stands for a stretch that none of the bands divides."""
    lowest = {band.min for band in bands if band.min is not None}
    beyond = {band.max + STEP for band in bands if band.max is not None}
    starts = sorted({Decimal(0)} | lowest | beyond)
    rows = (
        offerings.order_by()
        .annotate(
            stretch=Func(
                "price_from",
                Value(starts, output_field=ArrayField(DecimalField(max_digits=14, decimal_places=2))),
                function="width_bucket",
                output_field=IntegerField(),
            ),
            available=ExpressionWrapper(is_available(bookable), output_field=BooleanField()),
        )
        .values_list("kind", "category", "species", "stretch", "available")
        .annotate(size=Count("pk"))
    )
    for kind, shelf, species, stretch, available, size in rows:
        yield kind, shelf, species, None if stretch is None else starts[stretch - 1], available, size
